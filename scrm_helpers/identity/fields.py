"""What is compared: the columns that Splink sees, and the levels of likeness of each field."""

import numpy as np
import pandas as pd
import pyarrow as pa
import splink.comparison_level_library as levels
from splink.comparison_library import CustomComparison

from scrm_helpers.folding import abreast, coded, numbered, over_one, parts, texts

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


NUMBERS = ("unique_id", "born_year")  # columns that hold no text
PIECE = 2_500_000  # rows


def made(records: pd.DataFrame, told: np.ndarray | None = None) -> pd.DataFrame:
    """The columns that are compared, of the records that are `told` (all, where left out), in their order: `unique_id` is the row in
    `records`. Grain: one row per record; texts are categoricals: each different one is worked out once.

    Names are such as no SQL dialect reserves. Records of a machine have no name here: one name with very many addresses that differ in
    their digits alone, and nothing else known. Such a name says nothing; a usual name of real people comes with phones and cities.
    """
    named, every = [c for c in records.columns if c.startswith("extra_")], records
    rows = np.arange(len(every)) if told is None else np.flatnonzero(told)
    records = every.iloc[rows].reset_index(drop=True)
    machine, mail, number = abreast(
        lambda: _machines(every)[rows], lambda: parts(records.email, _of_mail), lambda: parts(records.phone, _of_number)
    )
    business = records.kind.eq("business").to_numpy()
    out = {"unique_id": rows, "given": records["first"].where(~(business | machine))}
    out["family"] = _firm_or_family(records, business).where(~machine)
    out["initial"] = texts(out["given"], lambda name: name[:1])
    out |= {"mail": records.email, "mail_near": records.email.where(~machine)} | dict(mail.items())
    out |= {"number": records.phone} | dict(number.items())
    out |= {"tax": records.tax_no, "born": records.birth_date, "born_year": records.birth_year.astype("float64"), "addr": records.address}
    out["addr_words"] = texts(records.address, lambda address: " ".join(sorted(address.split(" "))))  # lines change places
    out |= {c: records[c] for c in ("postcode", "district", "city")} | {"words": records.words.where(~machine)}
    return pd.DataFrame(out | {c: records[c] for c in named}, copy=False)


def make(connection, rows: pd.DataFrame) -> None:
    """Makes the table `made` of what `made` gives, on the engine of the connection. Texts go as the numbers and the list of different ones
    that they are: written out row by row, handing them over took twice as long."""
    columns = {c: _listed(part) if part.dtype == "category" else pa.array(part) for c, part in rows.items()}
    given = pa.table(columns)
    # the engine reads a piece on one core, and its lists anew for each
    connection.register("given", pa.Table.from_batches(given.to_batches(max_chunksize=PIECE), given.schema))
    connection.execute("CREATE TABLE made AS SELECT * FROM given")
    connection.unregister("given")


def _listed(texts: pd.Series) -> pa.DictionaryArray:
    number, known = texts.cat.codes.to_numpy(), pa.array(texts.cat.categories, pa.large_string())
    if isinstance(known, pa.ChunkedArray):  # no text at all has no piece, and would be a column of no kind
        known = known.combine_chunks()
    return pa.DictionaryArray.from_arrays(pa.array(number, mask=number < 0), known)


def filled(rows: pd.DataFrame) -> dict[str, int]:
    """How many rows of what `made` gives have a value, by column."""
    return {c: int(values.notna().sum()) for c, values in rows.items()}


def columns(records: pd.DataFrame) -> pd.DataFrame:
    """What `made` gives for all records, with plain texts."""
    rows = made(records)
    return rows.astype({c: "str" for c in rows.columns if c not in NUMBERS})


def _machines(records: pd.DataFrame) -> np.ndarray:
    """Whether each record is one of a machine."""
    shape = parts(records.email, _shape)["shape"]
    number, mail = numbered(shape, records["first"], records["last"])[0], pd.factorize(records.email)[0]
    each = mail >= 0
    several = pd.unique(number[each] * (int(mail.max(initial=0)) + 1) + mail[each]) // (int(mail.max(initial=0)) + 1)
    many = np.bincount(several, minlength=int(number.max(initial=0)) + 1) > SERIES  # different addresses of a shape
    return each & many[number] & (records.phone.isna() & records.city.isna()).to_numpy()


def _firm_or_family(records: pd.DataFrame, business: np.ndarray) -> pd.Series:
    number, known = over_one([records["last"], records.company])
    last, company = np.split(number, 2)
    return coded(np.where(business & (company >= 0), company, last), pd.Series(known), records.index)


def _of_mail(told: pd.Series) -> pd.DataFrame:
    user, digits = told.str.replace("@.*$", "", regex=True), told.str.replace("[^0-9]+", "", regex=True)
    user = user.where(user.str.len() > 4)
    return pd.DataFrame({"mail_user": user, "mail_digits": digits, "mail_head": digits.str[:2], "mail_tail": digits.str[-2:]})


def _shape(told: pd.Series) -> pd.DataFrame:
    return told.str.replace("[0-9]", "#", regex=True).to_frame("shape")


def _of_number(told: pd.Series) -> pd.DataFrame:
    return pd.DataFrame({"number_head": told.str[:7], "number_tail": told.str[-6:]})


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
