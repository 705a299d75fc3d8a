"""The warm process: it imports the libraries once, then every notebook's driver and kernel is a fork of it (Unix only).

Started by `fork.Warm` as `python -m scrm_helpers.run.warm DESCRIPTOR` (of a socket that already listens). It owns no DuckDB
connection, no figure and no thread, so that a fork is safe. Asked over the socket, a line of JSON each: `{"import": [modules]}`, or
a child to become, `{"drive": job file}` or `{"kernel": connection file}` with `cwd`, `env` and `log`. It answers with the child's
`pid` and, when that has ended, its `code`.
A child whose asker is gone is killed with its whole group; where the runner is gone (end of stdin), all are.
"""

import atexit
import contextlib
import gc
import json
import os
import random
import selectors
import shutil
import signal
import socket
import sys

from scrm_helpers import lean

LIFE_LINE = 0  # stdin: the runner holds the other end and never writes
IN_A_KERNEL = 20  # columns that pandas shows there; it decides when it is imported, which was outside a kernel: "as wide as a terminal"


class Server:
    """One loop over the runner's life line, the listening socket, askers and children that end."""

    def __init__(self, listening: int):
        self.loop = selectors.DefaultSelector()
        self.listener = socket.socket(fileno=listening)
        self.woken, waker = os.pipe()
        for end in (self.woken, waker):
            os.set_blocking(end, False)
        self.ends = [self.woken, waker]
        signal.set_wakeup_fd(waker, warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        self.children: dict[int, socket.socket] = {}
        self.asking: dict[socket.socket, bytes] = {}
        for watched in (self.listener, self.woken, LIFE_LINE):
            self.loop.register(watched, selectors.EVENT_READ)

    def serve(self) -> dict | None:
        """Serves until the runner is gone (None), or, in a child, gives what the child is to become."""
        while True:
            for key, _ in self.loop.select():
                if key.fileobj == LIFE_LINE:
                    self._kill_all()
                    # a runner that was killed cannot clear away behind itself
                    shutil.rmtree(os.path.dirname(self.listener.getsockname()), ignore_errors=True)
                    return None
                if key.fileobj == self.woken:
                    with contextlib.suppress(BlockingIOError):
                        os.read(self.woken, 512)
                    self._reap()
                elif key.fileobj is self.listener:
                    asker, _ = self.listener.accept()
                    self.asking[asker] = b""
                    self.loop.register(asker, selectors.EVENT_READ)
                elif (request := self._heard(key.fileobj)) and (become := self._answer(key.fileobj, request)):
                    return become

    def _heard(self, asker: socket.socket) -> dict | None:
        try:
            piece = asker.recv(1 << 20)
        except ConnectionError:
            piece = b""
        if not piece:
            self._gone(asker)
            return None
        self.asking[asker] = self.asking.get(asker, b"") + piece
        if not self.asking[asker].endswith(b"\n"):
            return None
        return json.loads(self.asking.pop(asker))

    def _answer(self, asker: socket.socket, request: dict) -> dict | None:
        if "import" in request:
            _import(request["import"])
            self._tell(asker, {})
            return None
        ready, said = os.pipe()
        pid = os.fork()
        if pid == 0:
            self._leave()
            os.setsid()  # before anyone reads the group's id
            os.close(ready)
            os.write(said, b"1")
            os.close(said)
            return request
        os.close(said)
        os.read(ready, 1)
        os.close(ready)
        self.children[pid] = asker
        self._tell(asker, {"pid": pid})
        return None

    def _reap(self) -> None:
        while self.children:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if pid == 0:
                return
            asker = self.children.pop(pid, None)
            if asker is not None:
                self._tell(asker, {"code": os.waitstatus_to_exitcode(status)})
                self._forget(asker)

    def _gone(self, asker: socket.socket) -> None:
        for pid, theirs in list(self.children.items()):
            if theirs is asker:
                _kill(pid)
                self.children[pid] = None  # still to be reaped
        self._forget(asker)

    def _forget(self, asker: socket.socket) -> None:
        with contextlib.suppress(KeyError, ValueError):
            self.loop.unregister(asker)
        self.asking.pop(asker, None)
        asker.close()

    @staticmethod
    def _tell(asker: socket.socket, answer: dict) -> None:
        with contextlib.suppress(OSError):
            asker.sendall(json.dumps(answer).encode() + b"\n")

    def _kill_all(self) -> None:
        for pid in self.children:
            _kill(pid)

    def _leave(self) -> None:
        """In a child: nothing of the server's stays open, or an asker's end would never be seen."""
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        self.loop.close()
        self.listener.close()
        for asker in {*self.asking, *(a for a in self.children.values() if a), *self._open()}:
            asker.close()
        for end in self.ends:
            os.close(end)

    def _open(self) -> list[socket.socket]:
        return [key.fileobj for key in (self.loop.get_map() or {}).values() if isinstance(key.fileobj, socket.socket)]


def _kill(pid: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(pid, signal.SIGKILL)


def _import(names: list[str]) -> None:
    gc.disable()  # what is imported stays: there is nothing to collect
    for name in names:
        # a name that cannot be imported here (another system's, an extra that is not installed) is told by the cell that needs it
        with contextlib.suppress(ImportError), lean.without(*lean.ADDRESSES, *lean.CLOUDS, *lean.SPARK, *lean.DEBUGGER):
            lean.load(name)
    if validator := sys.modules.get("nbformat.validator"):
        validator.get_validator()  # compiles the schema of notebooks, which every driver would do at its first look at one
    gc.enable()
    gc.collect()
    gc.freeze()  # what is warm is never looked at again: pages stay shared with the children


def become(request: dict) -> int:
    """The life of a child: its own files, environment, folder and seeds; then a driver or a kernel. Gives its exit code."""
    log = os.open(request["log"], os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.dup2(log, 1)
    os.dup2(log, 2)
    os.environ.clear()
    os.environ.update(request["env"])
    os.chdir(request["cwd"])
    random.seed()
    if numpy := sys.modules.get("numpy"):
        numpy.random.seed()
    if "drive" in request:
        from scrm_helpers.run.execute import main as drive

        return drive(request["drive"])
    if pandas := sys.modules.get("pandas"):
        pandas.set_option("display.max_columns", IN_A_KERNEL)
    from ipykernel.kernelapp import IPKernelApp

    # the parent is named, so that the kernel ends with it; no history of cells is kept on the machine
    words = ["-f", request["kernel"], f"--IPKernelApp.parent_handle={os.getppid()}", "--HistoryManager.enabled=False"]
    sys.argv = ["ipykernel_launcher", *words]
    IPKernelApp.launch_instance(argv=words)
    return 0


def main(listening: int) -> int:
    """Serves; a child comes out of `serve` with what it is to become."""
    request = Server(listening).serve()
    if request is None:
        return 0
    code = 1
    try:
        code = become(request)
    except SystemExit as left:
        code = left.code if isinstance(left.code, int) else int(left.code is not None)
    except BaseException:
        import traceback

        traceback.print_exc()
    finally:
        # the interpreter of a fork is not taken down piece by piece: that would copy every page of the libraries
        with contextlib.suppress(BaseException):
            atexit._run_exitfuncs()
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1])))
