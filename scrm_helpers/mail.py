"""The page as PDF for a mail, by the Chromium or Chrome of the machine, and the two lines that go with it."""

import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

from scrm_helpers.errors import ToldError
from scrm_helpers.report.mail import attached
from scrm_helpers.run import publish
from scrm_helpers.store.workspace import Workspace
from scrm_helpers.texts import tell

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "msedge")
MAC = ("Google Chrome", "Chromium", "Microsoft Edge")  # below Applications, which is on no PATH
WINDOWS = ("Google/Chrome/Application/chrome.exe", "Chromium/Application/chrome.exe", "Microsoft/Edge/Application/msedge.exe")
PAGE, PDF, TEXT = "board.html", "board.pdf", "mail.txt"
DATE = re.compile(rb"D:\d{14}[^)]*")
TIMEOUT = 120  # seconds


def browser() -> str | None:
    """Path of a browser that prints PDF; None where there is none."""
    on_path = next(filter(None, map(shutil.which, BROWSERS)), None)
    return on_path or next((str(path) for path in usual_places(sys.platform, os.environ) if path.is_file()), None)


def usual_places(system: str, environment: Mapping[str, str]) -> list[Path]:
    """Where a system that leaves them off PATH keeps its browsers: for all users first, then for one. `system`: as sys.platform says."""
    if system == "darwin":
        tops = [Path("/Applications"), Path(environment.get("HOME") or "/") / "Applications"]
        return [top / f"{name}.app" / "Contents" / "MacOS" / name for top in tops for name in MAC]
    if system == "win32":
        tops = [environment.get(name) for name in ("PROGRAMFILES", "PROGRAMFILES(X86)", "LOCALAPPDATA")]
        return [Path(top) / name for top in tops if top for name in WINDOWS]
    return []


def make_pdf(workspace: Workspace, period: str) -> tuple[Path, Path | None, str]:
    """The page, its PDF (None where no browser is there) and the text of the mail.

    Without a PDF the text says where the page lies, with one that it is attached. ValueError where the month has no page.
    """
    run = publish.current(workspace.outputs, period)
    if run is None or not (run / PAGE).is_file():
        raise ToldError(tell("told.period.no_page", period=period, command=workspace.command(f"run --period {period}")))
    text = (run / TEXT).read_text(encoding="utf-8")
    found = browser()
    if found is None:
        return publish.shown_page(workspace.outputs, period, PAGE), None, text
    (run / PDF).write_bytes(printed(found, run / PAGE))
    page, pdf = (publish.shown_page(workspace.outputs, period, name) for name in (PAGE, PDF))
    return page, pdf, attached(text, period=period)


def printed(found: str, page: Path) -> bytes:
    """The page as A4, without the moment of printing in it: the same page gives the same bytes on the same browser."""
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / "page.pdf"
        line = [
            found, "--headless", "--disable-gpu", "--no-sandbox", "--no-first-run", "--disable-background-networking",
            "--disable-component-update", "--disable-sync", f"--user-data-dir={folder}/profile", "--no-pdf-header-footer",
            f"--print-to-pdf={target}", page.resolve().as_uri(),
        ]  # fmt: skip
        done = subprocess.run(line, capture_output=True, timeout=TIMEOUT, check=False)
        if not target.is_file():
            raise ToldError(tell("told.mail.no_pdf", browser=Path(found).name, code=str(done.returncode), page=PAGE))
        content = target.read_bytes()
    return DATE.sub(lambda m: b"D:20000101000000" + m[0][16:], content)
