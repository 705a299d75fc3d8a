"""Findings of 03 about beginnings: initial purchase, first orders, prospects, the funnel, businesses."""

import pandas as pd

from scrm_helpers import findings as f
from scrm_helpers import metrics
from scrm_helpers.acquisition.report_words import (
    GRADE,
    count_of,
    estimate_of,
    mix_words,
    price_words,
)
from scrm_helpers.acquisition.study import Study
from scrm_helpers.findings import Context, Finding
from scrm_helpers.units import Unit


def rate_findings(context: Context, s: Study, horizon: int) -> list[Finding]:
    rows = s.rate.set_index("group")
    if not rows["prospects"].sum() and not rows["immature"].sum():
        return [
            f.missing(
                context,
                "acquisition.rate_missing",
                export="leads",
                measure="initial_purchase_rate",
                id="acquisition.rate",
            )
        ]
    social, other = rows.loc["social"], rows.loc["other_known"]
    estimate = estimate_of(social, int(social["prospects"]), "Wilson")
    if metrics.too_few(estimate):
        return [
            f.too_few(context, "acquisition.rate_few", estimate, measure="initial_purchase_rate", id="acquisition.rate")
        ]
    values = {
        "days": (horizon, Unit.DAYS),
        "other": (other["value"], Unit.SHARE),
        "immature": (int(rows["immature"].sum()), Unit.COUNT),
    }
    out = [
        f.say(
            context,
            "acquisition.rate",
            measure="initial_purchase_rate",
            estimate=estimate,
            grade=GRADE,
            window="12m",
            values=values,
        )
    ]
    if s.rate_mix is not None:
        out.append(
            f.say(
                context,
                "acquisition.rate_mix",
                measure="initial_purchase_rate",
                estimate=s.rate_mix.social,
                grade=GRADE,
                window="12m",
                coverage=s.rate_mix.overlap,
                values={
                    "other": (s.rate_mix.other_known.value, Unit.SHARE),
                    "overlap": (s.rate_mix.overlap, Unit.SHARE),
                },
            )
        )
    return out


def value_findings(context: Context, s: Study) -> list[Finding]:
    rows = s.values.set_index("group")
    if "social" not in rows.index:
        return []
    social = rows.loc["social"]
    estimate = estimate_of(social, int(social["orders"]), "studentised bootstrap")
    if metrics.too_few(estimate):
        return [f.too_few(context, "acquisition.aov_few", estimate, measure="aov", id="acquisition.aov")]
    other = rows.loc["other_known"] if "other_known" in rows.index else None
    values = {
        "median": (social["median"], Unit.MONEY_PER_ORDER),
        "prices": price_words(s, "12m"),
        "other": (other["value"] if other is not None else None, Unit.MONEY_PER_ORDER),
        "other_median": (other["median"] if other is not None else None, Unit.MONEY_PER_ORDER),
    }
    out = [
        f.say(context, "acquisition.aov", measure="aov", estimate=estimate, grade=GRADE, window="12m", values=values)
    ]
    if s.value_mix is not None:
        out.append(
            f.say(
                context,
                "acquisition.aov_mix",
                measure="aov",
                estimate=s.value_mix.social,
                grade=GRADE,
                window="12m",
                coverage=s.value_mix.overlap,
                values={
                    "other": (s.value_mix.other_known.value, Unit.MONEY_PER_ORDER),
                    "overlap": (s.value_mix.overlap, Unit.SHARE),
                    "mix": mix_words(s.value_mix.cells),
                },
            )
        )
    return [*out, *_every_order(context, s)]


def _every_order(context: Context, s: Study) -> list[Finding]:
    """The average of all orders of customers from social, first ones and later ones."""
    rows = s.every.set_index("group")
    if not {"social", "other_known"} <= set(rows.index):
        return []
    social, other = rows.loc["social"], rows.loc["other_known"]
    estimate = estimate_of(social, int(social["orders"]), "studentised bootstrap by person")
    if metrics.too_few(estimate):
        return []
    values = {
        "median": (social["median"], Unit.MONEY_PER_ORDER),
        "other": (other["value"], Unit.MONEY_PER_ORDER),
        "other_median": (other["median"], Unit.MONEY_PER_ORDER),
        "prices": price_words(s, "12m"),
    }
    return [f.say(context, "acquisition.order_value", measure="aov", estimate=estimate, grade=GRADE, window="12m", values=values)]


def prospect_findings(context: Context, s: Study, horizon: int) -> list[Finding]:
    rows = s.worth.set_index("group")
    if "social" not in rows.index or pd.isna(rows.loc["social", "cost_each"]) or pd.isna(rows.loc["social", "value"]):
        return []
    values = {"days": (horizon, Unit.DAYS), "prices": price_words(s, "12m")}
    for group, name in (("social", ""), ("other_known", "other_")):
        found = rows.loc[group] if group in rows.index else {"cost_each": None, "value": None}
        values[f"{name}cost"] = (found["cost_each"], Unit.MONEY_PER_PERSON)
        values[f"{name}brings"] = (found["value"], Unit.MONEY_PER_PERSON)
    social = rows.loc["social"]
    values |= {"least": (social["low"], Unit.MONEY_PER_PERSON), "most": (social["high"], Unit.MONEY_PER_PERSON)}
    values["others"] = (int(rows.loc["other_known", "observed"]) if "other_known" in rows.index else 0, Unit.COUNT)
    counted = count_of(social["observed"], "mean per prospect observed so long")
    return [f.say(context, "acquisition.prospect", estimate=counted, grade=GRADE, window="12m", values=values)]


def funnel_findings(context: Context, s: Study) -> list[Finding]:
    count = s.funnel.set_index(["stage", "source"])["count"]
    leads, won = count.get(("lead", "all")), count.get(("first_order", "all"))
    if pd.isna(won) or not won:
        return []
    if not s.filled["customers"].value:  # no customer has a source: a share of social would read 0 and mean "unknown"
        return []
    share = count[("first_order", "social")] / won
    if pd.isna(leads) or not leads:
        return [
            f.missing(
                context,
                "acquisition.funnel_no_leads",
                export="leads",
                id="acquisition.funnel",
                values={"share": (share, Unit.SHARE)},
            )
        ]
    return [
        f.say(
            context,
            "acquisition.funnel",
            window="12m",
            grade=GRADE,
            estimate=count_of(won, "shares of the leads and of the first orders"),
            values={
                "leads": (leads, Unit.COUNT),
                "won": (won, Unit.COUNT),
                "share_leads": (count[("lead", "social")] / leads, Unit.SHARE),
                "share": (share, Unit.SHARE),
            },
        )
    ]


def business_findings(context: Context, s: Study) -> list[Finding]:
    row = (
        s.businesses[(s.businesses["window"] == "12m") & (s.businesses["source"] == "all")]
        if len(s.businesses)
        else s.businesses
    )
    if row.empty or not row["customers"].iloc[0]:
        return []
    return [
        f.say(
            context, "acquisition.businesses", window="12m", values={"n": (int(row["customers"].iloc[0]), Unit.COUNT)}
        )
    ]
