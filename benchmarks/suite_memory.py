"""Memory of a run while it goes on: that of its whole tree of processes, shared pages counted once, by the notebooks that run."""

import os
import subprocess
import time
from pathlib import Path

HIGHER = 1.02  # by how much more memory is a new height
APART = 100  # looks are so many times as far apart as one takes, in any case: forks that write to shared pages show in no other figure


def watch(process: subprocess.Popen, starts: dict[str, float], heights: dict[str, float]) -> None:
    """Shared pages are told apart at a new height and now and then: to walk through the pages of 5 GB takes 70 ms, in which the process
    waits for each new page."""
    highest = share = looked = took = 0.0
    while process.poll() is None:
        tree, running = _tree(process.pid), "+".join(sorted(starts.copy()))
        resident = sum(map(_resident, tree))
        if resident > HIGHER * highest or time.monotonic() - looked > APART * took:
            began, now, looked = time.monotonic(), sum(map(_held, tree)), time.monotonic()
            took = looked - began
            heights[running] = max(heights.get(running, 0.0), now)
            highest, share = max((highest, share), (resident, now))
        elif resident > highest:  # what came since counts in full
            heights[running] = max(heights.get(running, 0.0), share + resident - highest)
        time.sleep(0.5)


def _tree(pid: int) -> list[int]:
    try:
        below = [int(c) for t in Path(f"/proc/{pid}/task").iterdir() for c in (t / "children").read_text().split()]
    except (OSError, ValueError):
        return []
    return [pid, *(p for child in below for p in _tree(child))]


def _resident(pid: int) -> float:
    """Resident memory of one process in MB, pages that it shares with others in full; 0 where the system does not tell."""
    try:
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1024**2
    except OSError:
        return 0.0


def _held(pid: int) -> float:
    """Proportional share of memory of one process, in MB; 0 where the system does not tell."""
    try:
        rows = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0.0
    return next((int(r.split()[1]) / 1024 for r in rows if r.startswith("Pss:")), 0.0)
