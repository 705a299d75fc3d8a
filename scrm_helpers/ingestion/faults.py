"""What can be wrong with a row or a cell of one file, as SQL: why a row is set aside, why a cell is left blank."""

from scrm_helpers.ingestion.cells import ident, quote
from scrm_helpers.ingestion.columns import DOCUMENT, days, made_of_pair
from scrm_helpers.ingestion.errors import InputError
from scrm_helpers.ingestion.reader import Reader
from scrm_helpers.tables import Kind, Privacy, Table
from scrm_helpers.texts import tell

LOST_DIGITS = r"^\d+([.,]\d+)?[eE]\+?\d+$|^\d{16,}\.0+$"
# the same of a column `{0}`, looked at only where it can be
MAYBE_LOST = (
    f"CASE WHEN {{0}} < ':' AND (contains({{0}}, 'e') OR contains({{0}}, 'E') OR contains({{0}}, '.0')) "
    f"THEN regexp_matches({{0}}, '{LOST_DIGITS.replace('{', '{{').replace('}', '}}')}') END"
)
NUMBERED = ("phone", "tax_no", "product_id", "campaign_id", "ad_id", "item", "external_id")  # texts that are long numbers
NO_DAY = r"^(1899|0001|9999|1753|30[./]12[./]1899|31[./]12[./]1899|0?1[./]0?1[./]0001)"
WHOLE_ROW = ("digits_lost", "letters_lost")
MADE_LATER = ("system", "source_file", "source_row", "currency", "amount_document", "line_no")
DOLLARS = ("USD", "CAD", "AUD", "NZD", "SGD", "HKD")  # all write their amounts with $
LOST_LETTERS = r"[[:alpha:]]\?[^[:space:]]|\?[^[:space:]]*[[:alpha:]]"


class Faults:
    """What can be wrong with a row or a cell, numbered from 1; number 1 is a row whose group has another one at fault."""

    def __init__(self):
        self.known = [("", "group")]

    def sql(self, column: str, reason: str, value: str, *, hide: bool) -> str:
        """SQL of one fault as text: its number, and the value where there is one."""
        if (column, reason) not in self.known:
            self.known.append((column, reason))
        shown = f"scrm_mask(({value})::VARCHAR)" if hide else f"left(({value})::VARCHAR, 80)"
        number = self.known.index((column, reason)) + 1
        return f"'{number}'" if value == "NULL" else f"concat('{number}', '=' || {shown})"


def faulty(
    told: Faults,
    table: Table,
    picked: dict,
    watched: dict,
    money: list[str],
    foreign: str,
    r: Reader,
    odd: str,
    marks: list[tuple[str, str]],
) -> tuple[str, str, dict[str, str]]:
    """(why a row cannot stand in the table, why a cell of a row that can was left blank, test of each such cell), the first of each.

    A required column that is blank or unreadable sets the row aside; an optional one is left blank and told.
    """
    have = set(picked) | {c for c, _ in days(table, picked)}
    lacking = [
        c.name
        for c in table.columns
        if (c.required or c.name in table.key) and c.name not in have and c.name not in MADE_LATER
    ]
    if lacking := [n for k, n in enumerate(lacking) if not made_of_pair(n, lacking[:k])]:
        said = {"file": r.part.file, "columns": ", ".join(repr(h) for h in r.part.header if h)}
        raise InputError(tell("console.cells.unmapped", lacking=", ".join(lacking), table=table.name, **said), "column")
    rows, cell_cases, wrong = [f"WHEN {odd} THEN {told.sql('', 'ragged', 'NULL', hide=False)}"] if odd else [], [], {}
    for name, mark in marks:  # an amount in another currency than its row says: nobody can tell which is right
        dollars = f"(scrm_mark({mark}) = 'USD' AND contains({mark}, '$') AND _currency IN ({', '.join(map(quote, DOLLARS))}))"
        rows.append(f"WHEN scrm_mark({mark}) <> _currency AND NOT {dollars} THEN {told.sql(name, 'currency', mark, hide=False)}")
    for column in [c for c in table.columns if c.name in have]:
        name, cell_names = column.name, watched.get(column.name, [])
        must = column.required or name in table.key
        value = f"coalesce({', '.join(cell_names)})" if cell_names else "NULL"
        hide = column.privacy is not Privacy.PUBLIC
        for test, reason in _tests_of(column, cell_names, r):
            case = f"WHEN {test} THEN {told.sql(name, reason, value if cell_names else ident(name), hide=hide)}"
            if must or (reason in WHOLE_ROW and column.kind is Kind.ID) or reason == "letters_lost":
                rows.append(case)
            else:
                cell_cases.append(case)
                if reason != "unreadable":
                    wrong[name] = f"{wrong[name]} OR {test}" if name in wrong else test
        if must:
            why = "not_allowed" if column.allowed and cell_names else "blank"
            rows.append(f"WHEN {ident(name)} IS NULL THEN {told.sql(name, why, value, hide=hide)}")
        if foreign and name in money and column.unit != DOCUMENT:
            why = told.sql(name, "no_rate", "_currency", hide=False)
            case = f"WHEN {foreign} AND _rate IS NULL AND {ident(name)} IS NOT NULL THEN {why}"
            (rows if must else cell_cases).append(case)
    return (*(f"CASE {' '.join(cases)} END" if cases else "NULL::VARCHAR" for cases in (rows, cell_cases)), wrong)


def _tests_of(column, cell_names: list[str], r: Reader) -> list[tuple[str, str]]:
    """(SQL test, reason) of what can be wrong with one column's value."""
    q, tests = ident(column.name), []
    if cell_names and (column.kind is Kind.ID or column.name in NUMBERED):
        lost = cell_names
        if r.evidence.large:  # one look at the column spares a test of each row
            lost = [c for c in cell_names if r.evidence.ever(MAYBE_LOST.format(c))]
        if lost:
            tests.append((_any(lost, LOST_DIGITS), "digits_lost"))
    if column.kind in (Kind.TEXT, Kind.ID) and cell_names and r.part.damaged:
        tests.append((_any(cell_names, LOST_LETTERS), "letters_lost"))
    if cell_names and column.kind in (Kind.DATE, Kind.TIME, Kind.MONEY, Kind.FLOAT, Kind.INT):
        filled = " OR ".join(f"NOT scrm_gone({c})" for c in cell_names)
        no_day = " AND ".join(f"coalesce(NOT regexp_matches({c}, '{NO_DAY}'), TRUE)" for c in cell_names)
        tests.append(
            (
                f"({q} IS NULL AND ({filled}){f' AND {no_day}' if column.kind in (Kind.DATE, Kind.TIME) else ''})",
                "unreadable",
            )
        )
    if column.allowed:
        tests.append((f"{q} NOT IN ({', '.join(quote(a) for a in column.allowed)})", "not_allowed"))
    beyond = [f"{q} < {column.least}"] * (column.least is not None) + [f"{q} > {column.most}"] * (
        column.most is not None
    )
    if beyond:
        tests.append((f"({' OR '.join(beyond)})", "out_of_range"))
    return tests


def _any(cell_names: list[str], pattern: str) -> str:
    return "(" + " OR ".join(f"coalesce(regexp_matches({c}, '{pattern}'), FALSE)" for c in cell_names) + ")"
