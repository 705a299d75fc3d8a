"""E-mail addresses and phone numbers as keys, and which of them cannot stand for one person."""

import functools
import re
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import pandas as pd
import phonenumbers
import pyarrow as pa
import pyarrow.compute as pc
from email_validator import EmailNotValidError, validate_email
from phonenumbers import PhoneNumberType

REGION = "TR"
# addresses that a marketplace puts in place of the customer's
RELAYS = frozenset(
    "trendyolmail.com hepsiburadamail.com musteri.hepsiburada.com n11mail.com marketplace.amazon.com marketplace.amazon.com.tr "
    "marketplace.amazon.de marketplace.amazon.co.uk marketplace.amazon.fr marketplace.amazon.it marketplace.amazon.es members.ebay.com "
    "guest.booking.com ciceksepetimail.com pazaryeri.example relay.example".split()
)
# addresses of an office; one of them may speak for a firm, never for a person
ROLES = frozenset(
    "info bilgi iletisim contact sales satis satinalma purchasing destek support yardim help musteri musterihizmetleri "
    "muhasebe accounting finans finance "
    "siparis order orders kargo depo magaza sube kasa ofis office admin yonetim postmaster webmaster hostmaster noreply "
    "no-reply donotreply "
    "marketing pazarlama reklam ik hr kvkk gdpr privacy hukuk legal abuse "
    "billing fatura efatura earsiv sekreter reception rezervasyon booking".split()
)
_NOBODY = frozenset("yok test deneme asd asdf qwe abc aaa xxx a x none null mail email eposta adres".split())
_NOWHERE = frozenset(("yok", "test", "deneme", "none"))  # first labels of made-up domains
_GOOGLE = frozenset(("gmail.com", "googlemail.com"))
_PLAIN = re.compile(r"[a-z0-9_][a-z0-9._+\-]*@(?:[a-z0-9](?:[a-z0-9\-]*[a-z0-9])?\.)+[a-z]{2,24}")
_LOST_DIGITS = re.compile(r"\d[.,]?\d*\s*e\s*\+?\s*\d+", re.I)
_CALL_CENTRE = re.compile(r"(?:\+?90|0)?(?:444\d{4}|8[05]0\d{7}|822\d{7}|811\d{7}|900\d{7})")
_MOBILE = re.compile(r"(?:\+|00)?(?:90)?0?(5\d{9})")
_LOOSE = str.maketrans("", "", " ()-")
_SEPARATORS = re.compile(r"[/;|,\n]|\s+-\s+|\bveya\b|\bor\b|\bve\b", re.I)
_HYPHENED = re.compile(r"(\+?\d{10,13})-(\+?\d{10,13})")  # two whole numbers; a hyphen within one parts shorter runs
_PERSONAL_KINDS = (PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE_OR_MOBILE, PhoneNumberType.PERSONAL_NUMBER)


class Email(NamedTuple):
    """An address: as it may be written to, its match key, its domain, and its state (person, role, relay or invalid)."""

    address: str | None
    key: str | None
    domain: str | None
    state: str


class Phone(NamedTuple):
    """A number in E.164, a second one of the same cell, and the state: mobile, fixed, unconfirmed (abroad, and of a possible
    length only), shared, lost digits or invalid."""

    number: str | None
    other: str | None
    state: str


def email(value: str) -> Email:
    """An address as written, read: lower-cased, checked for syntax, and whether it can stand for one person.

    The key drops what a mail provider ignores (dots and plus parts of Gmail); the address keeps it. A relay of a marketplace and
    a made-up address have no key; an office's address has one, which only a firm may use.
    """
    text = value.strip().strip("<>;,.'\" ").replace("İ", "i").casefold()
    text = text.removeprefix("mailto:").replace("ı", "i").replace("\u0307", "")
    if not _PLAIN.fullmatch(text) or ".." in text or ".@" in text:
        try:
            text = validate_email(text, check_deliverability=False, globally_deliverable=False).normalized.casefold()
        except EmailNotValidError:
            return Email(None, None, None, "invalid")
        if "." not in text.rsplit("@", 1)[1]:
            return Email(None, None, None, "invalid")
    user, domain = text.rsplit("@", 1)
    bare = user.split("+")[0]
    if domain in RELAYS or domain.startswith("marketplace."):
        return Email(text, None, domain, "relay")
    if bare in _NOBODY or domain.split(".")[0] in _NOWHERE:
        return Email(None, None, None, "invalid")
    key = f"{bare.replace('.', '')}@gmail.com" if domain in _GOOGLE else f"{bare}@{domain}"
    key = text if key == text else key  # one text in memory, not two
    return Email(text, key, domain, "role" if bare.replace(".", "") in ROLES else "person")


def offices(state: pd.Series, kind: pd.Series) -> pd.Series:
    """Whether each address (by its state) is an office's whose record is no firm: it ties nobody to anything."""
    return state.eq("role") & kind.ne("business")


def phone(value: str, *, region: str = REGION) -> Phone:
    """A phone cell as written, read: E.164 of the first number, and of a second one where the cell has two.

    `5,32E+09` has lost its digits and is no number; call centres (444 x xxx, 0850, 0800, 0900) and switchboard kinds are `shared`:
    they never stand for a person.
    """
    if region == "TR" and " -" not in value and "- " not in value and (mobile := _MOBILE.fullmatch(value.translate(_LOOSE))):
        national = mobile.group(1)  # one Turkish mobile, whatever stands between its digits: nearly every cell
        if not national.startswith("561"):
            return Phone(f"+90{national}", None, "mobile") if _mobile_prefix(national[:3]) else Phone(None, None, "invalid")
    if _LOST_DIGITS.fullmatch(value.strip()):
        return Phone(None, None, "lost digits")
    found, shared = [], False
    for part in _cells(value):
        digits = re.sub(r"[^\d+]", "", re.sub(r"\.0$", "", part))
        if _CALL_CENTRE.fullmatch(digits) and region == "TR":
            shared = True
        elif number := _one(digits, region):
            found.append(number)
    unique = list(dict.fromkeys(found))
    if not unique:
        return Phone(None, None, "shared" if shared else "invalid")
    unique.sort(key=lambda n: n[1] != "mobile")  # a person's own number before the line of a house
    return Phone(unique[0][0], unique[1][0] if len(unique) > 1 else None, unique[0][1])


def emails(values: pd.Series) -> pd.DataFrame:
    """`email` of many different texts: address, key and state. Plain ones are read all at once, the others one by one."""
    text = pc.ascii_lower(pa.array(values, pa.large_string()))
    usual = pc.and_not(pc.match_substring_regex(text, f"^{_PLAIN.pattern}$"), pc.match_substring_regex(text, r"\.\.|\.@"))
    text, rows = text.filter(usual), np.flatnonzero(usual)
    user, domain = (pc.list_element(pc.split_pattern(text, "@"), k) for k in (0, 1))
    bare, label = (pc.list_element(pc.split_pattern(part, mark), 0) for part, mark in ((user, "+"), (domain, ".")))
    nobody = pc.or_(_among(bare, _NOBODY), _among(label, _NOWHERE))
    told = pc.invert(pc.or_(nobody, pc.or_(_among(domain, RELAYS), pc.starts_with(domain, "marketplace."))))
    rows, text, bare, domain = rows[np.asarray(told)], *(part.filter(told) for part in (text, bare, domain))
    google, short = _among(domain, _GOOGLE), pc.replace_substring(bare, ".", "")
    key = pc.binary_join_element_wise(pc.if_else(google, short, bare), pc.if_else(google, _scalar("gmail.com"), domain), _scalar("@"))
    read = {"address": text, "key": key, "state": pc.if_else(_among(short, ROLES), "role", "person")}
    return _with_others(values, rows, read, email)


def phones(values: pd.Series, *, region: str = REGION) -> pd.DataFrame:
    """`phone` of many different texts: number, other and state. Turkish mobiles are read all at once, the others one by one."""
    text = pa.array(values, pa.large_string())
    loose = pc.replace_substring_regex(text, "[ ()-]", "")
    usual = pc.and_not(pc.match_substring_regex(loose, f"^{_MOBILE.pattern}$"), pc.match_substring_regex(text, " -|- "))
    usual = pc.and_(usual, region == "TR")
    national = pc.utf8_slice_codeunits(loose.filter(usual), -10, None)
    told = pc.invert(pc.starts_with(national, "561"))
    rows, national = np.flatnonzero(usual)[np.asarray(told)], national.filter(told)
    three = pc.utf8_slice_codeunits(national, 0, 3)
    valid = _among(three, {three for three in pc.unique(three).to_pylist() if _mobile_prefix(three)})
    number = pc.if_else(valid, pc.binary_join_element_wise(_scalar("+90"), national, _scalar("")), _scalar(None))
    read = {"number": number, "other": pa.nulls(len(rows), pa.large_string()), "state": pc.if_else(valid, "mobile", "invalid")}
    return _with_others(values, rows, read, lambda value: phone(value, region=region))


def _scalar(text: str | None) -> pa.Scalar:
    return pa.scalar(text, pa.large_string())


def _among(values: pa.Array, known: frozenset[str] | set[str]) -> pa.Array:
    return pc.is_in(values, pa.array(sorted(known), pa.large_string()))


def _with_others(values: pd.Series, rows: np.ndarray, read: dict[str, pa.Array], one: Callable[[str], NamedTuple]) -> pd.DataFrame:
    """What was `read` of `rows`, and what `one` reads of the others."""
    others = np.setdiff1d(np.arange(len(values)), rows, assume_unique=True)
    found = [one(str(value)) for value in values.iloc[others].tolist()]
    place = pa.array(np.argsort(np.r_[rows, others]))
    columns = {}
    for name, quick in read.items():
        slow = pa.array([getattr(each, name) for each in found], pa.large_string())
        columns[name] = pa.concat_arrays([quick.cast(pa.large_string()), slow]).take(place)
    return pa.table(columns).to_pandas()


def _cells(value: str) -> list[str]:
    """The numbers of one cell; a slash or comma inside one number does not part it."""
    if pair := _HYPHENED.fullmatch(value.strip()):
        return list(pair.groups())
    parts = [p for p in _SEPARATORS.split(value) if p and sum(c.isdigit() for c in p) >= 7]
    return parts if len(parts) > 1 else [re.split(r"(?i)\b(?:dahili|ext|x)\b", value)[0]]


def _one(digits: str, region: str) -> tuple[str, str] | None:
    """(E.164, kind) of one number, or None. Turkish mobiles take the short way: their first three digits decide."""
    if region == "TR" and (mobile := _MOBILE.fullmatch(digits)):
        national = mobile.group(1)
        if not national.startswith("561"):
            return (f"+90{national}", "mobile") if _mobile_prefix(national[:3]) else None
    if digits.startswith("00"):
        digits = "+" + digits[2:]
    elif region == "TR" and not digits.startswith(("+", "0")) and len(digits) >= 11:
        digits = "+" + digits  # 491512345678: the plus sign is lost where a spreadsheet took it for a number
    return _parsed(digits, region)


@functools.cache
def _mobile_prefix(three: str) -> bool:
    return phonenumbers.is_valid_number(phonenumbers.parse(f"+90{three}1234567", None))


def _parsed(digits: str, region: str) -> tuple[str, str] | None:
    try:
        number = phonenumbers.parse(digits, region)
    except phonenumbers.NumberParseException:
        return None
    written = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    if not phonenumbers.is_valid_number(number):
        # number ranges abroad open faster than tables of them: such a number may be compared, but proves nothing alone
        abroad = phonenumbers.region_code_for_country_code(number.country_code) != region
        return (written, "unconfirmed") if abroad and phonenumbers.is_possible_number(number) else None
    kind = phonenumbers.number_type(number)
    if kind in _PERSONAL_KINDS:
        return written, "mobile"
    return (written, "fixed") if kind == PhoneNumberType.FIXED_LINE else None
