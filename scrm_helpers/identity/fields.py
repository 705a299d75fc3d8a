"""What is compared: the columns that Splink sees, and the levels of likeness of each field."""

import numpy as np
import pandas as pd
import pyarrow as pa
import splink.comparison_level_library as levels
from splink.comparison_library import CustomComparison

from scrm_helpers.store import engine

LEAST_FILLED = 30  # values of a field from which it is compared at all
SERIES = 60  # addresses of one name that differ in digits alone (promo1@, promo2@, ...): beyond it a machine wrote the records

# words are split, and slips counted, only where that can matter: most pairs are strangers, and these steps are slow
_SHARED_WORD = (
    "(contains(?_l, ' ') OR contains(?_r, ' ')) AND list_has_any(string_split(?_l, ' '), string_split(?_r, ' '))"
)
# the two fields of a name changed places, each with a slip at most; first letters spare the slow step for most pairs
_SWAPPED = (
    "left(given_l, 1) = left(family_r, 1) AND left(family_l, 1) = left(given_r, 1) AND given_l != given_r "
    "AND jaro_winkler_similarity(given_l, family_r) >= 0.88 AND jaro_winkler_similarity(family_l, given_r) >= 0.88"
)
# the same, where one of the two names is another one besides (married, or lost)
_STRAYED = "(given_l = family_r OR family_l = given_r) AND given_l != given_r AND family_l != family_r"
_NEAR_ADDRESS = (
    "(jaro_winkler_similarity(addr_l, addr_r) >= 0.92 OR jaro_winkler_similarity(addr_words_l, addr_words_r) >= 0.92 "
    "OR (least(length(addr_l), length(addr_r)) >= 12 "
    "AND levenshtein(addr_l, addr_r) * 5 <= greatest(length(addr_l), length(addr_r))))"
)
_SLIP = "(number_head_l = number_head_r OR number_tail_l = number_tail_r) AND damerau_levenshtein(number_l, number_r) <= 1"
# An address is made of the name, so nearness to another of the same name proves little: what the name does not explain (its digits)
# must agree, or be long enough that a near miss is no chance. Slips are counted last: one slip leaves the first or the last two of five
# digits as they were, and one half of an address.
_NEAR_MAIL = (
    "abs(length(mail_near_l) - length(mail_near_r)) <= 2 AND ("
    "(mail_digits_l = mail_digits_r AND length(mail_digits_l) >= 3 AND levenshtein(mail_near_l, mail_near_r) <= 2) "
    "OR (least(length(mail_digits_l), length(mail_digits_r)) >= 5 AND (mail_head_l = mail_head_r OR mail_tail_l = mail_tail_r) "
    "AND levenshtein(mail_near_l, mail_near_r) = 1) "
    "OR (greatest(length(mail_digits_l), length(mail_digits_r)) = 0 "
    "AND (left(mail_near_l, length(mail_near_l) // 2) = left(mail_near_r, length(mail_near_l) // 2) "
    "OR right(mail_near_l, (length(mail_near_l) - 1) // 2) = right(mail_near_r, (length(mail_near_l) - 1) // 2)) "
    "AND levenshtein(mail_near_l, mail_near_r) = 1))"
)


# columns of the records, and what they are called here: names that no SQL dialect reserves
READ = ("kind", "first", "last", "company", "words", "email", "phone", "tax_no", "birth_date", "address", "postcode", "district", "city")
SLICE = 500_000  # records that are handed over at once: a copy of all of them would stand beside the table
# one name with very many addresses that differ in their digits alone
_SERIES = f"""
CREATE TEMP TABLE series AS
WITH shaped AS ({{shapes}}), many AS (SELECT shape FROM shaped GROUP BY shape HAVING count(*) > {SERIES})
SELECT shape FROM shaped SEMI JOIN many USING (shape) GROUP BY shape HAVING count(DISTINCT email) > {SERIES}
"""
_SHAPE = "translate(email, '0123456789', '##########') || '|' || coalesce(\"first\", '') || '|' || coalesce(\"last\", '')"
_MADE = f"""
SELECT unique_id,
    CASE WHEN NOT (business OR machine) THEN "first" END AS given,
    CASE WHEN NOT machine THEN CASE WHEN business AND company IS NOT NULL THEN company ELSE "last" END END AS family,
    left(given, 1) AS initial, email AS mail,
    CASE WHEN length(split_part(email, '@', 1)) > 4 THEN split_part(email, '@', 1) END AS mail_user,
    CASE WHEN NOT machine THEN email END AS mail_near, mail_digits, phone AS number,
    tax_no AS tax, birth_date AS born, birth_year AS born_year, address AS addr, postcode, district, city,
    left(mail_digits, 2) AS mail_head, right(mail_digits, 2) AS mail_tail, left(phone, 7) AS number_head, right(phone, 6) AS number_tail,
    CASE WHEN NOT machine THEN words END AS words,
    array_to_string(list_sort(string_split(address, ' ')), ' ') AS addr_words{{extras}}  -- lines change places
FROM (SELECT *, kind = 'business' AS business, regexp_replace(email, '[^0-9]+', '', 'g') AS mail_digits,
    coalesce(CASE WHEN phone IS NULL AND city IS NULL THEN {_SHAPE} END IN (FROM series), FALSE) AS machine FROM slice WHERE told)
"""


def make(connection, records: pd.DataFrame, told: np.ndarray | None = None) -> None:
    """Makes the table `made` of the records that are `told` (all, where left out), in their order: `unique_id` is the row in `records`.

    Records of a machine have no name here: one name with very many addresses that differ in their digits alone, and nothing else
    known. Such a name says nothing; a usual name of real people comes with phones and cities.
    """
    named = [c for c in records.columns if c.startswith("extra_")]
    texts, told = [*READ, *named], np.ones(len(records), dtype=bool) if told is None else told
    extras = "".join(f', "{c}"' for c in named)
    shaped = _texts(records, ["email", "first", "last"])
    connection.register("written", shaped)
    connection.execute(_SERIES.format(shapes=f"SELECT email, {_SHAPE} AS shape FROM written WHERE email IS NOT NULL"))
    connection.unregister("written")
    del shaped
    for start in range(0, max(len(records), 1), SLICE):
        part = records.iloc[start : start + SLICE]
        rows = _texts(part, texts).append_column("unique_id", pa.array(range(start, start + len(part)), pa.int64()))
        year = pa.array(part.birth_year.astype("float64"), pa.float64(), from_pandas=True)
        connection.register("slice", rows.append_column("birth_year", year).append_column("told", pa.array(told[start : start + SLICE])))
        made = _MADE.format(extras=extras)
        connection.execute(f"INSERT INTO made {made}" if start else f"CREATE TABLE made AS {made}")
        connection.unregister("slice")


def filled(connection) -> dict[str, int]:
    """How many rows of the table `made` have a value, by column."""
    names = connection.execute("SELECT * FROM made LIMIT 0").to_arrow_table().column_names
    counted = ", ".join(f'count("{c}")' for c in names)
    return dict(zip(names, connection.execute(f"SELECT {counted} FROM made").fetchone(), strict=True))


def columns(records: pd.DataFrame) -> pd.DataFrame:
    """The same for all records as pandas. Grain: one row per record, in order."""
    with engine.bare() as connection:
        make(connection, records)
        return connection.execute("FROM made").to_arrow_table().to_pandas()


def _texts(records: pd.DataFrame, names: list[str]) -> pa.Table:
    return pa.table({c: _text(records[c]) for c in names})


def _text(values: pd.Series) -> pa.Array:
    if isinstance(values.dtype, pd.CategoricalDtype):
        values = values.astype("str")
    if isinstance(values.dtype, pd.StringDtype):
        return pa.array(values.array)
    return pa.array(values.to_numpy(dtype=object), pa.string(), from_pandas=True)


def comparisons(filled: dict[str, int]) -> list[CustomComparison]:
    """The comparisons that the data can bear: fields with hardly a value are left out."""
    has = {c: n >= LEAST_FILLED for c, n in filled.items()}
    out = []
    if has["given"]:
        out.append(_comparison("given", [
            levels.ExactMatchLevel("given", term_frequency_adjustments=True), levels.CustomLevel(_SWAPPED, "Names swapped"),
            levels.JaroWinklerLevel("given", 0.9),
            levels.CustomLevel("(length(given_l) = 1 OR length(given_r) = 1) AND left(given_l, 1) = left(given_r, 1)", "Initial"),
            levels.CustomLevel(_STRAYED, "A name in the other field"),
            levels.CustomLevel(_SHARED_WORD.replace("?", "given"), "One of several given names"),
            levels.JaroWinklerLevel("given", 0.75),
        ]))  # fmt: skip
    if has["family"]:
        # swapped names are one fact: the comparison of given names has counted it
        told = [_unsaid(_SWAPPED, "Names swapped"), _unsaid(_STRAYED, "A name in the other field")] if has["given"] else []
        out.append(_comparison("family", [
            *told, levels.ExactMatchLevel("family", term_frequency_adjustments=True), levels.JaroWinklerLevel("family", 0.9),
            levels.CustomLevel(_SHARED_WORD.replace("?", "family"), "One of several family names"),
            levels.JaroWinklerLevel("family", 0.75),
        ]))  # fmt: skip
    if has["mail"]:
        out.append(_comparison("mail", [
            levels.ExactMatchLevel("mail", term_frequency_adjustments=True), levels.CustomLevel("mail_user_l = mail_user_r",
                "Same name, other provider"),
            levels.CustomLevel(_NEAR_MAIL, "A slip in the address"),
        ]))  # fmt: skip
    if has["number"]:
        out.append(_comparison("number", [
            levels.ExactMatchLevel("number", term_frequency_adjustments=True), levels.CustomLevel(_SLIP, "One digit off"),
        ]))  # fmt: skip
    if has["tax"]:
        out.append(_comparison("tax", [levels.ExactMatchLevel("tax"), levels.DamerauLevenshteinLevel("tax", 1)]))
    if has["born"]:
        out.append(_comparison("born", [
            levels.ExactMatchLevel("born"), levels.DamerauLevenshteinLevel("born", 1),
            levels.CustomLevel("left(born_l, 4) = left(born_r, 4)", "Same year"),
        ]))  # fmt: skip
    elif has["born_year"]:
        out.append(
            _comparison(
                "born_year",
                [
                    levels.ExactMatchLevel("born_year"),
                    levels.CustomLevel("abs(born_year_l - born_year_r) <= 1", "A year apart"),
                ],
            )
        )
    for column in sorted(c for c in has if c.startswith("extra_") and has[c]):
        out.append(_comparison(column, [
            levels.ExactMatchLevel(column, term_frequency_adjustments=True), levels.JaroWinklerLevel(column, 0.88),
        ]))  # fmt: skip
    place = [c for c in ("addr", "postcode", "district", "city") if has[c]]
    if place:
        out.append(_place(place))
    return out


def _unsaid(condition: str, label: str):
    """A level that says nothing here."""
    return levels.CustomLevel(condition, label).configure(is_null_level=True)


def _comparison(column: str, between: list) -> CustomComparison:
    return CustomComparison(
        output_column_name=column, comparison_levels=[levels.NullLevel(column), *between, levels.ElseLevel()]
    )


def _place(place: list[str]) -> CustomComparison:
    nothing = " AND ".join(f"({c}_l IS NULL OR {c}_r IS NULL)" for c in place)
    null = levels.CustomLevel(nothing, "No place on both sides").configure(is_null_level=True)
    near = []
    if "addr" in place:
        near.append(levels.ExactMatchLevel("addr"))
        if around := [f"{c}_l = {c}_r" for c in ("postcode", "district") if c in place]:
            # a near address somewhere else is another street; here it is a slip
            here = f"({' OR '.join(around)}) AND {_NEAR_ADDRESS}"
            near.append(levels.CustomLevel(here, "Near address, same post code or district"))
        near.append(levels.CustomLevel(_NEAR_ADDRESS, "Near address"))
    if "postcode" in place:
        near += (
            [levels.ExactMatchLevel("postcode"), levels.DamerauLevenshteinLevel("postcode", 1)]
            if "addr" in place
            else [levels.ExactMatchLevel("postcode")]
        )
    if "district" in place:
        near.append(levels.ExactMatchLevel("district", term_frequency_adjustments=True))
    if "city" in place:
        near.append(levels.ExactMatchLevel("city", term_frequency_adjustments=True))
    return CustomComparison(output_column_name="place", comparison_levels=[null, *near, levels.ElseLevel()])
