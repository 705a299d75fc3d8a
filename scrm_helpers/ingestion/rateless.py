"""Amounts in another currency for whose day there is no rate: `check` leaves amounts as they are, a run has to turn them into money."""

from scrm_helpers import tables
from scrm_helpers.ingestion.cells import ident
from scrm_helpers.ingestion.columns import DOCUMENT
from scrm_helpers.ingestion.feeding import Fed
from scrm_helpers.tables import Kind
from scrm_helpers.texts import figure, tell


def counted(con, feds: list[Fed], base: str) -> tuple[dict[str, int], bool]:
    """Of one file: currency -> rows without a rate on their day, and whether no row is left without them: a run refuses it then.

    `base`: the company's currency. A feed with a rate of its own needs no other.
    """
    found: dict[str, int] = {}
    left = 0
    for fed in (f for f in feds if f.table != "accounts"):
        table, have = tables.contract(fed.table), {c[0] for c in con.execute(f"DESCRIBE {fed.rows}").fetchall()}
        money = [c.name for c in table.columns if c.kind is Kind.MONEY and c.unit != DOCUMENT and c.name in have]
        day = next((n for n in (table.time, "on", "ordered_on", "created_on") if n and n in have), None)
        rateless = "FALSE"
        if money and fed.feed.rate is None:
            is_foreign = f"coalesce({', '.join(map(ident, money))}) IS NOT NULL AND _currency <> '{base}'"
            rated = f'(_currency, {ident(day)}) IN (SELECT (currency, "on") FROM scrm_rates)' if day else "FALSE"
            rateless = f"({is_foreign} AND NOT coalesce({rated}, FALSE))"
        rows = f"SELECT _currency, {rateless} AS lacks, count(*) FROM {fed.rows} WHERE _bad IS NULL AND NOT _later"
        for currency, lacks, n in con.execute(f"{rows} GROUP BY ALL ORDER BY ALL").fetchall():
            if lacks:
                found[currency] = max(found.get(currency, 0), n)
            else:
                left += n
    return found, bool(found) and not left


def sentence(file: str, rows: dict[str, int], base: str) -> str:
    """That a run sets the rows aside, and which file gives the rates; '' where there are none."""
    told = [
        tell("console.file.no_rate", file=file, n=figure(n), currency=c, kind=f"{c}_{base}".lower(), base=base) for c, n in rows.items()
    ]
    return " ".join(told)
