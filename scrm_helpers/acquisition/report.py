"""The sentences of 03: what its figures say, in findings."""

import pandas as pd

from scrm_helpers import findings as f
from scrm_helpers import metrics, texts, units
from scrm_helpers.acquisition import customer_cost
from scrm_helpers.acquisition.ledger import cost_of
from scrm_helpers.acquisition.study import MONTHS, Study
from scrm_helpers.findings import Context, Finding
from scrm_helpers.metrics import LEVEL
from scrm_helpers.periods import between, shift
from scrm_helpers.stats import Estimate
from scrm_helpers.units import Unit

GRADE = "D"  # a customer's first source is recorded, not tested: what would have come anyway is not taken off

# why no source is known at all (the input of traceability), and what would answer it beside the CRM itself
UNKNOWN = {
    "leads": ("acquisition.source_missing", "leads"),
    "order_contacts": ("acquisition.source_unmet", "touches"),
    "source_field": ("acquisition.source_blank", "touches"),
}


def findings(context: Context, s: Study, *, horizon: int) -> list[Finding]:
    """Every finding of 03, in the order a reader wants them."""
    return [
        *_costs(context, s),
        *_cac(context, s),
        *_source(context, s),
        *_rate(context, s, horizon),
        *_value(context, s),
        *_prospect(context, s, horizon),
        *_funnel(context, s),
        *_businesses(context, s),
    ]


def _costs(context: Context, s: Study) -> list[Finding]:
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
    out = [
        f.say(
            context,
            "acquisition.cost" if social[1] == social[2] else "acquisition.cost_range",
            measure="programme_cost",
            window="12m",
            id="acquisition.cost",
            estimate=Estimate(
                *social, LEVEL, int(own["month"].isin(months).sum()), "cost ledger; missing hours as a range"
            ),
            values={**values, "all": (everything[0], Unit.MONEY)},
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
                    "least": (part["low"], Unit.MONEY),
                    "most": (part["high"], Unit.MONEY),
                },
            )
        )
    if not (own["kind"] == "hours").any():
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


def _cac(context: Context, s: Study) -> list[Finding]:
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
                estimate=_counted(known["customers"].iloc[0], "cost over the same customers, for each lag of the spend"),
                values={
                    "months": (int(known["months"].iloc[0]), Unit.MONTHS),
                    "least": (known["value"].min(), Unit.MONEY_PER_CUSTOMER),
                    "most": (known["value"].max(), Unit.MONEY_PER_CUSTOMER),
                    "prices": _prices(s, "12m") if s.lags_real or "12m" not in s.real else _nominal(),
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
                "acquisition.none_won",
                id=f"acquisition.none_won.{row.source}",
                window="12m",
                values={
                    "source": _word(row.source),
                    "cost": (row.cost, Unit.MONEY),
                    "least": (row.low, Unit.MONEY_PER_CUSTOMER),
                    "hidden": _hidden(row.unknown_share),
                },
            )
        )
    return out


def _one_cac(context: Context, s: Study, source: str, text_id: str, least: str) -> Finding:
    by_window = {
        w: e for w, e in customer_cost.published(s.cac, source).items() if metrics.WINDOWS[w] >= metrics.WINDOWS[least]
    }
    rows = s.cac[(s.cac["source"] == source)].set_index("window")
    if not s.new["customers"].sum():
        return f.missing(context, "acquisition.cac_no_customers", export="orders", measure="cac", id=text_id)
    if not (rows["months"] > 0).any() or rows["cost"].isna().all():
        return f.missing(
            context, "acquisition.cac_missing", export="spend", measure="cac", id=text_id, values=_who(source)
        )
    window, estimate, enough = metrics.widened(by_window)
    row = rows.loc[window]
    if estimate.n == 0:
        return f.say(
            context,
            "acquisition.cac_none",
            measure="cac",
            id=text_id,
            window=window,
            state="too_few",
            values={
                **_who(source),
                "cost": (row["cost"], Unit.MONEY),
                "least": (estimate.low, Unit.MONEY_PER_CUSTOMER),
                "hidden": _hidden(row["unknown_share"]),
                "unknown": (row["unknown_share"], Unit.SHARE),
            },
        )
    theirs = row["customers"] / max(row["customers"] + _unknown(s, window), 1)
    values = {
        **_who(source),
        "unknown": (row["unknown_share"], Unit.SHARE),
        "prices": _prices(s, window),
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


def _unknown(s: Study, window: str) -> int:
    """Customers of unknown source in a window."""
    return int(s.cac.loc[(s.cac["window"] == window) & (s.cac["source"] == "unknown"), "customers"].sum())


def _source(context: Context, s: Study) -> list[Finding]:
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


def _rate(context: Context, s: Study, horizon: int) -> list[Finding]:
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
    estimate = _estimate(social, int(social["prospects"]), "Wilson")
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


def _value(context: Context, s: Study) -> list[Finding]:
    rows = s.values.set_index("group")
    if "social" not in rows.index:
        return []
    social = rows.loc["social"]
    estimate = _estimate(social, int(social["orders"]), "studentised bootstrap")
    if metrics.too_few(estimate):
        return [f.too_few(context, "acquisition.aov_few", estimate, measure="aov", id="acquisition.aov")]
    other = rows.loc["other_known"] if "other_known" in rows.index else None
    values = {
        "median": (social["median"], Unit.MONEY_PER_ORDER),
        "prices": _prices(s, "12m"),
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
                values={"other": (s.value_mix.other_known.value, Unit.MONEY_PER_ORDER)},
            )
        )
    return out


def _prospect(context: Context, s: Study, horizon: int) -> list[Finding]:
    rows = s.worth.set_index("group")
    if "social" not in rows.index or pd.isna(rows.loc["social", "cost_each"]) or pd.isna(rows.loc["social", "value"]):
        return []
    values = {"days": (horizon, Unit.DAYS), "prices": _prices(s, "12m")}
    for group, name in (("social", ""), ("other_known", "other_")):
        found = rows.loc[group] if group in rows.index else {"cost_each": None, "value": None}
        values[f"{name}cost"] = (found["cost_each"], Unit.MONEY_PER_PERSON)
        values[f"{name}brings"] = (found["value"], Unit.MONEY_PER_PERSON)
    social = rows.loc["social"]
    values |= {"least": (social["low"], Unit.MONEY_PER_PERSON), "most": (social["high"], Unit.MONEY_PER_PERSON)}
    values["others"] = (int(rows.loc["other_known", "observed"]) if "other_known" in rows.index else 0, Unit.COUNT)
    counted = _counted(social["observed"], "mean per prospect observed so long")
    return [f.say(context, "acquisition.prospect", estimate=counted, grade=GRADE, window="12m", values=values)]


def _counted(n: float, method: str) -> Estimate:
    """The count and the method of a sentence that says several figures, none of them alone."""
    return Estimate(None, None, None, LEVEL, int(n), method)


def _funnel(context: Context, s: Study) -> list[Finding]:
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
            estimate=_counted(won, "shares of the leads and of the first orders"),
            values={
                "leads": (leads, Unit.COUNT),
                "won": (won, Unit.COUNT),
                "share_leads": (count[("lead", "social")] / leads, Unit.SHARE),
                "share": (share, Unit.SHARE),
            },
        )
    ]


def _businesses(context: Context, s: Study) -> list[Finding]:
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


def _estimate(row: pd.Series, n: int, method: str) -> Estimate:
    numbers = [None if pd.isna(row[c]) else float(row[c]) for c in ("value", "low", "high")]
    return Estimate(*numbers, LEVEL, n, method)


def _who(source: str) -> dict:
    return {"who": {lang: texts.say(f"acquisition.who.{source}", lang) for lang in texts.LANGUAGES}}


def _word(source: str) -> dict:
    return {
        lang: texts.say(f"words.source.{source}", lang) if texts.has(f"words.source.{source}") else source
        for lang in texts.LANGUAGES
    }


def _hidden(share: float | None) -> dict:
    """That customers of unknown source may belong to a row that won none, where there are such customers."""
    if share is None or pd.isna(share) or share <= 0:
        return {lang: "" for lang in texts.LANGUAGES}
    return {
        lang: " " + texts.say("acquisition.hidden", lang, unknown=units.write(share, Unit.SHARE, lang))
        for lang in texts.LANGUAGES
    }


def _prices(s: Study, window: str) -> dict:
    if window in s.nominal:
        return _nominal()
    if window not in s.real:
        return {lang: "" for lang in texts.LANGUAGES}
    return {
        lang: " " + texts.say("acquisition.in_prices", lang, month=units.month(s.base, lang))
        for lang in texts.LANGUAGES
    }


def _nominal() -> dict:
    return {lang: " " + texts.say("acquisition.nominal", lang) for lang in texts.LANGUAGES}
