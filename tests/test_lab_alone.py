"""JupyterLab as `start.py lab` opens it: on localhost, with its token, and without a look at any other machine."""

import contextlib
import os
import re
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import psutil
import pytest
from click.testing import CliRunner

from scrm_helpers.__main__ import main
from scrm_helpers.commands import lab as module
from scrm_helpers.commands.lab import LAB_ALONE

ROOT = Path(__file__).resolve().parents[1]
ADDRESS = re.compile(r"http://localhost:(\d+)/lab\S*\?token=(\w+)")


@pytest.mark.parametrize(
    ("given", "handed", "root"),
    [
        ((), (), "notebooks"),
        (("--allow-root", "--no-browser"), ("--allow-root", "--no-browser"), "notebooks"),
        (("--port", "8889"), ("--port", "8889"), "notebooks"),  # 8889 is nothing to open: all of data/private stood in the browser
        (("--port", "8889", "--", "--debug"), ("--port", "8889", "--debug"), "notebooks"),
        (("notebooks/06_campaigns.ipynb",), ("notebooks/06_campaigns.ipynb",), "notebooks"),
        (("own/mine.ipynb",), ("own/mine.ipynb",), ""),
    ],
)
def test_what_stands_behind_lab_goes_to_jupyterlab(tmp_path, monkeypatch, given, handed, root):
    lines = []
    for file in ("notebooks/06_campaigns.ipynb", "own/mine.ipynb"):
        (tmp_path / file).parent.mkdir()
        (tmp_path / file).touch()
    monkeypatch.setenv("SCRM_HOME", str(tmp_path))
    monkeypatch.setattr(module, "_become", lambda line, folder, environment: lines.append((folder, *line)))
    said = CliRunner().invoke(main, ["lab", *given])
    assert said.exit_code == 0, said.output
    own = (sys.executable, "-m", "jupyterlab", *LAB_ALONE, f"--ServerApp.root_dir={tmp_path / root}")
    assert lines == [(tmp_path, *own, *handed)]


@pytest.mark.skipif(os.name == "nt", reason="Windows has no exec")
def test_who_ends_lab_ends_what_it_became(tmp_path, monkeypatch):
    """A SIGTERM reaches the process that `start.py lab` is: it is JupyterLab itself, no parent of it."""
    became = []
    monkeypatch.setattr(os, "execve", lambda *given: became.append(given))
    monkeypatch.chdir(tmp_path)
    (tmp_path / "there").mkdir()
    module._become(["python", "-m", "jupyterlab"], tmp_path / "there", {"A": "1"})
    assert became == [("python", ["python", "-m", "jupyterlab"], {"A": "1"})] and Path.cwd() == tmp_path / "there"


@pytest.mark.slow
def test_lab_answers_here_alone_wants_its_token_and_looks_nowhere(tmp_path):
    tries, log = tmp_path / "tries.txt", tmp_path / "lab.log"
    (tmp_path / "notebooks").mkdir()
    path = os.pathsep.join([str(ROOT / "tests" / "no_network"), str(ROOT)])
    own = {"SCRM_HOME": str(tmp_path), "PYTHONPATH": path, "SCRM_NETWORK_TRIES": str(tries), "JUPYTER_CONFIG_DIR": str(tmp_path / "config")}
    line = [sys.executable, "-m", "scrm_helpers", "lab", "--no-browser", "--allow-root", "--ServerApp.port=0"]
    with log.open("w") as told:
        server = subprocess.Popen(line, env=os.environ | own, stdout=told, stderr=told, start_new_session=True)
    try:
        port, token = _address(server, log)
        host = socket.gethostbyname(socket.gethostname())
        if not host.startswith("127."):
            with socket.socket() as outside:
                assert outside.connect_ex((host, int(port))) != 0  # by its address in the network it is not there
        for page in ("api/contents", "lab/api/update", "lab/api/news"):
            with pytest.raises(urllib.error.HTTPError, match="403"):
                urllib.request.urlopen(f"http://localhost:{port}/{page}", timeout=60)
        asked = urllib.request.Request(f"http://localhost:{port}/lab/api/update", headers={"Authorization": f"token {token}"})
        assert b'"notification": null' in urllib.request.urlopen(asked, timeout=60).read()
        asked = urllib.request.Request(f"http://localhost:{port}/lab/api/news", headers={"Authorization": f"token {token}"})
        assert b'"news": []' in urllib.request.urlopen(asked, timeout=60).read()
        page = urllib.request.urlopen(f"http://localhost:{port}/lab?token={token}", timeout=60).read().decode()
        assert re.search(r'"disabledExtensions": \[[^]]*"@jupyterlab/apputils-extension:announcements"', page)  # nor asks whether it should
        asked = urllib.request.Request(f"http://localhost:{port}/api/kernels", data=b"{}", headers={"Authorization": f"token {token}"})
        assert b'"id"' in urllib.request.urlopen(asked, timeout=60).read()
        assert not tries.exists(), tries.read_text()
        below = psutil.Process(server.pid).children(recursive=True)
        assert below  # the kernel
        server.terminate()  # this process alone, as `kill` does
        server.wait(timeout=60)
        gone, left = psutil.wait_procs(below, timeout=60)
        assert not left
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(server.pid, 15)
        server.wait(timeout=60)


def _address(server: subprocess.Popen, log: Path) -> tuple[str, str]:
    for _ in range(600):
        if found := ADDRESS.search(log.read_text()):
            return found.groups()
        assert server.poll() is None, log.read_text()[-2000:]
        time.sleep(0.3)
    raise AssertionError(log.read_text()[-2000:])
