"""What a file that nobody reads was meant to be: the form that it nearly has, or sales in its owner's words that lack their day.

For what is said of such a file and for drafts; a file is read by it only in that sales are not taken for contacts (`forms`).
"""

from scrm_helpers.ingestion import asked, desks, signs
from scrm_helpers.ingestion.names import find
from scrm_helpers.ingestion.part import Part
from scrm_helpers.ingestion.recipe import Recipe, near_misses

SALES = "orders_sheet"  # the plain form of sales
ADS = "google_ads"  # the plainest form of advertising: a campaign, its cost, what was seen and clicked
SOLD = ("orders", "order_lines")
ENDS = {"ends_on": signs.CAMPAIGNS["ends_on"]}  # what a plan of campaigns says of each, and money by day does not


def forms(part: Part, recipes: dict[str, Recipe]) -> dict[str, Recipe]:
    """The recipes that the file may be of: one with an order number, a day and an amount is no list of contacts, whoever it names."""
    if not _sells(part):
        return recipes
    return {name: r for name, r in recipes.items() if fed(r) != "accounts"}


def near(part: Part, recipes: dict[str, Recipe]) -> tuple[Recipe, list[str]] | None:
    """The recipe that the file nearly fits, with the columns that it lacks; None where none is near.

    A file with an order number, a day and an amount is sales, whatever its other columns look like (a channel, a campaign), and lacks
    nothing of the plain form: only the form of a shop or an ERP may still be nearer to it. Money of campaigns beside what was seen or
    clicked, or beside where it ran, is an export of advertising in words of its own, and nearest to the plainest form of those.
    """
    sells = _sells(part)
    misses = near_misses(part, recipes)
    nearest = next(((r, lacking) for r, lacking in misses if not sells or (fed(r) in SOLD and r.name != SALES)), None)
    planned = nearest is None or (fed(nearest[0]) == "campaigns" and not signs.places(part, ENDS))
    if planned and not sells and _advertises(part):
        plain = recipes[ADS]
        return plain, [need[0] for need in plain.needs if find(part.folded, need) is None]
    return nearest


def undated(part: Part) -> bool:
    """Whether the file has an order number and an amount, and no day: sales that lack the one column they cannot do without."""
    found = _numbered(part)
    return found.keys() >= {"order_id", "net"} and "ordered_at" not in found


def unpriced(con, part: Part) -> bool:
    """Whether the file has an order number, a day and numbers of which none is known to be its amount: sales in words of their own.

    A number and a day alone may be anything; so may a ticket, an answer on a scale, or points.
    """
    found = _numbered(part)
    if "net" in found or not found.keys() >= {"order_id", "ordered_at"} or desks.found(part) or asked.questions(part)[1]:
        return False
    return bool(signs.counts(con, part, without={*found.values(), *signs.places(part, signs.CONTACTS).values()}))


def unnamed(con, part: Part) -> list[str]:
    """What sales need and no known word names, of a file with a day and an amount of money; [] of any other.

    Such a file is no list of contacts, whoever it names; nor are tickets or answers sales.
    """
    found = signs.places(part, signs.SALES)
    lacking = [c for c in ("ordered_at", "net") if c not in found]
    if desks.found(part) or asked.questions(part)[1] or not (lacking and signs.sold(con, part)):
        return []
    return lacking


def table_of(part: Part, recipes: dict[str, Recipe]) -> str:
    """The contract table that the file was for; '' where nothing tells."""
    if nearly := near(part, recipes):
        return fed(nearly[0])
    if undated(part) or signs.places(part, signs.SALES).keys() >= signs.LEAST_SOLD:
        return "orders"
    return "accounts" if signs.contacts(part) else ""


def fed(recipe: Recipe) -> str:
    """The table that a recipe is for: that of its first feed."""
    return recipe.made()[0].table if recipe.made() else ""


def _advertises(part: Part) -> bool:
    """Whether the headers speak of campaigns, their money, and what was seen or clicked of them or where they ran."""
    found = signs.places(part, signs.SPEND).keys()
    return "amount" in found and bool(found & {"campaign_id", "campaign_name"}) and bool(found & {*signs.SHOWN, "source"})


def _sells(part: Part) -> bool:
    return _numbered(part).keys() >= {"ordered_at", "order_id", "net"}


def _numbered(part: Part) -> dict[str, int]:
    """What the headers say of sales, an order number only where its header says that it is one."""
    found = signs.places(part, signs.SALES)
    return {t: k for t, k in found.items() if t != "order_id" or signs.header(part.header[k]) not in signs.VAGUE}
