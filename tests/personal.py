"""What is personal in the sample company's raw files, and how it is looked for in files that were written."""

import csv
import re
import unicodedata
import zipfile
from pathlib import Path

import pandas as pd

from scrm_helpers.metrics import LEAST_GROUP
from scrm_helpers.sample.raw import desk

ASCII = str.maketrans("İIıŞşĞğÜüÖöÇçÂâÎîÛû", "iiissgguuooccaaiiuu")  # a name is found however its letters were written
# Where a referral code, an id of its own contract, stands beside the pseudonymous ids it belongs to; nowhere else, and no other kind.
CODES = {("processed", "referrals.parquet"): "code", ("restricted", "leaked_codes.csv"): "code"}
WORD, HANDLE = re.compile(r"[\w.+@-]+"), re.compile(r"@[\w.]+")
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
    """Kind -> how many of the values sought stand in a text."""
    low = folded(text)
    words = WORD.findall(low)
    tokens = {w.strip(".-") for w in words} | {h.lstrip("@") for h in HANDLE.findall(low)}
    letters = [w for w in re.split(r"[^\w]+", low) if w]
    first = {name.partition(" ")[0] for name in sought["name"]}
    names = {" ".join(letters[i : i + n]) for i, word in enumerate(letters) if word in first for n in WORDS}
    digits = {re.sub(r"\D", "", run)[-10:] for run in re.findall(r"(?<![\d.,])\+?\(?\d[\d ()-]{8,16}\d(?![\d.])", low)}
    held = {"email": tokens, "phone": digits | tokens, "name": names, "handle": tokens, "token": tokens}
    return {kind: n for kind, values in sought.items() if (n := len(values & held[kind]))}


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
