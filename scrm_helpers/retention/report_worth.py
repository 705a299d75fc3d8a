"""The sentences of 04 about what customers bring: margin against cost, payback, projection, contracts."""

import pandas as pd

from scrm_helpers import findings as f
from scrm_helpers import metrics, texts, units
from scrm_helpers.findings import Context, Finding
from scrm_helpers.metrics import LEVEL
from scrm_helpers.retention.study import MONTHS, Study
from scrm_helpers.retention.value import ltv_to_cac, payback
from scrm_helpers.stats import Estimate
from scrm_helpers.units import Unit

GRADE = "D"  # who stays is counted, not tested: customers of a source differ in more than their source


def worth(context: Context, s: Study, discount: float) -> list[Finding]:
    """Margin of a year, against what a customer cost, when that was earned back; what a model expects; contracts kept."""
    return [*_value(context, s, discount), *_projection(context, s), *_contracts(context, s)]


def _value(context: Context, s: Study, discount: float) -> list[Finding]:
    if s.coverage is None:
        return [f.missing(context, "retention.value_missing", export="products", measure="ltv", id="retention.ltv")]
    out, rows = [], s.ltv[s.ltv["months"] == MONTHS].set_index("group")
    for group, name in (("all", "ltv"), ("social", "ltv_social"), ("other_known", "ltv_other")):
        if group not in rows.index:
            continue
        row = rows.loc[group]
        worth, who = estimate(row, int(row["customers"]), "bootstrap, links not found"), said(f"who.{group}")
        if metrics.too_few(worth):
            out.append(
                f.too_few(
                    context, "retention.ltv_few", worth, measure="ltv", values={"who": who}, id=f"retention.{name}"
                )
            )
            continue
        values = {"who": who, "rate": (discount, Unit.SHARE), "covered": (s.coverage, Unit.SHARE), "prices": prices(s)}
        out.append(
            f.say(
                context,
                "retention.ltv",
                measure="ltv",
                id=f"retention.{name}",
                estimate=worth,
                window="12m",
                grade=GRADE,
                coverage=s.coverage,
                values=values,
            )
        )
        out += _payback(context, s, group, name, worth, who)
    return out


def _payback(context: Context, s: Study, group: str, name: str, worth: Estimate, who: dict) -> list[Finding]:
    cost, suffix = s.cac_of(group), name.removeprefix("ltv")
    if cost is None:
        return [
            f.missing(
                context,
                "retention.cac_missing",
                export="costs",
                measure="ltv_cac",
                values={"who": who},
                id=f"retention.ltv_cac{suffix}",
            )
        ]
    paid = Estimate(cost["value"], cost["low"], cost["high"], LEVEL, int(cost["n"]), "")
    out = [
        f.say(
            context,
            "retention.ltv_cac",
            measure="ltv_cac",
            id=f"retention.ltv_cac{suffix}",
            estimate=ltv_to_cac(worth, paid),
            window="12m",
            grade=GRADE,
            coverage=s.coverage,
            values={"who": who},
        )
    ]
    part = s.curve[s.curve["group"] == group]
    month, early, late = (payback(part, paid.value), payback(part, paid.low), payback(part, paid.high))
    seen = {"who": who, "seen": (len(part), Unit.MONTHS)}
    if month is None:
        return [
            *out,
            f.say(
                context,
                "retention.payback_not_yet",
                measure="payback",
                id=f"retention.payback{suffix}",
                window="all",
                grade=GRADE,
                values=seen,
            ),
        ]
    found = Estimate(month, early, late, LEVEL, worth.n, "cohort curve against the range of the cost")
    seen |= {"at": (month, Unit.COUNT), "early": (early, Unit.COUNT), "late": (late, Unit.COUNT)}
    text_id = "retention.payback_open" if late is None else "retention.payback_sure" if early == late else "retention.payback"
    return [
        *out,
        f.say(
            context,
            text_id,
            measure="payback",
            id=f"retention.payback{suffix}",
            estimate=found,
            window="all",
            grade=GRADE,
            values=seen,
        ),
    ]


def _projection(context: Context, s: Study) -> list[Finding]:
    p = s.projection
    if p is None or p.error is None:
        return []
    if not p.settled:  # parameters that ran away still multiply to figures, which look like any others
        few = {"customers": (p.customers, Unit.COUNT)}
        return [f.say(context, "retention.projection_unsettled", id="retention.projection", window="all", state="withheld", values=few)]
    values = {
        "customers": (p.customers, Unit.COUNT),
        "still": (p.still, Unit.COUNT),
        "purchases": (p.purchases, Unit.COUNT),
        "months": (p.months, Unit.MONTHS),
        "revenue": (p.revenue, Unit.MONEY),
        "predicted": (p.predicted, Unit.COUNT),
        "actual": (p.actual, Unit.COUNT),
        "prices": prices(s),
        "error": (abs(p.error), Unit.SHARE),
    }
    return [
        f.say(
            context,
            "retention.projection" if p.revenue is not None else "retention.projection_orders",
            id="retention.projection",
            window="all",
            grade="D",
            values=values,
        )
    ]


def _contracts(context: Context, s: Study) -> list[Finding]:
    """Of the renewal length with the most renewals due; nothing where the company has no contracts."""
    rows = s.renewals.shares[s.renewals.shares["group"] == "all"]
    if rows.empty:
        return []
    row = rows.sort_values(["due", "renewal_months"], ascending=[False, True]).iloc[0]
    kept = estimate(row, int(row["due"]), "Wilson")
    values = {"length": (int(row["renewal_months"]), Unit.MONTHS)}
    if metrics.too_few(kept):
        return [f.too_few(context, "retention.contracts_few", kept, measure="renewal", values=values, id="retention.contracts")]
    out = [
        f.say(
            context, "retention.contracts", measure="renewal", estimate=kept, window="12m", grade=GRADE,
            values=values | {"contracts": (int(row["contracts"]), Unit.COUNT)},
        )
    ]  # fmt: skip
    model = s.renewals.checked[s.renewals.checked["renewal_months"] == row["renewal_months"]]
    if len(model) and pd.notna(model["error"].iloc[0]):
        m = model.iloc[0]
        counts = {name: (int(round(m[name])), Unit.COUNT) for name in ("running", "expected", "due", "predicted", "actual")}
        values |= {**counts, "error": (abs(float(m["error"])), Unit.SHARE), "months": (MONTHS, Unit.MONTHS)}
        out.append(f.say(context, "retention.contracts_ahead", window="all", grade="D", values=values))
    return out


def estimate(row: pd.Series, n: int, method: str) -> Estimate:
    """A row's value, low and high; blanks where it has none."""
    numbers = [None if pd.isna(row[c]) else float(row[c]) for c in ("value", "low", "high")]
    return Estimate(*numbers, LEVEL, n, method)


def said(name: str) -> dict:
    """A word of 04 in every language."""
    return {lang: texts.say(f"retention.{name}", lang) for lang in texts.LANGUAGES}


def prices(s: Study) -> dict:
    """In whose prices money is told, as a sentence after another; empty where there is nothing to say."""
    if not s.base:
        return {lang: " " + texts.say("retention.nominal", lang) if s.nominal else "" for lang in texts.LANGUAGES}
    return {
        lang: " " + texts.say("retention.in_prices", lang, month=units.month(s.base, lang)) for lang in texts.LANGUAGES
    }
