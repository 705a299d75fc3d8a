"""Page two, revenue: seen, touched and caused beside the ledger, social beside the other channels, the one return."""

import json
from dataclasses import replace

import pandas as pd

from scrm_helpers import metrics
from scrm_helpers.findings import Finding
from scrm_helpers.goals.aside import COSTS
from scrm_helpers.report.reader import Reader, told
from scrm_helpers.report.section import section, table
from scrm_helpers.report.tiles import beyond_chance, is_bound
from scrm_helpers.units import Unit

CASES = ("seen", "touched", "caused")
GROUPS = ("", "_other", "_all")  # of the cost per customer; customers kept have no group of that name for all
KEPT = {"": "retention.kept_social", "_other": "retention.kept_other", "_all": "retention.kept"}


def revenue(reader: Reader, decision) -> dict:
    """The section of page two on revenue. What has no figure is said in its own words; nothing is said twice."""
    rows = _rows(reader, decision)
    kept = tuple(f"campaigns.{c}" for c in CASES if c != "caused" or decision.reconciled is not False)
    said = reader.sentences(*(i for i in kept if i == "campaigns.caused" or reader.figure(i) is None))
    said += reader.sentences("ingestion.reconciliation", "ingestion.lost_orders")
    channels, more = _channels(reader, short=any(t in decision.lost for t in COSTS))
    said += more
    if decision.reconciled is False:
        said.insert(0, told(reader.say("two.ledger_out", limit=reader.share(decision.limits.walk)), "ingestion.reconciliation"))
    elif decision.reconciled is None and "ingestion.reconciliation" not in reader.found:  # else the finding says so itself
        said.append(reader.say("two.ledger_none"))
    said = _sold(reader, decision) + said
    if not rows:
        said.insert(0, reader.say("two.revenue_none" if decision.month.data_to is None else "two.revenue_none_tags"))
    of = "of_ledger" if decision.reconciled is not None else "of_counted"  # without books the share is one of the sales counted
    columns = ["kind_of_revenue", "value", "range", of, "longer", "evidence"]
    tables = [table(reader, reader.say("table.revenue"), columns, rows, set(columns[1:5]), why=" ".join(kept)), channels]
    roi, note = _roi(reader, decision)
    first, rest = (said[:1], said[1:]) if decision.reconciled is False or not rows else ([], said)
    return section(reader.say("two.revenue"), "revenue", lead=first, paragraphs=[*rest, note], tables=[*tables, roi])


def _sold(reader: Reader, decision) -> list[str]:
    """All sales of the month in one line, whatever brought them; nothing where there is no order."""
    rows = decision.sold.to_dict("records")
    if not rows:
        return []
    orders = decision.month.sources[decision.month.sources["table"] == "orders"]
    whole = bool(orders["complete"].astype(bool).all())  # a month that orders cover in part is no less than another
    said = [reader.say("two.sold_month", **_month_sold(reader, r, rows[0] if whole else r)) for r in rows[1:]]
    line = reader.say("two.sold", **_month_sold(reader, rows[0], rows[0]), beside="".join(said))
    return [told(line, *(i for i in ("board.sold", "board.sold_orders") if reader.place(i) is not None or i == "board.sold"))]


def _month_sold(reader: Reader, row: dict, now: dict) -> dict[str, str]:
    held = row["month"] != now["month"] and row["net"] > 0
    change = reader.write(now["net"] / row["net"] - 1, Unit.SHARE, signed=True) if held else ""
    return {
        "month": reader.month(row["month"]), "net": reader.write(row["net"], Unit.MONEY), "orders": reader.write(row["orders"], Unit.COUNT),
        "change": f" ({change})" if change else "",
    }  # fmt: skip


def _rows(reader: Reader, decision) -> list[list[str]]:
    rows = []
    for case in CASES:
        finding = reader.figure(f"campaigns.{case}")
        if finding is None or (case == "caused" and decision.reconciled is False):
            continue
        beside = json.loads(finding.values)
        share, later = beside.get("share"), beside.get("later")
        name = case if case != "caused" else caused_name(finding)
        rows.append(
            [
                f"{reader.say(f'two.{name}')} ({reader.window(finding)})",
                *_ends(reader, finding.value, finding.low, finding.high, finding.unit),
                reader.share(share) if share is not None else "–",
                reader.write(later, finding.unit, low=later if is_bound(finding) else None) if later is not None else "–",
                evidence(reader, finding) if case == "caused" else reader.say("two.not_proven"),
            ]
        )
    return rows


def _ends(reader: Reader, given: float, low: float | None, high: float | None, unit: str) -> list[str]:
    """Value and range, or where the value is the low end the least and the most: what is unknown may come on top, chance plays no part."""
    value = reader.write(given, unit, low=low, high=high)
    if low is not None and high is not None and given == low < high:
        most = reader.write(high, unit, low=low, high=high)
        return [reader.say("two.at_least", value=value), reader.say("two.at_most", value=most)]
    return [value, reader.span(low, high, unit, of=given) if low is None or low != high else "–"]


def caused_name(finding: Finding) -> str:
    """Only a tested effect that stands beyond chance is called caused; else it is an estimate, or merely consistent."""
    if finding.grade not in ("A", "B"):
        return "consistent"
    return "caused" if beyond_chance(finding) else "estimated"


def evidence(reader: Reader, finding: Finding) -> str:
    """How it was found out, and where it holds: that it could be chance."""
    said = reader.say(f"grade.{finding.grade}") if finding.grade else ""
    return said if beyond_chance(finding) else "; ".join(filter(None, [said, reader.say("two.chance")]))


def _channels(reader: Reader, *, short: bool) -> tuple[dict, list[str]]:
    """Social beside the other channels: cost per new customer with its count and source-unknown share, customers kept.

    `short`: much of the costs was set aside; the row of costs says so.
    """
    rows, ids, said = [], [], []
    for measure, of in (("cac", {g: f"acquisition.cac{g}" for g in GROUPS}), ("retention", KEPT)):
        found = {g: reader.figure(i) for g, i in of.items()}
        ids += of.values()
        said += reader.sentences(*(of[g] for g in GROUPS[:1] if found[g] is None and measure == "cac"))
        if not any(found.values()):
            continue
        spans = {reader.window(f) for f in found.values() if f is not None}
        label = metrics.measure(measure).label(reader.language)
        window = next(iter(spans)) if len(spans) == 1 else ""
        beside = "; ".join(filter(None, [window, reader.say("tile.short") if short and measure == "cac" else ""]))
        rows.append([f"{label} ({beside})" if beside else label, *(_cell(reader, found[g], window) for g in GROUPS)])
        if measure == "cac":
            counts = ["–" if f is None else reader.write(f.n, Unit.COUNT) for f in found.values()]
            counted = reader.say("two.new_customers")
            rows.append([f"{counted} ({window})" if window else counted, *counts])
        else:
            counted = reader.say("two.bought_again")
            rows.append([f"{counted} ({window})" if window else counted, *(_of(reader, found[g]) for g in GROUPS)])
    cac = reader.figure("acquisition.cac")
    unknown = reader.figure("acquisition.unknown")
    share = 1 - cac.coverage if cac is not None and cac.coverage is not None else unknown.value if unknown is not None else None
    if share is not None and rows and (cac is not None or not _says_unknown(reader)):
        of = cac if cac is not None and cac.coverage is not None else unknown
        said.append(told(reader.say("two.unknown", unknown=reader.share(share), window=reader.window(of)), "acquisition.unknown"))
    columns = ["measure", "social", "other_channels", "all_channels"]
    return table(reader, reader.say("table.channels"), columns, rows, set(columns[1:]), why=" ".join(ids)), said


def _says_unknown(reader: Reader) -> bool:
    """Whether the sentence on a cost that cannot be said names the share of unknown sources itself."""
    f = reader.found.get("acquisition.cac")
    return f is not None and f.state == "too_few" and {"unknown", "hidden"} & set(json.loads(f.values)) != set()


def _of(reader: Reader, f: Finding | None) -> str:
    """How many of those that a share is of: '52 of 121'; the whole alone where the finding does not say how many."""
    if f is None:
        return "–"
    whole, part = reader.write(f.n, Unit.COUNT), json.loads(f.values).get("retained")
    return whole if part is None else reader.say("two.part_of", part=reader.write(part, Unit.COUNT), whole=whole)


def _cell(reader: Reader, f: Finding | None, window: str) -> str:
    if f is None:
        return "–"
    ends = reader.span(f.low, f.high, f.unit, of=f.value)
    written = reader.write(f.value, f.unit, low=f.low, high=f.high)
    return f"{written} ({ends})" if window or not ends else f"{written} ({ends}; {reader.window(f)})"


def _roi(reader: Reader, decision) -> tuple[dict, str]:
    rows = []
    for row in decision.cases.to_dict("records"):
        caused = reader.figure("campaigns.caused") if row["case"] == "caused" else None
        low, high = (None if pd.isna(row[c]) else row[c] for c in ("low", "high"))
        rows.append(
            [
                reader.say(f"two.{row['case'] if caused is None else caused_name(caused)}"),
                *_ends(reader, row["value"], low, high, Unit.SHARE),
                reader.say("two.not_proven") if caused is None else evidence(reader, replace(caused, grade=row["grade"])),
            ]
        )
    if decision.roi is None or decision.roi_cost is None:
        note = reader.say("roi_withheld", input=reader.say(f"roi_reason.{decision.roi_reason or 'effect'}"))
    else:
        cost = reader.write(decision.roi_cost.value, Unit.MONEY, low=decision.roi_cost.low, high=decision.roi_cost.high)
        window = reader.say(f"window.{decision.roi_window}")
        note = told(reader.say("two.roi_formula", window=window, margin=reader.share(decision.margin.share), cost=cost), "board.roi")
    columns = ["case", "value", "range", "evidence"]
    return table(reader, reader.say("table.roi"), columns, rows, {"value", "range"}, why="board.roi"), note
