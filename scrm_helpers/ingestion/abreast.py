"""Work that does not depend on each other, side by side: each job on a cursor of its own of one in-memory database.

What a job reads and makes are tables of the database, which all its cursors see; what it gives is told by its name, so nothing that
comes of it depends on which was done first.
"""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import copy_context
from dataclasses import dataclass

LARGE = 500_000_000  # bytes held, in memory or on disk, from which packing is worth its time
MOST = 2  # each job holds rows in memory while it runs
WAIT = 0.1  # seconds between two looks at whether the jobs have ended: in between nobody hears Ctrl-C on every system
OWN = ("TimeZone", "enable_progress_bar", "python_enable_replacements")  # settings that every cursor has for itself


@dataclass
class Job:
    """Something to be done on a cursor, once the jobs named in `after` are; those stand before it in the list."""

    name: str
    run: Callable[[object], object]
    after: tuple[str, ...] = ()


def run(con, jobs: list[Job], *, lanes: int = MOST, **settings: str | int) -> dict[str, object]:
    """What each job gives, by its name. One after the other where the engine has one thread, or one lane is asked for. `settings`: of the
    database meanwhile.

    An error of one stops the others at once (their statements are interrupted) and is raised; so does Ctrl-C.
    """
    _check(jobs)
    lanes = lanes if lanes < 2 else min(lanes, len(jobs), con.execute("SELECT current_setting('threads')").fetchone()[0])
    with held(con, **settings):
        return {job.name: job.run(con) for job in jobs} if lanes < 2 else _in_lanes(con, jobs, lanes)


def _in_lanes(con, jobs: list[Job], lanes: int) -> dict[str, object]:
    cursors = [_cursor(con) for _ in range(lanes)]
    work = _Work(jobs)
    threads = [threading.Thread(target=copy_context().run, args=(work.through, c), daemon=True) for c in cursors]
    try:
        for thread in threads:
            thread.start()
        for thread in threads:
            while thread.is_alive() and not work.failed:
                thread.join(WAIT)
    except BaseException as error:
        work.stop(error)
        raise
    finally:
        for thread in (t for t in threads if t.ident):
            while thread.is_alive():
                if work.failed:  # again and again: between two statements nobody hears it
                    for cursor in cursors:
                        cursor.interrupt()
                thread.join(WAIT)
        for cursor in cursors:
            cursor.close()
    if work.failed:
        raise work.failed[0]
    return work.done


@contextmanager
def held(con, **settings: str | int) -> Iterator[None]:
    """Settings of the whole database for a while; one that another already holds as it is asked for stays with them."""
    before = {name: con.execute(f"SELECT current_setting('{name}')").fetchone()[0] for name in settings}
    mine = {name: value for name, value in settings.items() if before[name] != value}
    for name, value in mine.items():
        con.execute(f"SET {name} = {value!r}")
    try:
        yield
    finally:
        for name in mine:
            con.execute(f"SET {name} = {before[name]!r}")


def pack(con) -> None:
    """Packs the columns of the database's tables where they are large: a third of the memory, a quarter as a rule. No job may be at work.

    What no longer fits is written to disk, and read again by everything that looks at it.
    """
    if con.execute("SELECT sum(memory_usage_bytes + temporary_storage_bytes) FROM duckdb_memory()").fetchone()[0] > LARGE:
        con.execute("CHECKPOINT")


class _Work:
    """Jobs that wait, what those gave that are done, and the errors of those that failed, the first one first."""

    def __init__(self, jobs: list[Job]):
        self.waiting, self.done, self.failed = list(jobs), {}, []
        self._changed = threading.Condition()

    def through(self, con) -> None:
        """Does jobs that can be done until none waits or one failed."""
        while job := self._next():
            try:
                found = job.run(con)
            except BaseException as error:  # raised again by whoever waits for the jobs
                self.stop(error)
                return
            with self._changed:
                self.done[job.name] = found
                self._changed.notify_all()

    def stop(self, error: BaseException) -> None:
        """No further job is begun."""
        with self._changed:
            self.failed.append(error)
            self._changed.notify_all()

    def _next(self) -> Job | None:
        with self._changed:
            while self.waiting and not self.failed:
                for job in self.waiting:
                    if all(name in self.done for name in job.after):
                        self.waiting.remove(job)
                        return job
                self._changed.wait()
            return None


def _check(jobs: list[Job]) -> None:
    """ValueError where two jobs have one name or a job waits for one that does not stand before it: it would wait for ever."""
    known: set[str] = set()
    for job in jobs:
        if job.name in known or not known.issuperset(job.after):
            raise ValueError(f"job {job.name!r} comes twice, or after one that does not stand before it: {job.after}")
        known.add(job.name)


def _cursor(con):
    """A cursor of the same database, with the variables and settings of `con`."""
    cursor = con.cursor()
    for name in OWN:
        (value,) = con.execute(f"SELECT current_setting('{name}')").fetchone()
        cursor.execute(f"SET {name} = {value!r}")
    for (name,) in con.execute("SELECT name FROM duckdb_variables()").fetchall():
        cursor.execute(f"SET VARIABLE {name} = ?", con.execute(f"SELECT getvariable('{name}')").fetchone())
    return cursor
