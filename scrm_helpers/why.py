"""The rows behind a printed number, summing to it: `python -m scrm_helpers why acquisition.cac`. They go to `restricted/` alone.

Each number is counted again from the published month's tables; where it does not come out as printed, nothing is written.
"""

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import ibis
import pandas as pd

from scrm_helpers import findings, metrics, periods, units
from scrm_helpers.acquisition import cost_of
from scrm_helpers.acquisition.customer_cost import members, months_of
from scrm_helpers.acquisition.study import data_begin
from scrm_helpers.campaigns import credit
from scrm_helpers.findings import Finding
from scrm_helpers.goals.money import within as of_programme
from scrm_helpers.retention.purchases import month_of, purchases
from scrm_helpers.retention.purchases import through as through_of
from scrm_helpers.run import publish
from scrm_helpers.store import Store
from scrm_helpers.store.book import plain_csv
from scrm_helpers.store.workspace import Workspace, closed_folder

SAME = 1e-6  # relative; figures are stored with twelve digits
FOLDER = "why"


class Behind(NamedTuple):
    """Rows of a number: `part` adds up to its numerator, `whole` to its denominator (all 0 where the number is a plain sum)."""

    rows: pd.DataFrame
    value: float | None
    unit: str


def why(workspace: Workspace, period: str, number: str) -> tuple[Path, str]:
    """Writes the rows behind a printed number; gives the file and one line that says how they make the number.

    Raises ValueError with the numbers that can be asked for, or where the rows do not give what was printed.
    """
    run = publish.current(workspace.outputs, period)
    if run is None:
        raise ValueError(f"period: came {period}, expected a month with a page. Run it first: python start.py run --period {period}")
    store = Store(workspace, period)
    printed = findings.from_frame(store.frame("findings"))
    finding = printed.get(number)
    if finding is None or number not in ROWS or finding.value is None:
        can = sorted(i for i in ROWS if i in printed and printed[i].value is not None)
        raise ValueError(
            f"number: came {number!r}, expected one of {', '.join(can) or 'none this month'}. "
            "These are ids of the appendix's lineage whose rows can be counted again."
        )
    behind = ROWS[number](store, finding)
    if behind.value is None or abs(behind.value - finding.value) > SAME * max(abs(finding.value), 1e-9):
        raise ValueError(
            f"{number}: the rows give {units.steady(behind.value)}, the page printed {units.steady(finding.value)}; expected the same. "
            "The tables were written again since, or money was put into today's prices. Run the month again and ask once more."
        )
    folder = closed_folder(run / publish.RESTRICTED, FOLDER)
    path = folder / f"{number}.csv"
    path.write_text(plain_csv(behind.rows), encoding="utf-8", newline="")
    path.chmod(0o600)
    part, whole = (float(behind.rows[c].astype(float).sum()) for c in ("part", "whole"))
    made = f"{units.steady(part)} / {units.steady(whole)} = " if whole else ""
    return path, f"{number} = {made}{units.steady(finding.value)} ({behind.unit}); {len(behind.rows)} rows"


def _cac(group: str) -> Callable[[Store, Finding], Behind]:
    def rows(store: Store, f: Finding) -> Behind:
        customers, ledger = store.read("customers"), store.frame("cost_ledger")
        start = data_begin(customers)
        months = months_of(ledger, first_month=start, period=store.period, window=f.window)
        sources = members(group)
        won = customers.filter(
            ~customers.before_data, customers.kind == "consumer", customers.source.isin(list(sources)),
            customers.first_month.isin(months),
        ).select("person_id", "first_on", "source", "source_basis").to_pandas()  # fmt: skip
        cost = ledger[ledger["month"].isin(months) & (ledger["purpose"] == "acquire") & ledger["source"].isin(sources)]
        said = cost[["month", "source", "kind", "amount"]].assign(part=cost["amount"].astype(float), whole=0.0, row="cost")
        people = won.sort_values("person_id").assign(part=0.0, whole=1.0, row="customer")
        both = pd.concat([said, people.astype({"person_id": "Int64"})], ignore_index=True)
        total = cost_of(ledger, months=months, purpose="acquire", sources=sources)
        value = None if total is None or not len(won) else total[0] / len(won)
        return Behind(_ordered(both), value, f.unit)

    return rows


def _kept(group: str) -> Callable[[Store, Finding], Behind]:
    def rows(store: Store, f: Finding) -> Behind:
        as_of = periods.as_of(store.period)
        orders = store.read("orders").filter(ibis._.ordered_on < as_of)
        end = month_of(through_of(orders, as_of=as_of))
        bought = purchases(orders, store.read("persons"))
        seen = bought.group_by("person_id").agg(
            then=bought.month.between(end - 24, end - 13).any(), now=bought.month.between(end - 12, end - 1).any()
        )
        people = seen.filter(seen.then).left_join(store.read("customers").select("person_id", "source"), "person_id")
        frame = people.select("person_id", "source", "now").to_pandas().sort_values("person_id", ignore_index=True)
        frame["source"] = frame["source"].fillna("unknown")
        if group != "all":
            frame = frame[frame["source"].isin(members(group))]
        frame = frame.assign(part=frame["now"].astype(float), whole=1.0, row="customer").drop(columns="now")
        return Behind(_ordered(frame), float(frame["part"].mean()) if len(frame) else None, f.unit)

    return rows


def _credit(kind: str) -> Callable[[Store, Finding], Behind]:
    def rows(store: Store, f: Finding) -> Behind:
        names = ("orders", "touches", "accounts", "persons", "promo_codes")
        every = credit.credited(*(store.read(n) for n in names), window=credit.WINDOWS[0], as_of=periods.as_of(store.period))
        first, last = periods.span(store.period, metrics.WINDOWS[f.window])
        every = every.filter(every.ordered_on >= first, every.ordered_on < last)
        chosen = every.filter(every.seen.isin(metrics.SOCIAL) if kind == "seen" else every.touched)
        frame = chosen.select("order_id", "ordered_on", "kind", "person_id", "seen", "net").to_pandas()
        frame = frame.sort_values("order_id", ignore_index=True).assign(row="order", whole=0.0)
        frame["part"] = frame["net"].astype(float)
        return Behind(_ordered(frame.drop(columns="net")), float(sum(frame["net"])) if len(frame) else None, f.unit)

    return rows


def _cost(store: Store, f: Finding) -> Behind:
    rows = of_programme(store.frame("cost_ledger"), store.period, 1)
    rows = rows.assign(part=rows["amount"].astype(float), whole=0.0, row="cost")
    kept = ["row", "month", "source", "purpose", "kind", "contact_channel", "hours", "part", "whole"]
    return Behind(_ordered(rows[kept]), float(rows["part"].sum()) if len(rows) else None, f.unit)


def _traced(store: Store, f: Finding) -> Behind:
    rows = store.frame("traceability")
    weakest = rows[rows["value"].notna()].sort_values(["value", "measure"]).head(1)
    frame = weakest[["measure", "part", "whole"]].assign(row="flow")
    return Behind(_ordered(frame), float(weakest["value"].iloc[0]) if len(weakest) else None, f.unit)


def _ordered(rows: pd.DataFrame) -> pd.DataFrame:
    """What the row is first, what it adds last."""
    middle = [c for c in rows.columns if c not in ("row", "part", "whole")]
    return rows[["row", *middle, "part", "whole"]]


ROWS: dict[str, Callable[[Store, Finding], Behind]] = {
    "acquisition.cac": _cac("social"),
    "acquisition.cac_other": _cac("other_known"),
    "acquisition.cac_all": _cac("all"),
    "retention.kept": _kept("all"),
    "retention.kept_social": _kept("social"),
    "retention.kept_other": _kept("other_known"),
    "campaigns.seen": _credit("seen"),
    "campaigns.touched": _credit("touched"),
    "board.cost": _cost,
    "board.traceability": _traced,
}
