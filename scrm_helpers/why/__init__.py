"""The rows behind a printed number, summing to it: `python -m scrm_helpers why acquisition.cac`. They go to `restricted/` alone.

Each number of pages one and two has an id (`data-why` in the page); the number itself may be asked for too. It is counted again from
the tables that its month was published with, where rows or a rule can: where it does not come out as printed, nothing is written. The
rest is shown with its parts, and the answer says that it was not counted again.
"""

from collections.abc import Callable
from difflib import get_close_matches
from functools import partial
from pathlib import Path

import pandas as pd

from scrm_helpers import texts
from scrm_helpers.errors import ToldError
from scrm_helpers.findings import Finding
from scrm_helpers.report.missing import by_cause, others
from scrm_helpers.report.page_two import is_running as tests_running
from scrm_helpers.report.page_two import is_test
from scrm_helpers.report.tiles import KEPT_MONTHS, NEW_MONTHS
from scrm_helpers.run import publish
from scrm_helpers.store.closings import closing_of
from scrm_helpers.store.workspace import Workspace, closed_folder
from scrm_helpers.store.written import plain_csv
from scrm_helpers.texts import figure, tell
from scrm_helpers.units import Unit
from scrm_helpers.why import board, changes, customers, matching, revenue, service, told
from scrm_helpers.why.behind import Behind, Figure, rows_of, rule, same, together, wrong
from scrm_helpers.why.month import Month
from scrm_helpers.why.page import holds, ids_of, language_of, nearest, places

__all__ = ["ANSWERS", "Behind", "answer", "answerable", "places", "why"]

FOLDER, PAGE = "why", "board.html"
# numbers of a sentence without a figure, by name
SAID = {"unknown": Unit.SHARE, "cost": Unit.MONEY, "months": Unit.MONTHS, "covered": Unit.COUNT}
NEAREST = 5  # names or numbers that are offered for one that is not there
MOST_LINES = 40  # of the answer on the screen; the file has every number

Answer = Callable[[Month, Finding | None], Behind]


def _tests(m: Month, f: Finding | None) -> Behind:
    return board.counted(m, {i: f for i, f in m.found.items() if is_test(f)}, "tests")


def _withheld(m: Month, f: Finding | None) -> Behind:
    behind = board.counted(m, {i: f for i, f in m.found.items() if f.state != "ok"}, "withheld")
    causes = by_cause(m.found, has_orders=m.decision.month.data_to is not None)
    many = {f"for want of, {cause}": Figure(float(len(rows)), Unit.COUNT, how=rule("withheld")) for cause, rows in causes.items()}
    rest = Figure(float(others(causes)), Unit.COUNT, how=rule("withheld"))
    return behind._replace(figures=behind.figures | many | {"other inputs": rest})


def _running(m: Month, f: Finding | None) -> Behind:
    return board.counted(m, {i: f for i, f in m.found.items() if tests_running(f)}, "running")


def _revision(m: Month, f: Finding | None) -> Behind:
    """The revisions of a closed month, up to the one that is shown."""
    closing = closing_of(m.workspace, m.period)
    shown = [r for r in closing.revisions if r.number <= closing.shown] if closing else []
    rows = pd.DataFrame({"run": [r.run for r in shown]}, dtype=str)
    place = Figure(float(len(shown)), Unit.COUNT, how="" if shown else rule("none"))
    return Behind(rows_of(rows, "revision", "run", part=1.0), {"revision": place})


ANSWERS: dict[str, Answer] = {
    "acquisition.cac": customers.cac("social"),
    "acquisition.cac_other": customers.cac("other_known"),
    "acquisition.cac_all": customers.cac("all"),
    "acquisition.unknown": customers.unknown,
    "retention.kept": customers.kept("all"),
    "retention.kept_social": customers.kept("social"),
    "retention.kept_other": customers.kept("other_known"),
    "campaigns.seen": revenue.credited("seen"),
    "campaigns.touched": revenue.credited("touched"),
    "campaigns.caused": revenue.caused,
    "ingestion.reconciliation": revenue.reconciliation,
    "service.cost_social": service.cost("social"),
    "service.cost_phone": service.cost("phone"),
    "service.csat_social": service.csat("social"),
    "service.csat_phone": service.csat("phone"),
    "service.better": service.better,
    "service.saving": service.saving,
    "identity.precision": matching.quality,
    "identity.recall": matching.quality,
    "board.cost": board.cost,
    "board.spend": board.spend,
    **{f"ingestion.lost_{table}": partial(board.lost, table=table) for table in ("orders", "spend", "costs")},
    "board.spend_by_month": board.spend_by_month,
    "board.budget": board.budget,
    "board.promises": board.promises,
    "board.delivered": board.delivered,
    "board.declared": board.declared,
    "board.traceability": board.traced,
    "board.verdict": board.verdict,
    "board.roi": revenue.roi,
    "board.restated": changes.restated,
    "board.sold": partial(changes.sold, of="net"),
    "board.sold_orders": partial(changes.sold, of="orders"),
    "board.windows": changes.windows,
    "board.change_log": changes.change_log,
    "board.days": changes.days,
    "board.walk": changes.walk,
    "board.sources": changes.sources,
    "board.tests": _tests,
    "board.running": _running,
    "board.withheld": _withheld,
    "board.revision": _revision,
} | {
    f"board.{name}.{figure}": partial(lambda m, f, of, rows: rows(m, of), of=figure, rows=rows)
    for name, rows in (("bridge", changes.bridge), ("line", changes.line))
    for figure in ("acquisition.cac", "retention.kept", "campaigns.caused", "campaigns.seen")
}


def why(workspace: Workspace, period: str, number: str) -> tuple[Path, str]:
    """Writes the rows behind a printed number; gives the file and the lines that say how they make it.

    `number` is an id of `ANSWERS`, or a number as page one or two prints it. Raises ValueError with the numbers that can be asked
    for, or where the rows do not give what was printed.
    """
    m = Month(workspace, period)
    asked = _id_of(m, number)
    behind = answer(m, asked)
    folder = closed_folder(m.run / publish.RESTRICTED, FOLDER)
    path = folder / f"{asked}.csv"
    path.write_text(plain_csv(behind.rows), encoding="utf-8", newline="")
    path.chmod(0o600)
    lines = told.lines(asked, behind, m.settings.currency)
    more = [tell("told.why.more", n=figure(len(lines) - MOST_LINES))] if len(lines) > MOST_LINES else []
    shown = publish.shown_page(workspace.outputs, period, f"{publish.RESTRICTED}/{FOLDER}/{path.name}")
    return shown, "\n".join([*lines[:MOST_LINES], *more, tell("told.why.rows", n=figure(len(behind.rows)))])


def answerable(m: Month) -> list[str]:
    """Ids that can be asked for in this month: those of its findings (one without a figure may name numbers), and what the board counts."""
    return sorted(i for i in ANSWERS if i.startswith("board.") or i in m.found)


def answer(m: Month, asked: str) -> Behind:
    """Rows and numbers of an id; ValueError where the rows do not give what the page printed."""
    finding = m.found.get(asked)
    if finding is None and not asked.startswith("board."):  # no notebook said it this month: the page prints a dash
        return Behind(together(), {})
    if finding is not None and finding.state != "ok":  # withheld, missing or too few: words, and no number of its own
        cases = Figure(float(finding.n or 0), Unit.COUNT, how=rule("few"))
        units_of = SAID | {"least": Unit(finding.unit)}
        said = {n: v for n, v in board.printed(finding).items() if n in units_of}
        given = {n: Figure(v, units_of[n], v if n == "least" else None, how=rule("said")) for n, v in said.items()}
        if finding.missing == "orders" and finding.measure in ("retention", "cac"):
            wanted = KEPT_MONTHS if finding.measure == "retention" else NEW_MONTHS
            given["months it takes"] = Figure(float(wanted), Unit.MONTHS, how=rule("months_of_orders"))
        return Behind(board.counted(m, {asked: finding}, "withheld").rows, {"cases": cases} | given | board.months_of(finding))
    behind = ANSWERS[asked](m, finding)
    if finding is not None:
        behind = behind._replace(figures=behind.figures | board.months_of(finding))
    off = list(wrong(behind))
    value = behind.figures.get("value")
    if finding is not None and finding.value is not None and value is not None and not same(value.value, finding.value):
        off.insert(0, (asked, value.value, finding.value))
    if off:
        name, given, printed = off[0]
        unit, currency = finding.unit if name == asked else behind.figures[name].unit, m.settings.currency
        said = {"given": told.exactly(given, unit, currency, printed), "printed": told.exactly(printed, unit, currency, given)}
        raise ToldError(tell("told.why.off", name=told.named(asked, name), **said))
    return behind


def _id_of(m: Month, number: str) -> str:
    can = answerable(m)
    if number in can:
        return number
    page = m.run / PAGE
    html = page.read_text(encoding="utf-8") if page.is_file() else ""
    found = {i: words for i, words in ids_of(html, number).items() if i in can}
    # a place where one figure is words and another a number stands for the number
    found = {i: words for i, words in found.items() if i not in m.found or m.found[i].value is not None} or found
    if len(found) > 1:
        found = {i: words for i, words in found.items() if _says(m, i, number, language_of(html))} or found
    if len(found) == 1:
        return next(iter(found))
    if found:
        places = "\n".join(f"  {i}: {words}" for i, words in found.items())
        raise ToldError(tell("told.why.several", came=number, places=places, first=next(iter(found)), period=m.period))
    if any(ch.isdigit() for ch in number) and not any(ch.isalpha() for ch in number.partition(" ")[0]):
        near = [(n, [i for i in ids if i in can]) for n, ids in nearest(html, number)]
        said = "; ".join(f"{n} ({', '.join(ids)})" for n, ids in near if ids) or tell("told.none")
        raise ToldError(tell("told.why.no_number", came=number, period=m.period, near=said, first=can[0]))
    near = get_close_matches(number, can, n=NEAREST, cutoff=0.3) or can[:NEAREST]
    raise ToldError(tell("told.why.unknown", came=number, known=", ".join(near)))


def _says(m: Month, asked: str, number: str, language: str) -> bool:
    """Whether one of the numbers of an id is written so on a page in that language: its place on the page may hold others beside it."""
    try:
        behind = answer(m, asked)
    except ToldError:  # does not come out: told when it is asked for by its id
        return True
    with texts.speaking(language):
        written = [told.number(f, m.settings.currency) for f in behind.figures.values()]
    return any(holds(words, number, language) for words in written)


