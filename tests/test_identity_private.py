"""Nobody's name, address, e-mail, phone or handle stands outside `data/private`: a scan with the sample company's own values.

Slow lane: it reads everything that a run of the sample company left (tables, pages, executed notebooks with widget state and logs).
"""

import re
from pathlib import Path

import ibis
import pandas as pd
import pytest

from scrm_helpers.folding import fold

HOME = Path(__file__).resolve().parents[1]
MAIL = re.compile(r"[\w.+-]+@[\w-]+\.[\w.]+")
DIGITS = re.compile(r"(?<!\w)\+?\d[\d \-()]{8,}\d(?!\w)")  # not the digits of a digest
TAG = re.compile(r"<[^<>]*>")
READ = {".json", ".jsonl", ".html", ".csv", ".txt", ".log", ".ipynb", ".md", ".svg", ".toml", ".yml", ".tsv"}


def known(private: Path) -> dict[str, set]:
    """What must not be seen, by kind: e-mails, last nine digits of phones, folded full names, handles, addresses."""
    files = sorted(private.rglob("accounts*.parquet"))
    rows = pd.concat([pd.read_parquet(f) for f in files], ignore_index=True)
    assert len(rows), "the sample company has accounts"
    whole = (rows.first_name.fillna("") + " " + rows.last_name.fillna("")).str.strip()
    names = {fold(n) for n in [*whole, *rows.full_name.dropna()] if len(str(n).split()) > 1}
    return {
        "e-mail": {m.casefold() for m in rows.email.dropna() if "@" in m},
        "phone": {d[-9:] for d in rows.phone.dropna().astype(str).str.replace(r"\D", "", regex=True) if len(d) >= 10},
        "name": {n for n in names if len(n) > 7 and len(set(n.split())) > 1},  # "Test Test" is nobody
        "handle": {h.lstrip("@").casefold() for h in rows.handle.dropna() if len(h) > 5},
        "address": {fold(a) for a in rows.address.dropna() if len(a) > 15},
    }


def seen(text: str, secret: dict[str, set]) -> list[str]:
    """The kinds of secret values that stand in a text."""
    runs = set()
    for words in (fold(text).split(), fold(TAG.sub(" ", text)).split()):  # a tag may part a name, or hold one
        runs |= {" ".join(words[k : k + n]) for n in (2, 3) for k in range(len(words) - n + 1)}
    found = {
        "e-mail": {m.casefold() for m in MAIL.findall(text)} & secret["e-mail"],
        "phone": {re.sub(r"\D", "", d)[-9:] for d in DIGITS.findall(text)} & secret["phone"],
        "name": runs & secret["name"],
        "handle": {w.casefold() for w in re.findall(r"[\w.]+", text)} & secret["handle"],
    }
    return [kind for kind, hits in found.items() if hits]


def leaks(folders: list[Path], secret: dict[str, set]) -> dict[str, list[str]]:
    """Files of `folders` with a secret value in them, and of which kinds; `restricted` holds rows per person and is read too."""
    out = {}
    for path in sorted(p for f in folders for p in f.rglob("*") if p.is_file()):
        if path.suffix == ".parquet":
            table = ibis.duckdb.connect().read_parquet(path)
            texts = [c for c, t in table.schema().items() if t.is_string()]
            values = [str(v) for c in texts for v in table.select(c).distinct().to_pandas()[c].dropna()]
            kinds = seen("\n".join(values), secret)
        elif path.suffix in READ:
            kinds = seen(path.read_text(encoding="utf-8", errors="ignore"), secret)
        else:
            continue
        if kinds:
            out[str(path)] = kinds
    return out


def test_the_scan_sees_what_is_there(tmp_path):
    secret = {"e-mail": {"gizli@posta.example"}, "phone": {"321234567"}, "name": {"ayse yilmaz"}, "handle": {"ayse.y90"}, "address": set()}
    (tmp_path / "note.html").write_text("<b>AYŞE</b> YILMAZ, 0532 123 45 67, Gizli@posta.example, @ayse.y90", encoding="utf-8")
    (tmp_path / "clean.html").write_text("Ayşe, Yılmaz değil; 1.234.567 TL; posta.example", encoding="utf-8")
    pd.DataFrame({"who": ["Ayşe Yılmaz"], "n": [1]}).to_parquet(tmp_path / "t.parquet")
    found = leaks([tmp_path], secret)
    assert found[str(tmp_path / "note.html")] == ["e-mail", "phone", "name", "handle"]
    assert found[str(tmp_path / "t.parquet")] == ["name"]
    # 'Ayşe, Yılmaz' are two words in a row: the scan would rather see too much than too little
    assert found[str(tmp_path / "clean.html")] == ["name"]


@pytest.mark.slow
def test_nothing_personal_outside_private():
    company = HOME / "data" / "sample"
    if not (company / "private").is_dir():
        pytest.skip("the sample company was not run here: python start.py report")
    assert leaks([company / "processed", HOME / "outputs" / "sample"], known(company / "private")) == {}
