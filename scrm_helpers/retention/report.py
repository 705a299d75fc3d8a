"""The sentences of 04, in the order in which they are read: who stays here, what they bring in `report_worth`."""

import pandas as pd

from scrm_helpers import findings as f
from scrm_helpers import metrics, texts, units
from scrm_helpers.findings import Context, Finding
from scrm_helpers.metrics import LEVEL
from scrm_helpers.retention.cohorts import pooled
from scrm_helpers.retention.purchases import month_label, month_of
from scrm_helpers.retention.report_worth import GRADE, prices, said, worth
from scrm_helpers.retention.report_worth import estimate as told
from scrm_helpers.retention.second import AT, curve
from scrm_helpers.retention.study import Study
from scrm_helpers.stats import Estimate
from scrm_helpers.units import Unit

CHANCE = 0.10


def findings(context: Context, s: Study, *, discount: float) -> list[Finding]:
    """Every finding of 04, in the order a reader wants them."""
    if s.first is None:
        return [f.missing(context, "retention.no_orders", export="orders", measure="retention", id="retention.kept")]
    return [
        *_kept(context, s),
        *_second(context, s),
        *_cohort(context, s),
        *_movements(context, s),
        *_revenue(context, s),
        *_repurchase(context, s),
        *_penetration(context, s),
        *worth(context, s, discount),
        *_businesses(context, s),
    ]


def _kept(context: Context, s: Study) -> list[Finding]:
    if not s.enough:
        have = {"months": (max(month_of(s.through) - month_of(s.first), 0), Unit.MONTHS)}
        return [
            f.missing(
                context, "retention.kept_short", export="orders", measure="retention", values=have, id="retention.kept"
            )
        ]
    rows, out = s.kept.set_index("group"), []
    for group, name in (("all", "kept"), ("social", "kept_social"), ("other_known", "kept_other")):
        row = rows.loc[group]
        estimate = told(row, int(row["persons"]), "Wilson, match draws, links not found" if s.draws else "Wilson")
        values = {"retained": (int(row["retained"]), Unit.COUNT), "who": said(f"who.{group}")}
        if not estimate.n and group != "all":
            out.append(
                f.missing(
                    context,
                    "retention.source_missing",
                    export="leads",
                    measure="retention",
                    values=values,
                    id=f"retention.{name}",
                )
            )
            continue
        if metrics.too_few(estimate):
            out.append(
                f.too_few(
                    context, "retention.kept_few", estimate, measure="retention", values=values, id=f"retention.{name}"
                )
            )
            continue
        text_id = "retention.kept" if group == "all" else "retention.kept_group"
        out.append(
            f.say(
                context,
                text_id,
                measure="retention",
                id=f"retention.{name}",
                estimate=estimate,
                grade=GRADE,
                window="12m",
                values=values,
            )
        )
    return out


def _second(context: Context, s: Study) -> list[Finding]:
    if len(s.second) < metrics.LEAST_N:
        return [
            f.too_few(
                context,
                "retention.second_few",
                Estimate(None, None, None, LEVEL, len(s.second), ""),
                measure="second_order",
                id="retention.second",
            )
        ]
    at = curve(s.second, at=[float(d) for d in AT]).set_index(["group", "time"])
    half = at.loc[("all", 180.0)]
    whole = told(half.rename({"share": "value"}), int(half["n"]), "Kaplan-Meier")
    if whole.value is None:  # nobody was observed for 180 days
        return []
    values = {
        "days": (180, Unit.DAYS),
        "early": (at.loc[("all", 90.0), "share"], Unit.SHARE),
        "days_early": (90, Unit.DAYS),
    }
    out = [
        f.say(
            context,
            "retention.second",
            measure="second_order",
            estimate=whole,
            window="all",
            grade=GRADE,
            values=values,
        )
    ]
    if s.logrank is not None and {"social", "other_known"} <= set(at.index.get_level_values(0)):
        pair = {
            n: (at.loc[(g, 180.0), "share"], Unit.SHARE) for n, g in (("social", "social"), ("other", "other_known"))
        }
        text_id = "retention.second_chance" if s.logrank.p >= CHANCE else "retention.second_gap"
        out.append(
            f.say(
                context,
                text_id,
                id="retention.second_groups",
                window="all",
                grade=GRADE,
                values={**pair, "days": (180, Unit.DAYS)},
            )
        )
    if s.across is not None:
        text_id = "retention.sources_chance" if s.across.p >= CHANCE else "retention.sources_gap"
        values = {"sources": (s.across.freedom + 1, Unit.COUNT), "customers": (s.across.n, Unit.COUNT)}
        out.append(f.say(context, text_id, id="retention.second_sources", window="all", grade=GRADE, values=values))
    return out


def _cohort(context: Context, s: Study) -> list[Finding]:
    cells = pooled(s.triangle(), with_first=False)
    row = cells[cells["age"] == 6]
    if row.empty:
        return []
    row = row.iloc[0]
    estimate = told(row, int(row["at_risk"]), "Wilson, sum over sum")
    values = {"cohorts": (int(row["cohorts"]), Unit.COUNT), "age": (6, Unit.COUNT)}
    if metrics.too_few(estimate):
        return [f.too_few(context, "retention.cohort_few", estimate, measure="cohort_retention", values=values, id="retention.cohort")]
    return [
        f.say(
            context,
            "retention.cohort",
            measure="cohort_retention",
            estimate=estimate,
            window="all",
            grade=GRADE,
            values=values,
        )
    ]


def _movements(context: Context, s: Study) -> list[Finding]:
    done = s.movements[s.movements["complete"]]
    if done.empty:
        return []
    row = done.iloc[-1]
    values = {n: (int(row[n]), Unit.COUNT) for n in ("active", "new", "retained", "resurrected", "lost")}
    return [
        f.say(
            context,
            "retention.movements",
            values={**values, "of": {lang: units.month(row["month"], lang) for lang in texts.LANGUAGES}},
        )
    ]


def _revenue(context: Context, s: Study) -> list[Finding]:
    out = []
    last = month_of(s.through) - 1  # the last whole month: of an open one not the month that the page is for
    month = s.revenue[s.revenue["month"] == last]
    social = month[month["source"].isin(metrics.SOCIAL) & (month["kind"] == "consumer")]
    whole = float(month["net"].astype(float).sum())
    if whole > 0 and len(social):
        gained = float(social["net"].astype(float).sum())
        estimate = Estimate(gained, None, None, LEVEL, len(social), "sum")
        old = float(social.loc[social["age"] > 0, "net"].astype(float).sum())
        of = {lang: units.month(month_label(last), lang) for lang in texts.LANGUAGES}
        values = {"share": (gained / whole, Unit.SHARE), "old": (old, Unit.MONEY), "of": of}
        out.append(
            f.say(
                context,
                "retention.acquired",
                measure="acquired_revenue",
                estimate=estimate,
                grade=GRADE,
                coverage=_known(month),
                values=values,
            )
        )
    if s.enough and len(s.same):
        rows = s.same.set_index(["group", "variant"])
        net, gross = rows.loc[("all", "net")], rows.loc[("all", "gross")]
        estimate = told(net, int(net["persons"]), "ratio of sums")
        if not metrics.too_few(estimate):
            values = {"gross": (gross["value"], Unit.SHARE), "prices": prices(s)}
            out.append(
                f.say(
                    context,
                    "retention.same_customer",
                    measure="same_customer_revenue",
                    estimate=estimate,
                    window="12m",
                    grade=GRADE,
                    values=values,
                )
            )
    return out


def _repurchase(context: Context, s: Study) -> list[Finding]:
    row = s.repurchase.set_index("group").loc["all"]
    estimate = told(row, int(row["buyers"]), "Wilson, links not found")
    if metrics.too_few(estimate):
        return [
            f.too_few(context, "retention.repurchase_few", estimate, measure="repurchase", id="retention.repurchase")
        ]
    return [f.say(context, "retention.repurchase", measure="repurchase", estimate=estimate, window="12m", grade=GRADE)]


def _penetration(context: Context, s: Study) -> list[Finding]:
    rows = s.penetration[s.penetration["group"] == "all"]
    if rows.empty:
        return [
            f.missing(
                context,
                "retention.penetration_missing",
                export="products",
                measure="penetration",
                id="retention.penetration",
            )
        ]
    top = rows.sort_values(["value", "category"], ascending=[False, True]).iloc[0]
    estimate = told(top, int(top["active"]), "Wilson")
    if metrics.too_few(estimate):
        return [f.too_few(context, "retention.penetration_few", estimate, measure="penetration", id="retention.penetration")]
    return [
        f.say(
            context,
            "retention.penetration",
            measure="penetration",
            estimate=estimate,
            window="12m",
            grade=GRADE,
            values={"category": str(top["category"]), "categories": (len(rows), Unit.COUNT)},
        )
    ]


def _businesses(context: Context, s: Study) -> list[Finding]:
    """Dealers and other businesses that bought in the year before, where there are enough: they stand in no figure above."""
    if not s.enough or s.businesses.empty or s.businesses["persons"].iloc[0] < metrics.LEAST_N:
        return []
    row = s.businesses.iloc[0]
    counts = {name: (int(row[name]), Unit.COUNT) for name in ("persons", "retained")}
    money = {name: (float(row[name]), Unit.MONEY) for name in ("net_then", "net_now")}
    n = Estimate(None, None, None, LEVEL, int(row["persons"]), "Wilson")
    shares = {name: (float(row[name]), Unit.SHARE) for name in ("value", "low", "high")}
    values = {**counts, **money, **{f"share_{name}": v for name, v in shares.items()}, "prices": prices(s)}
    return [f.say(context, "retention.businesses", window="12m", grade=GRADE, estimate=n, values=values)]


def _known(rows: pd.DataFrame) -> float | None:
    net = rows["net"].astype(float)
    whole = float(net.sum())
    known = float(net[(rows["source"] != "unknown") & (rows["kind"] != "no_customer")].sum())
    return min(max(known / whole, 0.0), 1.0) if whole > 0 else None
