"""Places of the campaign calendar: each becomes the store, city or region that the stores and sales of the same data know by that name."""

import pyarrow as pa

from scrm_helpers import texts
from scrm_helpers.folding import fold
from scrm_helpers.ingestion.part import arrive

CODE = r"^[A-ZÇĞİÖŞÜ]{1,4}-[A-Z0-9-]+$"  # how most codes of stores look
EVERYWHERE = ("Hepsi", "Tümü", "All", "Tüm mağazalar")  # no list of places
SIGNS = ("\r", "\n", ";", " / ", "/")  # part the places of a cell, as a comma does, where no known place has them in its name
RECIPE = "campaign_calendar"  # its list says neither store nor city; where sources.yml says it, that holds
# what a place may be, the first that fits; a former code is the store of today
NAMES = (
    ("stores", "store_id", "store", "store_id"), ("stores", "formerly", "store", "store_id"), ("orders", "store_id", "store", "store_id"),
    ("stores", "city", "city", "city"), ("stores", "region", "region", "region"), ("stores", "name", "store", "store_id"),
)  # fmt: skip
MINE = f"_kind_of_file = '{RECIPE}'"
ONCE = f"""DELETE FROM made_campaign_units WHERE {MINE} AND rowid NOT IN
    (SELECT min(rowid) FROM made_campaign_units GROUP BY campaign_id, unit_kind, unit_id)"""  # a place that a campaign names twice
TOP = 5  # places without a partner that are named


def resolve(con) -> dict[str, str]:
    """Gives rows of `made_campaign_units` their kind and code; file -> what is said of places that nobody knows.

    Letters count first, then the same without case, marks and signs where only one thing is called so. Without any store, city or
    region in the data nothing is known and nothing is said.
    """
    there = {r[0] for r in con.execute("SELECT table_name FROM duckdb_tables() UNION SELECT view_name FROM duckdb_views()").fetchall()}
    have = {t: {c[0] for c in con.execute(f"DESCRIBE {t}").fetchall()} if t in there else set() for t in ("made_stores", "made_orders")}
    words = [
        f"SELECT DISTINCT {word} AS word, '{kind}' AS kind, {key} AS id, {rank} AS rank FROM made_{table} WHERE {word} IS NOT NULL"
        for rank, (table, word, kind, key) in enumerate(NAMES) if {word, key} <= have[f"made_{table}"]
    ]  # fmt: skip
    if "made_campaign_units" not in there:
        return {}
    part(con, " UNION ALL ".join(words))
    if not words:
        return {}
    con.execute(f"CREATE OR REPLACE TABLE scrm_places AS {' UNION ALL '.join(words)}")
    if not con.execute("SELECT count(*) FROM scrm_places").fetchone()[0]:
        return {}
    called = [
        f"""SELECT u.unit_id, p.kind, p.id, p.rank + {later} AS rank FROM
            (SELECT DISTINCT unit_id FROM made_campaign_units WHERE {MINE}) u JOIN
            (SELECT {p} AS called, kind, rank, min(id) AS id FROM scrm_places GROUP BY ALL HAVING count(DISTINCT id) = 1) p
            ON p.called = {u}"""
        for later, p, u in ((0, "word", "u.unit_id"), (len(NAMES), "scrm_alike(word)", "scrm_alike(u.unit_id)"))
    ]
    con.execute(f"""CREATE OR REPLACE TABLE scrm_placed AS SELECT unit_id, arg_min(kind, rank) AS kind, arg_min(id, rank) AS id
        FROM ({' UNION ALL '.join(called)}) GROUP BY 1""")
    lost = con.execute(f"""SELECT source_file, unit_id FROM made_campaign_units WHERE {MINE}
        AND unit_id NOT IN (SELECT unit_id FROM scrm_placed) GROUP BY ALL ORDER BY source_file, count(*) DESC, unit_id""").fetchall()
    con.execute(f"""UPDATE made_campaign_units SET unit_kind = p.kind, unit_id = p.id FROM scrm_placed p
        WHERE {MINE} AND made_campaign_units.unit_id = p.unit_id""")
    con.execute(ONCE)
    by_file: dict[str, list[str]] = {}
    for file, place in lost:
        by_file.setdefault(file, []).append(place)
    return {file: _sentence(file, places) for file, places in by_file.items()}


def part(con, known: str = "") -> None:
    """Makes each row of `made_campaign_units` that holds several places one row per place. `known`: a query for the `word`s of known ones.

    What is known as a whole stays whole: a region may be called Marmara / Ege.
    """
    several = " OR ".join(f"contains({{0}}, '{sign}')" for sign in SIGNS)
    asked = f"SELECT DISTINCT unit_id FROM made_campaign_units WHERE {MINE} AND ({several.format('unit_id')}) ORDER BY 1"
    cells = [c for (c,) in con.execute(asked).fetchall()]
    words = con.execute(f"SELECT word FROM ({known}) WHERE {several.format('word')}").fetchall() if known and cells else []
    parted = {c: _pieces(c, {_called(w) for (w,) in words}) for c in cells}
    pairs = [(c, piece) for c, pieces in parted.items() if pieces != [c] for piece in pieces]
    if not pairs:
        return
    cell, place = zip(*pairs, strict=True)
    arrive(con, "scrm_listed", pa.table({"cell": cell, "place": place}))
    con.execute(f"""INSERT INTO made_campaign_units SELECT u.* REPLACE (place AS unit_id,
        CASE WHEN regexp_matches(place, '{CODE}') THEN 'store' ELSE 'city' END AS unit_kind)
        FROM made_campaign_units u JOIN scrm_listed ON unit_id = cell WHERE {MINE} AND place <> ''""")
    con.execute(f"DELETE FROM made_campaign_units WHERE {MINE} AND unit_id IN (SELECT cell FROM scrm_listed)")
    con.execute(ONCE)


def _called(words: str) -> tuple[str, ...]:
    """A name as it is compared: without case and marks, but with the signs that could part it."""
    return fold(words), *(sign for sign in words if sign in SIGNS)


def _pieces(cell: str, whole: set[tuple[str, ...]]) -> list[str]:
    """The places of a cell; [''] where it says everywhere or nothing."""
    sign = next((s for s in SIGNS if s in cell), "")
    if not sign or _called(cell) in whole:
        return ["" if fold(cell) in {"", *map(fold, EVERYWHERE)} else cell.strip()]
    return [place for piece in cell.split(sign) for place in _pieces(piece.strip(), whole)]


def _sentence(file: str, places: list[str]) -> str:
    shown = ", ".join([*map(repr, places[:TOP]), *(["..."] if len(places) > TOP else [])])
    return texts.tell("console.file.no_place", file=file, n=texts.figure(len(places)), places=shown)
