"""Segment models, declared once: a dimension, the rule that puts a person frame into its segments, and their names.

07 uses them on the day a test begins, 08 at the end of the period, `export` for lists. A new model is one line in MODELS.
"""

from collections.abc import Callable
from dataclasses import dataclass

import ibis
import ibis.expr.types as ir

from scrm_helpers.errors import ToldError
from scrm_helpers.metrics import SOCIAL
from scrm_helpers.texts import tell

NEW_DAYS, ACTIVE_DAYS, LAPSED_DAYS = 90, 90, 365
GROUPS = {  # source -> source group
    **{source: "social" for source in SOCIAL},
    "google_ads": "search",
    "search": "search",
    "email": "own",
    "phone": "own",
    "direct": "own",
    "store": "store",
    "marketplace": "marketplace",
    "referral": "referral",
}


@dataclass(frozen=True)
class Model:
    """A segmentation: `rule` reads the person frame of `facts` and gives each person's segment (a text, never blank).

    `names` are its segments in the order of a page; empty where they come from the data (cities, categories).
    """

    dimension: str
    rule: Callable[[ir.Table], ir.StringValue]
    names: tuple[str, ...] = ()


def _third(column, buyer):
    """1 to 3 by rank among this year's buyers; equal values get the same, lower, score."""
    rank = ibis.percent_rank().over(group_by=buyer, order_by=column)
    return ibis.least(1 + (rank * 3).floor().cast("int64"), 3)


def _value(frame: ir.Table):
    buyer = frame.frequency > 0
    score = _third(-frame.recency_days, buyer) + _third(frame.frequency, buyer) + _third(frame.value, buyer)
    return ibis.cases((~buyer, "none"), (score >= 8, "best"), (score >= 6, "good"), (score >= 4, "middle"), else_="low")


def _life_stage(frame: ir.Table):
    return ibis.cases(
        (frame.tenure_days <= NEW_DAYS, "new"),
        (frame.recency_days <= ACTIVE_DAYS, "active"),
        (frame.recency_days <= LAPSED_DAYS, "slipping"),
        else_="lapsed",
    )


def _source_group(frame: ir.Table):
    return frame.source.cases(*GROUPS.items(), else_="unknown")


MODELS: dict[str, Model] = {
    model.dimension: model
    for model in (
        Model("value", _value, ("best", "good", "middle", "low", "none")),
        Model("life_stage", _life_stage, ("new", "active", "slipping", "lapsed")),
        Model(
            "source_group", _source_group, ("social", "search", "own", "store", "marketplace", "referral", "unknown")
        ),
        Model("region", lambda frame: frame.region),
        Model("city", lambda frame: frame.city),
        Model("category", lambda frame: frame.category),
    )
}
ALSO = {  # words of test registries beside the dimension's own name
    "spend": "value",
    "harcama": "value",
    "değer": "value",
    "rfm": "value",
    "tenure": "life_stage",
    "yaşam evresi": "life_stage",
    "kıdem": "life_stage",
    "source": "source_group",
    "kaynak": "source_group",
    "il": "city",
    "şehir": "city",
    "province": "city",
    "place": "region",
    "bölge": "region",
    "product": "category",
    "ürün": "category",
    "kategori": "category",
}


def dimension(word: str) -> str:
    """The dimension that a word names, in either language; an unknown one is told with those that exist."""
    name = word.strip().replace("İ", "i").replace("I", "ı" if "ı" in word else "i").lower()
    found = ALSO.get(name, name)
    if found not in MODELS:
        raise ToldError(tell("told.export.no_dimension", came=word, known=", ".join([*MODELS, *ALSO])))
    return found


def declared(words: str | None) -> list[str]:
    """The dimensions that a test declared ('il | kaynak'), each once, in the order given; none where the field is blank."""
    named = [dimension(word) for word in (words or "").split("|") if word.strip()]
    return list(dict.fromkeys(named))


def memberships(frame: ir.Table, dimensions: list[str] | None = None) -> ir.Table:
    """Each person's segment in each dimension: `person_id` and a column per dimension. Grain: as the person frame."""
    wanted = list(MODELS) if dimensions is None else dimensions
    return frame.select("person_id", **{name: MODELS[name].rule(frame) for name in wanted})
