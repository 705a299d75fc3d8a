"""Whether VAT is in an amount, as its header says: "Tutar (KDV Hariç)", "KDV'li Tutar", "Amount excl. VAT", "Net Satış"."""

import re
from functools import lru_cache

from scrm_helpers.ingestion import words
from scrm_helpers.ingestion.names import find, fold
from scrm_helpers.ingestion.recipe import Feed

INSIDE, OUTSIDE = "included", "excluded"
_TAX = r"(?:k d v|kdv|vergi(?:ler)?|vat|gst|sales tax|tax(?:es)?)"
_NOT = r" (?:degil\w*|olma\w*|edilme\w*)"
_WITH = r"(?:incl?|included|including|inclusive(?: of)?)"
_WITHOUT = r"(?:excl?|excluded|excluding|exclusive(?: of)?)"
_SAID = {  # folded: "KDV'li" is "kdv li", "(excl. VAT)" is "excl vat"
    INSIDE: rf"{_TAX} ?(?:dahil\w*|li|incl\w*)(?!{_NOT})|(?<!not )(?:{_WITH}|with) {_TAX}",
    OUTSIDE: rf"{_TAX} ?(?:haric\w*|siz|excl\w*)(?!{_NOT})|(?<!not )(?:{_WITHOUT}|without|before|net of|ex) {_TAX}"
    rf"|{_TAX} ?(?:dahil\w*|incl\w*){_NOT}|not {_WITH} {_TAX}|{_TAX} (?:is |are )?not incl\w*",
}
SAID = {meant: re.compile(rf"\b(?:{pattern})\b") for meant, pattern in _SAID.items()}
LEANS = {INSIDE: ("brut", "gross"), OUTSIDE: ("net", "matrah", "matrahi")}
PAID = ("odenen", "odeme", "tahsil", "tahsilat", "paid", "payment", "received")  # what was paid has VAT in it, net of whatever else
MONEY = ("net", "amount", "unit_cost")  # the amount of a row, in whatever table


@lru_cache(1 << 12)
def outright(header: str) -> str:
    """`included` or `excluded` where the header says it of a tax by name; else '', as where it says both."""
    said = words.folded(fold(header))
    found = [meant for meant, pattern in SAID.items() if pattern.search(said)]
    return found[0] if len(found) == 1 else ""


def leaning(header: str) -> str:
    """The same of a header that says only net or gross, which most mean of VAT; '' where it says neither."""
    said = set(words.folded(fold(header)).split())
    return "" if said & set(PAID) else next((meant for meant, known in LEANS.items() if said & set(known)), "")


def bare(said: str) -> str:
    """A folded header without what it says of a tax: "kdv dahil tutar" is "tutar"."""
    for pattern in SAID.values():
        said = pattern.sub(" ", said)
    return " ".join(said.split())


def beside(header: list[str], place: int) -> str:
    """What another header says of an amount that its own says nothing of: beside "KDV Dahil Tutar", "Tutar" is without, and the reverse."""
    own = bare(words.folded(fold(header[place])))
    for k, head in enumerate(header):
        if k != place and (said := outright(head)) and bare(words.folded(fold(head))) == own:
            return OUTSIDE if said == INSIDE else INSIDE
    return ""


def told(header: list[str], feed: Feed) -> tuple[str, str]:
    """The header of the amount that a known form's feed reads, and what the file says of its VAT; ('', '') where it says nothing.

    So it is too where the form takes VAT by a column of rates, or its amount from columns that say different things.
    """
    amount = next((feed.columns[name] for name in MONEY if name in feed.columns), None)
    if amount is None or not isinstance(feed.vat, str):
        return "", ""
    folded = [fold(h) for h in header]
    at = dict.fromkeys(found[0] for column in amount.columns() if (found := find(folded, column.aliases)))
    said = {outright(header[k]) or beside(header, k): header[k] for k in at}
    return next(((head, meant) for meant, head in said.items() if meant and len(said) == 1), ("", ""))
