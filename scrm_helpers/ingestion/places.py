"""Places of the campaign calendar: each becomes the store, city or region that the stores and sales of the same data know by that name."""

from scrm_helpers import texts

RECIPE = "campaign_calendar"  # its list says neither store nor city; where sources.yml says it, that holds
# what a place may be, the first that fits; a former code is the store of today
NAMES = (
    ("stores", "store_id", "store", "store_id"), ("stores", "formerly", "store", "store_id"), ("orders", "store_id", "store", "store_id"),
    ("stores", "city", "city", "city"), ("stores", "region", "region", "region"), ("stores", "name", "store", "store_id"),
)  # fmt: skip
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
    if "made_campaign_units" not in there or not words:
        return {}
    con.execute(f"CREATE OR REPLACE TABLE scrm_places AS {' UNION ALL '.join(words)}")
    if not con.execute("SELECT count(*) FROM scrm_places").fetchone()[0]:
        return {}
    mine = f"_kind_of_file = '{RECIPE}'"
    called = [
        f"""SELECT u.unit_id, p.kind, p.id, p.rank + {later} AS rank FROM
            (SELECT DISTINCT unit_id FROM made_campaign_units WHERE {mine}) u JOIN
            (SELECT {p} AS called, kind, rank, min(id) AS id FROM scrm_places GROUP BY ALL HAVING count(DISTINCT id) = 1) p
            ON p.called = {u}"""
        for later, p, u in ((0, "word", "u.unit_id"), (len(NAMES), "scrm_alike(word)", "scrm_alike(u.unit_id)"))
    ]
    con.execute(f"""CREATE OR REPLACE TABLE scrm_placed AS SELECT unit_id, arg_min(kind, rank) AS kind, arg_min(id, rank) AS id
        FROM ({' UNION ALL '.join(called)}) GROUP BY 1""")
    lost = con.execute(f"""SELECT source_file, unit_id FROM made_campaign_units WHERE {mine}
        AND unit_id NOT IN (SELECT unit_id FROM scrm_placed) GROUP BY ALL ORDER BY source_file, count(*) DESC, unit_id""").fetchall()
    con.execute(f"""UPDATE made_campaign_units SET unit_kind = p.kind, unit_id = p.id FROM scrm_placed p
        WHERE {mine} AND made_campaign_units.unit_id = p.unit_id""")
    con.execute(f"""DELETE FROM made_campaign_units WHERE {mine} AND rowid NOT IN
        (SELECT min(rowid) FROM made_campaign_units GROUP BY campaign_id, unit_kind, unit_id)""")
    by_file: dict[str, list[str]] = {}
    for file, place in lost:
        by_file.setdefault(file, []).append(place)
    return {file: _sentence(file, places) for file, places in by_file.items()}


def _sentence(file: str, places: list[str]) -> str:
    shown = ", ".join([*map(repr, places[:TOP]), *(["..."] if len(places) > TOP else [])])
    return texts.tell("console.file.no_place", file=file, n=texts.figure(len(places)), places=shown)
