"""How an unknown file writes days, numbers and order numbers, as its values show it: the options of a drafted entry."""

from scrm_helpers import tables
from scrm_helpers.ingestion import taxed
from scrm_helpers.ingestion.errors import InputError
from scrm_helpers.ingestion.evidence import Evidence
from scrm_helpers.ingestion.part import Part
from scrm_helpers.ingestion.recipe import Feed
from scrm_helpers.store import Settings
from scrm_helpers.tables import Kind
from scrm_helpers.texts import tell

COMMA = ("TR", "DE", "FR", "IT", "ES", "NL")  # countries that write 1.234,50
FEW = 0.05  # of order numbers: where fewer stand in several rows, they are no lines


def day_order(con, part: Part, place: int | None, settings: Settings) -> dict[str, str]:
    """The order of day and month where the values leave it open: what is usual in the company's country."""
    if place is None:
        return {}
    usual = "MDY" if settings.country == "US" else "DMY"
    for declared in ("", usual):
        try:
            Evidence(con, part, {"date_order": declared}).order(place)
        except InputError:
            continue
        return {"date_order": declared} if declared else {}
    return {}  # no single order fits: the run says so


def of_sales(con, part: Part, found: dict[str, int], settings: Settings, *, alone: Part) -> tuple[dict, list[str]]:
    """Options of a file of sales as its values show them, each that they leave open said as a guess.

    `part` may hold the rows of several months; order numbers are counted in the one file `alone`: a later month has some of them again.
    """
    options, notes = manners(con, part, "orders", {k: found[k] for k in ("ordered_at", "net") if k in found}, settings)
    vat, note = vat_of(part, found.get("net"))
    options["vat"] = vat or taxed.INSIDE
    notes.append(note or tell("console.draft.vat"))
    if "order_id" in found and repeats(con, alone, found["order_id"]):
        options["rows"] = "lines"
        notes.append(tell("console.draft.lines"))
    return options, notes


def vat_of(part: Part, place: int | None, *, leans: bool = True) -> tuple[str, str]:
    """`included` or `excluded` as the headers say it of an amount, and the note that tells which; ('', '') where they do not.

    `leans`: whether net and gross say it too.
    """
    if place is None:
        return "", ""
    head = part.header[place]
    if meant := taxed.outright(head) or taxed.beside(part.header, place):
        return meant, tell(f"console.draft.vat_{meant}")
    meant = taxed.leaning(head) if leans else ""
    return meant, tell(f"console.draft.vat_leans_{meant}", column=head) if meant else ""


def vat_like(part: Part, found: dict[str, int], feed: Feed, *, sold: bool) -> tuple[dict[str, str], list[str]]:
    """The option of VAT of an entry made like a known form's feed, and its note: the headers' word, of what is `sold` else the form's."""
    vat, note = vat_of(part, next((found[c] for c in taxed.MONEY if c in found), None), leans=sold)
    if sold and not vat:
        vat = feed.vat if isinstance(feed.vat, str) else taxed.INSIDE
        note = tell("console.draft.vat") if vat == taxed.INSIDE else ""
    return {"vat": vat} if vat else {}, [note] if note else []


def manners(con, part: Part, table: str, found: dict[str, int], settings: Settings) -> tuple[dict, list[str]]:
    """How days and numbers are written; where nothing in the file shows it, what is usual in the company's country, said as a guess."""
    kinds, options, notes = {c.name: c.kind for c in tables.contract(table).columns}, {}, []
    days = [k for n, k in found.items() if kinds[n] in (Kind.DATE, Kind.TIME) or n == "month"]
    if order := next((o for k in days if (o := day_order(con, part, k, settings))), {}):
        options |= order
        notes.append(tell("console.draft.date_order", usual=order["date_order"]))
    try:
        for place in (k for n, k in found.items() if kinds[n] in (Kind.MONEY, Kind.FLOAT)):
            Evidence(con, part, {}).style(place)
    except InputError:
        options["decimal"] = "comma" if settings.country in COMMA else "point"
        notes.append(tell("console.draft.decimal", usual=options["decimal"]))
    return options, notes


def has_blank(con, part: Part, place: int) -> bool:
    """Whether a cell of the column is blank."""
    return con.execute(f"SELECT coalesce(bool_or(c{place} IS NULL), FALSE) FROM {part.table}").fetchone()[0]


def signed(con, part: Part, place: int, back: list[str], amount: int) -> bool:
    """Whether rows that came back have amounts below zero already: then each is the return itself."""
    told = f"SELECT coalesce(bool_or(regexp_matches(c{amount}, '^\\s*[-(]|-\\s*$')), FALSE) FROM {part.table}"
    return con.execute(f"{told} WHERE c{place} IN (SELECT unnest(?))", [back]).fetchone()[0]


def repeats(con, part: Part, place: int) -> bool:
    """Whether order numbers stand in several rows that differ, as lines do: exact doubles count once, and a few are a mistake."""
    several = f"SELECT count(*) AS n FROM (SELECT DISTINCT * EXCLUDE (_row) FROM {part.table}) WHERE c{place} IS NOT NULL GROUP BY c{place}"
    return con.execute(f"SELECT coalesce(avg((n > 1)::INTEGER), 0) > {FEW} FROM ({several})").fetchone()[0]
