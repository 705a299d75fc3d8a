"""The notebooks in JupyterLab."""

import sys

import click

from scrm_helpers.commands.group import main

# JupyterLab looks for updates, news and extensions on the network unless it is told not to
LAB_ALONE = (
    "--ServerApp.ip=localhost", "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate", "--LabApp.news_url=None",
    "--LabApp.extension_manager=readonly",
)  # fmt: skip


@main.command(context_settings={"ignore_unknown_options": True})
@click.argument("options", nargs=-1, type=click.UNPROCESSED)
def lab(options):
    """Open the notebooks in JupyterLab, on this machine alone (localhost, with its token); it asks no other machine for anything.

    OPTIONS go to JupyterLab: --allow-root (in a container), --no-browser, --port 8889.
    """
    import subprocess

    from scrm_helpers.store import home

    line = [sys.executable, "-m", "jupyterlab", *LAB_ALONE, f"--ServerApp.root_dir={home()}", *options]
    sys.exit(subprocess.call([*line, "notebooks"] if all(o.startswith("-") for o in options) else line, cwd=home()))
