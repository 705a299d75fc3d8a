"""What is compared: the columns that Splink sees, and the levels of likeness of each field."""

import pandas as pd
import splink.comparison_level_library as levels
from splink.comparison_library import CustomComparison

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


def columns(records: pd.DataFrame) -> pd.DataFrame:
    """Records under names that no SQL dialect reserves; None, never NaN, where there is nothing."""
    business = records.kind.eq("business")
    family = records["last"].where(~business | records.company.isna(), records.company)
    given = records["first"].where(~business, None)
    machine = _in_series(records)
    given, family = given.where(~machine, None), family.where(~machine, None)
    out = pd.DataFrame({
        "unique_id": records.index.astype("int64"), "given": given, "family": family, "initial": given.str[:1],
        "mail": records.email, "mail_user": records.email.str.split("@").str[0], "mail_near": records.email.where(~machine, None),
        "mail_digits": records.email.str.replace(r"\D", "", regex=True), "number": records.phone,
        "tax": records.tax_no, "born": records.birth_date, "born_year": records.birth_year.astype("float64"), "addr": records.address,
        "postcode": records.postcode, "district": records.district, "city": records.city,
    })  # fmt: skip
    out["mail_head"], out["mail_tail"] = out.mail_digits.str[:2], out.mail_digits.str[-2:]
    out["number_head"], out["number_tail"] = out.number.str[:7], out.number.str[-6:]
    out["words"] = records.words.where(~machine, None)
    out["addr_words"] = records.address.str.split().map(lambda w: " ".join(sorted(w)), na_action="ignore")  # lines change places
    extras = [c for c in records.columns if c.startswith("extra_")]
    out = pd.concat([out, records[extras]], axis=1)
    out["mail_user"] = out.mail_user.where(out.mail_user.str.len() > 4, None)
    texts = [c for c in out.columns if c not in ("unique_id", "born_year")]
    out[texts] = out[texts].astype(object).where(out[texts].notna(), None)
    return out.astype({c: "str" for c in texts})


def _in_series(records: pd.DataFrame) -> pd.Series:
    """Records of a machine: one name with very many addresses that differ in their digits alone, and nothing else known.

    Such a name says nothing; a usual name of real people comes with phones and cities.
    """
    shape = (
        records.email.str.replace(r"\d", "#", regex=True)
        + "|"
        + records["first"].fillna("")
        + "|"
        + records["last"].fillna("")
    )
    return (
        records.email.groupby(shape).transform("nunique").gt(SERIES).astype(bool)
        & records.phone.isna()
        & records.city.isna()
    )


def comparisons(filled: dict[str, int]) -> list[CustomComparison]:
    """The comparisons that the data can bear: fields with hardly a value are left out."""
    has = {c: n >= LEAST_FILLED for c, n in filled.items()}
    out = []
    if has["given"]:
        out.append(_comparison("given", [
            levels.ExactMatchLevel("given", term_frequency_adjustments=True), levels.CustomLevel(_SWAPPED, "Names swapped"),
            levels.JaroWinklerLevel("given", 0.9),
            levels.CustomLevel("(length(given_l) = 1 OR length(given_r) = 1) AND given_l[1] = given_r[1]", "Initial"),
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
            levels.ExactMatchLevel("born"), levels.DamerauLevenshteinLevel("born", 1), levels.CustomLevel("born_l[1:4] = born_r[1:4]",
                "Same year"),
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
