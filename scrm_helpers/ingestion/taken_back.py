"""Words in a column of sales that say sale or return: what a draft makes of them, and what is said where nothing reads them."""

from typing import NamedTuple

from scrm_helpers.ingestion import manners, signs, words
from scrm_helpers.ingestion.likened import UNTOLD, quoted
from scrm_helpers.ingestion.names import find
from scrm_helpers.ingestion.part import Part
from scrm_helpers.ingestion.reader import Reader
from scrm_helpers.ingestion.recipe import Feed
from scrm_helpers.texts import figure, tell

KINDS = {
    "sale": ("satis", "satis islemi", "satis faturasi", "perakende satis", "toptan satis", "sale", "sales", "sold"),
    "return": (
        "iade", "iade alindi", "iade edildi", "iade islemi", "iade faturasi", "iade tamamlandi", "satis iade", "satis iadesi",
        "satistan iade", "satis iade faturasi", "return", "returned", "refund", "refunded", "credit note", "sales return",
    ),
    "cancelled": (*signs.STATUS["cancelled"], "iptal satis", "satis iptali", "cancel", "cancellation"),
}  # fmt: skip
HEAD = 10_000  # rows in which a column of free text shows that it is one


class TakenBack(NamedTuple):
    """A column that says of each row whether it is a sale: its place, and its texts with sale, return, cancelled, or ? where unknown."""

    place: int
    kinds: dict[str, str]

    def texts(self, kind: str) -> list[str]:
        """The column's texts of one kind."""
        return [text for text, known in self.kinds.items() if known == kind]


def found(con, part: Part, *, without: set[int]) -> TakenBack | None:
    """The first column, of those not in `without`, whose texts say return or cancelled; one headed as a status has to say sale too.

    A status such as "came back" is said of a sale; a row that is a return stands beside rows that are sales.
    """
    known = {w: kind for kind, spelled in KINDS.items() for w in spelled}
    status = signs.places(part, {"status": signs.SALES["status"]}).get("status")
    for place, head in enumerate(part.header):
        if not head or place in without or place in part.exact or _is_free(con, part, place):
            continue
        told = {v: known.get(words.folded(v), "") for v in signs.values(con, part, place)}
        if not {"return", "cancelled"} & set(told.values()) or (place == status and "sale" not in told.values()):
            continue
        other = UNTOLD if "sale" in told.values() else "sale"
        return TakenBack(place, {v: kind or other for v, kind in told.items()})
    return None


def derived(con, part: Part, back: TakenBack, amount: int | None, number: int | None) -> dict[str, str]:
    """Column of orders -> how an entry makes it of such a column; amounts that have their sign already are left as they are."""
    column, told = quoted(part.header[back.place]), {}
    returns, cancelled = back.texts("return"), back.texts("cancelled")
    is_return = f"{{column: {column}, in: [{', '.join(map(quoted, returns))}]}}"
    if returns and any(words.folded(v) in KINDS["sale"] for v in back.texts("sale")) and not manners.has_blank(con, part, back.place):
        kinds = ", ".join(f"{quoted(v)}: {_as_kind(kind)}" for v, kind in back.kinds.items())
        told["kind"] = f"{{map: {{column: {column}, values: {{{kinds}}}}}}}"
    elif returns:
        told["kind"] = f"{{when: {is_return}, then: {{constant: return}}, else: {{constant: sale}}}}"
    if cancelled:
        is_cancelled = f"{{column: {column}, in: [{', '.join(map(quoted, cancelled))}]}}"
        told["status"] = f"{{when: {is_cancelled}, then: {{constant: cancelled}}, else: {{constant: completed}}}}"
    if returns and amount is not None and not manners.signed(con, part, back.place, returns, amount):
        net = quoted(part.header[amount])
        told["net"] = f"{{when: {is_return}, then: {{negative: {net}}}, else: {net}}}"
    if returns and number is not None and _shares_numbers(con, part, back.place, returns, number):
        own = f"{{column: {quoted(part.header[number])}}}"
        told["order_id"] = f'{{when: {is_return}, then: {{join: [{{constant: "return:"}}, {own}]}}, else: {own}}}'
        told["original_order_id"] = f"{{when: {is_return}, then: {own}}}"
    return told


def unread(con, part: Part, r: Reader, feeds: list[Feed]) -> str:
    """The sentence about a column of a file of orders that says return or cancelled and that nothing reads; '' where there is none.

    Returns whose amounts are below zero already need no column to tell them.
    """
    orders = next((f for f in feeds if f.table == "orders"), None)
    back = found(con, part, without=set(r.used)) if orders is not None else None
    if back is None:
        return ""
    amount, number = (_place(part, orders, name) for name in ("net", "order_id"))
    returns = back.texts("return")
    if returns and amount is not None and manners.signed(con, part, back.place, returns, amount):
        returns = []
    if not (said := [*returns, *back.texts("cancelled")]):
        return ""
    rows = con.execute(f"SELECT count(*) FROM {part.table} WHERE c{back.place} IN (SELECT unnest(?))", [said]).fetchone()[0]
    how = "; ".join(f"{target}: {made}" for target, made in derived(con, part, back, amount, number).items())
    named = {"file": part.file, "column": repr(part.header[back.place]), "words": ", ".join(map(repr, said))}
    return tell("console.file.unread_returns", n=figure(rows), how=how, **named)


def _as_kind(kind: str) -> str:
    return {"cancelled": "sale", UNTOLD: f'"{UNTOLD}"'}.get(kind, kind)


def _is_free(con, part: Part, place: int) -> bool:
    head = f"SELECT c{place} AS c FROM {part.table} LIMIT {HEAD}"
    return con.execute(f"SELECT count(DISTINCT c) > {signs.MOST_VALUES} FROM ({head})").fetchone()[0]


def _shares_numbers(con, part: Part, place: int, returns: list[str], number: int) -> bool:
    """Whether a return has the number of its sale."""
    back = f"c{place} IN (SELECT unnest(?))"
    numbers = f"SELECT c{number} FROM {part.table} WHERE {back}"
    told = f"SELECT coalesce(bool_or(c{number} IN ({numbers})), FALSE) FROM {part.table} WHERE NOT coalesce({back}, FALSE)"
    return con.execute(told, [returns, returns]).fetchone()[0]


def _place(part: Part, feed: Feed, target: str) -> int | None:
    read = feed.columns[target].columns() if target in feed.columns else []
    at = find(part.folded, read[0].aliases) if read else None
    return at[0] if at else None
