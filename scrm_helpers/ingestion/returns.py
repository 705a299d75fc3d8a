"""Returns that do not say which sale they belong to: tied to it where lines or amount fit exactly, else left alone."""

from scrm_helpers import texts
from scrm_helpers.store.suppression import DIGITS

DAYS = 180  # a return later than this is not looked for


def tie_returns(con) -> dict[str, str]:
    """Fills original_order_id of returns that lack it. Gives, for each source file with such returns, what was found.

    One rule for every source. The sale is the latest completed one of the same account and currency, not later than the return
    and at most 180 days before it, that holds every line of the return (same product, same amount); where one of the two has no
    lines, its amount is that of the return. Returns of one sale never add up to more than the sale; the earlier return comes
    first. Ties go to the smaller id. A return in part of a line, or at another price, fits nothing and stays without a sale.
    Where a system knows its customers by their phone alone, one number is one account, however it is written.
    """
    have = {c[0] for c in con.execute("DESCRIBE made_orders").fetchall()}
    if "account_id" not in have:
        con.execute("ALTER TABLE made_orders ADD COLUMN account_id BIGINT")
    if "original_order_id" not in have:
        con.execute("ALTER TABLE made_orders ADD COLUMN original_order_id BIGINT")
    worth = "coalesce(net_document, net)" if "net_document" in have else "net"
    con.execute(f"""CREATE OR REPLACE TABLE scrm_deals AS SELECT order_id, original_order_id, kind, account_id,
        currency, ordered_at, ordered_on, source_file, {worth} AS worth FROM made_orders WHERE status = 'completed'""")
    con.execute("""CREATE OR REPLACE TABLE scrm_back AS SELECT * EXCLUDE (worth), -worth AS worth FROM scrm_deals
        WHERE kind = 'return' AND original_order_id IS NULL AND worth < 0""")
    if not con.execute("SELECT count(*) FROM scrm_back").fetchone()[0]:
        return {}
    _one_phone(con)
    _pairs(con)
    con.execute("CREATE OR REPLACE TABLE scrm_tied (return_id BIGINT, sale_id BIGINT)")
    while con.execute("SELECT count(*) FROM scrm_pairs").fetchone()[0]:  # each round ties one return at least
        _round(con)
    con.execute(
        "UPDATE made_orders SET original_order_id = t.sale_id FROM scrm_tied t WHERE made_orders.order_id = t.return_id"
    )
    found = con.execute("""SELECT source_file, count(*), count(t.return_id) FROM scrm_back b
        LEFT JOIN scrm_tied t ON b.order_id = t.return_id GROUP BY 1 ORDER BY 1""").fetchall()
    for rows in ("deals", "near", "held", "left", "pairs"):  # tables are still to be written
        con.execute(f"DROP TABLE scrm_{rows}")
    return {file: _told(file, n, tied) for file, n, tied in found}


def _one_phone(con) -> None:
    """In scrm_deals and scrm_back: the accounts of one system whose own id is their phone become one where the number is the same.

    Most ids are too short for a number or begin with a letter: that is seen before their digits are taken out.
    """
    known = "SELECT count(*) FROM duckdb_columns() WHERE table_name = 'made_accounts' AND column_name IN ('native_id', 'phone')"
    if con.execute(known).fetchone()[0] < 2:
        return
    last = lambda cell: f"right(regexp_replace({cell}, '\\D', '', 'g'), {DIGITS})"  # noqa: E731
    con.execute(f"""CREATE OR REPLACE TABLE scrm_same AS
        WITH own AS (SELECT account_id, system, {last("native_id")} AS number FROM made_accounts
            WHERE phone IS NOT NULL AND strlen(native_id) >= {DIGITS} AND native_id < ':'
                AND regexp_matches(native_id, '^[+0-9 ()./-]+$') AND {last("native_id")} = {last("phone")}),
        named AS (SELECT account_id, min(account_id) OVER (PARTITION BY system, number) AS who FROM own WHERE length(number) = {DIGITS})
        SELECT * FROM named WHERE who <> account_id""")
    for rows in ("scrm_deals", "scrm_back"):
        con.execute(f"UPDATE {rows} SET account_id = s.who FROM scrm_same s WHERE s.account_id = {rows}.account_id")


def _told(file: str, n: int, tied: int) -> str:
    counts = {"n": texts.figure(n), "tied": texts.figure(tied), "left": texts.figure(n - tied)}
    return texts.tell("console.file.returns", file=file, share=texts.figure((n - tied) / n, "percent"), **counts)


def _pairs(con) -> None:
    """scrm_pairs: every sale that a return fits; scrm_left: what returns with a number leave of each sale that one comes near to."""
    known = "SELECT count(*) FROM duckdb_columns() WHERE table_name = 'made_order_lines' AND column_name = 'product_id'"
    lines = "SELECT NULL::BIGINT AS order_id, '' AS product_id, 0.0 AS net WHERE FALSE"
    if con.execute(known).fetchone()[0]:
        lines = "SELECT order_id, product_id, net FROM made_order_lines WHERE product_id IS NOT NULL AND net <> 0"
    con.execute(f"""CREATE OR REPLACE TABLE scrm_near AS
        SELECT r.order_id AS return_id, s.order_id AS sale_id, r.worth, s.worth AS sold, r.ordered_at AS back_at, s.ordered_at AS sold_at
        FROM scrm_back r JOIN scrm_deals s ON s.account_id = r.account_id AND s.currency = r.currency
        WHERE s.kind = 'sale' AND s.ordered_at <= r.ordered_at AND s.ordered_on >= r.ordered_on - {DAYS} AND s.worth >= r.worth""")
    # only of these orders is anything asked: few of millions
    con.execute(f"""CREATE OR REPLACE TABLE scrm_held AS
        SELECT order_id, product_id, abs(net) AS worth, count(*) AS n FROM ({lines})
        WHERE order_id IN (SELECT return_id FROM scrm_near UNION ALL SELECT sale_id FROM scrm_near) GROUP BY ALL""")
    con.execute("""CREATE OR REPLACE TABLE scrm_left AS SELECT s.order_id AS sale_id, s.worth + coalesce(b.back, 0) AS remains
        FROM scrm_deals s LEFT JOIN (SELECT original_order_id AS sale_id, sum(worth) AS back FROM scrm_deals
            WHERE kind = 'return' AND original_order_id IS NOT NULL GROUP BY 1) b ON b.sale_id = s.order_id
        WHERE s.kind = 'sale' AND s.order_id IN (SELECT sale_id FROM scrm_near)""")
    con.execute("""CREATE OR REPLACE TABLE scrm_pairs AS
        WITH fitting AS (
            SELECT n.return_id, n.sale_id FROM scrm_near n JOIN scrm_held b ON b.order_id = n.return_id
            LEFT JOIN scrm_held h ON h.order_id = n.sale_id AND h.product_id = b.product_id AND h.worth = b.worth AND h.n >= b.n
            GROUP BY ALL HAVING count(*) = count(h.order_id))
        SELECT n.return_id, n.sale_id, n.worth, n.back_at, n.sold_at FROM scrm_near n
        WHERE (n.return_id, n.sale_id) IN (SELECT (return_id, sale_id) FROM fitting)
            OR (n.worth = n.sold AND (n.return_id NOT IN (SELECT order_id FROM scrm_held)
                OR n.sale_id NOT IN (SELECT order_id FROM scrm_held)))""")
    con.execute("DELETE FROM scrm_pairs USING scrm_left l WHERE l.sale_id = scrm_pairs.sale_id AND scrm_pairs.worth > l.remains")


def _round(con) -> None:
    """Each return picks its latest sale; a sale takes the earliest return that picked it; what no longer fits is let go."""
    con.execute("""CREATE OR REPLACE TABLE scrm_picked AS WITH picks AS (
            SELECT * FROM scrm_pairs QUALIFY row_number() OVER (PARTITION BY return_id ORDER BY sold_at DESC, sale_id) = 1)
        SELECT * FROM picks QUALIFY row_number() OVER (PARTITION BY sale_id ORDER BY back_at, return_id) = 1""")
    con.execute("INSERT INTO scrm_tied SELECT return_id, sale_id FROM scrm_picked")
    con.execute("UPDATE scrm_left SET remains = remains - p.worth FROM scrm_picked p WHERE p.sale_id = scrm_left.sale_id")
    con.execute("DELETE FROM scrm_pairs WHERE return_id IN (SELECT return_id FROM scrm_picked)")
    con.execute("DELETE FROM scrm_pairs USING scrm_left l WHERE l.sale_id = scrm_pairs.sale_id AND scrm_pairs.worth > l.remains")
