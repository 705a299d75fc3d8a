"""Hashes for the upload of a list to an advertising platform, by each platform's own rules.

An unsalted hash of a phone number or an e-mail is no protection: all Turkish mobile numbers can be tried in half an hour. It is
personal data, made only where it is asked for by name, and kept in the closed folder alone.
"""

import hashlib
import re

import pandas as pd

from scrm_helpers.errors import ToldError
from scrm_helpers.texts import tell

PLATFORMS = ("meta", "google", "tiktok")
GMAIL = ("gmail.com", "googlemail.com")
E164 = re.compile(r"\+[1-9]\d{7,14}")
MAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")


def hashed(contacts: pd.DataFrame, platform: str) -> pd.DataFrame:
    """Columns `email_sha256` and `phone_sha256` (hexadecimal; blank where there is none). `contacts`: email, phone in E.164.

    Meta: e-mail in lower case, phone digits with the country code and no plus. Google: as Meta, phone with the plus, and dots and
    what follows a plus left out of a Gmail name. TikTok: e-mail in lower case, phone with the plus.
    """
    if platform not in PLATFORMS:
        raise ToldError(tell("told.export.no_platform", came=platform, known=", ".join(PLATFORMS)))
    mail = contacts["email"].map(lambda v: _mail(v, platform))
    phone = contacts["phone"].map(lambda v: _phone(v, platform))
    return pd.DataFrame({"email_sha256": mail.map(_digest), "phone_sha256": phone.map(_digest)}, index=contacts.index)


def _mail(value, platform: str) -> str:
    text = "" if pd.isna(value) else str(value).strip().lower()
    if not MAIL.fullmatch(text):
        return ""
    name, host = text.rsplit("@", 1)
    if platform == "google" and host in GMAIL:
        name = name.split("+", 1)[0].replace(".", "")
    return f"{name}@{host}"


def _phone(value, platform: str) -> str:
    text = "" if pd.isna(value) else re.sub(r"[\s()-]", "", str(value))
    if not E164.fullmatch(text):
        return ""
    return text[1:] if platform == "meta" else text


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8")).hexdigest() if text else ""
