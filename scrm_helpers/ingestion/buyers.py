"""By what the unknown files of a folder know a customer: one header in several of them ties what they say."""

from scrm_helpers.ingestion import meant, signs
from scrm_helpers.ingestion.names import fold
from scrm_helpers.ingestion.part import Part

DRAFTED = ("unknown", "column")  # codes of the refusals that an entry can mend


def guessed(con, part: Part, keys: frozenset[str] = frozenset()) -> dict[str, int]:
    """Column of orders -> place of the header that speaks for it; {} unless a day and an amount are there.

    `keys`: headers, folded, by which files of contacts know their customers: an order that has one of them too is tied by it.
    """
    found = signs.places(part, signs.SALES)
    return keyed(con, part, found, keys) if found.keys() >= signs.LEAST_SOLD else {}


def keyed(con, part: Part, found: dict[str, int], keys: frozenset[str]) -> dict[str, int]:
    """The columns found, with the key of the customer by which another file knows her, where the file has it."""
    place = next((k for k, h in enumerate(part.folded) if h in keys and k not in found.values()), None)
    if place is None and found.get("account_id") is not None and part.folded[found["account_id"]] not in keys:
        place = signs.coded(con, part)
    return found | {"account_id": place} if place is not None else found


def keys(taken) -> frozenset[str]:
    """Headers by which files of contacts know their customers, other than an address: the drafted ones and those of sources.yml."""
    found = set()
    for t in taken:
        if t.part is None:
            continue
        if t.code in DRAFTED and not signs.places(t.part, signs.SALES).keys() >= signs.LEAST_SOLD:
            people = signs.contacts(t.part)
            if people and people["account_id"] not in (people.get("email"), people.get("phone")):
                found.add(t.part.folded[people["account_id"]])
        heads = [h for e in t.entries if e.table == "accounts" for h, target in e.columns.items() if target == "account_id"]
        found |= {fold(str(h)) for h in heads} - {fold(h) for h in (*signs.PERSON["email"], *signs.PERSON["phone"])}
    return frozenset(found)


def system(con, taken, keys: frozenset[str]) -> str:
    """The system that orders and contacts share: customers are the same only within one system."""
    for t in taken:
        own = t.recipe is not None and (t.recipe.name == meant.SALES or any(e.table == "orders" for e in t.entries))
        if t.verdict == "read" and own:
            return t.options.get("system") or t.recipe.system
    parts = [t.part for t in taken if t.code in DRAFTED and t.part]
    sells = any("account_id" in (guessed(con, p, keys) or _lacking(con, p, keys)) for p in parts)
    knows = any(signs.contacts(p) for p in parts)
    return "own" if sells and knows else ""


def _lacking(con, part: Part, keys: frozenset[str]) -> dict[str, int]:
    """The same of sales whose day or amount is still to be named: once it is, their customers are to be those of the contacts."""
    lacks = meant.undated(part) or meant.unpriced(con, part) or meant.unnamed(con, part)
    return keyed(con, part, signs.places(part, signs.SALES), keys) if lacks else {}
