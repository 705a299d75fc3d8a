"""What the campaign notebook may say: findings from the tables of this folder, in the words of texts/campaigns.toml."""

import math
from collections.abc import Callable

import pandas as pd

from scrm_helpers import findings, metrics, periods, stats, texts, units
from scrm_helpers.campaigns import placebo, plain
from scrm_helpers.campaigns.rows import LEVEL
from scrm_helpers.findings import Context, Finding
from scrm_helpers.stats import Estimate
from scrm_helpers.units import Unit

PROVEN = ("A", "B")
CREDITED = ("seen", "touched")
# what would answer; else a list of stores
REMEDY = {"prices": "rates", "no_store_sales": "orders", "missing_days": "orders", "no_dates": "campaigns", "unknown_place": "stores"}
SPAN = {1: "1m", 3: "3m", 12: "12m"}


def credit(context: Context, summary: pd.DataFrame, *, has_evidence: bool = True, undated: int = 0) -> list[Finding]:
    """Revenue seen and touched, both windows in each sentence. `summary` as `credit.summary` gives; widens until 20 orders.
    `undated`: as `credit.undated` counts: where nothing is known they are why.

    The two stand side by side on a page, so they cover the same months: the first that give both enough orders.
    """
    out = []
    for name in CREDITED:
        if not has_evidence or summary.empty:
            options = {"measure": f"revenue_{name}", "id": f"campaigns.{name}"}
            if undated:
                values = {"records": (undated, Unit.COUNT)}
                out.append(findings.missing(context, f"campaigns.{name}_undated", export="accounts", values=values, **options))
                continue
            out.append(findings.missing(context, f"campaigns.{name}_missing", export="touches", **options))
            continue
        rows = {(r.months, r.window_days): r for r in summary.itertuples()}
        short, long = sorted({w for _, w in rows})[:2]
        spans = sorted(m for m in SPAN if (m, short) in rows)
        least = {m: min(_of(rows[m, short], n).n for n in CREDITED) for m in spans}
        months = next((m for m in spans if least[m] >= metrics.LEAST_N), spans[-1])
        near, far = rows[months, short], rows[months, long]
        base = "ledger" if near.ledger is not None and not pd.isna(near.ledger) else "counted"
        tied = float(getattr(near, f"{name}_tied"))
        estimate = _of(near, name)
        bound = ("least",) if estimate.high > estimate.value else ()  # both windows are the least, and are rounded alike
        values = {
            "tied": _both(lambda language, money=tied: _tied(money, language, context.currency)),
            "share": (getattr(near, f"{name}_share"), Unit.SHARE), "later": (float(getattr(far, name)), Unit.MONEY, *bound),
            "unidentified": (float(near.unidentified), Unit.MONEY), "window_days": str(short), "later_days": str(long),
            "base": _both(lambda language, key=base: texts.say(f"campaigns.base.{key}", language)),
        }  # fmt: skip
        out.append(findings.say(
            context, f"campaigns.{name}", measure=f"revenue_{name}", estimate=estimate, grade="D", window=SPAN[months],
            coverage=1 - float(near.unattributed) / float(near.counted) if near.counted else None, values=values,
        ))  # fmt: skip
    return out


def _of(row, name: str) -> Estimate:
    """A sum over rows: nothing is left to chance, but what has neither customer nor code, or bears the day of its only sign, may
    belong to it too."""
    value, n = float(getattr(row, name)), int(getattr(row, f"{name}_orders"))
    method = f"sum over orders, {row.window_days} days, unknown customers and undecided days as upper bound"
    return Estimate(value, value, value + max(float(row.unidentified) + float(getattr(row, f"{name}_tied")), 0.0), LEVEL, n, method)


def _tied(money: float, language: str, currency: str) -> str:
    """The end of the sentence on what may be seen through social as well; nothing where no order is of the moment of its sign."""
    return texts.say("campaigns.tied", language, value=units.write(money, Unit.MONEY, language, currency=currency)) if money > 0 else ""


def caused(context: Context, lifts: pd.DataFrame) -> Finding:
    """Extra net sales of all social campaigns, of the month where it can be said, else of 12 months; the best grade alone.

    Campaigns of grade A and B are added up; only where there is none are those of C, then D, and then the sentence says
    "consistent with". Errors of campaigns are taken as independent. The value `beyond_chance` counts, among those added up, the
    campaigns whose result stands beyond chance once all that were judged are allowed for; where it is 0, no page speaks of extra sales.
    """
    options = {"measure": "revenue_caused", "id": "campaigns.caused"}
    if lifts.empty:
        return findings.missing(context, "campaigns.caused_none", export="campaigns", **options)
    year = lifts[social(lifts) & lifts["in_year"].astype(bool)]
    if year.empty:
        return findings.say(context, "campaigns.caused_no_social", state="withheld", **options)
    best = best_of(year)
    if best.empty:
        export = REMEDY.get(year["state"].mode().iloc[0], "campaign_units")
        told = "unknown_place" if export == "stores" else export
        remedy = _both(lambda language: texts.say(f"campaigns.remedy.{told}", language))
        values = {"all": (len(year), Unit.COUNT), "remedy": remedy}
        return findings.missing(context, "campaigns.caused_missing", export=export, values=values, **options)
    by_window = {w: _sum(best, f"part_{w}") for w in ("1m", "12m")}
    # extra sales are a difference, which may well be near 0: the rule on high / low is for figures that cannot be
    window, estimate, enough = metrics.widened(by_window, widest=math.inf)
    grade = best["grade"].max()  # the weaker of those added up: B where A and B meet
    first = pd.Timestamp(periods.span(context.period, metrics.WINDOWS[window])[0])
    ran = year[pd.to_datetime(year["ends_on"]) >= first]
    counted = best[best[f"part_{window}"] > 0]
    beyond = int((counted["p_adjusted"] <= 1 - LEVEL).sum())
    values = {"judged": (len(counted), Unit.COUNT), "all": (len(ran), Unit.COUNT), "beyond_chance": (beyond, Unit.COUNT)}
    text_id = "campaigns.consistent" if grade not in PROVEN else "campaigns.caused" if beyond else "campaigns.caused_chance"
    if not enough:
        return findings.too_few(context, "campaigns.caused_missing", estimate, values={
            "all": (len(year), Unit.COUNT), "remedy": _both(lambda language: texts.say("campaigns.remedy.campaign_units", language)),
        }, **options)  # fmt: skip
    return findings.say(context, text_id, estimate=estimate, grade=grade, window=window, values=values,
                        coverage=len(counted) / len(ran), **options)  # fmt: skip


def social(lifts: pd.DataFrame) -> pd.Series:
    """Which campaigns the programme's extra sales are made of: social ones that ran."""
    return lifts["is_social"].astype(bool) & ~lifts["state"].isin(["cancelled", "planned"])


def best_of(rows: pd.DataFrame) -> pd.DataFrame:
    """Of campaigns that could be judged, those of the best grade alone: A and B, else C, else D."""
    judged = rows[rows["state"] == "ok"]
    grades = next((g for g in (PROVEN, ("C",), ("D",)) if judged["grade"].isin(g).any()), ())
    return judged[judged["grade"].isin(grades)]


def _sum(rows: pd.DataFrame, part: str) -> Estimate | None:
    inside = rows[rows[part] > 0]
    if inside.empty:
        return None
    each = [
        Estimate(r.extra * share, r.extra_low * share, r.extra_high * share, LEVEL, round(r.orders * share), "")
        for r, share in zip(inside.itertuples(), inside[part], strict=True)
    ]
    return stats.combine(each)._replace(n=sum(e.n for e in each), method="sum of campaigns, independent ranges (MOVER)")


def campaigns(context: Context, lifts: pd.DataFrame) -> list[Finding]:
    """One finding per campaign of the last 12 months: smallest visible lift, then the result with range, rank among placebos and grade.

    A campaign sent to a list has a second one: how much better its people looked before they got anything. So has one whose list
    names places that nobody knows beside others. One finding counts the campaigns that are older, which the table alone holds.
    """
    year = lifts[lifts["in_year"].astype(bool)] if len(lifts) else lifts
    judged = int((year["state"] == "ok").sum()) if len(year) else 0
    said = [_campaign(context, row, judged) for row in year.itertuples()]
    lists = year[(year["state"] == "ok") & year["raw_ratio"].notna()] if len(year) else year
    met = year[~year["state"].isin(["unknown_place", "cancelled"])] if len(year) else year
    partly = met[met["places"].notna() & met["places"].ne("")] if len(met) else met
    left_out = [
        findings.say(context, "campaigns.places", id=f"campaigns.places.{row.campaign_id}", window="12m", missing="stores",
                     values={"name": row.campaign, "places": row.places})
        for row in partly.itertuples()
    ]  # fmt: skip
    older = lifts[~lifts["in_year"].astype(bool) & (lifts["state"] != "planned")] if len(lifts) else lifts
    counts = {"earlier": (len(older), Unit.COUNT), "judged": (int((older["state"] == "ok").sum()) if len(older) else 0, Unit.COUNT)}
    counts["table"] = _both(lambda language: texts.say("campaigns.title.lifts", language))
    earlier = [findings.say(context, "campaigns.earlier", window="all", values=counts)] if len(older) else []
    return said + earlier + left_out + [
        findings.say(context, "campaigns.list", id=f"campaigns.list.{row.campaign_id}", window="12m",
                     values={"name": row.campaign, "raw": (row.raw_ratio, Unit.RATIO)})
        for row in lists.itertuples()
    ]  # fmt: skip


def _campaign(context: Context, row, judged: int) -> Finding:
    known = {"name": row.campaign, "days": (row.days, Unit.DAYS), "net": (row.net, Unit.MONEY), "campaigns": (judged, Unit.COUNT),
             "treated": (_whole(row.treated), Unit.COUNT), "controls": (_whole(row.controls), Unit.COUNT),
             "places": row.places if isinstance(row.places, str) else "", "grade": row.grade}  # fmt: skip
    known["overlaps"] = row.overlaps if row.overlaps else _both(lambda language: texts.say("campaigns.lift.alone", language))
    options = {"measure": "revenue_caused", "id": f"campaigns.lift.{row.campaign_id}", "window": "12m", "values": known}
    if row.state in ("few_units", "few_people"):
        n = _whole(row.orders) or 0
        return findings.too_few(context, f"campaigns.lift.{row.state}", Estimate(None, None, None, LEVEL, n, ""), **options)
    if row.state != "ok":
        missing = (REMEDY | {"no_year": "campaign_units"}).get(row.state, "")
        return findings.say(context, f"campaigns.lift.{row.state}", grade=row.grade, state="withheld", missing=missing, **options)
    known |= {
        "lift": (row.lift, Unit.SHARE), "visible": (row.smallest_visible, Unit.SHARE), "rank": (row.rank, Unit.SHARE),
        "lift_range": _both(lambda language: units.write_range(row.low, row.high, Unit.SHARE, language)),
        "placebos": (_whole(row.placebos), Unit.COUNT), "counted": counted(row),
    }  # fmt: skip
    real = row.p_adjusted <= 1 - LEVEL
    alone = not real and row.p <= 1 - LEVEL
    name = ("moved" if row.grade in PROVEN else "consistent") if real else "many" if alone else "chance"
    estimate = Estimate(row.extra, row.extra_low, row.extra_high, LEVEL, _whole(row.orders) or 0, METHODS[row.design])
    return findings.say(context, f"campaigns.lift.{name}", estimate=estimate, grade=row.grade, **options)


def counted(row) -> dict[str, str]:
    """A sentence, a blank before it, where fewer places of a campaign's list are counted than it names; else ''."""
    if row.design != "stores" or not row.listed > row.treated:
        return dict.fromkeys(texts.LANGUAGES, "")
    known = {"treated": int(row.treated), "listed": int(row.listed)}
    return _both(lambda language: texts.say(
        f"campaigns.counted.{row.place}", language, **{k: units.integer(n, language) for k, n in known.items()}))  # fmt: skip


METHODS = {
    "stores": "stores with it against stores without, before and during",
    "web": "calendar model of web sales, error from placebo windows",
    "company": "calendar model of all sales, error from placebo windows",
    "accounts": "people on the list against others, before and during",
}


VERDICTS = {"True": "calibration_holds", "": "calibration_holds", "unsure": "calibration_unsure", "False": "calibration_widened"}


def calibration(context: Context, table: pd.DataFrame) -> list[Finding]:
    """One finding per design of the calibration table, which names its method (the naive way beside it has none)."""
    rows = table[table["design"] != "before_after"] if len(table) else table
    if rows.empty:
        return [findings.missing(context, "campaigns.calibration_missing", export="campaign_units", id="campaigns.calibration")]
    out = []
    for row in rows.itertuples():
        verdict = VERDICTS[placebo.verdict(row._asdict())]
        values = {
            "method": _both(lambda language, d=row.design: texts.say(f"campaigns.method.{d}", language)),
            "placebos": (row.placebos, Unit.COUNT), "effective": (row.effective, Unit.COUNT), "share": (row.false_alarms, Unit.SHARE),
            "claimed": (row.claimed, Unit.SHARE), "verdict": _both(lambda language, v=verdict: texts.say(f"campaigns.{v}", language)),
        }  # fmt: skip
        out.append(findings.say(context, "campaigns.calibration", id=f"campaigns.calibration.{row.design}", values=values, window="all"))
    return out


def traffic(context: Context, table: pd.DataFrame) -> Finding:
    """Visits to stores and dealers beside their orders, this month and the one before. `table` as `plain.traffic_and_sales` gives."""
    rows = table[table["kind"].isin(["store", "dealer"])] if len(table) else table
    measure = plain.main_measure(rows, "store", "dealer") if len(rows) else ""
    rows = rows[rows["measure"] == measure] if measure else rows[:0]
    months = sorted(set(rows["month"])) if len(rows) else []
    if context.period not in months or len(months) < 2:
        return findings.missing(context, "campaigns.traffic_missing", export="traffic", id="campaigns.traffic")
    now, before = (rows[rows["month"] == m][["visits", "orders"]].sum() for m in (context.period, months[months.index(context.period) - 1]))
    values = {"visits": (now["visits"], Unit.COUNT), "orders": (now["orders"], Unit.COUNT), "visits_before": (before["visits"], Unit.COUNT),
              "orders_before": (before["orders"], Unit.COUNT)}  # fmt: skip
    counted = Estimate(None, None, None, LEVEL, int(now["visits"]), "counted visits and orders of the same places")
    said = "campaigns.traffic_directions" if measure == plain.DIRECTIONS else "campaigns.traffic"
    return findings.say(context, said, id="campaigns.traffic", estimate=counted, values=values)


def association(context: Context, lags: pd.DataFrame, *, unpriced: bool = False) -> Finding:
    """The strongest lag, or that there is none beyond chance. Grade D: an association, never a cause.

    `unpriced`: there is spend, and no price index to bring its weeks to one month's prices.
    """
    if lags.empty and unpriced:
        return findings.missing(context, "campaigns.association_unpriced", export="rates", id="campaigns.association")
    if lags.empty:
        return findings.missing(context, "campaigns.association_missing", export="spend", id="campaigns.association")
    best = lags.sort_values("p_adjusted").iloc[0]
    counted = Estimate(None, None, None, LEVEL, int(best["n"]), "correlation of weeks, season and past taken out")
    if best["p_adjusted"] > 1 - LEVEL:
        return findings.say(context, "campaigns.no_association", id="campaigns.association", grade="D", window="all", estimate=counted,
                            values={"lags": (int(lags["lag"].max()), Unit.COUNT)})  # fmt: skip
    values = {"lag": (7 * int(best["lag"]), Unit.DAYS)}
    values |= {name: (float(best[c]), Unit.RATIO) for name, c in (("value", "value"), ("least", "low"), ("most", "high"))}
    return findings.say(context, "campaigns.association", grade="D", window="all", estimate=counted, values=values)


def _both(write: Callable[[str], str]) -> dict[str, str]:
    return {language: write(language) for language in texts.LANGUAGES}


def _whole(value) -> int | None:
    return None if value is None or pd.isna(value) else int(value)
