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
    from scrm_helpers.store import drafts, home

    notebooks, at = home() / "notebooks", home()
    for outputs in (at / "outputs", *(at / "outputs").glob("*/")):  # of the company's own data and of other raw folders
        drafts.sweep(outputs)
    # The file browser ends at the notebooks, away from data/private, unless what is opened lies elsewhere. A word may be an option's value.
    elsewhere = any((at / o).exists() and not (at / o).resolve().is_relative_to(notebooks.resolve()) for o in options if o[:1] != "-")
    line = [sys.executable, "-m", "jupyterlab", *LAB_ALONE, f"--ServerApp.root_dir={at if elsewhere else notebooks}", *options]
    paths = [str(CONFIG), *filter(None, [os.environ.get("JUPYTER_CONFIG_PATH")])]
    _become(line, at, os.environ | {"JUPYTER_CONFIG_PATH": os.pathsep.join(paths)})


def _become(line, folder, environment):
    """JupyterLab in the place of this process, so that who ends it ends the server, which ends its kernels. Windows has no such thing."""
    if os.name == "nt":
        import subprocess

        sys.exit(subprocess.call(line, cwd=folder, env=environment))
    sys.stdout.flush()
    os.chdir(folder)
    os.execve(line[0], line, environment)
