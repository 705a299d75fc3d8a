"""The one normaliser: a table of accounts as written becomes a table of match keys.

Scalar functions stand in `scrm_helpers.folding`, `scrm_helpers.contacts`, `names` and `places` and are re-exported here; each runs once per
different value. Match keys serve matching alone: they are no hash for upload and no display name.
"""

import re

import numpy as np
import pandas as pd

from scrm_helpers.contacts import Email, Phone, email, emails, phone, phones
from scrm_helpers.folding import abreast, by_value, coded, filled, fold, is_blank, numbered, parts, plain, texts
from scrm_helpers.identity.names import Name, company_name, handle, is_collector, looks_like_firm, person_name
from scrm_helpers.identity.places import PROVINCES, address, city, district, postcode

WRITTEN = (
    "native_id", "first_name", "last_name", "full_name", "company_name", "email", "phone", "handle", "address", "district",
    "postcode", "birth_date", "tax_no", "external_id",
)  # fmt: skip
EXTRA = "extra_"  # columns of a record file that the contract does not know, compared as they stand
PERSONS_NUMBER = 11  # digits of a person's number
TRADER = "trader"  # a firm that may be a person: it may meet both kinds
NO_DAYS = frozenset(("1900-01-01", "1970-01-01", "1800-01-01", "1753-01-01"))  # what systems fill in for no date


def records(accounts: pd.DataFrame, *, region: str = "TR") -> pd.DataFrame:
    """Match keys of every account, in the order of `account_id`. Grain: one row per account; texts are categoricals (a number per row, each
    different text once; ids alone are texts), NaN where there is nothing to use.

    Source: the table `accounts`, both parts joined. `kind` becomes business where an unmarked name carries a legal form, trader where
    a business is one person by its own words;
    `collector` marks accounts that stand for nobody in particular.
    """
    given = accounts.sort_values("account_id", ignore_index=True)
    for column in (*WRITTEN, "city", "birth_year", "system", "kind"):
        if column not in given:
            given[column] = None
    out = pd.DataFrame({"account_id": given.account_id.astype("int64"), "system": filled(texts(given.system, str), "")})
    number, mail, named = abreast(  # the longest first
        lambda: parts(given.phone, lambda told: phones(told, region=region)), lambda: parts(given.email, emails), lambda: _names(given),
    )  # fmt: skip
    out = pd.concat([out, named], axis=1)
    out["email_address"], out["email"], out["email_state"] = mail.address, mail.key, mail.state
    out["phone"], out["phone_other"], out["phone_state"] = number.number, number.other, number.state
    for column, function in {"handle": handle, "address": address, "city": city, "district": district, "postcode": postcode}.items():
        out[column] = texts(given[column], function)
    out["birth_date"] = texts(given.birth_date, _day)
    day, days = pd.factorize(out.birth_date)
    told = np.array([float(d[:4]) for d in days] + [np.nan])[day]
    year = pd.to_numeric(given.birth_year, errors="coerce").fillna(pd.Series(told, index=given.index))
    out["birth_year"] = year.where(year.between(1900, 2100)).astype("Int64")
    out["tax_no"] = texts(given.tax_no, _tax)
    for column in ("native_id", "external_id"):  # nearly every one is another
        out[column] = given[column].astype("str").str.strip()
    for column in sorted(c for c in given.columns if str(c).startswith(EXTRA)):
        out[column] = texts(given[column], _said)
    return out


def _said(value: str) -> str | None:
    """A value of a column that has no meaning of its own here, folded; None where it says nothing."""
    text = fold(value)
    return None if is_blank(text) else text


def _names(given: pd.DataFrame) -> pd.DataFrame:
    """first, last, initial_only, company, words, kind and collector of every account: worked out once for each different name."""
    firms = by_value(given.tax_no, lambda value: len(_tax(value) or "") not in (0, PERSONS_NUMBER)).eq(True)  # noqa: FBT003
    asked = {c: given[c] for c in ("first_name", "last_name", "full_name", "company_name", "kind")} | {"firms_number": firms}
    number, first = numbered(*asked.values())
    named = _named(pd.DataFrame({name: plain(values.iloc[first]) for name, values in asked.items()}))
    flags = ("initial_only", "collector")
    return pd.DataFrame(
        {c: values.to_numpy()[number] if c in flags else coded(number, plain(values), given.index) for c, values in named.items()},
        index=given.index,
    )  # fmt: skip


def _named(given: pd.DataFrame) -> pd.DataFrame:
    """The same of each row."""
    number, first = numbered(*(given[c] for c in ("first_name", "last_name", "full_name")))
    told = [plain(given[c].iloc[first]).tolist() for c in ("first_name", "last_name", "full_name")]
    rows = list(zip(*told, strict=True))  # each different name once

    def each(values: list) -> pd.Series:
        return pd.Series(np.array(values, dtype=object)[number], index=given.index, dtype=object)

    names = [person_name(*row) for row in rows]
    out = pd.DataFrame({field: each([name[k] for name in names]) for k, field in enumerate(Name._fields)})
    out["initial_only"] = out.initial_only.astype(bool)
    out["company"] = by_value(given.company_name, company_name)
    whole = each([row[2] or " ".join(filter(None, row[:2])) or None for row in rows])
    firm = by_value(whole, looks_like_firm).eq(True)  # noqa: FBT003
    kind = by_value(given.kind.fillna("unknown"), str)
    bare = out["company"].notna() & out["first"].isna() & out["last"].isna()
    unmarked = kind.eq("unknown") & (firm | bare)
    out["kind"] = kind.mask(unmarked, "business")
    business = out.kind.eq("business")
    # a firm that came in the field of a person's name has no first and last name
    own = business & (firm | out["company"].isna())
    out.loc[own & out["company"].isna(), "company"] = by_value(whole[own & out["company"].isna()], company_name)
    out.loc[own, ["first", "last"]] = None
    out["kind"] = out["kind"].mask(business & ~own & _trader(given, out), TRADER)
    words = {text: {w for w in fold(text).split() if len(w) > 1} for part in told for text in set(part) if text}
    out["words"] = each([" ".join(sorted(set().union(*(words[text] for text in row if text)))) or None for row in rows])
    out["collector"] = (
        by_value(whole, is_collector).eq(True) | by_value(given.company_name, is_collector).eq(True)
    ).astype(bool)  # noqa: FBT003
    return out


def _trader(given: pd.DataFrame, names: pd.DataFrame) -> pd.Series:
    """Firms that are one person by their own words: given and family name, the latter in the firm's, and no firm's tax number.

    A person's number has 11 digits, a firm's 10 (Turkish Revenue Administration).
    """
    told = names["first"].notna() & names["last"].notna() & names.company.notna()
    rows, out = given[["company_name", "firms_number"]][told], pd.Series(False, index=names.index)
    legal = by_value(rows.company_name, looks_like_firm).eq(True)  # noqa: FBT003
    named = [last.split()[-1] in firm.split() for last, firm in zip(names["last"][told], names.company[told], strict=True)]
    out[told] = np.array(named, dtype=bool) & ~legal & ~rows.firms_number.astype(bool)
    return out


def _day(value: str) -> str | None:
    """A birth date in ISO form, from `1990-02-01`, `19900201` or `01.02.1990`; a date that was filled in for none is no date."""
    text = value.strip()[:10]
    if found := re.fullmatch(r"(\d{4})-?(\d{2})-?(\d{2})", text):
        year, month, day = found.groups()
    elif found := re.fullmatch(r"(\d{1,2})[./](\d{1,2})[./](\d{4})", text):
        day, month, year = found.groups()
    else:
        return None
    iso = f"{year}-{int(month):02d}-{int(day):02d}"
    return None if iso in NO_DAYS or not "1000" <= year <= "2100" else iso


def _tax(value: str) -> str | None:
    """A tax or identity number: digits and letters; one digit repeated (11111111111) stands for nobody."""
    text = fold(re.sub(r"\.0$", "", value.strip())).replace(" ", "")
    return None if len(text) < 5 or len(set(text)) == 1 else text


__all__ = [
    "Email", "Name", "PROVINCES", "Phone", "address", "by_value", "city", "company_name", "district", "email", "fold", "handle",
    "is_blank", "is_collector", "looks_like_firm", "person_name", "phone", "postcode", "records",
]  # fmt: skip
