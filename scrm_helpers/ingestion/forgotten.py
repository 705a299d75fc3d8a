"""People who asked to be forgotten are taken out as they are read: their records go, their sales and cases stay without a name."""

from scrm_helpers.store import Workspace
from scrm_helpers.store.suppression import KINDS, contacts, digest, form, key_of_list, suppressed

# What the books and the company's own totals need stays, without the person; a row that only speaks of a person goes.
STAYS = ("orders", "order_lines", "cases", "case_events", "surveys", "subscriptions")
FREE_TEXT = ("subject", "description")


def prepare(con, workspace: Workspace) -> None:
    """The list and its digest as DuckDB objects; made for every pass, empty where nobody asked."""
    listed = suppressed(workspace)
    asked = any(listed.values())
    con.execute("SET VARIABLE scrm_forget_key = ?", [key_of_list(workspace) if asked else ""])
    con.execute(
        "CREATE OR REPLACE MACRO scrm_forget(kind, form) AS sha256(getvariable('scrm_forget_key') || "
        "sha256(getvariable('scrm_forget_key') || kind || '|' || form))"
    )
    if records := listed["record"]:
        # a listed record is known before it has an id, by what its system calls it: no change of the key of ids touches that.
        # Its id is made negative, which none is: whatever row names it is taken out by that
        con.execute("SET VARIABLE scrm_forget_records = ?", [records])
        con.execute(
            "CREATE OR REPLACE MACRO scrm_account(s) AS CASE WHEN list_contains(getvariable('scrm_forget_records'), "
            "scrm_forget('record', s)) THEN -scrm_id('account|' || s) ELSE scrm_id('account|' || s) END"
        )
    con.execute("CREATE OR REPLACE TABLE scrm_suppressed (kind VARCHAR, digest VARCHAR)")
    rows = [(kind, digest) for kind in KINDS for digest in listed[kind]]
    if rows:
        con.executemany("INSERT INTO scrm_suppressed VALUES (?, ?)", rows)
    con.execute("CREATE OR REPLACE TABLE scrm_forgotten (account_id BIGINT)")
    con.execute('CREATE OR REPLACE TABLE scrm_taken_out ("table" VARCHAR, _feed BIGINT, source_row BIGINT)')


def take_out(con, name: str) -> None:
    """Takes forgotten people out of `made_<name>`, once its rows are tied to accounts. Rows that go are told as such."""
    if not con.execute("SELECT count(*) FROM scrm_suppressed").fetchone()[0]:
        return
    have = [c[0] for c in con.execute(f"DESCRIBE made_{name}").fetchall()]
    if name == "accounts":
        _accounts(con, set(have))
        return
    named = [c for c in have if c.endswith("account_id")]
    if not named:
        return
    gone = {c: _of_forgotten(c) for c in named}
    if name in STAYS:
        blank = [f"{c} = CASE WHEN {test} THEN NULL ELSE {c} END" for c, test in gone.items()]
        blank += [f"{c} = CASE WHEN {' OR '.join(gone.values())} THEN NULL ELSE {c} END" for c in FREE_TEXT if c in have]
        con.execute(f"UPDATE made_{name} SET {', '.join(blank)}")
        return
    test = " OR ".join(gone.values())
    con.execute(f"INSERT INTO scrm_taken_out SELECT '{name}', _feed, source_row FROM made_{name} WHERE {test}")
    con.execute(f"DELETE FROM made_{name} WHERE {test}")


def _of_forgotten(column: str) -> str:
    listed = "SELECT digest FROM scrm_suppressed WHERE kind = 'account'"
    return (
        f"coalesce({column} < 0 OR {column} IN (SELECT account_id FROM scrm_forgotten) "
        f"OR scrm_forget('account', {column}::VARCHAR) IN ({listed}), FALSE)"
    )


def _accounts(con, have: set[str]) -> None:
    """Every record of a forgotten person: by its own id, its e-mail or its phone, also where a cell holds several.

    A cell's `form` as a whole is looked for too: lists of older versions hold it.
    """
    con.execute(f"INSERT INTO scrm_forgotten SELECT account_id FROM made_accounts WHERE {_of_forgotten('account_id')}")
    key = con.execute("SELECT getvariable('scrm_forget_key')").fetchone()[0]
    for kind in sorted({"email", "phone"} & have):
        listed = {d for (d,) in con.execute("SELECT digest FROM scrm_suppressed WHERE kind = ?", [kind]).fetchall()}
        cells = con.execute(f"SELECT account_id, {kind} FROM made_accounts WHERE {kind} IS NOT NULL").fetchall() if listed else []
        back = [(a,) for a, cell in cells if any(digest(key, kind, f) in listed for f in (form(kind, cell), *contacts(kind, cell)))]
        if back:
            con.executemany("INSERT INTO scrm_forgotten VALUES (?)", back)
    mine = "account_id IN (SELECT account_id FROM scrm_forgotten)"
    con.execute(f"INSERT INTO scrm_taken_out SELECT 'accounts', _feed, source_row FROM won_accounts WHERE {mine}")
    con.execute(f"DELETE FROM won_accounts WHERE {mine}")
    con.execute(f"DELETE FROM made_accounts WHERE {mine}")
