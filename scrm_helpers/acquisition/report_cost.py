"""Findings of 03 about money: the cost ledger, the cost of a new customer, where customers come from."""


import pandas as pd

from scrm_helpers import findings as f
from scrm_helpers import metrics
from scrm_helpers.acquisition import customer_cost
from scrm_helpers.acquisition.ledger import cost_of
from scrm_helpers.acquisition.report_words import (
    GRADE,
    count_of,
    hidden_share,
    nominal_words,
    price_words,
    who_of,
    window_of,
    word_of,
)
from scrm_helpers.acquisition.study import MONTHS, Study
from scrm_helpers.findings import Context, Finding
from scrm_helpers.metrics import LEVEL
from scrm_helpers.periods import between, shift
from scrm_helpers.stats import Estimate
from scrm_helpers.units import Unit

# why no source is known at all (the input of traceability), and what would answer it beside the CRM itself
UNKNOWN = {
    "leads": ("acquisition.source_missing", "leads"),
    "order_contacts": ("acquisition.source_unmet", "touches"),
    "source_field": ("acquisition.source_blank", "touches"),
}


def cost_findings(context: Context, s: Study) -> list[Finding]:
    months = between(shift(s.period, 1 - MONTHS), s.period)
    own = s.ledger.rows[metrics.of_programme(s.ledger.rows)]
    social = cost_of(own, months=months)
    if social is None:
        return [
            f.missing(
                context, "acquisition.cost_missing", export="costs", measure="programme_cost", id="acquisition.cost"
            )
        ]
    share = {p: cost_of(own, months=months, purpose=p) for p in ("acquire", "keep", "serve")}
    values = {p: (c[0] if c else 0.0, Unit.MONEY) for p, c in share.items()}
    everything = cost_of(s.ledger.rows, months=months)
    # the board's rule: a cost without staff hours is the least it can be, and has no high end
    hours = bool((own["kind"] == "hours").any())
    least, most = social[1], social[2] if hours else None
    lines = int(own["month"].isin(months).sum())
    said = "acquisition.cost_least" if not hours else "acquisition.cost" if social[1] == social[2] else "acquisition.cost_range"
    if least != most and most is not None:
        values |= {"least": (least, Unit.MONEY, "least"), "most": (most, Unit.MONEY, "most")}
    out = [
        f.say(
            context,
            said,
            measure="programme_cost",
            window="12m",
            id="acquisition.cost",
            estimate=Estimate(social[0], least, most, LEVEL, lines, "cost ledger; missing hours as a range"),
            values={**values, "all": (everything[0], Unit.MONEY), **window_of("12m", _covered(own, months), counted="costs")},
        )
    ]
    if len(s.ledger.estimated):
        part = s.ledger.estimated[["amount", "low", "high"]].astype(float).sum()
        out.append(
            f.say(
                context,
                "acquisition.hours_estimated",
                window="all",
                values={
                    "lines": (len(s.ledger.estimated), Unit.COUNT),
                    "least": (part["low"], Unit.MONEY, "least"),
                    "most": (part["high"], Unit.MONEY, "most"),
                },
            )
        )
    if not hours:
        out.append(f.missing(context, "acquisition.hours_missing", export="costs", measure="programme_cost"))
    if len(s.ledger.left_out):
        out.append(
            f.say(
                context,
                "acquisition.left_out",
                window="all",
                values={
                    "lines": (len(s.ledger.left_out), Unit.COUNT),
                    "amount": (float(s.ledger.left_out["amount"].sum()), Unit.MONEY),
                },
            )
        )
    if len(s.ledger.unpriced):
        out.append(
            f.say(
                context,
                "acquisition.unpriced",
                window="all",
                state="withheld",
                values={"lines": (len(s.ledger.unpriced), Unit.COUNT)},
            )
        )
    return out


def cac_findings(context: Context, s: Study) -> list[Finding]:
    # Figures that stand side by side cover the same months: the others take at least the window that social needs.
    least = metrics.widened(customer_cost.published(s.cac, "social"))[0]
    out = [
        _one_cac(context, s, source, f"acquisition.{name}", least)
        for source, name in (("social", "cac"), ("other_known", "cac_other"), ("all", "cac_all"))
    ]
    known = s.lags.dropna(subset=["value"])
    if len(known) > 1:
        out.append(
            f.say(
                context,
                "acquisition.cac_lag",
                window="12m",
                estimate=count_of(known["customers"].iloc[0], "cost over the same customers, for each lag of the spend"),
                values={
                    "months": (int(known["months"].iloc[0]), Unit.MONTHS),
                    "least": (known["value"].min(), Unit.MONEY_PER_CUSTOMER),
                    "most": (known["value"].max(), Unit.MONEY_PER_CUSTOMER),
                    "prices": price_words(s, "12m") if s.lags_real or "12m" not in s.real else nominal_words(),
                },
            )
        )
    year = (
        s.cac[(s.cac["window"] == "12m") & ~s.cac["source"].isin([*customer_cost.GROUPS, *metrics.NOT_A_CHANNEL])]
        if len(s.cac)
        else s.cac
    )
    for row in year[(year["customers"] == 0) & (year["cost"] > 0)].itertuples(index=False) if len(year) else ():
        out.append(
            f.say(
                context,
                "acquisition.none_won" if _is_bound(row.unknown_share) else "acquisition.none_won_unknown",
                id=f"acquisition.none_won.{row.source}",
                window="12m",
                values={
                    "source": word_of(row.source),
                    "cost": (row.cost, Unit.MONEY),
                    **_bound(row.low, row.unknown_share),
                    **window_of("12m", int(row.months)),
                },
            )
        )
    return out


def _is_bound(unknown: float | None) -> bool:
    """Whether a cost that won nobody bounds what one customer costs. Where nobody's source is known all of them may be its own."""
    return unknown is None or pd.isna(unknown) or unknown < 1


def _bound(least: float | None, unknown: float | None) -> dict:
    """What the sentence on a cost that won nobody names: the least that one costs, and how many may be its own."""
    return {"least": (least, Unit.MONEY_PER_CUSTOMER, "least"), "hidden": hidden_share(unknown)} if _is_bound(unknown) else {}


def _one_cac(context: Context, s: Study, source: str, text_id: str, least: str) -> Finding:
    by_window = {
        w: e for w, e in customer_cost.published(s.cac, source).items() if metrics.WINDOWS[w] >= metrics.WINDOWS[least]
    }
    rows = s.cac[(s.cac["source"] == source)].set_index("window")
    if not s.new["customers"].sum():
        return f.missing(context, "acquisition.cac_no_customers", export="orders", measure="cac", id=text_id)
    if not (rows["months"] > 0).any() or rows["cost"].isna().all():
        return f.missing(
            context, "acquisition.cac_missing", export="spend", measure="cac", id=text_id, values=who_of(source)
        )
    window, estimate, enough = metrics.widened(by_window)
    row = rows.loc[window]
    if estimate.n == 0:
        return f.say(
            context,
            "acquisition.cac_none" if _is_bound(row["unknown_share"]) else "acquisition.cac_unknown",
            measure="cac",
            id=text_id,
            window=window,
            state="too_few",
            values={
                **who_of(source),
                **window_of(window, int(row["months"])),
                "cost": (row["cost"], Unit.MONEY),
                **_bound(estimate.low, row["unknown_share"]),
                "unknown": (row["unknown_share"], Unit.SHARE),
            },
        )
    theirs = row["customers"] / max(row["customers"] + _unknown(s, window), 1)
    values = {
        **who_of(source),
        **window_of(window, int(row["months"])),
        "unknown": (row["unknown_share"], Unit.SHARE),
        "prices": price_words(s, window),
        "if_all": (None if estimate.value is None else estimate.value * theirs, Unit.MONEY_PER_CUSTOMER),
    }
    if not enough:
        unknown = row["unknown_share"] or 0.0
        wide = source != "all" and (unknown >= metrics.MOSTLY or (unknown > 0 and estimate.n >= metrics.LEAST_N))
        return f.too_few(
            context,
            "acquisition.cac_wide" if wide else "acquisition.cac_few",
            estimate,
            measure="cac",
            window=window,
            values=values,
            id=text_id,
        )
    return f.say(
        context,
        "acquisition.cac_all" if source == "all" else "acquisition.cac",
        measure="cac",
        id=text_id,
        estimate=estimate,
        grade=GRADE,
        window=window,
        coverage=1 - row["unknown_share"],
        values=values,
    )


def _covered(ledger, months: list[str]) -> int:
    """How many of the months have a cost at all."""
    return len(set(ledger["month"]) & set(months))


def _unknown(s: Study, window: str) -> int:
    """Customers of unknown source in a window."""
    return int(s.cac.loc[(s.cac["window"] == window) & (s.cac["source"] == "unknown"), "customers"].sum())


def source_findings(context: Context, s: Study) -> list[Finding]:
    known = s.filled["customers"]
    if known.value is None:
        return []
    if known.value == 0:
        text, export = UNKNOWN[s.traced["input"].item()]
        return [f.missing(context, text, export=export, measure="traceability", id="acquisition.filled")]
    gap = Estimate(1 - known.value, 1 - known.high, 1 - known.low, known.level, known.n, known.method)
    values = {"leads": (s.filled["leads"].value, Unit.SHARE)}
    said = "acquisition.filled" if s.filled["leads"].value is not None else "acquisition.filled_no_leads"
    return [
        f.say(
            context,
            said,
            measure="traceability",
            id="acquisition.filled",
            estimate=known,
            window="12m",
            coverage=known.value,
            values=values,
        ),
        f.say(context, "acquisition.unknown", measure="traceability", estimate=gap, window="12m"),
    ]
