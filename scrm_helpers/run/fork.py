"""The near end of the warm process: starts it, asks it for forks, and holds each fork like a `subprocess.Popen`."""

import contextlib
import json
import os
import select
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from scrm_helpers import lean
from scrm_helpers.errors import ToldError
from scrm_helpers.texts import tell

CHOICE = "SCRM_KERNELS"  # environment: "forked", "plain"; left out: forked where that is known to be safe
SOCKET = "SCRM_WARM"  # environment of a driver: where the warm process listens
LOOK = 1.0  # seconds after which a fork is looked at though nothing was heard of it
BASE = (  # what every notebook of the suite needs, and the driver with its papermill
    "papermill", "papermill.engines", "nbclient", "jupyter_client.manager", "ipykernel.kernelapp", "ipykernel.ipkernel",
    "ipykernel.debugger", "ipykernel.kernelspec", "ipykernel.zmqshell", "IPython.core.completer", "IPython.core.completerlib",
    "IPython.core.debugger", "IPython.core.logger", "IPython.core.oinspect", "IPython.extensions.storemagic", "tornado.platform.asyncio",
    "tornado.queues", "psutil", "numpy.random", "matplotlib_inline.backend_inline", "scrm_helpers.run.execute", "scrm_helpers.run.forked",
    "duckdb", "ibis.backends.duckdb", "ibis.backends.sql.compilers", "ibis.formats.pandas", "pyarrow.dataset",
    "matplotlib.backends.backend_svg", "ibis.backends.duckdb.converter", "ibis.expr.types.groupby", "pandas.core.methods.to_dict",
    "pandas.core.reshape.reshape", "pandas.io.formats.html", "pandas.io.formats.string", *lean.ALONE,
)  # fmt: skip


def is_chosen() -> bool:
    """Whether kernels are forked: on Linux, unless SCRM_KERNELS says plain. A fork without exec is not safe on macOS."""
    said = os.environ.get(CHOICE, "")
    if said not in ("", "forked", "plain"):
        raise ToldError(tell("told.kernels", name=CHOICE, came=said))
    return hasattr(os, "fork") and (said == "forked" or (not said and sys.platform == "linux"))


class Child:
    """A fork of the warm process: `poll`, `wait`, `terminate`, `kill`, `send_signal`, `returncode` as of a Popen."""

    stdin = stdout = stderr = None

    def __init__(self, path: str, request: dict):
        self._line = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._line.connect(path)
        self._line.sendall(json.dumps(request).encode() + b"\n")
        self._heard = b""
        self.returncode: int | None = None
        self.pid = self._next(wait=True)["pid"]

    def poll(self) -> int | None:
        """The exit code; None while it runs."""
        if self.returncode is None and (said := self._next(wait=False)) is not None:
            self.returncode = said["code"]
            self._line.close()
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        """The exit code, when it has ended."""
        end = None if timeout is None else time.monotonic() + timeout
        while self.poll() is None:
            if end is not None and time.monotonic() > end:
                raise subprocess.TimeoutExpired("fork", timeout)
            time.sleep(0.02)
        return self.returncode

    def fileno(self) -> int:
        """What can be read when it has ended, for `select`."""
        return self._line.fileno()

    def send_signal(self, number: int) -> None:
        """A signal to the whole group; nothing where it has ended."""
        if self.poll() is None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.pid, number)

    def terminate(self) -> None:
        """Asks it to end."""
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        """Ends it."""
        self.send_signal(signal.SIGKILL)

    def _next(self, *, wait: bool) -> dict | None:
        self._line.setblocking(wait)
        while b"\n" not in self._heard:
            try:
                piece = self._line.recv(4096)
            except BlockingIOError:
                return None
            except ConnectionError:
                piece = b""
            if not piece:  # the warm process is gone, and its children with it
                return {"code": -signal.SIGKILL, "pid": 0}
            self._heard += piece
        line, _, self._heard = self._heard.partition(b"\n")
        return json.loads(line)


def until_one_ends(processes: list["Child | subprocess.Popen"]) -> None:
    """Waits until one of them may have ended: forks tell it, plain processes have to be asked every now and then."""
    if all(isinstance(process, Child) for process in processes):
        if all(process.poll() is None for process in processes):  # one that ended at once said both in one piece
            select.select(processes, [], [], LOOK)
    else:
        time.sleep(LOOK / 20)


class Warm:
    """The warm process of one run; `start` gives a driver, `prepare` imports modules ahead of need. Close it at the end."""

    def __init__(self, lock: int | None, environment: dict[str, str]):
        self.folder = Path(tempfile.mkdtemp(prefix="scrm-"))  # mode 0700, and short: a socket's path has 100 characters at most
        self.path = str(self.folder / "w")
        self.environment = environment | {"MPLBACKEND": "module://matplotlib_inline.backend_inline"}
        self.environment.pop("JPY_PARENT_PID", None)
        self._log = (self.folder / "log.txt").open("w", encoding="utf-8")
        # the lock goes down: while a child still writes, no other run begins, even after the runner was killed
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as listener:
            listener.bind(self.path)
            listener.listen(64)  # whoever asks before it serves, waits
            self.process = subprocess.Popen(
                [sys.executable, "-m", "scrm_helpers.run.warm", str(listener.fileno())], stdin=subprocess.PIPE, env=self.environment,
                stdout=self._log, stderr=self._log, pass_fds=[*([] if lock is None else [lock]), listener.fileno()], start_new_session=True,
            )  # fmt: skip
        self._importing: list[socket.socket] = []

    def prepare(self, modules: list[str]) -> None:
        """Asks it to import modules; does not wait."""
        line = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        line.connect(self.path)
        line.sendall(json.dumps({"import": modules}).encode() + b"\n")
        self._importing.append(line)

    def start(self, job: Path, log: Path) -> Child:
        """A driver for one notebook."""
        environment = self.environment | {SOCKET: self.path}
        return Child(self.path, {"drive": str(job), "cwd": os.getcwd(), "env": environment, "log": str(log)})

    def close(self) -> None:
        """Ends it and whatever it still runs."""
        for line in self._importing:
            line.close()
        self.process.stdin.close()
        try:
            self.process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self._log.close()
        shutil.rmtree(self.folder, ignore_errors=True)
