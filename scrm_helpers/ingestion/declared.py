"""The options of an entry of sources.yml, each checked word by word: what is not understood is refused before a row is read."""

import math
import re
from datetime import date, datetime

from scrm_helpers.ingestion import stamps
from scrm_helpers.ingestion.errors import InputError
from scrm_helpers.ingestion.evidence import SurpriseError
from scrm_helpers.ingestion.expressions import Col, Const, Expr
from scrm_helpers.ingestion.names import fold
from scrm_helpers.ingestion.reader import Reader
from scrm_helpers.ingestion.vocabulary import Builder
from scrm_helpers.store import spelled
from scrm_helpers.texts import tell

SIGNS = ("comma", "point")
ORDERS = ("DMY", "MDY", "YMD")
_PARTS = {"D": "d dd day g gg gun", "M": "m mm month a aa ay", "Y": "y yy yyyy year yil"}  # of a form such as gg.aa.yyyy
PARTS = {word: letter for letter, words in _PARTS.items() for word in words.split()}
_INSIDE = {"included": "included inclusive incl dahil", "excluded": "excluded exclusive excl haric"}
INSIDE = {f"{tax}{word}": meant for meant, words in _INSIDE.items() for word in words.split() for tax in ("", "kdv ", "vat ")}


def checked(options: dict, where: str) -> dict:
    """The options with those that need no look into the file in their one form. InputError naming the one that is not understood."""
    found = {word: given for word, given in options.items() if given is not None}
    forms = {"decimal": _sign, "date_order": _order, "time_zone": spelled.zone, "exported_on": _day}
    for word in found.keys() & forms.keys():
        came, found[word] = found[word], forms[word](found[word])
        if found[word] is None:
            raise InputError(tell(f"told.option.{word}", where=f"{where}, {word}", came=spelled.shown(came)), "sources")
    return found


def vat(given: object, build: Builder) -> str | Expr:
    """`included`, `excluded`, or the rate in per cent. InputError where it is neither a rate nor a column."""
    if isinstance(given, str) and (meant := INSIDE.get(fold(given))):
        return meant
    if (rate := spelled.per_cent(given)) is not None:
        return Const(rate)
    if _in_file(given, build):
        return Rate(build.expression(given), build)
    raise InputError(tell("told.option.vat", **_said(given, build, "vat")), "vat")


def rate(given: object, build: Builder) -> Expr:
    """An exchange rate: a number above 0, or a column. InputError where it is neither."""
    number = given
    if isinstance(given, str) and re.fullmatch(r"\d+([.,]\d+)?", given.strip()):
        number = float(given.strip().replace(",", "."))
    if isinstance(number, int | float) and not isinstance(number, bool) and number > 0 and math.isfinite(number):
        return Const(number)
    if _in_file(given, build):
        return build.expression(given)
    raise InputError(tell("told.option.rate", **_said(given, build, "rate")), "sources")


class Rate(Expr):
    """Rates of VAT in the file's own cells, in per cent; between 0 and 1 they are shares. Refused where a cell is no rate."""

    def __init__(self, of: Expr, build: Builder):
        self.of, self.build = of, build

    def sql(self, r: Reader, kind: str) -> str:
        number = self.of.sql(r, "number")
        cell = f"c{r.place(self.of.aliases)[0]}" if isinstance(self.of, Col) else f"({self.of.sql(r, 'text')})::VARCHAR"
        if not isinstance(self.of, Col):  # asked as a text, so that what is no number can be told
            number = f"TRY_CAST(replace(scrm_bare({cell}), ',', '.') AS DOUBLE)"
        taken = f"coalesce({r.where or 'TRUE'}, FALSE)"
        wrong = f"NOT scrm_gone({cell}) AND ({number} IS NULL OR {number} < 0 OR {number} > 100)"
        if self._ever(r, f"{taken} AND {wrong}"):
            values = self._examples(r, cell, f"{taken} AND {wrong}")
            raise InputError(tell("told.option.vat_cells", values=values, **_said(None, self.build, "vat")), "vat")
        share = f"{number} > 0 AND {number} < 1"
        if not self._ever(r, f"{taken} AND {share}"):
            return number
        return r.let(f"CASE WHEN {share} THEN round({number} * 100, 8) ELSE {number} END")

    def _ever(self, r: Reader, test: str) -> bool:
        if not isinstance(self.of, Col) and r.evidence.on_trial:  # values of other files are asked for once, of all rows
            raise SurpriseError
        return r.evidence.ever(f"({r.written_out(test)})")

    def _examples(self, r: Reader, cell: str, test: str) -> str:
        rows = f"SELECT {r.written_out(cell)} AS v, _row FROM {r.part.table} WHERE {r.written_out(test)}"
        found = r.evidence.con.execute(f"SELECT v FROM ({rows}) GROUP BY 1 ORDER BY min(_row) LIMIT 3").fetchall()
        return ", ".join(repr(v) for (v,) in found)


def _in_file(given: object, build: Builder) -> bool:
    """Whether it is a header of the file or an expression over it."""
    return isinstance(given, dict) or (isinstance(given, str) and any(fold(h) == fold(given) for h in build.header))


def _said(given: object, build: Builder, word: str) -> dict[str, str]:
    columns = ", ".join(repr(h) for h in build.header if h)
    return {"entry": f"sources.yml, {build.entry.name}, options, {word}", "came": spelled.shown(given), "columns": columns}


def _sign(given: object) -> str | None:
    return given if given in ("", *SIGNS) else None


def _order(given: object) -> str | None:
    """DMY, MDY or YMD, also of `dmy`, `DD.MM.YYYY`, `gg.aa.yyyy` and `gün ay yıl`."""
    words = re.findall(r"[a-z]+", fold(str(given)))
    if len(words) == 1:  # ddmmyyyy
        words = [run.group() for run in re.finditer(r"(.)\1*", words[0])]
    order = "".join(PARTS.get(word, "?") for word in words)
    return order if order in ORDERS else None


def _day(given: object) -> date | None:
    if isinstance(given, datetime):
        return given.date()
    found = [given] if isinstance(given, date) else stamps.days_in(str(given))
    return found[0] if len(found) == 1 else None
