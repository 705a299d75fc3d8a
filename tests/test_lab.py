"""JupyterLab in headless Chromium: an analyst opens a notebook, takes another choice, and sees another chart."""

import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tools"))
PATIENCE = 300_000  # milliseconds: a busy machine takes its time to start a server, a browser and a kernel
CHART = ".jp-OutputArea-output figure svg"


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    """Address of a JupyterLab on a sample company in which tests have segments large enough to be read."""
    import facts

    before = os.environ.get("SCRM_HOME")
    home = tmp_path_factory.mktemp("lab")
    shutil.copytree(ROOT / "notebooks", home / "notebooks")  # JupyterLab saves into them by itself
    facts.company(home, people=4000)
    options = ["--no-browser", "--allow-root", "--ServerApp.ip=localhost", "--ServerApp.port=0", f"--ServerApp.root_dir={home}"]
    path = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH", "")]))
    log = home / "lab.log"
    with log.open("w") as told:
        environment = os.environ | {"PYTHONPATH": path, "PYTHONUNBUFFERED": "1", "JUPYTER_CONFIG_DIR": str(home / "config")}
        server = subprocess.Popen([sys.executable, "-m", "jupyterlab", *options], env=environment, stdout=told, stderr=told)
        try:
            yield _address(server, log)
        finally:
            server.terminate()
            server.wait(timeout=60)
            os.environ.pop("SCRM_HOME")
            if before is not None:
                os.environ["SCRM_HOME"] = before


def _address(server: subprocess.Popen, log: Path) -> str:
    for _ in range(600):
        found = re.search(r"http://localhost:\d+/lab\?token=\w+", log.read_text())
        if found:
            return found.group()
        assert server.poll() is None, log.read_text()[-2000:]
        time.sleep(0.5)
    raise AssertionError(log.read_text()[-2000:])


@pytest.mark.slow
@pytest.mark.browser
@pytest.mark.parametrize(
    ("name", "control"), [("03_acquisition", 0), ("04_retention", 1), ("06_campaigns", 0), ("07_experiments", 0), ("08_audiences", 0)]
)
def test_another_choice_draws_another_chart(lab, chromium, name, control):
    from playwright.sync_api import sync_playwright

    # each notebook in a workspace of its own: a tab of the test before would be opened again beside it
    address = lab.replace("/lab?", f"/lab/workspaces/{name}/tree/notebooks/{name}.ipynb?")
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"], timeout=PATIENCE)
        page = browser.new_page(viewport={"width": 1400, "height": 9000})  # JupyterLab draws the cells in view alone
        page.set_default_timeout(PATIENCE)
        page.goto(address)
        page.locator(".jp-Notebook").wait_for()
        # JupyterLab drops a run that is asked for before a kernel is there
        page.locator('.jp-Notebook-ExecutionIndicator[data-status="idle"]').wait_for()
        page.locator(".jp-Notebook").click()
        page.get_by_role("menuitem", name="Run", exact=True).click()
        page.get_by_text("Run All Cells", exact=True).first.click()
        choice = page.locator(".widget-dropdown select").nth(control)
        choice.wait_for()
        drawing = page.locator(".jp-OutputArea-child", has=choice).last.locator("figure svg").first
        drawing.wait_for()
        before = drawing.inner_html()
        values = choice.locator("option").all_text_contents()
        assert len(values) > 1, f"{name}: one choice is no choice"
        choice.select_option(values[1])
        page.wait_for_function(
            "([old, n]) => { const s = document.querySelectorAll('.widget-dropdown select')[n];"
            " const o = s.closest('.jp-OutputArea-child').querySelector('figure svg'); return o && o.innerHTML !== old; }",
            arg=[before, control],
        )
        if shots := os.environ.get("SCRM_SHOTS"):
            page.screenshot(path=f"{shots}/{name}.png", full_page=True)
        assert page.locator('[data-mime-type="application/vnd.jupyter.stderr"]').count() == 0
        browser.close()
