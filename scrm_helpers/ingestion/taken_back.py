"""Words in a column of sales that say sale or return: what a draft makes of them, and what is said where nothing reads them."""

from typing import NamedTuple

from scrm_helpers.ingestion import manners, meant, signs, words
from scrm_helpers.ingestion.expressions import Const
from scrm_helpers.ingestion.likened import UNTOLD, quoted
from scrm_helpers.ingestion.names import find
from scrm_helpers.ingestion.part import Part
from scrm_helpers.ingestion.reader import Reader
from scrm_helpers.ingestion.recipe import Feed, Recipe
from scrm_helpers.texts import figure, tell

RETURNED = "returned"  # see words.STATUS
HEAD = 10_000  # rows in which a column of free text shows that it is one


class TakenBack(NamedTuple):
    """A column that says of each row whether it is a sale: its place, and its texts with sale, return, cancelled, or ? where unknown.

    `is_status`: it says how an order stands, so that a row that came back is a sale, and a return beside it.
    """

    place: int
    kinds: dict[str, str]
    is_status: bool = False

    def texts(self, kind: str) -> list[str]:
        """The column's texts of one kind."""
        return [text for text, known in self.kinds.items() if known == kind]


def found(con, part: Part, *, without: set[int], states: bool = False) -> TakenBack | None:
    """The first column, of those not in `without`, whose texts say return or cancelled; one headed as a status has to say sale too.

    A status such as "came back" is said of a sale; a row that is a return stands beside rows that are sales. `states`: whether a
    status is looked for as well.
    """
    known = {w: kind for kind, spelled in words.DOCUMENTS.items() for w in spelled}
    status = signs.places(part, {"status": signs.SALES["status"]}).get("status")
    for place, head in enumerate(part.header):
        if not head or place in without or place in part.exact or _is_free(con, part, place):
            continue
        told = {v: known.get(words.folded(v), "") for v in signs.values(con, part, place)}
        sells = "sale" in told.values()
        if not {"return", "cancelled"} & set(told.values()) or (place == status and not sells and not states):
            continue
        stands = {signs.states([v]).get(v) for v in told} & {"open", "completed"}
        other = UNTOLD if sells else "sale"
        return TakenBack(place, {v: kind or other for v, kind in told.items()}, not sells and (place == status or bool(stands)))
    return None


def derived(con, part: Part, back: TakenBack, amount: int | None, number: int | None, pieces: int | None = None) -> dict[str, str]:
    """Column of orders -> how an entry makes it of such a column; amounts that have their sign already are left as they are.

    `pieces`: place of the number by which the amount is multiplied; either may bear the sign.
    """
    column, told = quoted(part.header[back.place]), {}
    returns, cancelled = back.texts("return"), back.texts("cancelled")
    is_return = f"{{column: {column}, in: [{', '.join(map(quoted, returns))}]}}"
    sells = any(words.folded(v) in words.DOCUMENTS["sale"] for v in back.texts("sale"))
    if returns and sells and not manners.has_blank(con, part, back.place):
        kinds = ", ".join(f"{quoted(v)}: {_as_kind(kind)}" for v, kind in back.kinds.items())
        told["kind"] = f"{{map: {{column: {column}, values: {{{kinds}}}}}}}"
    elif returns:
        told["kind"] = f"{{when: {is_return}, then: {{constant: return}}, else: {{constant: sale}}}}"
    if cancelled:
        is_cancelled = f"{{column: {column}, in: [{', '.join(map(quoted, cancelled))}]}}"
        told["status"] = f"{{when: {is_cancelled}, then: {{constant: cancelled}}, else: {{constant: completed}}}}"
    bear = [k for k in (amount, pieces) if k is not None]
    if returns and amount is not None and not any(manners.signed(con, part, back.place, returns, k) for k in bear):
        net = made_of(part, amount, pieces)
        told["net"] = f"{{when: {is_return}, then: {{negative: {net}}}, else: {net}}}"
    if returns and number is not None and _shares_numbers(con, part, back.place, returns, number):
        own = f"{{column: {quoted(part.header[number])}}}"
        told["order_id"] = f'{{when: {is_return}, then: {{join: [{{constant: "return:"}}, {own}]}}, else: {own}}}'
        told["original_order_id"] = f"{{when: {is_return}, then: {own}}}"
    return told


def status(column: str, said: dict[str, str]) -> str:
    """How an entry makes an order's status of a column with these texts and states (see `signs.states`)."""
    states = ", ".join(f"{quoted(v)}: {'completed' if state == RETURNED else state}" for v, state in said.items())
    return f"{{map: {{column: {quoted(column)}, values: {{{states}}}, other: completed}}}}"


def made_of(part: Part, amount: int, pieces: int | None) -> str:
    """How an entry makes the amount of a row: as it stands, or what one piece costs by their number."""
    price = quoted(part.header[amount])
    return f"{{product: [{quoted(part.header[pieces])}, {price}]}}" if pieces is not None else price


def beside(amount: str, number: str) -> dict[str, str]:
    """Column of orders -> how an entry makes it for what came back, as a row beside its sale. `amount`, `number`: how its are."""
    return {
        "order_id": f'{{join: [{{constant: "return:"}}, {number}]}}', "original_order_id": number,
        "kind": "{constant: return}", "net": f"{{negative: {amount}}}",
    }  # fmt: skip


def always_completed(feeds: list[Feed]) -> bool:
    """Whether sales are completed whatever their file says."""
    orders = next((f for f in feeds if f.table == "orders"), None)
    return orders is not None and isinstance(orders.columns.get("status"), Const)


def unread(con, part: Part, recipe: Recipe, r: Reader, feeds: list[Feed]) -> str:
    """The sentence about a column of a file of orders that says return or cancelled and that nothing reads; '' where there is none.

    Returns whose amounts are below zero already need no column to tell them. The form of a shop or an ERP that reads a status is known
    with its returns.
    """
    orders = next((f for f in feeds if f.table == "orders"), None)
    asked = orders is not None and (recipe.name in ("", meant.SALES) or always_completed(feeds))
    back = found(con, part, without=set(r.used), states=True) if asked else None
    if back is None:
        return ""
    amount, number = (_place(part, orders, name) for name in ("net", "order_id"))
    returns = back.texts("return")
    if returns and amount is not None and manners.signed(con, part, back.place, returns, amount):
        returns = []
    if not (said := [*returns, *back.texts("cancelled")]):
        return ""
    rows = con.execute(f"SELECT count(*) FROM {part.table} WHERE c{back.place} IN (SELECT unnest(?))", [said]).fetchone()[0]
    head = part.header[back.place]
    named = {"file": part.file, "column": repr(head), "words": ", ".join(map(repr, said)), "n": figure(rows)}
    if not (back.is_status and returns and amount is not None):
        return tell("console.file.unread_returns", how=_written(derived(con, part, back, amount, number)), **named)
    how = _written({"status": status(head, signs.states(list(back.kinds)))})
    of_sale = f"{{column: {quoted(part.header[number])}}}" if number is not None else "{row: true}"
    where = f"{{column: {quoted(head)}, in: [{', '.join(map(quoted, returns))}]}}"
    again = _written(beside(quoted(part.header[amount]), of_sale))
    return tell("console.file.unread_status", how=how, where=where, again=again, **named)


def _written(derive: dict[str, str]) -> str:
    return "; ".join(f"{target}: {made}" for target, made in derive.items())


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
