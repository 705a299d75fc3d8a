"""What happens to a person's data on the way into a system: typos, slips, initials, double accounts, shared contacts."""

import numpy as np
import pandas as pd

from scrm_helpers.sample.settings import Settings
from scrm_helpers.sample.words import upper_tr

MOST_DOUBLES = 5  # further records of one person in one system: groups of up to 6
PHONE_FORMS = {  # how each system's users write a mobile number; {a} {b} {c} {d} are 532 123 45 67
    "hubspot": ("+90 {a} {b} {c} {d}", "0{a}{b}{c}{d}", "+90{a}{b}{c}{d}", "0{a} {b} {c} {d}", "({a}) {b} {c} {d}",
                "{a}{b}{c}{d}", "90 {a} {b} {c}{d}"),
    "logo": ("(0{a}) {b} {c} {d}", "{a} {b} {c} {d}", "0 {a} {b} {c}{d}", "{a}-{b}-{c}-{d}", "0{a} {b}{c}{d}"),
    "shopify": ("'+90{a}{b}{c}{d}", "'0{a}{b}{c}{d}", "'+90 {a} {b} {c} {d}"),
    "zendesk": ("+90{a}{b}{c}{d}", "0{a} {b} {c} {d}", "{a} {b} {c} {d}"),
    "iys": ("+90{a}{b}{c}{d}",),
}  # fmt: skip


def share_contacts(s: Settings, block: int, people: pd.DataFrame) -> pd.DataFrame:
    """Some persons give the phone or e-mail of a relative of the same province, whose family name most of them bear."""
    rng = s.rng("shared", block)
    out = people.copy()
    n = len(out)
    takes = np.flatnonzero(rng.random(n) < s.rate("shared_contacts"))
    order = np.argsort(out.city.to_numpy() + out["last"].to_numpy(), kind="stable")
    place = np.empty(n, int)
    place[order] = np.arange(n)
    gives = order[(place[takes] + 1) % n]
    phone = rng.random(len(takes)) < 0.7
    values = out.phone.to_numpy().copy()
    values[takes[phone]] = values[gives[phone]]
    out["phone"] = values
    emails = out.email.to_numpy(dtype=object).copy()
    emails[takes[~phone]] = emails[gives[~phone]]
    out["email"] = pd.Series(emails, dtype="str")
    return out


def double(s: Settings, rng, records: pd.DataFrame) -> pd.DataFrame:
    """Further records of the same person in the same system; `copy` counts them from 1 (0 is the first record)."""
    first = records.assign(copy=0)
    rate = s.rate("double_accounts")
    if not rate:
        return first
    # 5% of all records are doubles; a doubled person has 1 to 5 more records, 1.45 on average
    twice = rng.random(len(records)) < rate / (1 - rate) / 1.45
    more = np.minimum(rng.geometric(0.69, twice.sum()), MOST_DOUBLES)
    again = records[twice].loc[lambda f: f.index.repeat(more)].copy()
    again["copy"] = np.concatenate([np.arange(1, k + 1) for k in more]) if len(more) else np.array([], int)
    how = rng.random(len(again))
    again["email"] = np.where(how < 0.3, "", again.email)
    again["email"] = np.where(
        how > 0.65, again.email.str.replace("@", rng.choice(["1@", "34@", "tr@"]), regex=False), again.email
    )
    again["phone"] = np.where((how > 0.3) & (how < 0.65) & (rng.random(len(again)) < 0.5), 0, again.phone)
    again["created"] = again.created + rng.integers(1, 200, len(again)) * np.timedelta64(86400, "s")
    return pd.concat([first, again], ignore_index=True)


def smudge(s: Settings, rng, records: pd.DataFrame, file: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Typos, slips and initials; returns the records and the planted defects (row = position in the frame)."""
    out = records.copy()
    n = len(out)
    found = []
    email = out.email.to_numpy(dtype=object).copy()
    rows = np.flatnonzero((rng.random(n) < s.rate("email_typos")) & (email != ""))
    kinds = rng.random(len(rows))
    for row, kind in zip(rows, kinds, strict=True):
        email[row] = _typo(email[row], kind)
    found.append(("email_typos", rows))
    phone = out.phone.to_numpy().copy()
    rows = np.flatnonzero((rng.random(n) < s.rate("phone_slips")) & (phone > 0))
    power = 10 ** rng.integers(0, 7, len(rows))
    digit = phone[rows] // power % 10
    phone[rows] += ((digit + rng.integers(1, 10, len(rows))) % 10 - digit) * power
    found.append(("phone_slips", rows))
    given = out.given.to_numpy(dtype=object).copy()
    rows = np.flatnonzero(rng.random(n) < s.rate("initials"))
    for row in rows:
        given[row] = given[row][0] + "."
    found.append(("initials", rows))
    out["email"], out["phone"], out["given"] = pd.Series(email, dtype="str"), phone, pd.Series(given, dtype="str")
    defects = pd.concat([pd.DataFrame({"file": file, "row": r, "kind": k}) for k, r in found], ignore_index=True)
    return out, defects


def _typo(address: str, kind: float) -> str:
    name, _, domain = address.partition("@")
    if kind < 0.3:
        return f"{name[1]}{name[0]}{name[2:]}@{domain}"
    if kind < 0.55:
        return f"{name[:2]}{name[3:]}@{domain}"
    if kind < 0.8:
        return f"{name}@{domain.replace('posta', 'psota').replace('mail', 'mial').replace('ileti', 'ilti').replace('kutu', 'kutuu')}"
    return f"{name[:-1]}{(int(name[-1]) + 1) % 10 if name[-1].isdigit() else 'x'}@{domain}"


def phone_text(s: Settings, rng, numbers: np.ndarray, system: str) -> np.ndarray:
    """Numbers as the users of one system write them; 0 is blank, a number from abroad keeps its plus."""
    numbers = np.asarray(numbers, dtype="int64")
    digits = numbers.astype("U12")
    turkish = numbers // 10**10 == 90
    parts = {"a": (2, 5), "b": (5, 8), "c": (8, 10), "d": (10, 12)}
    chars = digits.view("U1").reshape(len(digits), 12) if len(digits) else np.empty((0, 12), "U1")
    piece = {k: np.ascontiguousarray(chars[:, lo:hi]).view(f"U{hi - lo}").ravel() for k, (lo, hi) in parts.items()}
    forms = PHONE_FORMS[system] if s.on("phone_forms") else PHONE_FORMS["iys"]
    weight = 1 / (np.arange(len(forms)) + 1.5)
    chosen = rng.choice(len(forms), len(digits), p=weight / weight.sum())
    out = np.where(numbers > 0, np.char.add("+", digits), "").astype("U24")
    for k, form in enumerate(forms):
        here = turkish & (chosen == k)
        text = np.array(form.split("{")[0])
        for token in form.split("{")[1:]:
            key, rest = token[0], token[2:]
            text = np.char.add(np.char.add(text, piece[key][here]), rest)
        out[here] = text
    mangled = np.flatnonzero(turkish & (rng.random(len(digits)) < s.rate("excel_phones")))
    if system == "hubspot":  # a spreadsheet in between turned the number into 5,32123E+09: its last digits are gone
        for row in mangled:
            out[row] = f"5,{digits[row][3:8]}E+09"
    return out


def erp_title(s: Settings, given: pd.Series, family: pd.Series) -> pd.Series:
    """Name as the ERP stores it: one field, upper case by Turkish rules where that habit is on."""
    full = given + " " + family
    if not s.on("upper_names"):
        return full
    upper = {w: upper_tr(w) for w in pd.unique(pd.concat([given, family]))}
    return given.map(upper) + " " + family.map(upper)
