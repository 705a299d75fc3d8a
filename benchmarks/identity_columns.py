"""Any file of person records as a table of accounts: what a column is called in a dozen languages, and what it then is here."""

import re
import sys
from pathlib import Path

import numpy as np
import pandas as pd

from scrm_helpers.folding import fold

# account column: names of it, folded. A name also counts when it is the end or the start of a longer one ("customer email").
NAMES = {
    "first_name": "first name|firstname|given name|givenname|forename|fname|first|given|ad|adi|isim|ismi|vorname|prenom|"
    "nombre|nome|voornaam|"
    "imie|fornamn|name first|first nm|givenname s",
    "last_name": "last name|lastname|surname|family name|familyname|sname|lname|last|family|soyad|soyadi|soyisim|nachname|"
    "familienname|nom|nom de famille|"
    "apellido|apellidos|cognome|achternaam|nazwisko|efternamn|name last|last nm",
    "full_name": "full name|fullname|name|ad soyad|adi soyadi|adsoyad|isim soyisim|musteri adi|musteri|unvan|customer name|"
    "person name|"
    "nom complet|nombre completo|nome completo|vollstandiger name|display name|contact name|naam",
    "company_name": "company|company name|firma|firma adi|sirket|sirket adi|organisation|organization|business name|"
    "unternehmen|societe|empresa|azienda",
    "email": "email|e mail|mail|email address|emailaddress|eposta|e posta|eposta adresi|e posta adresi|correo|"
    "correo electronico|courriel|posta",
    "phone": "phone|phone number|phonenumber|telephone|tel|telefon|telefon no|telefon numarasi|mobile|mobile phone|cell|gsm|"
    "cep|cep telefonu|cep tel|"
    "telefono|telefone|telefoonnummer|handy|mobil|telefonnummer|numero de telephone|phone 1|phone1",
    "address": "address|street address|street|street name|adres|acik adres|adresse|strasse|rue|direccion|calle|indirizzo|via|"
    "endereco|address 1|address1|"
    "address line 1|addr|full address",
    "district": "district|suburb|neighbourhood|neighborhood|ilce|mahalle|semt|county|kreis|barrio|quartier|comune",
    "city": "city|town|place|il|sehir|stadt|ort|wohnort|ville|ciudad|citta|cidade|stad|miasto|birth place|birthplace|"
    "place of birth|dogum yeri|state|"
    "province|region|municipality|localidad|location",
    "postcode": "postcode|post code|postal code|postalcode|zip|zip code|zipcode|posta kodu|pk|plz|postleitzahl|code postal|"
    "codigo postal|cap|cep kodu|"
    "postcode fake|kod pocztowy",
    "birth_date": "dob|date of birth|birth date|birthdate|birthday|dogum tarihi|dogum|geburtsdatum|geburtstag|"
    "date de naissance|fecha de nacimiento|"
    "fecha nacimiento|data di nascita|data de nascimento|geboortedatum|born",
    "birth_year": "birth year|year of birth|yob|dogum yili|geburtsjahr|annee de naissance|by",
    "tax_no": "tax no|tax number|tax id|ssn|soc sec id|social security number|national id|nationalid|tckn|tc kimlik no|tc no|"
    "vergi no|vkn|"
    "nif|dni|passport|passport no|medicare|nhs number|sin|id number|codice fiscale|pesel",
    "handle": "handle|username|user name|kullanici adi|instagram|twitter|social handle",
}  # fmt: skip
STREET = (
    "street number|house number|street no|kapi no|hausnummer|numero|number|no|unit|flat",
    "address 2|address2|address line 2",
)
LEFT_OUT = re.compile(
    r"^(?:.* )?(?:id|uuid|guid|unique id|record id|rec id|row|row id|index|unnamed 0|first and surname|level 0|timestamp|"
    "created at|updated at)$"
)
WIDE_TEXT = 60  # characters: a longer middle value is free text, no field of a person


def read(file: str) -> pd.DataFrame:
    """A CSV, TSV or Parquet file (or a folder of CSVs, one system each) as text columns."""
    path = Path(file)
    if path.is_dir():
        parts = [read(str(p)).assign(system=p.stem) for p in sorted(path.glob("*.csv"))]
        return pd.concat(parts, ignore_index=True)
    if not path.is_file():
        raise SystemExit(f"--records: came {path.name}, expected a CSV, TSV or Parquet file that is there.")
    rows = pd.read_parquet(path) if path.suffix.lower() in (".parquet", ".pq") else _text(path)
    rows.columns = [str(c).strip().lstrip("\ufeff") for c in rows.columns]
    return rows


def _text(path: Path) -> pd.DataFrame:
    for encoding in ("utf-8-sig", "utf-16", "cp1254"):
        try:
            return pd.read_csv(path, dtype=str, sep=None, engine="python", encoding=encoding, skipinitialspace=True)
        except (UnicodeError, UnicodeDecodeError):
            continue
    raise SystemExit(f"--records: {path.name} is neither UTF-8, UTF-16 nor Windows-1254 text. Save it as UTF-8.")


def accounts_of(rows: pd.DataFrame, truth: str) -> tuple[pd.DataFrame, np.ndarray]:
    """The table of accounts and the true person of each row (a number; rows without one are people of their own)."""
    if truth not in rows:
        raise SystemExit(f"--truth: came {truth}, expected one of: {', '.join(map(str, rows.columns))}.")
    if not len(rows):
        raise SystemExit("--records: came a file without rows, expected person records.")
    who = rows[truth].astype("str").str.replace(r"^rec-(\d+)-(?:org|dup-\d+)$", r"\1", regex=True)
    code = pd.factorize(who.where(rows[truth].notna()))[0]
    alone = code < 0
    code[alone] = code.max(initial=-1) + 1 + np.arange(int(alone.sum()))
    taken, extras, streets, notes = _meanings(rows.drop(columns=[truth]))
    out = pd.DataFrame({"account_id": range(1, len(rows) + 1), "kind": "consumer", "system": "file"})
    for ours, theirs in taken.items():
        if ours == "system":
            out["system"] = _words(rows[theirs]).fillna("file")
        else:
            out[ours] = _words(rows[theirs])
    if streets:
        parts = [_words(rows[c]).fillna("") for c in streets]
        out["address"] = pd.Series(
            [" ".join(p for p in row if p) or None for row in zip(*parts, strict=True)], dtype=object
        )
    for column in extras:
        out["extra_" + fold(column).replace(" ", "_")] = _words(rows[column])
    print("# columns: " + "; ".join(notes), file=sys.stderr)
    return out, code


def _meanings(rows: pd.DataFrame) -> tuple[dict[str, str], list[str], list[str], list[str]]:
    """What each column is taken for: account column -> column, extras, parts of the street, and a note for each."""
    known = {name: ours for ours, names in NAMES.items() for name in names.split("|")}
    taken, extras, streets, notes, parts = {}, [], [], [], {}
    folded = {c: fold(re.sub(r"(?<=[a-zğüşöçı])(?=[A-Z])", " ", str(c))) for c in rows.columns}
    for column, name in folded.items():
        if name in ("system", "source", "source dataset", "dataset", "kaynak"):
            taken.setdefault("system", column)
            notes.append(f"{column} = system")
        elif name in known and known[name] not in taken:
            taken[known[name]] = column
        elif any(name in p.split("|") for p in STREET):
            parts[column] = name
    _by_their_values(rows, [c for c in rows if c not in taken.values() and c not in parts], folded, taken)
    for column, name in folded.items():
        if column in taken.values() or column in parts:
            continue
        ends = [
            ours
            for key, ours in known.items()
            if len(key) > 3 and ours not in taken and (name.endswith(" " + key) or name.startswith(key + " "))
        ]
        values = rows[column].dropna()
        if ends:
            taken[ends[0]] = column
        elif LEFT_OUT.match(name) or values.nunique() < 2:
            notes.append(f"{column} ignored (an id, or one value)")
        elif values.nunique() > 0.9 * len(rows) or values.astype(str).str.len().median() > WIDE_TEXT:
            notes.append(f"{column} ignored (free text, or a number per record)")
        else:
            extras.append(column)
            notes.append(f"{column} compared as it stands")
    notes += [f"{theirs} = {ours}" for ours, theirs in taken.items() if ours != "system"]
    if parts and "address" in taken:
        first = [c for c, name in parts.items() if name in STREET[0].split("|")]
        streets = [*first, taken["address"], *(c for c in parts if c not in first)]
        notes += [f"{c} = part of address" for c in parts]
    else:
        extras += list(parts)
    return taken, extras, streets, notes


LOOKED_AT = 2_000  # values of a column from which its meaning is read where its name says none
KINDS = {  # account column: what most of its values look like
    "email": r"[^@\s]+@[^@\s]+\.[^@\s]+",
    "birth_date": r"(?:1[89]|20)\d\d-?\d\d-?\d\d(?:[ T].*)?|\d{1,2}[./]\d{1,2}[./](?:1[89]|20)\d\d",
    "phone": r"\+?[\d ()./-]{9,20}",
}
NAME_LIKE = r"[^\W\d_][^\d_@]*"


def _by_their_values(rows: pd.DataFrame, free: list[str], folded: dict[str, str], taken: dict[str, str]) -> None:
    """Meanings of columns whose names say none, from what their values look like. Adds to `taken`."""
    known = {name: ours for ours, names in NAMES.items() for name in names.split("|")}
    named = []
    for column in free:
        name = folded[column]
        if LEFT_OUT.match(name) or any(len(k) > 3 and (name.endswith(" " + k) or name.startswith(k + " ")) for k in known):
            continue
        text = _words(rows[column]).dropna().head(LOOKED_AT)
        if not len(text):
            continue
        for ours, shape in KINDS.items():
            if ours not in taken and text.str.fullmatch(shape).mean() > 0.6:
                taken[ours] = column
                break
        else:
            if text.str.fullmatch(NAME_LIKE).mean() > 0.6 and text.str.len().median() < WIDE_TEXT:
                named.append((text.nunique() / len(text), column, text.str.contains(r"\w\s+\w").mean() > 0.5))
    if {"first_name", "last_name", "full_name", "company_name"} & set(taken):
        return
    whole = [column for _, column, many in named if many]
    single = sorted((column for _, column, many in sorted(named, reverse=True)[:2] if not many), key=list(rows.columns).index)
    if not whole and len(single) == 2:
        taken["first_name"], taken["last_name"] = single
    elif whole or single:
        taken["full_name"] = (whole or single)[0]
    else:  # no names at all: the text with the most different values stands for one
        left = [c for c in free if c not in taken.values() and not LEFT_OUT.match(folded[c])]
        texts = [c for c in left if rows[c].astype(str).str.contains(r"[^\W\d_]{3}").mean() > 0.5]
        if texts:
            taken["full_name"] = max(texts, key=lambda c: rows[c].nunique())


def _words(values: pd.Series) -> pd.Series:
    """Values as text, None where there is nothing; dates as days, whole floats without their point."""
    if pd.api.types.is_datetime64_any_dtype(values):
        text = values.dt.strftime("%Y-%m-%d")
    else:
        text = (
            values.astype(object)
            .where(values.notna(), None)
            .map(lambda v: None if v is None else re.sub(r"\.0$", "", str(v)).strip())
        )
    return text.astype(object).where(text.notna() & (text != ""), None)
