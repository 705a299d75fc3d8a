"""The key of pseudonymous ids."""

from pathlib import Path

import click

from scrm_helpers.commands.group import RAW_HELP, alone, main
from scrm_helpers.run.errors import ValueRefused


@main.group()
def key():
    """The key of pseudonymous ids: backup, restore, rotate."""


@key.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--raw", default="", help=RAW_HELP)
def backup(file, raw):
    """Write keys, registry, labels and the list of forgotten people into FILE, outside the suite's folder (keep it as safe as the data)."""
    from scrm_helpers.privacy import keys
    from scrm_helpers.store import open_workspace
    from scrm_helpers.store.workspace import from_caller
    from scrm_helpers.texts import tell

    workspace, target = open_workspace(raw), from_caller(file)
    if target.is_relative_to(workspace.root):
        raise ValueRefused(tell("told.keys.inside", came=target.relative_to(workspace.root).as_posix()))
    with alone(workspace):
        held = keys.backup(workspace, target)
    click.echo("\n".join(held))


@key.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--raw", default="", help=RAW_HELP)
def restore(file, raw):
    """Put the files of a back-up in place; nothing that differs is overwritten."""
    from scrm_helpers.privacy import keys
    from scrm_helpers.store import open_workspace
    from scrm_helpers.store.workspace import from_caller

    workspace = open_workspace(raw)
    with alone(workspace):
        done = keys.restore(workspace, from_caller(file))
    click.echo("\n".join(done))


@key.command()
@click.option("--raw", default="", help=RAW_HELP)
def rotate(raw):
    """Make a new key: every record gets a new id, every person keeps the number it has. Run the month again afterwards."""
    from scrm_helpers.privacy import keys
    from scrm_helpers.store import open_workspace
    from scrm_helpers.texts import tell

    workspace = open_workspace(raw)
    with alone(workspace):
        done = keys.rotate(workspace)
    click.echo(tell("told.done.rotated", n=str(done.accounts), lost=str(done.lost)))


@key.command()
@click.option("--raw", default="", help=RAW_HELP)
def finish(raw):
    """Carry a rotation through that was stopped half-way."""
    from scrm_helpers.privacy import keys
    from scrm_helpers.store import open_workspace
    from scrm_helpers.texts import tell

    workspace = open_workspace(raw)
    with alone(workspace):
        done = keys.finish(workspace)
    click.echo(tell(f"told.done.{'finished' if done else 'nothing_to_finish'}"))
