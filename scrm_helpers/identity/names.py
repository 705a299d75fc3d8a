"""Names of people and firms as match keys. The display name is kept apart, as it was written."""

import re
from typing import NamedTuple

from scrm_helpers.folding import fold, is_blank

# Turkish, English, German, French, Italian, Spanish and Dutch forms of address; no part of a name
TITLES = frozenset(
    "sn sayin bay bayan bey hanim dr doc prof av uzm op mr mrs ms miss sir herr frau monsieur madame mme sig sra haci".split()
)
# what a phone system or a shop writes where no name is known
NO_NAMES = frozenset(
    "caller arayan aranan visitor ziyaretci misafir guest user kullanici customer anonymous anonim web isimsiz noname".split()
)
# words that belong to the family name that follows them
PARTICLES = frozenset(
    "van von der den de del della di da dos das du la le el al bin bint ibn ben ter ten zu zur af av st san santa mac mc o".split()
)
_LEGAL = (  # longest first; folded
    "gmbh co kg", "gmbh und co kg", "sanayi ve ticaret", "sanayi ticaret", "san ve tic", "san tic", "ithalat ihracat", "ith ihr",
    "dis ticaret", "dis tic",
    "limited sirketi", "limited sti", "ltd sirketi", "ltd sti", "anonim sirketi", "anonim sti", "a s", "as", "t a s", "tas",
    "kollektif sirketi", "koll sti", "komandit sirketi", "kom sti", "adi ortakligi", "is ortakligi", "kooperatifi", "koop",
    "ve ticaret", "ve tic", "ticaret", "tic", "sanayi", "sanayii", "san", "pazarlama", "paz", "limited", "ltd", "sirketi", "sti", "sirket",
    "s p a", "spa", "s a r l", "sarl", "s a s", "s a", "sa", "s l", "sl", "s r l", "srl", "b v", "bv", "n v", "nv", "gmbh", "mbh", "ag",
    "kg", "ohg", "ug", "e k",
    "oy", "oyj", "ab", "aps", "sp z o o", "spolka z o o", "inc", "incorporated", "llc", "llp", "plc", "corp", "corporation", "co",
    "company",
)  # fmt: skip
_LEGAL_RULE = re.compile(r"\b(?:" + "|".join(sorted((re.escape(w) for w in _LEGAL), key=len, reverse=True)) + r")\b")
# forms that only a firm has: one of them makes an unmarked record a business
_FIRM = re.compile(
    r"\b(?:ltd|limited sti|limited sirketi|anonim sirketi|a s$|t a s$|sanayi|san ve tic|san tic|gmbh|sarl|s r l$|srl|s p "
    r"a$|b v$|llc|inc|plc|kooperatifi|sti|sirketi|holding)\b"
)
# accounts that collect sales to nobody in particular; folded
COLLECTORS = re.compile(
    r"\b(?:perakende (?:musteri|satis)|nihai tuketici|muhtelif|pesin (?:musteri|satis)|nakit (?:musteri|satis)|kasa satis|magaza musterisi|"
    r"walk in|cash customer|guest customer|misafir|test (?:musteri|kullanici|hesap)|deneme "
    r"(?:musteri|hesap))\b|^(?:test|deneme|admin|guest|misafir|toplu satis)$"
)  # fmt: skip


class Name(NamedTuple):
    """Keys of a person's name: given names (blank-separated), family name, and whether the given name is an initial alone."""

    first: str | None
    last: str | None
    initial_only: bool


def person_name(first: str | None, last: str | None, whole: str | None = None) -> Name:
    """Keys of a name that came in two fields, or in one (`whole`: 'Ayşe Nur Yılmaz', 'YILMAZ, Ayşe Nur').

    Titles fall away; particles go with the family name (`van der Berg`); initials stay as one letter; a double family name
    (`Yılmaz-Kaya`) keeps both words.
    """
    given, family = _words(first), _words(last)
    if whole and not (given and family):
        split_first, split_last = _split(whole)
        if not given and not family:
            given, family = split_first, split_last
        elif given and not family:
            family = [w for w in (*split_first, *split_last) if w not in given]
        else:
            given = [w for w in (*split_first, *split_last) if w not in family]
    elif given and not family and len(given) > 1 and last is None:
        given, family = _parts(given)  # a whole name in the field of the given one
    return Name(" ".join(given) or None, " ".join(family) or None, bool(given) and all(len(w) == 1 for w in given))


def company_name(value: str) -> str | None:
    """Key of a firm's name: folded, legal forms and trade words stripped ('Örnek Tekstil San. ve Tic. Ltd. Şti.' gives 'ornek tekstil')."""
    text = fold(value.replace("&", " ve "))
    if is_blank(text):
        return None
    bare = " ".join(w for w in _LEGAL_RULE.sub(" ", text).split() if w not in ("ve", "und", "and"))
    return bare or text


def looks_like_firm(value: str) -> bool:
    """Whether a name carries a legal form."""
    return bool(_FIRM.search(fold(value)))


def is_collector(value: str) -> bool:
    """Whether a name stands for nobody in particular (cash sales, tests)."""
    return bool(COLLECTORS.search(fold(value)))


def handle(value: str) -> str | None:
    """Key of a social handle: without the at sign, address and case; None where it is none."""
    text = (
        re.sub(r"^(?:https?://)?(?:www\.)?[a-z]+\.com/", "", value.strip().casefold())
        .lstrip("@")
        .split("?")[0]
        .strip("/ ")
    )
    return text if re.fullmatch(r"[\w.\-]{2,64}", text) else None


def _words(value: str | None) -> list[str]:
    if not value or "@" in value:
        return []
    text = fold(re.sub(r"(?<=\w)\.(?=\w)", ". ", value))
    return (
        [] if is_blank(text) else [w for w in text.split() if w not in TITLES and w not in NO_NAMES and not w.isdigit()]
    )


def _split(whole: str) -> tuple[list[str], list[str]]:
    if whole.count(",") == 1:  # 'YILMAZ, Ayşe'
        family, given = whole.split(",")
        if _words(family) and _words(given):
            return _words(given), _words(family)
    written = [words for token in whole.split() if (words := _words(token))]
    if len(written) > 1 and len(written[-1]) > 1:  # 'Ayşe Yılmaz-Kaya': what a hyphen holds together is one name
        given, family = _parts([*(w for words in written[:-1] for w in words), written[-1][0]])
        return given, [*family, *written[-1][1:]]
    return _parts(_words(whole))


def _parts(words: list[str]) -> tuple[list[str], list[str]]:
    if len(words) < 2:
        return words, []
    at = len(words) - 1
    while at > 1 and words[at - 1] in PARTICLES:
        at -= 1
    return words[:at], words[at:]
