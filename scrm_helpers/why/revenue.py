"""Rows behind revenue seen, touched and caused, the comparison with the ledger, and the programme's return."""

import json
from collections.abc import Callable

import pandas as pd

from scrm_helpers import metrics, periods
from scrm_helpers.campaigns import credit
from scrm_helpers.findings import Finding
from scrm_helpers.goals.bridge import cells_of
from scrm_helpers.goals.money import months_in, within
from scrm_helpers.ingestion.received import reconciled
from scrm_helpers.report.tiles import is_bound
from scrm_helpers.units import Unit
from scrm_helpers.why.behind import Behind, Figure, rows_of, rule, together
from scrm_helpers.why.month import Month


def credited(kind: str) -> Callable[[Month, Finding], Behind]:
    """Orders credited to social (`seen`), or with any social touch: over both windows of days, against the books, at most."""

    def answer(m: Month, f: Finding) -> Behind:
        parts, figures, base, said = [], {}, None, json.loads(f.values)
        months = metrics.WINDOWS[f.window]
        books = credit.ledger_of(m.store.frame("ledger_totals"), m.period, months)
        windows, (first, last) = sorted(credit.WINDOWS)[:2], periods.span(m.period, months)
        claims = credit.claims(*(m.store.read(n) for n in credit.SOURCES), window=max(windows), first=first, as_of=last)
        for number, window in zip(("value", "longer window"), windows, strict=True):
            every = credit.credited(claims, window=window)
            frame = every.drop("buyer").to_pandas().sort_values("order_id", ignore_index=True)
            may = frame[["unidentified", f"{kind}_tied"]].astype(bool)
            frame = frame[["order_id", "ordered_on", "kind", "person_id", "seen", "touched", "net"]]
            chosen = frame["seen"].isin(metrics.SOCIAL) if kind == "seen" else frame["touched"].astype(bool)
            mine = frame[chosen]
            value = float(sum(mine["net"])) if len(mine) else 0.0
            parts.append(rows_of(mine, number, "order", part="net").drop(columns="net"))
            later = said.get("later", value)
            least = later if is_bound(f) else None
            figures[number] = Figure(value, f.unit, f.low, f.high) if number == "value" else Figure(later, f.unit, least)
            figures[f"days of the {number}"] = Figure(float(window), Unit.COUNT, how=rule("days_credited"))
            if number == "value":
                loose, tied = (frame[may[name]] for name in may)
                most = float(sum([*loose["net"], *tied["net"]]))
                parts += [rows_of(mine, "at most", "order", part="net").drop(columns="net"),
                          rows_of(loose, "at most", "order without customer or code", part="net").drop(columns="net"),
                          rows_of(tied, "at most", "order on the day of a touch", part="net").drop(columns="net")]  # fmt: skip
                top = value + max(most, 0.0)
                printed = top if f.high is None else f.high
                figures["at most"] = Figure(printed, f.unit, None, printed, how="" if most >= 0 else rule("rest_below"), again=top)
                base = books if books is not None else float(sum(frame["net"]))
                share = rows_of(mine, "share", "order", part="net").drop(columns="net")
                whole = pd.DataFrame({"month": [m.period], "books": ["ledger" if books is not None else "counted"]})
                parts += [share, rows_of(whole, "share", "all sales", whole=base)]
                figures["share"] = Figure(said.get("share", value / base if base else None), Unit.SHARE)
        return Behind(together(*parts), figures)

    return answer


def caused(m: Month, f: Finding) -> Behind:
    """Extra sales of each campaign in the window; how many were judged of those that ran."""
    cells = cells_of(m.store.frame("history"), "revenue_caused", "today", m.period, f.window).reset_index()
    lifts = m.store.frame("campaign_lifts").set_index("campaign_id")
    named = cells.rename(columns={"cell": "campaign_id", "part": "extra", "whole": "net_while_it_ran"})
    known = lifts.reindex(named["campaign_id"])
    for column in ("campaign", "grade", "lift", "extra_low", "extra_high", "p_adjusted"):
        named[column] = known[column].to_numpy()
    said = json.loads(f.values)
    first = periods.span(m.period, metrics.WINDOWS[f.window])[0]
    ran = lifts[lifts["is_social"].astype(bool) & ~lifts["state"].isin(["cancelled", "planned"])].reset_index()
    stops = pd.to_datetime(ran["ends_on"])
    ran = ran[(stops >= pd.Timestamp(first)) & (pd.to_datetime(ran["starts_on"]) < pd.Timestamp(periods.as_of(m.period)))]
    figures = {
        "value": Figure(float(named["extra"].sum()) if len(named) else None, f.unit, f.low, f.high),
        "campaigns judged": Figure(said.get("judged"), Unit.COUNT), "campaigns that ran": Figure(said.get("all"), Unit.COUNT),
    }  # fmt: skip
    rows = together(
        rows_of(named, "value", "campaign", part="extra").drop(columns="extra"),
        rows_of(named[["campaign_id", "campaign"]], "campaigns judged", "campaign", part=1.0),
        rows_of(ran[["campaign_id", "campaign", "state"]], "campaigns that ran", "campaign", part=1.0),
    )
    return Behind(rows, figures)


def reconciliation(m: Month, f: Finding) -> Behind:
    """Sales against the books, month by month; the entries of the books."""
    books = reconciled(m.store.read("orders"), m.store.read("ledger_totals"))
    window = books[books["month"] <= m.period].tail(12)
    entries = m.store.frame("ledger_totals")
    entries = entries[entries["month"].isin(window["month"])].assign(booked=lambda r: r["net"].astype(float))
    keep = ["month", "part", "note", "booked"]
    worst = window.loc[[window["value"].abs().idxmax()]] if window["value"].notna().any() else window.iloc[:0]
    whole, off = float(window["ledger"].sum()), float(window["difference"].sum())
    figures = {
        "value": Figure(off / whole if whole else None, f.unit, f.low, f.high), "difference": Figure(off, Unit.MONEY),
        "ledger": Figure(whole, Unit.MONEY),
        "largest of a month": Figure(_size(worst), Unit.SHARE, how=rule("size")),
        "months": Figure(float(len(window)), Unit.COUNT),
    }  # fmt: skip
    entries = entries[keep].rename(columns={"part": "entry"})
    months = window.drop(columns="value")
    return Behind(together(
        rows_of(months, "value", "month", part="difference", whole="ledger"), rows_of(months, "difference", "month", part="difference"),
        rows_of(entries, "ledger", "entry of the books", part="booked"),
        rows_of(worst.drop(columns="value"), "largest of a month", "month", part="difference", whole="ledger"),
        rows_of(months[["month"]], "months", "month", part=1.0),
    ), figures)  # fmt: skip


def _size(worst: pd.DataFrame) -> float | None:
    return float(worst["value"].abs().iloc[0]) if len(worst) else None


def roi(m: Month, f: Finding | None) -> Behind:
    """The three cases: margin of what is counted as social's, plus the proven saving, less the cost; over the cost."""
    d, parts, figures = m.decision, [], {}
    for case in d.cases.to_dict("records"):
        of = m.found[f"campaigns.{case['case']}"]
        ledger = m.store.frame("cost_ledger")
        cost = within(ledger, m.period, months_in(ledger, m.period, of.window))[["month", "source", "purpose", "kind", "amount"]]
        cost = cost.assign(spent=cost["amount"].astype(float), less=-cost["amount"].astype(float)).drop(columns="amount")
        saving = m.found["service.saving"] if d.saving_proven and m.found["service.saving"].window == of.window else None
        number, steps = f"case {case['case']}", pd.DataFrame([
            {"from": of.id, "figure": of.value, "margin": d.margin.share, "gain": of.value * d.margin.share},
            *([{"from": saving.id, "figure": saving.value, "margin": 1.0, "gain": saving.value}] if saving else []),
        ])  # fmt: skip
        parts += [rows_of(steps, number, "gain", part="gain").drop(columns="gain"),
                  rows_of(cost, number, "cost", part="less", whole="spent").drop(columns=["less", "spent"])]  # fmt: skip
        figures[number] = Figure(case["value"], Unit.SHARE, *(None if pd.isna(case[e]) else case[e] for e in ("low", "high")))
        if case["case"] == "caused":
            parts.append(rows_of(cost, "cost", "cost", part="spent").drop(columns=["less", "spent"]))
            figures["cost"] = Figure(d.roi_cost.value, Unit.MONEY, d.roi_cost.low, d.roi_cost.high)
    lines = pd.DataFrame([{"from": d.margin.source, "known_for": d.margin.covered, "share": d.margin.share}])
    figures["margin"] = Figure(d.margin.share, Unit.SHARE, how=rule("margin"))
    return Behind(together(*parts, rows_of(lines, "margin", "source of the margin")), figures)
