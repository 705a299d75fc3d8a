"""Matching on Spark: what Splink is told there is what DuckDB says, text for text and record for record."""

import os
import random
import stat
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
import sqlglot
from splink.internals.dialects import DuckDBDialect, SparkDialect
from splink.internals.em_sampling import _em_sample_filter_sql
from splink.internals.input_column import InputColumn

from scrm_helpers.identity import fields, jaro, matcher, normalise
from scrm_helpers.run.reached import Code
from scrm_helpers.store import engine
from scrm_helpers.store.spark import spoken

LEVELS = (0.75, 0.88, 0.9, 0.92)  # of likeness, in `fields`


@pytest.fixture(scope="module")
def connection(tmp_path_factory):
    with engine.bare("spark", spill=tmp_path_factory.mktemp("spill")) as opened:
        yield opened


def likeness(connection, pairs: list[tuple]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """What DuckDB and Spark say of pairs of texts, as Splink asks them."""
    rows = pa.table({"k": range(len(pairs)), "a": [a for a, _ in pairs], "b": [b for _, b in pairs]})
    asked = "SELECT k, jaro_winkler_similarity(a, b) AS winkler, levenshtein(a, b) AS edits, damerau_levenshtein(a, b) AS slips FROM texts"
    with engine.bare() as embedded:
        embedded.register("texts", rows)
        wanted = embedded.execute(asked).fetchdf()
    connection.register("texts", rows)
    told = sqlglot.parse_one(spoken(asked), read="spark").transform(matcher.as_duckdb).sql("spark")
    return wanted, connection.session.sql(f"{told} ORDER BY k").toArrow().to_pandas()


def word(rng: random.Random, longest: int) -> str:
    return "".join(rng.choice("abcdeimnst") for _ in range(rng.randint(1, longest)))


def slipped(rng: random.Random, text: str) -> str:
    letters = list(text)
    for _ in range(rng.randint(0, 4)):
        at = rng.randrange(len(letters) + 1)
        letters[at : at + rng.randint(0, 2)] = word(rng, 2) if rng.random() < 0.7 else ""
    return "".join(letters)


@pytest.mark.slow
@pytest.mark.java
def test_likeness_on_spark_is_duckdbs(connection):
    """`bttabab` and `btbtsab` share 6 of 7 letters, 3 of them out of order: Jaro's (6/7 + 6/7 + (6 - 1) / 6) / 3, with a half 1.5 for 1."""
    matcher.add_functions(connection.session)
    rng = random.Random(5)
    pairs = [("bttabab", "btbtsab"), ("ali", "ali"), ("a", "b"), ("", "ali"), ("", ""), (None, "ali"), ("ali", None)]
    pairs += [("çağ", "cağ"), ("ça@x", "aç@x"), ("ışık@posta.example", "isik@posta.example")]  # a letter of two bytes is two
    for _ in range(4000):
        one = word(rng, 14) if rng.random() < 0.8 else f"{word(rng, 9)} {word(rng, 9)} sokak 12"
        pairs.append((one, slipped(rng, one) if rng.random() < 0.8 else word(rng, 14)))
    wanted, found = likeness(connection, pairs)
    near = (6 / 7 + 6 / 7 + 5 / 6) / 3
    assert wanted.winkler[0] == pytest.approx(near + 2 * 0.1 * (1 - near), rel=1e-12)  # both begin with bt
    like = wanted.winkler.fillna(-1) >= min(LEVELS)
    assert found.winkler[like].equals(wanted.winkler[like])  # to the last bit
    assert like.sum() > 1500 and (found.winkler[~like].fillna(-1) < min(LEVELS)).all()
    assert found.winkler.isna().equals(wanted.winkler.isna())
    assert found.edits.fillna(-1).tolist() == wanted.edits.fillna(-1).tolist()
    assert (found.slips.fillna(9) <= 1).tolist() == (wanted.slips.fillna(9) <= 1).tolist()  # all that a level asks


@pytest.mark.slow
@pytest.mark.java
def test_samples_and_keys_on_spark_are_duckdbs_and_nothing_is_left(tmp_path):
    rows = pd.DataFrame([
        {"account_id": k, "system": "shop", "kind": "consumer", "first_name": f"Ali {k % 7}", "last_name": f"Su{k % 11}",
         "postcode": f"W1 {k % 5}AB", "email": f"ali{k % 13}@posta.example",
         "address": f"Gül Sokak No {k % 9} D 3", "birth_date": f"01.02.{1950 + k % 40}"}
        for k in range(400)
    ])  # fmt: skip
    records, told = normalise.records(rows), np.arange(400) % 3 > 0
    unique, dialects = [InputColumn("unique_id", sqlglot_dialect_str="duckdb")], (DuckDBDialect(), SparkDialect())
    drawn, coded = [], []
    (tmp_path / "spill").mkdir()
    for spill, dialect in zip((None, tmp_path / "spill"), dialects, strict=True):
        on = "spark" if spill else "duckdb"
        with engine.bare(on, spill=spill) as opened:
            fields.make(opened, fields.made(records, told))
            coded.append(opened.execute("SELECT * FROM made").to_arrow_table().to_pydict())
            opened.execute("CREATE VIEW people AS SELECT * FROM made")
            api = matcher.of(opened, 7)
            if spill:
                kept = next(spill.iterdir())
                assert stat.S_IMODE(kept.stat().st_mode) == 0o700 and (kept / "made").is_dir()
            for asked in (
                f"SELECT unique_id FROM people WHERE 1 = 1 {dialect.proportion_sample_sql(0.3, unique, seed=7)}",
                "SELECT l.unique_id FROM people AS l WHERE 1 = 1 " + _em_sample_filter_sql(unique, 200_000_000, matcher.LOTS, "l", dialect),
                "SELECT l.unique_id FROM people AS l WHERE 1 = 1 " + _em_sample_filter_sql(unique, 4_000, 10_000, "l", dialect),
            ):
                asked = asked.replace('"', "`") if spill else asked
                answer = api._execute_sql_against_backend(api._setup_for_execute_sql(asked, "asked") if spill else asked)
                answer = answer.toArrow() if spill else answer.to_arrow_table()
                drawn.append(sorted(answer.column(0).to_pylist()))
    assert drawn[:3] == drawn[3:] and [len(d) > 20 for d in drawn[:3]] == [True] * 3 and len({*map(len, drawn)}) == 3
    assert coded[0] == coded[1]
    assert not list((tmp_path / "spill").iterdir())
    session = engine._session()
    views = {row.viewName for row in session.sql("SHOW VIEWS").collect()}
    assert not views & {"made", "people", "drawn", "lots", "series", "slice", "written"} and not any("splink" in v for v in views)
    assert session.conf.get("spark.local.dir").startswith(str(engine._closed(os.getpid())))


def test_statements_are_told_in_sparks_words():
    assert spoken("SELECT born FROM made", ordered={"made"}) == "SELECT born FROM made ORDER BY unique_id"
    assert spoken("SELECT count(*) FROM made", ordered={"made"}) == "SELECT COUNT(*) FROM made"
    assert spoken("SELECT born FROM people", ordered={"made"}) == "SELECT born FROM people"
    assert "OVER (ORDER BY unique_id)" in spoken("SELECT row_number() OVER () - 1 AS place FROM made")
    assert "ARRAYS_OVERLAP(SPLIT(" in spoken(fields._SHARED_WORD.replace("?", "given")).upper()


def test_a_month_on_duckdb_loads_nothing_of_spark_ahead():
    ahead = Code().modules(Path(__file__).resolve().parents[1] / "notebooks" / "02_identity.ipynb")
    assert "splink" in ahead and not [name for name in ahead if "pyspark" in name or name.startswith("splink.backends")]


def test_splinks_calls_are_those_that_agree_with_duckdb():
    def told(sql: str) -> str:
        return sqlglot.parse_one(sql, read="spark").transform(matcher.as_duckdb).sql("spark")

    assert told("SELECT PMOD(HASH(l.`unique_id`), 10)") == "SELECT PMOD(l.lot, 10)"
    assert told("SELECT PMOD(HASH((`unique_id`) || '_7'), 10)") == "SELECT PMOD(seeded_lot, 10)"
    for name in ("jaro_winkler", "jaro_winkler_similarity", "jarowinkler_similarity"):
        assert told(f"SELECT {name}(a_l, a_r) >= 0.9").count(matcher.QUICK) == 1
    # the jar lacks at most half of one of three letters of a third: 1/18 of Jaro's 0.7, from where a shared beginning adds
    assert matcher.LEAST_LIKE < jaro.BOOSTED - 1 / 18
