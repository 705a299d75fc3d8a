"""What looks personal or secret in a text, by kind: contacts, numbers of people and cards, passwords and keys.

Every kind is sought from what is rare in it, for a run writes megabytes. A number whose digits check by chance (one of a hundred, one of
ten) counts only where it stands alone, and can be taken out where the company's own tables have it as the id of something.
"""

import re
from collections.abc import Callable, Iterator
from itertools import cycle

from scrm_helpers.texts import tell

EMAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)*\.[a-z]{2,}", re.I)
EMAIL_AT = re.compile(r"@(?<=[\w.+-]@)[\w-]+(?:\.[\w-]+)*\.[a-z]{2,}", re.I)  # the same, sought from its rarest character
MOBILE_END = re.compile(r"5\d{2}\)?[\s.-]?\d{3}[\s.-]?\d{2}[\s.-]?\d{2}(?!\d)")  # how every mobile number ends, found sooner than the whole
BEFORE = 16  # characters of a mobile number before its end: +90 (0) (
ALONE = r"\w./+#-"  # before a digit: it is the tail of something longer, a share, a code or an order number such as WEB-10000000146
QUOTE = r"(?:\\?[\"']|&(?:quot|#3[49]|#x2[27]);)?"  # as JSON and HTML write it too
END = r"\s\"'<>&,;\\"  # where an unquoted value ends
# with a digit, and no piece of code: os.environ["DB"], settings.db_1, ${DB_1}
PASSWORD = rf"(?![a-z_]\w*(?:[\[(]|\.[a-z_]))(?=[^{END}]*\d)[^{END}$%{{(\[/][^{END}]{{5,}}"
SECRET, KEY, MOBILE = "secret", "access_key", "mobile"
# every secret begins with one of them (i\u0307 is how Python writes İ small)
WORDS = (
    "password", "passwd", "pwd", "parola", "ifre", "i\u0307fre", "secret", "token", "apikey", "api_key", "api-key", "bearer", "://",
)  # fmt: skip
# and every key of a service that marks its own
KEYS = ("AKIA", "ASIA", "AIza", "EAA", "eyJ", "ghp_", "gho_", "ghu_", "ghs_", "ghr_", "github_pat_", "glpat-", "xox", "k_live_", "sk-")
AREA = r"(?:[2-4][1-9][02468]|850)"  # of a Turkish landline
COUNTRY = r"(?:1|7|2[07]|3[0-469]|4[013-9]|5[1-8]|6[0-6]|8[1246]|9[0-58]|(?:2[1-689]|3[578]|42|5[09]|6[7-9]|8[05789]|9[679])\d)"  # E.164
MOBILES = r"(?!90[ \u00a0.()0-]*5)"  # a kind of their own
GAP, REST = "[ \u00a0-]", "[ \u00a0./-]{1,3}\\d{3}[ \u00a0.-]?\\d{2}[ \u00a0.-]?\\d{2}(?!\\d)"
PHONE = (  # as people write one: in groups, or behind a plus. Digits in one piece may be the number of an order
    rf"[0(+](?:(?<=0)(?:(?<![\d.]0){AREA}{REST}"  # 0212 345 67 89
    rf"|(?<![\d.,]0)(?<![\d.,][ \u00a0]0){GAP}{AREA}{GAP}\d{{3}}{GAP}\d{{2}}{GAP}\d{{2}}(?!{GAP}?\d))"  # 0 212 345 67 89
    rf"|(?<=\()(?:0{AREA}\)(?:{REST}|\d{{7}}(?!\d))|{AREA}\){GAP}?\d{{3}}{GAP}\d{{2}}{GAP}?\d{{2}}(?!\d))"  # (0212) 345 67 89
    rf"|(?<=\+)(?<![\d.+/]\+)(?=\d{{10,14}}(?!\w|[.,]\d)){MOBILES}{COUNTRY}\d"  # +902123456789
    rf"|(?:(?<=\+)(?<![\d.+/]\+)|(?<=0)(?<![\d.,+-]0)0){MOBILES}{COUNTRY}(?:{GAP}?(?:\(0\))?(?:(?<!\d)|\()(?:"
    rf"\d{{2,4}}\)?{GAP}\d{{6,8}}|\d{{2,4}}\)?{GAP}\d{{3,4}}{GAP}\d{{4}}|(?<=\d\d.)\d{{3}}{GAP}\d{{3}}{GAP}\d{{3}}"  # +49 170 1234567
    rf"|\d{{1,3}}\)?(?:{GAP}\d{{2,3}}){{1,2}}(?:{GAP}\d{{2}}){{2}}(?!{GAP}\d)"  # +33 6 12 34 56 78
    rf"|(?!(?:19|20)\d\d)\d{{4}}{GAP}\d{{4}}|\d{{9,10}})"  # +372 5123 4567, no two years
    r"|\.\d{1,3}(?:\.\d{2,3}){1,2}(?:\.\d{2}){2})(?![\w]|[.,-]\d))"  # +33.6.12.34.56.78, no thousands
)
PATTERNS = {  # by the name of their words, told.kind.NAME
    "email": EMAIL,
    MOBILE: re.compile(
        r"(?<![\d.])(?<!\d,)(?:(?:\+|00)90[\s.()-]*|\(?0\s?\(?|\(|(?<![\w-])90(?=5\d{9}(?!\w|[.,-]\d)))"
        r"5\d{2}\)?[\s.-]?\d{3}[\s.-]?\d{2}[\s.-]?\d{2}(?!\d)"
    ),
    "phone": re.compile(PHONE),
    # a digit and a comma before it are those of a share in Turkish, unless a comma follows: then it is a cell
    "national_id": re.compile(rf"[1-9]\d{{10}}(?<![{ALONE}]\d{{11}})(?:(?<!\d,\d{{11}})|(?=,))(?!\w|[./-]\d)"),
    "card": re.compile(rf"[24569](?<![{ALONE}].)(?<!\d .)\d{{3}}([ -]?)\d{{4}}\1\d{{4}}\1\d{{4}}(?!\w|[ ./-]\d)"),
    "iban": re.compile(r"[Tt][Rr](?<=\b[Tt][Rr])\d{2}(?:\s?\d{4}){5}\s?\d{2}\b"),
    SECRET: re.compile(
        rf"(?:password|passwd|secret(?:[_-]?(?:access[_-]?)?key)?|token|api[_-]?key){QUOTE}\s*[=:]\s*{QUOTE}[A-Za-z0-9_\-]{{12,}}"
        rf"|(?:password|passwd|pwd|parola|(?<=[sş])[iİ]\u0307?fre)\w{{0,6}}{QUOTE}\s*[=:]\s*{QUOTE}{PASSWORD}"
        r"|bearer\s+(?=[\w.~+/=-]*\d)[\w.~+/=-]{16,}|://[^/\s:@]+:[^/\s@]+@",
        re.I,
    ),
    KEY: re.compile(
        r"(?<![\w+/])(?:A[KS]IA[0-9A-Z]{16}|AIza[\w-]{35}|EAA[A-Za-z0-9]{80,}|eyJ[\w-]{8,}\.eyJ[\w-]{8,}|gh[pousr]_[A-Za-z0-9]{30,}"
        r"|github_pat_\w{22,}|glpat-[\w-]{20,}|xox[abeoprs]-[\w-]{10,}|[rs]k_live_\w{16,}|sk-(?:(?:proj|ant|svcacct)-[\w-]{20,}|\w{32,}))"
    ),
    "private_key": re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----"),
}
Ours = Callable[[set[str]], set[str]]


def _national_id(digits: str) -> bool:
    """The two check digits of a Turkish national id: the tenth of the first nine, the eleventh of the first ten."""
    d = [int(c) for c in digits]
    return d[9] == (7 * sum(d[0:9:2]) - sum(d[1:8:2])) % 10 and d[10] == sum(d[:10]) % 10


def _card(digits: str) -> bool:
    """Visa, Mastercard and Troy have sixteen digits; the sum is Luhn's (ISO/IEC 7812-1)."""
    known = digits[0] == "4" or "51" <= digits[:2] <= "55" or "2221" <= digits[:4] <= "2720" or digits[:2] == "65" or digits[:4] == "9792"
    return known and sum(sum(divmod(int(c) * k, 10)) for c, k in zip(digits, cycle((2, 1)), strict=False)) % 10 == 0


CHECKED = {"national_id": _national_id, "card": _card}


def first(kind: str, text: str, ours: Ours | None = None) -> re.Match | None:
    """The first place that looks like this kind. `ours`: of numbers that check, those that are ids of the company's own things."""
    if kind in CHECKED:
        found: dict[str, re.Match] = {}
        for match in PATTERNS[kind].finditer(text):
            if CHECKED[kind](_digits(match)):
                found.setdefault(_digits(match), match)
        known = ours(set(found)) if ours and found else set()
        return next((match for digits, match in found.items() if digits not in known), None)
    if kind == SECRET:
        text = text.lower()
    if words := {SECRET: WORDS, KEY: KEYS}.get(kind):
        starts = (found.start() for word in words if word in text for found in re.finditer(re.escape(word), text))
        return next(filter(None, (_at(kind, text, at) for at in starts)), None)
    if kind == MOBILE:
        found = (PATTERNS[kind].search(text, max(0, end.start() - BEFORE), end.end() + 2) for end in _mobile_ends(text))
        return next(filter(None, found), None)
    return (EMAIL_AT if kind == "email" else PATTERNS[kind]).search(text)


def kind_of(text: str) -> str | None:
    """What a text looks like, where that is personal or secret: a name of PATTERNS; None where it is neither. A number that may check by
    chance is not judged here: the gate does, which knows the company's own."""
    return next((kind for kind, pattern in PATTERNS.items() if kind not in CHECKED and pattern.search(text)), None)


def in_words(kind: str) -> str:
    """A name of PATTERNS to the reader: "an e-mail address"."""
    return tell(f"told.kind.{kind}")


def masked(text: str) -> str:
    """A message with whatever looks personal or secret taken out: it is shown on a page."""
    for kind, pattern in PATTERNS.items():
        told = f"({in_words(kind)})"
        text = pattern.sub(lambda m, kind=kind, told=told: told if kind not in CHECKED or CHECKED[kind](_digits(m)) else m.group(), text)
    return text


def _mobile_ends(text: str) -> Iterator[re.Match]:
    at = 0
    while end := MOBILE_END.search(text, at):
        yield end
        at = end.start() + 1  # one may begin in the middle of another


def _digits(match: re.Match) -> str:
    return re.sub(r"\D", "", match.group())


def _at(kind: str, text: str, at: int) -> re.Match | None:
    # r and s of a payment key stand before the word that it is sought by
    return PATTERNS[kind].match(text, at) or (PATTERNS[kind].match(text, at - 1) if kind == KEY and at else None)
