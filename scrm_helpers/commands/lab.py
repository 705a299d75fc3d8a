"""The notebooks in JupyterLab."""

import os
import sys
from pathlib import Path

import click

from scrm_helpers.commands.group import main

# JupyterLab looks for updates, news and extensions on the network unless it is told not to
LAB_ALONE = (
    "--ServerApp.ip=localhost", "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate", "--LabApp.news_url=None",
    "--LabApp.extension_manager=readonly",
)  # fmt: skip
CONFIG = Path(__file__).with_name("lab_config")  # labconfig/ in it: no question whether Jupyter's news are wanted


@main.command(context_settings={"ignore_unknown_options": True})
@click.argument("options", nargs=-1, type=click.UNPROCESSED)
def lab(options):
    """Open the notebooks in JupyterLab, on this machine alone (localhost, with its token); it asks no other machine for anything.

    OPTIONS go to JupyterLab: --allow-root (in a container), --no-browser, --port 8889.
    """
    import subprocess

    from scrm_helpers.store import home

    line = [sys.executable, "-m", "jupyterlab", *LAB_ALONE, f"--ServerApp.root_dir={home()}", *options]
    paths = [str(CONFIG), *filter(None, [os.environ.get("JUPYTER_CONFIG_PATH")])]
    line += ["notebooks"] if all(o.startswith("-") for o in options) else []
    sys.exit(subprocess.call(line, cwd=home(), env=os.environ | {"JUPYTER_CONFIG_PATH": os.pathsep.join(paths)}))
