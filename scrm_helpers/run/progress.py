"""What a person at the keyboard sees while notebooks run: what has ended, what is under way, about how long it will take."""

import json
import sys
import time
from pathlib import Path

from scrm_helpers.store.whole import write_whole
from scrm_helpers.texts import tell

FILE = "took.json"  # beside the runs: seconds that each notebook took last time


class Progress:
    """One line per event, with the time left: from what each notebook took last time, or from what has ended so far."""

    def __init__(self, names: list[str], *, workers: int = 1, on: bool = True, kept: Path | None = None):
        self.names, self.workers, self.on, self.file = names, workers, on, kept
        self.total, self.finished, self.began = len(names), 0, time.monotonic()
        self.waiting, self.since = set(names), {}
        self.took = _read(kept)

    def started(self, name: str) -> None:
        """A notebook began."""
        self.since[name] = time.monotonic()
        self._say(tell("console.run.started", name=name))

    def ended(self, name: str) -> None:
        """A notebook ended well."""
        self.finished += 1
        self.waiting.discard(name)
        spent = time.monotonic() - self.since.pop(name)
        self.took[name] = round(spent, 1)
        left = tell("console.run.left", seconds=f"{self.left():.0f}") if self.waiting else ""
        self._say(tell("console.run.ended", name=name, seconds=f"{spent:.0f}", left=left, **self._counted()))

    def kept(self, name: str) -> None:
        """A notebook's inputs have not changed: what it made last time stands."""
        self.finished += 1
        self.waiting.discard(name)
        self._say(tell("console.run.kept", name=name, **self._counted()))

    def failed(self, name: str) -> None:
        """A notebook failed."""
        self.since.pop(name, None)
        self._say(tell("console.run.failed", name=name))

    def left(self) -> float:
        """Seconds: what the rest took last time, side by side; never less than the longest of them. A new one: as the average so far."""
        usual = sum(self.took.values()) / len(self.took) if self.took else 0.0
        now = time.monotonic()
        rest = [max(self.took.get(n, usual) - (now - self.since.get(n, now)), 0.0) for n in self.waiting]
        return max(sum(rest) / self.workers, max(rest, default=0.0))

    def close(self) -> None:
        """The end; what each took is kept for the next time."""
        self._say(tell("console.run.whole", seconds=f"{time.monotonic() - self.began:.0f}"))
        if self.file is not None and self.took:
            write_whole(self.file, json.dumps(self.took, sort_keys=True))

    def _counted(self) -> dict[str, str]:
        return {"done": str(self.finished), "all": str(self.total)}

    def _say(self, line: str) -> None:
        _say(line, on=self.on)


def nothing_new(period: str, *, on: bool = True) -> None:
    """Says of a month that nothing was run, for nothing has changed."""
    _say(tell("console.run.nothing_new", period=period), on=on)


def _say(line: str, *, on: bool) -> None:
    if on:
        print(f"  {line}", file=sys.stderr, flush=True)


def _read(file: Path | None) -> dict[str, float]:
    try:
        return {str(k): float(v) for k, v in json.loads(file.read_text(encoding="utf-8")).items()} if file else {}
    except (OSError, ValueError):
        return {}
