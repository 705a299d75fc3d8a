"""The sample company."""

import click

from scrm_helpers.commands.group import alone, main


@main.command()
@click.option("--seed", default=1, show_default=True)
@click.option("--people", default=12_000, show_default=True, type=click.IntRange(200))
@click.option("--months", default=24, show_default=True, type=click.IntRange(6, 60))
@click.option("--last-month", default="2026-10", show_default=True)
@click.option(
    "--mess", default=1, show_default=True, type=click.IntRange(0, 2), help="0 clean, 1 realistic, 2 hostile."
)
@click.option("--only", "only", multiple=True, metavar="KIND", help="On a clean company, this kind of mess alone (may be repeated).")
@click.option("--without", "without", multiple=True, metavar="KIND", help="The level without this kind of mess (may be repeated).")
def sample(seed, people, months, last_month, mess, only, without):
    """Write the sample company's raw files and, beside them, the truth."""
    from scrm_helpers.store import home
    from scrm_helpers.store.workspace import SAMPLE, Workspace

    folder = home() / "data" / SAMPLE
    workspace = Workspace(SAMPLE, folder / "raw", home())
    switches = dict.fromkeys(only, True) | dict.fromkeys(without, False)
    write_sample(
        workspace, seed=seed, people=people, mess=0 if only else mess, months=months, last_month=last_month, switches=switches
    )
    click.echo(str(workspace.raw))


def write_sample(workspace, **options) -> None:
    import shutil

    from tqdm import tqdm

    from scrm_helpers import sample as company
    from scrm_helpers.texts import tell

    company.settings.settings(people=options["people"], mess=options["mess"], switches=options.get("switches"))  # refuse before deleting
    bar_format = "{desc}: {percentage:3.0f}%|{bar}| {elapsed}"
    with alone(workspace), tqdm(total=100, desc=tell("console.run.sample_bar"), unit="%", bar_format=bar_format, disable=None) as bar:
        company.refuse_real(workspace.raw)
        for folder in (workspace.raw, workspace.truth, workspace.processed, workspace.private):
            shutil.rmtree(folder, ignore_errors=True)

        def said(text: str, share: float) -> None:
            bar.set_postfix_str(text)
            bar.update(round(share * 100) - bar.n)

        company.write(workspace.raw.parent, progress=said, **options)
        bar.update(100 - bar.n)
