"""What a person at the keyboard sees while notebooks run: what has ended, what is under way, about how long it will take."""

import json
import sys
import time
from pathlib import Path

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
        self._say(f"{name} ...")

    def ended(self, name: str) -> None:
        """A notebook ended well."""
        self.finished += 1
        self.waiting.discard(name)
        spent = time.monotonic() - self.since.pop(name)
        self.took[name] = round(spent, 1)
        left = f", about {self.left():.0f} s left" if self.waiting else ""
        self._say(f"{name} done in {spent:.0f} s ({self.finished} of {self.total}{left})")

    def kept(self, name: str) -> None:
        """A notebook's inputs have not changed: what it made last time stands."""
        self.finished += 1
        self.waiting.discard(name)
        self._say(f"{name} unchanged ({self.finished} of {self.total})")

    def failed(self, name: str) -> None:
        """A notebook failed."""
        self.since.pop(name, None)
        self._say(f"{name} FAILED")

    def left(self) -> float:
        """Seconds: what the rest took last time, side by side; never less than the longest of them. A new one: as the average so far."""
        usual = sum(self.took.values()) / len(self.took) if self.took else 0.0
        now = time.monotonic()
        rest = [max(self.took.get(n, usual) - (now - self.since.get(n, now)), 0.0) for n in self.waiting]
        return max(sum(rest) / self.workers, max(rest, default=0.0))

    def close(self) -> None:
        """The end; what each took is kept for the next time."""
        self._say(f"{time.monotonic() - self.began:.0f} s in all")
        if self.file is not None and self.took:
            half = self.file.with_suffix(".half")
            half.write_text(json.dumps(self.took, sort_keys=True), encoding="utf-8")
            half.replace(self.file)

    def _say(self, line: str) -> None:
        if self.on:
            print(f"  {line}", file=sys.stderr, flush=True)


def _read(file: Path | None) -> dict[str, float]:
    try:
        return {str(k): float(v) for k, v in json.loads(file.read_text(encoding="utf-8")).items()} if file else {}
    except (OSError, ValueError):
        return {}
