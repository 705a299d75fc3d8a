"""A test of a text asks it as it stands: the answers are those of its folded form."""

import duckdb
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scrm_helpers.ingestion import cells, words

WORDS = ["test", "i", "120 99", "perakende musteri", "k", "x com", "", "ig"]
SIGNS = "abcikptxTESİIKı019.,-_@ \n\t'\"éß中–" + cells.FOLD_FROM + words.KELVIN
SAYS = {
    "is": lambda folded, wanted: folded in wanted,
    "starts_with": lambda folded, wanted: any(folded.startswith(w) for w in wanted),
    "contains": lambda folded, wanted: any(w in folded for w in wanted),
}


@pytest.fixture(scope="module")
def con():
    made = duckdb.connect()
    for macro in cells.MACROS:
        made.execute(macro)
    return made


def test_every_sign_there_is_folds_as_the_patterns_have_it(con):
    every = "SELECT chr(x::INTEGER) AS s FROM range(1, 1114112) t(x) WHERE x NOT BETWEEN 55296 AND 57343"
    con.execute(f"CREATE TABLE signs AS SELECT s, scrm_fold(s) AS f FROM ({every})")
    wrong = con.execute(f"SELECT s FROM signs WHERE (f <> '') <> regexp_matches(s, '^[{words.LETTERS}]$')").fetchall()
    assert wrong == []
    for letter in "abcdefghijklmnopqrstuvwxyz0123456789":
        one = words.pattern([letter], "is")
        assert con.execute(f"SELECT count(*) FROM signs WHERE (f = '{letter}') <> regexp_matches(s, '{one}')").fetchone() == (0,)


@pytest.mark.parametrize(
    ("text", "how", "wanted", "says"),
    [
        ("120.99.0001", "starts_with", ["120 99"], True),
        ("12099.0001", "starts_with", ["120 99"], False),
        (" Perakende  MÜŞTERİ A.Ş.", "starts_with", ["perakende musteri"], True),
        ("IADE", "is", ["iade"], True),
        ("(test)", "is", ["test"], True),
        ("tests", "is", ["test"], False),
        ("a-test!", "contains", ["test"], True),
        ("te-st", "contains", ["test"], False),
        ("satın/alma", "contains", ["satin alma"], True),
        ("...", "is", [""], True),
    ],
)
def test_texts_as_people_write_them(con, text, how, wanted, says):
    assert con.execute("SELECT regexp_matches(?, ?)", [text, words.pattern(wanted, how)]).fetchone() == (says,)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("Süper Lig TV", "other"), ("big.com", "other"), ("Plastik toka", "other"),  # no Instagram, no TikTok
        ("https://ig.com/a", "instagram"), ("ig.com", "instagram"), ("Insta DM", "instagram"), ("l.instagram.com", "instagram"),
        ("Tik Tok reklam", "tiktok"), ("reklam: tik-tok", "tiktok"), ("", None),
    ],
)  # fmt: skip
def test_a_source_is_known_by_whole_words_where_a_part_of_others_would_do(con, text, says):
    told = con.execute(f"SELECT {words.source('s', 'scrm_fold(s)')} FROM (SELECT ? AS s)", [text]).fetchone()
    assert told == (says,)


@given(
    texts=st.lists(st.text(SIGNS, max_size=12), min_size=1, max_size=60),
    wanted=st.lists(st.sampled_from(WORDS), min_size=1, max_size=3),
)
@settings(max_examples=60, deadline=None)
def test_whatever_a_text_is_the_pattern_says_what_its_folded_form_says(con, texts, wanted):
    texts = [*texts, *(t.join(("", w.upper(), "")) for t in texts[:9] for w in wanted)]
    con.register("told", pa.table({"s": texts}))
    for how, says in SAYS.items():
        found = con.execute(f"SELECT s, scrm_fold(s), regexp_matches(s, '{words.pattern(wanted, how)}') FROM told").fetchall()
        assert [(s, r) for s, f, r in found if says(f, wanted) != r] == []
        assert all(words.folded(s) == f for s, f, _ in found)
