"""Audiences as findings and tables: numbers into sentences of `texts`."""

import pandas as pd

from scrm_helpers import findings, metrics, tested, texts, units
from scrm_helpers.audiences import offers, referrals
from scrm_helpers.audiences.followers import FollowerSpend
from scrm_helpers.findings import Context, Finding
from scrm_helpers.margin import LEAST_COVERED
from scrm_helpers.metrics import LEAST_N, LEVEL
from scrm_helpers.segmentation import PROVINCES
from scrm_helpers.stats import Estimate
from scrm_helpers.units import Unit

LISTED = 5  # places named in a sentence
MONEY3 = {"value": Unit.MONEY_PER_PERSON, "low": Unit.MONEY_PER_PERSON, "high": Unit.MONEY_PER_PERSON, "n": Unit.COUNT}
SEGMENT_UNITS = {"persons": Unit.COUNT, "person_share": Unit.SHARE, "spend": Unit.MONEY, "revenue_share": Unit.SHARE}
PLACE_UNITS = SEGMENT_UNITS | {
    "followers": Unit.COUNT,
    "follower_share": Unit.SHARE,
    "low": Unit.SHARE,
    "high": Unit.SHARE,
    "index": Unit.RATIO,
}
TRAIT_UNITS = {"followers": Unit.COUNT, "fan_share": Unit.SHARE, "persons": Unit.COUNT, "person_share": Unit.SHARE}
FATE_UNITS = {"referrals": Unit.COUNT, "net": Unit.MONEY, "reward": Unit.MONEY, "discount": Unit.MONEY}
CODE_UNITS = {"uses": Unit.COUNT, "people": Unit.COUNT}
PAIR_UNITS = {
    "owners": Unit.COUNT,
    "both": Unit.COUNT,
    "share": Unit.SHARE,
    "low": Unit.SHARE,
    "high": Unit.SHARE,
    "usual": Unit.SHARE,
    "lift": Unit.RATIO,
    "eligible": Unit.COUNT,
}


def _estimate(found, n: int) -> Estimate:
    return Estimate(found.value, found.low, found.high, LEVEL, n, found.method)


def _none(n: int) -> Estimate:
    return Estimate(None, None, None, LEVEL, n, "")


def _money(context: Context, row, language: str) -> tuple[str, str]:
    put = {"currency": context.currency}
    value = units.write(row["value"], Unit.MONEY, language, low=row["low"], high=row["high"], **put)
    return value, units.write_range(row["low"], row["high"], Unit.MONEY, language, **put)


def follower_findings(context: Context, found: FollowerSpend | None, gaps: pd.DataFrame) -> list[Finding]:
    """Follower spend in three columns: raw, like for like, tested; raw alone where follow dates are too few."""
    name = {"id": "audiences.follower_spend", "measure": "follower_spend"}
    if found is None:
        return [findings.missing(context, "audiences.follower_spend.missing", export="follows", **name)]
    if found.raw is None or found.followers < LEAST_N:
        return [findings.too_few(context, "audiences.follower_spend.too_few", _none(found.followers), **name)]
    if found.like is None:
        return [
            findings.say(
                context,
                "audiences.follower_spend.raw",
                estimate=_estimate(found.raw, found.followers),
                grade="D",
                window="12m",
                values={"dated": (found.dated, Unit.COUNT)},
                **name,
            )
        ]
    how = {None: "unchecked", True: "failed", False: "passed"}[found.placebo_failed]
    placebo = {}
    for language in texts.LANGUAGES:
        before = "; ".join(_money(context, found.placebo._asdict(), language)) if found.placebo else ""
        placebo[language] = texts.say(f"audiences.placebo.{how}", language, placebo=before)
    values = {
        "links": _links(found),
        "raw": (found.raw.value, Unit.MONEY),
        "months": (found.window, Unit.COUNT),
        "undated": (found.undated, Unit.COUNT),
        "tested": tested.words(gaps, about="follow", currency=context.currency),
        "placebo": placebo,
        "prices": {
            lang: " " + texts.say("audiences.nominal", lang) if found.nominal else "" for lang in texts.LANGUAGES
        },
    }
    return [
        findings.say(
            context,
            "audiences.follower_spend.said",
            estimate=_estimate(found.gap, found.dated),
            grade=found.grade,
            window="all",
            coverage=found.dated / found.followers,
            values=values,
            **name,
        )
    ]


def _links(found: FollowerSpend) -> dict[str, str]:
    """What the gap allows for in the links by which followers are known; '' where nothing is known of them."""
    if not found.is_undiluted:
        return dict.fromkeys(texts.LANGUAGES, "")
    said = {}
    for language in texts.LANGUAGES:
        right, some = (units.write(m.value, Unit.SHARE, language) for m in found.matches)
        said[language] = " " + texts.say("audiences.links", language, precision=right, recall=some)
    return said


def referral_findings(context: Context, found: referrals.Referrals | None) -> list[Finding]:
    """Net referral value: one figure where a test gives the share, two bounds where none does."""
    name = {"id": "audiences.referral", "measure": "referral_value"}
    if found is None:
        return [findings.missing(context, "audiences.referral.missing", export="referrals", **name)]
    by = found.rows["fate"].value_counts()
    counted = int(by.get("counted", 0))
    if counted and found.covered < LEAST_COVERED:
        return [
            findings.missing(
                context,
                "audiences.referral.no_margin",
                export="products",
                values={"covered": (found.covered, Unit.SHARE)},
                **name,
            )
        ]
    if found.value.n < LEAST_N or found.value.low is None:
        return [findings.too_few(context, "audiences.referral.too_few", found.value, **name)]
    values = {
        "counted": (counted, Unit.COUNT),
        "left": (len(found.rows) - counted, Unit.COUNT),
        "leaked": (int(by.get("leaked", 0)), Unit.COUNT),
        "paid": (found.paid, Unit.MONEY),
        "least": (found.value.low, Unit.MONEY, "least"),
        "most": (found.value.high, Unit.MONEY, "most"),
    }
    text_id = "audiences.referral.tested" if found.tested else "audiences.referral.bounds"
    return [
        findings.say(
            context,
            text_id,
            estimate=found.value,
            grade="B" if found.tested else "D",
            window="all",
            coverage=found.covered,
            values=values,
            **name,
        )
    ]


def top_findings(context: Context, share: Estimate, listed: pd.DataFrame) -> list[Finding]:
    """The share of the top tenth."""
    name = {"id": "audiences.top_share", "measure": "top_share"}
    if metrics.too_few(share):
        return [findings.too_few(context, "audiences.top_share.too_few", share, **name)]
    return [
        findings.say(
            context,
            "audiences.top_share.said",
            estimate=share,
            window="12m",
            values={"top": (len(listed), Unit.COUNT)},
            **name,
        )
    ]


def place_findings(context: Context, rows: pd.DataFrame, *, overall: float, follows: bool) -> list[Finding]:
    """Where customers live, and where followers are commoner than elsewhere."""
    name = {"id": "audiences.places"}
    known = rows[(rows["city"] != "unknown") & (rows["suppressed"] == "")]
    if known.empty:
        return [findings.missing(context, "audiences.places.missing", export="accounts", **name)]
    first = known.iloc[0]
    values = {
        "overall": (overall, Unit.SHARE),
        "first": place_name(first["city"]),
        "share": (first["revenue_share"], Unit.SHARE),
    }
    people = _none(int(rows["persons"].fillna(0).sum()))
    if not follows:
        return [findings.missing(context, "audiences.places.customers", export="follows", values=values, **name)]
    above = known[known["cluster"] == "above"].sort_values("index", ascending=False)["city"].head(LISTED)
    if above.empty:
        return [findings.say(context, "audiences.places.alike", estimate=people, window="12m", values=values, **name)]
    values["above"] = ", ".join(place_name(c) for c in above)
    return [findings.say(context, "audiences.places.said", estimate=people, window="12m", values=values, **name)]


def offer_findings(context: Context, found: offers.Offer | None, *, categories: bool, horizon: int) -> list[Finding]:
    """The next offer and its test."""
    name = {"id": "audiences.offer"}
    if found is None:
        if not categories:
            return [findings.missing(context, "audiences.offer.missing", export="order_lines", **name)]
        return [findings.say(context, "audiences.offer.none", window="12m", **name)]
    values = {
        "owned": found.owned,
        "offered": found.offered,
        "lift": (found.lift, Unit.RATIO),
        "base": (found.base, Unit.SHARE),
        "horizon": (horizon, Unit.COUNT),
        "per_arm": (found.per_arm, Unit.COUNT),
        "eligible": (len(found.candidates), Unit.COUNT),
    }
    text_id = "audiences.offer.ready" if found.enough else "audiences.offer.small"
    return [findings.say(context, text_id, estimate=_none(len(found.candidates)), window="12m", values=values, **name)]


def place_name(city: str) -> str:
    """A province's own name; another place as its key."""
    return PROVINCES[city].name if city in PROVINCES else city.title()


def followers_table(found: FollowerSpend | None, gaps: pd.DataFrame) -> pd.DataFrame:
    """Raw, like for like (strata, and after regression), placebo, tested: comparison, value, low, high, n (money per person)."""
    columns = ["comparison", "value", "low", "high", "n"]
    if found is None or found.raw is None or found.followers < LEAST_N:
        return pd.DataFrame(columns=columns)
    rows = [("raw", found.raw.value, found.raw.low, found.raw.high, found.followers)]
    if found.like is not None:
        rows += [
            (name, d.value, d.low, d.high, d.n)
            for name, d in (("matched", found.like.matched), ("robust", found.like.robust))
        ]
    if found.change is not None:
        rows.append(("change", found.change.value, found.change.low, found.change.high, found.change.n))
    if found.placebo is not None:
        rows.append(("placebo", found.placebo.value, found.placebo.low, found.placebo.high, found.placebo.n))
    rows += tested.line(gaps, about="follow")
    return pd.DataFrame(rows, columns=columns)


def balance_table(found: FollowerSpend, language: str) -> pd.DataFrame:
    """Traits before and after matching, in the reader's words."""
    names = []
    for covariate in found.like.balance["covariate"]:
        head, _, value = covariate.partition(": ")
        word = f"words.level_of.{value}"
        region = texts.say(word, language) if value and texts.has(word) else value
        names.append(
            f"{texts.say('words.segment.region', language)}: {region}"
            if value
            else texts.say(f"words.covariate.{head}", language)
        )
    return found.like.balance.assign(covariate=names)


def places_table(rows: pd.DataFrame) -> pd.DataFrame:
    """Places with their own names, for a page; `suppressed` also says where followers alone are hidden (`followers`: 1 to 4 of them)."""
    out = rows.assign(place=[place_name(c) if c != "unknown" else c for c in rows["city"]])
    out["suppressed"] = out["suppressed"].mask(out["followers"].isna() & (out["suppressed"] == ""), "followers")
    return out[
        [
            "place",
            "persons",
            "spend",
            "revenue_share",
            "followers",
            "follower_share",
            "low",
            "high",
            "index",
            "suppressed",
        ]
    ]


def revenue_bars(rows: pd.DataFrame, dimension: str) -> pd.DataFrame:
    """Segments of one dimension that are not hidden, for a chart: level_of, revenue_share."""
    return rows[(rows["segment"] == dimension) & (rows["suppressed"] == "")][["level_of", "revenue_share"]].reset_index(
        drop=True
    )


class SegmentDrawing:
    """Draws the revenue shares of one dimension; made for `controls.explore`. `chart` is `charts.columns`, handed in."""

    def __init__(self, book, rows: pd.DataFrame, chart):
        self.book, self.rows, self.chart = book, rows, chart

    def __call__(self, segment: str):
        language = self.book.language
        title = f"{texts.say('audiences.title.segments', language)}: {texts.say(f'words.segment.{segment}', language)}"
        drawn = self.chart(
            revenue_bars(self.rows, segment),
            label="level_of",
            value="revenue_share",
            unit=Unit.SHARE,
            language=language,
            title=title,
            currency=self.book.context.currency,
        )
        return self.book.figure(drawn, f"segments_{segment}")
