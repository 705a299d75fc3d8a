"""Whether a row of a file can stand in its tables: a file of which none can was not read."""

from scrm_helpers import tables
from scrm_helpers.ingestion.accepted import accepted, meaning
from scrm_helpers.ingestion.errors import InputError
from scrm_helpers.ingestion.likened import UNTOLD
from scrm_helpers.ingestion.taken import Taken
from scrm_helpers.texts import figure, has, tell

WHY_NONE = ("digits_lost", "letters_lost", "no_rate")  # reasons with a sentence of their own: console.none.<reason>


def require(con, t: Taken) -> None:
    """InputError where a file has rows and not one of them can stand in its tables: a file like that was not read."""
    main = [f for f in t.feds if f.table != "accounts"] or t.feds
    rows = " UNION ALL ".join(f"SELECT '{f.table}' AS made, _row, _bad FROM {f.rows}" for f in main)
    if not main or con.execute(f"SELECT count(*) FILTER (_bad IS NULL) > 0 OR count(*) = 0 FROM ({rows})").fetchone()[0]:
        return
    reason, made, column, value, n = con.execute(
        f"""SELECT _bad.reason, made, _bad."column", min(_bad.value), count(DISTINCT _row) AS n FROM ({rows})
        WHERE _bad.reason <> 'group' GROUP BY ALL ORDER BY n DESC, 1, 2, 3 LIMIT 1"""
    ).fetchone()
    shown = tell("console.check.aside_value", value=repr(value)) if value else ""
    known = tables.contract(made).by_name.get(column)
    expected = tell(f"console.none.{reason if reason in WHY_NONE else 'other'}")
    if reason == "not_allowed" and known is not None and known.allowed:
        head, word = tell("console.none.its_header"), value or tell("console.none.its_word")
        meant = meaning(word, known.allowed) or f'"{UNTOLD}"'  # a guess that is copied would be counted as what it is not
        how = f"{column}: {{map: {{column: {head}, values: {{{word}: {meant}}}}}}}"
        expected = tell("console.none.not_allowed", words=accepted(known.allowed), how=how)
    counts = {"rows": figure(t.part.rows), "n": figure(n)}
    why = tell(f"words.why.{reason}") if has(f"words.why.{reason}") else reason
    said = {"reason": why, "where": f"{made}.{column}", "value": shown, "expected": expected}
    raise InputError(tell("console.none.row", file=t.file, **counts, **said), reason)
