"""Columns of a file that nothing reads, and that its owner should know of."""

from scrm_helpers.ingestion import meant, signs, taken_back
from scrm_helpers.ingestion.part import Part
from scrm_helpers.ingestion.reader import Reader
from scrm_helpers.ingestion.recipe import Feed, Recipe

GIVEN_BACK, OF_MONEY = {"iade", "refund", "refunded"}, {"tutar", "tutari", "bedel", "bedeli", "amount"}  # İade Edilen Tutar
SOLD = {target: signs.SALES[target] for target in ("ordered_at", "net", "status")}


def columns(part: Part, recipe: Recipe, feeds: list[Feed], r: Reader) -> list[str]:
    """Headers of the columns that nothing reads; in a known form only those that look like what sales are counted by.

    A system's export has dozens that no form needs, every month. An owner's own sheet of orders may have a second day, amount or status,
    or what was given back of an amount; another form of sales has its day and amount, and may lack its status; any other form says nothing
    of sales, so that a day and an amount in it are sales that would be lost.
    """
    left = [k for k, h in enumerate(part.header) if h and k not in r.used]
    if recipe.name:
        found = signs.places(part, SOLD, without=set(r.used))
        if recipe.name == meant.SALES:
            back = {k for k in left if _given_back(set(signs.header(part.header[k]).split()))}
            left = sorted({*found.values(), *back})
        elif any(f.table in meant.SOLD for f in feeds):
            left = [found["status"]] if "status" in found and taken_back.always_completed(feeds) else []
        else:
            left = sorted(found.values()) if found.keys() >= signs.LEAST_SOLD else []
    return [part.header[k] for k in left]


def _given_back(said: set[str]) -> bool:
    return bool(said & GIVEN_BACK and said & OF_MONEY)
