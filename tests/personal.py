"""What is personal in the sample company's raw files, and how it is looked for in files that were written."""

import csv
import functools
import html
import re
import unicodedata
import zipfile
from pathlib import Path
from urllib.parse import unquote

import pandas as pd

from scrm_helpers.metrics import LEAST_GROUP
from scrm_helpers.sample.raw import desk

ASCII = str.maketrans("İIıŞşĞğÜüÖöÇçÂâÎîÛû", "iiissgguuooccaaiiuu")  # a name is found however its letters were written
# Where a referral code, an id of its own contract, stands beside the pseudonymous ids it belongs to; nowhere else, and no other kind.
CODES = {("processed", "referrals.parquet"): "code", ("restricted", "leaked_codes.csv"): "code"}
WORD, HANDLE = re.compile(r"[\w.+@-]+"), re.compile(r"@[\w.]+")
RUN = re.compile(r"\d[\d \t\xa0().,/+-]{8,}\d")  # digits with whatever stands between those of a phone number
MOST_PARTS, MOST_DIGITS = 6, 15  # groups of one phone number; its digits with the country's
ESCAPE, TAG = re.compile(r"\\+u([0-9a-fA-F]{4})|\\+x([0-9a-fA-F]{2})"), re.compile(r"<[^<>]*>")
LEAST = {"email": 500, "phone": 300, "name": 300, "handle": 20, "token": 5}  # so many there must be, or the search is no proof
WORDS = (2, 3)  # of a name
AGENTS = ("Assignee",)
COUNTS = ("n", "persons", "customers", "people", "followers", "buyers", "issues", "orders", "prospects", "at_risk", "owners")
COUNTS += ("n_matched", "referrals")
FIGURES = ("value", "low", "high", "median", "p90", "net", "spend", "revenue_share", "person_share", "per_customer", "per_person", "km")
FIGURES += ("touched_change", "others_change", "reward", "discount")
OF_BUYERS = ("net", "per_customer")  # money of those who bought in a cell of a cohort (`retained`); its share is a count over a count
# Rows of few that say nothing of the few: what the company itself spent, and rows that count something else than people.
OWN_MONEY = {"03_acquisition/cac", "03_acquisition/cac_businesses", "03_acquisition/lags", "06_campaigns/association", "06_campaigns/plain"}


def of_sample(raw: Path) -> dict[str, set[str]]:
    """Kind -> values, in the form in which `found` looks for them."""
    hub, shop = (_read(next(raw.rglob(n))) for n in ("hubspot_contacts.csv", "customers_export.csv"))
    tickets, friends = _read(next(raw.rglob("zendesk_tickets.csv"))), _read(next(raw.rglob("arkadasini_getir.csv")), ";")
    fans, cards = _read(next(raw.rglob("takipciler.csv"))), _read(next(raw.rglob("LOGO_CARI_KARTLAR.csv")), ";", "cp1254")
    mails = [hub["Email"], shop["Email"], tickets["Requester email"], fans["Müşteri E-posta"], cards["EPOSTA"]]
    mails += [friends["Davet Eden E-posta"], friends["Davet Edilen E-posta"]]
    phones = [hub["Phone Number"], shop["Phone"], tickets["Requester phone"], fans["Müşteri Telefon"], cards["TELEFON1"]]
    people = [t["First Name"] + " " + t["Last Name"] for t in (hub, shop)] + [tickets["Requester"]]
    return {
        "email": {folded(v.strip()) for c in mails for v in c.dropna() if "@" in v and len(v) > 8},
        # a filler such as 555 555 55 55 is no one's number, and its digits stand in any long fraction
        "phone": {d for c in phones for v in c.dropna() if len(d := re.sub(r"\D", "", v)[-10:]) == 10 and len(set(d)) > 4},
        "name": {" ".join(w) for c in people for v in c.dropna() if _is_name(w := folded(v).split())},
        "handle": {folded(v).lstrip("@") for v in fans["Kullanıcı Adı"].dropna() if len(v) > 6},
        "token": {folded(v) for v in friends["Davet Kodu"].dropna()},
    }


def folded(text: str) -> str:
    """Lower case with Turkish letters as plain ones: Python's own makes two signs of İ, and leaves ı and i apart."""
    return unicodedata.normalize("NFC", text).translate(ASCII).lower()


def found(text: str, sought: dict[str, set[str]]) -> dict[str, int]:
    """Kind -> how many of the values sought stand in a text, as it is or with its signs written in another way (see `plain`)."""
    held = {kind: set() for kind in sought}
    for form in {text, plain(text)}:
        for kind, values in _held(folded(form), sought).items():
            held[kind] |= values
    return {kind: len(values) for kind, values in held.items() if values}


def plain(text: str) -> str:
    """A text with its signs as themselves: percent signs of addresses, entities and tags of pages, escapes of JSON (once more within)."""
    for _ in range(2):
        text = ESCAPE.sub(lambda m: chr(int(m[1] or m[2], 16)), text.replace("\\/", "/"))
        text = html.unescape(unquote(text))
    return TAG.sub(" ", text.encode("utf-16", "surrogatepass").decode("utf-16", "replace"))


def _held(low: str, sought: dict[str, set[str]]) -> dict[str, set[str]]:
    words = WORD.findall(low)
    tokens = {w.strip(".-") for w in words} | {h.lstrip("@") for h in HANDLE.findall(low)}
    letters = [w for w in re.split(r"[\W_]+", low) if w]
    named, first = _turned(frozenset(sought.get("name", ())))
    names = {" ".join(letters[i : i + n]) for i, word in enumerate(letters) if word in first for n in WORDS}
    phones = {d for run in RUN.findall(low) for d in _numbers(run)} | tokens
    held = {"email": tokens, "phone": phones, "handle": tokens, "token": tokens}
    return {kind: {named[n] for n in names & named.keys()} if kind == "name" else values & held[kind] for kind, values in sought.items()}


@functools.lru_cache(maxsize=2)
def _turned(names: frozenset[str]) -> tuple[dict[str, str], set[str]]:
    """Each name in both orders of its words -> the name; and the words that these begin with."""
    named = {turned: name for name in names for turned in (name, _last_first(name))}
    return named, {name.partition(" ")[0] for name in named}


def _last_first(name: str) -> str:
    """'yilmaz ayse' for 'ayse yilmaz', as lists of names have it."""
    return " ".join([name.rpartition(" ")[2], name.rpartition(" ")[0]])


def _numbers(run: str) -> set[str]:
    """The last ten digits of every number that may stand in a run of digits and the signs between them, from any group to any other."""
    groups, out = re.findall(r"\d+", run), set()
    for i in range(len(groups)):
        digits = ""
        for group in groups[i : i + MOST_PARTS]:
            digits += group
            if len(digits) > MOST_DIGITS:
                break
            if len(digits) >= 10:
                out.add(digits[-10:])
    return out


def written(home: Path) -> list[Path]:
    """Every file below a project folder that the suite wrote outside `private`: what it was given (raw files, truth, notebooks) aside."""
    given = {"raw", "private", "truth"}
    kept = (p for p in home.rglob("*") if p.is_file() and not p.is_symlink() and not given & {*p.relative_to(home).parts[:3]})
    return sorted(p for p in kept if not (home / p.relative_to(home).parts[0]).is_symlink())


def text_of(path: Path) -> str:
    """A written file as text: tables written out, workbooks unpacked; without the columns that may hold referral codes."""
    codes = [column for (folder, name), column in CODES.items() if name == path.name and folder in path.parts]
    if path.suffix == ".parquet":
        return pd.read_parquet(path).drop(columns=codes).to_csv(index=False)
    if codes:
        return pd.read_csv(path, dtype=str).drop(columns=codes).to_csv(index=False)
    if path.suffix == ".xlsx":
        with zipfile.ZipFile(path) as book:
            return "\n".join(book.read(n).decode("utf-8", "replace") for n in book.namelist())
    return path.read_bytes().decode("utf-8", "replace")


def small_groups(path: Path, name: str) -> list[dict]:
    """Rows of a shown table that are about 1 to 4 people or cases and carry a figure all the same."""
    rows = pd.read_csv(path)
    if name in OWN_MONEY or rows.empty:
        return []
    counts, figures = [c for c in COUNTS if c in rows], [c for c in FIGURES if c in rows]
    small = pd.concat([rows[c].between(1, LEAST_GROUP - 1) for c in counts], axis=1).any(axis=1) if counts else pd.Series(False, rows.index)
    told = small & rows[figures].notna().any(axis=1) if figures else small & False
    if "retained" in rows and (money := [c for c in OF_BUYERS if c in rows]):
        told |= rows["retained"].between(0, LEAST_GROUP - 1) & (rows[money].fillna(0) != 0).any(axis=1)
    return rows[told].head(3).to_dict("records")


def agents(path: Path) -> list[str]:
    """Columns and cells of a shown table that name an agent."""
    with path.open(encoding="utf-8", newline="") as file:
        head, *rows = csv.reader(file)
    return [c for c in head if "agent" in c.lower() or c in AGENTS] + [c for r in rows for c in r if c in desk.AGENTS]


def _is_name(words: list[str]) -> bool:
    """Whether words are first and last names; not the "Test Test" of an account for trials."""
    return len(words) in WORDS and all(w.isalpha() for w in words) and words[0] != words[1]


def _read(path: Path, sep: str = ",", encoding: str = "utf-8-sig") -> pd.DataFrame:
    return pd.read_csv(path, dtype=str, sep=sep, encoding=encoding)
