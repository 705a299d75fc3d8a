"""The search for personal data that other tests rely on: it finds every form that a value may be written in, in every file."""

import json

import pandas as pd
import personal
import pytest

NAMES = {"name": {personal.folded(n) for n in ("Ayşe Yılmaz", "Ali Can Öz")}}
PHONE, MAIL = {"phone": {"5321112233"}}, {"email": {"ayse.yilmaz@example.com"}}


@pytest.mark.parametrize("text", [
    "Yılmaz, Ayşe", "YILMAZ AYŞE", "ayse_yilmaz", "Ay%C5%9Fe+Y%C4%B1lmaz",
    "Ay&#351;e Y&#x131;lmaz", r"Ay\u015fe Y\u0131lmaz",
    r"Ay\\u015fe Y\\u0131lmaz", "<td>Yılmaz</td><td>Ayşe</td>", "Ayşe;Yılmaz", "Ay%25C5%259Fe%20Y%25C4%25B1lmaz", "Öz, Ali Can",
])  # fmt: skip
def test_a_name_is_found_in_either_order_and_however_its_signs_are_written(text):
    assert personal.found(f"of {text}.", NAMES) == {"name": 1}


@pytest.mark.parametrize("text", [
    "5321112233.0", "0532.111.22.33", "0532/111/22/33", "0 532 111 22 33", "+90 (532) 111-22-33", "532\xa0111\xa022\xa033",
    "00905321112233", "0.5,5321112233,1.5", "%2B90%20532%20111%2022%2033",
    "&#43;905321112233", r"\u002b90 532 111 22 33", "905321112233.00",
    "7 0532 111 22 33 8", "0532-1112233,5", "<t>05321112233</t>",
])  # fmt: skip
def test_a_phone_is_found_in_any_written_form(text):
    assert personal.found(f"a {text} b", PHONE) == {"phone": 1}


@pytest.mark.parametrize("text", ["5321112234", "1532111223", "532111223a3", "0.15321112", "5321112233987654"])
def test_digits_of_something_else_are_no_phone(text):
    assert personal.found(f"a {text} b", PHONE) == {}


@pytest.mark.parametrize("text", [
    "AYSE.YILMAZ@example.com", "ayse.yilmaz%40example.com", "ayse.yilmaz&#64;example.com", "ayse.yilmaz&commat;example.com",
    r"ayse.yilmaz\u0040example.com", "mailto:ayse%2Eyilmaz%40example.com?subject=x", "<a>ayse.yilmaz@example.com</a>.",
])  # fmt: skip
def test_an_address_is_found_however_its_signs_are_written(text):
    assert personal.found(f"to {text} or", MAIL) == {"email": 1}


def test_every_written_file_is_walked_whatever_its_kind(tmp_path):
    """Each holds the address in its own form: 9 files are the suite's, 4 are what it was given, is private or hangs on a link."""
    row, at = pd.DataFrame({"note": ["Ayse.Yilmaz@example.com"]}), "ayse.yilmaz@example.com"
    ours = {
        "outputs/.runs/a/x/05_service/notebook.ipynb": json.dumps({"cells": [{"source": at.replace("@", "%40")}]}),
        "outputs/.runs/a/x/05_service/.ipynb_checkpoints/notebook-checkpoint.ipynb": at, "outputs/.runs/digests.json": json.dumps({at: 1}),
        "outputs/sample/compare_2026-01_2026-02.html": at.replace("@", "&#64;"), "outputs/2026-01.failed.json": at, "log.txt": at,
        "data/sample/processed/2026-10/first_seen.json": at.replace("@", r"\u0040"),
    }  # fmt: skip
    others = ("data/sample/raw/crm.csv", "data/sample/private/2026-10/note.json", "data/sample/truth/people.csv")
    for name, text in [*ours.items(), *((o, at) for o in others)]:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    row.to_parquet(tmp_path / "data/sample/processed/2026-10/notes.parquet")
    row.to_excel(tmp_path / "outputs/tables.xlsx", index=False)
    (tmp_path / "notebooks").symlink_to(tmp_path / "data/sample/raw", target_is_directory=True)
    walked = {p.relative_to(tmp_path).as_posix(): personal.found(personal.text_of(p), MAIL) for p in personal.written(tmp_path)}
    assert walked == dict.fromkeys([*ours, "data/sample/processed/2026-10/notes.parquet", "outputs/tables.xlsx"], {"email": 1})
