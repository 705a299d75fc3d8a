"""What a person at the keyboard sees while notebooks run: what has ended, what is under way, about how long it will take."""

import sys
import time


class Progress:
    """One line per event, with the time left judged from what has ended so far."""

    def __init__(self, total: int, *, on: bool = True):
        self.total, self.on, self.finished, self.began = total, on, 0, time.monotonic()

    def started(self, name: str) -> None:
        """A notebook began."""
        self._say(f"{name} ...")

    def ended(self, name: str) -> None:
        """A notebook ended well."""
        self.finished += 1
        spent = time.monotonic() - self.began
        left = spent / self.finished * (self.total - self.finished)
        self._say(
            f"{name} done ({self.finished} of {self.total}"
            + (f", about {left:.0f} s left)" if self.finished < self.total else ")")
        )

    def kept(self, name: str) -> None:
        """A notebook's inputs have not changed: what it made last time stands."""
        self.finished += 1
        self._say(f"{name} unchanged ({self.finished} of {self.total})")

    def failed(self, name: str) -> None:
        """A notebook failed."""
        self._say(f"{name} FAILED")

    def close(self) -> None:
        """The end."""
        self._say(f"{time.monotonic() - self.began:.0f} s in all")

    def _say(self, line: str) -> None:
        if self.on:
            print(f"  {line}", file=sys.stderr, flush=True)
