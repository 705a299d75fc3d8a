"""The page as PDF for a mail, by the Chromium or Chrome of the machine, and the two lines that go with it."""

import re
import shutil
import subprocess
import tempfile
from pathlib import Path

from scrm_helpers.run import publish
from scrm_helpers.store.workspace import Workspace

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "msedge")
PAGE, PDF, TEXT = "board.html", "board.pdf", "mail.txt"
DATE = re.compile(rb"D:\d{14}[^)]*")
TIMEOUT = 120  # seconds


def browser() -> str | None:
    """Path of a browser that prints PDF; None where there is none."""
    return next(filter(None, map(shutil.which, BROWSERS)), None)


def make_pdf(workspace: Workspace, period: str) -> tuple[Path, Path | None, str]:
    """The page, its PDF (None where no browser is there) and the text of the mail. ValueError where the month has no page."""
    run = publish.current(workspace.outputs, period)
    if run is None or not (run / PAGE).is_file():
        raise ValueError(f"period: came {period}, expected a month with a page. Run it first: python start.py run --period {period}")
    text = (run / TEXT).read_text(encoding="utf-8")
    found = browser()
    if found is None:
        return run / PAGE, None, text
    pdf = run / PDF
    pdf.write_bytes(printed(found, run / PAGE))
    return run / PAGE, pdf, text


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
            raise OSError(f"{Path(found).name}: ended with code {done.returncode} and made no PDF, expected one. Print {PAGE} by hand.")
        content = target.read_bytes()
    return DATE.sub(lambda m: b"D:20000101000000" + m[0][16:], content)
