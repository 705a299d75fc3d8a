"""outputs/index.html: the months with their state, and whether one's last run failed."""

import csv
import json
import os
from contextlib import suppress
from pathlib import Path

from scrm_helpers import texts
from scrm_helpers.run import publish
from scrm_helpers.run.errors import Busy
from scrm_helpers.run.lock import held, lock_of
from scrm_helpers.store.closings import closing_of
from scrm_helpers.store.settings import settings_of
from scrm_helpers.store.whole import write_whole
from scrm_helpers.store.workspace import Workspace

PAGE = "board.html"
MONTHS = "[0-9][0-9][0-9][0-9]-[0-9][0-9]"
FAILED = "failed.json"  # below outputs/.runs, after the month's name


def write_index(workspace: Workspace) -> None:
    """Writes the list of months as they are."""
    from scrm_helpers.html import index_page  # a run with nothing new needs no templates

    months = []
    for path in sorted(workspace.outputs.glob(MONTHS), reverse=True):
        failed = failure_of(workspace, path.name)
        message = json.loads(failed.read_text(encoding="utf-8"))["message"] if failed.is_file() else ""
        page = os.path.relpath(publish.shown_page(workspace.outputs, path.name, PAGE), workspace.outputs)
        months.append({"period": path.name, "page": Path(page).as_posix(), "failed": message} | told(workspace, path.name))
    shown = {m["period"] for m in months}
    for failed in sorted((workspace.outputs / ".runs").glob(f"*.{FAILED}")):
        content = json.loads(failed.read_text(encoding="utf-8"))
        if content["period"] not in shown:
            months.append({"period": content["period"], "page": "", "failed": content["message"]})
    settings = settings_of(workspace)
    html = index_page(months, language=settings.language, company=settings.name, made_up=settings.made_up)
    write_whole(workspace.outputs / "index.html", html)


def failure_of(workspace: Workspace, period: str) -> Path:
    """Where it stands that a month's last run failed."""
    return workspace.outputs / ".runs" / f"{period}.{FAILED}"


def mended(workspace: Workspace, period: str) -> None:
    """Takes back that a month's last run failed, where its page is of everything as it is now."""
    if not failure_of(workspace, period).is_file():
        return
    with suppress(Busy), held(lock_of(workspace)):  # a run under way will say of itself how it ended
        failure_of(workspace, period).unlink(missing_ok=True)
        write_index(workspace)


def refused(workspace: Workspace, period: str) -> list[str]:
    """Files that a month's page says were refused, each with its reason; [] where it has no page, or one of an older make."""
    run = publish.current(workspace.outputs, period)
    record = run / "month.json" if run else None
    kept = json.loads(record.read_text(encoding="utf-8")).get("refused", []) if record and record.is_file() else []
    return [f"{each['file']}: {each[texts.spoken()]}" for each in kept]


def aside(workspace: Workspace, period: str) -> tuple[int, int, float, int] | None:
    """Rows set aside, cells left blank in rows that were used, the money in the rows set aside and how many of them have money that
    cannot be read (counted at a mean), as the month's page counts them.

    Base currency. None where the month has no page, or no such table.
    """
    run = publish.current(workspace.outputs, period)
    path = run / "01_ingestion" / "tables" / "set_aside.csv" if run else None
    if path is None or not path.is_file():
        return None
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    total = lambda column: sum(float(r.get(column) or 0) for r in rows)  # noqa: E731
    return int(total("rows_quarantined")), int(total("cells_blank")), total("amount"), int(total("unread"))


def told(workspace: Workspace, period: str) -> dict:
    """State and verb of a month as its page has them, and its revision where it is closed; {} where the page is of an older make."""
    run = publish.current(workspace.outputs, period)
    record = run / "month.json" if run else None
    if record is None or not record.is_file():
        return {}
    content = json.loads(record.read_text(encoding="utf-8"))
    closing = closing_of(workspace, period)
    return {"state": content["state"], "verb": content["verb"], "revision": closing.shown if closing else 0}
