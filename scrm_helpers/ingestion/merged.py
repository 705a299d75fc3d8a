"""One row per account: the same account in two kinds of file, where what one leaves blank the other may know."""

SEVERAL = "(SELECT account_id FROM scrm_places WHERE _place > 2)"  # accounts of more than two rows
RULES = {"kind": "known", "is_internal": "any", "created_at": "first", "created_on": "first"}  # of every other field: the newest
OF_TWO = {  # of the newer row a and the older row b: nearly all that have more than one have two, and a join is a third of a group's work
    "newest": "coalesce(a.{c}, b.{c})",
    "known": "coalesce(nullif(a.{c}, 'unknown'), nullif(b.{c}, 'unknown'), 'unknown')",
    "any": "coalesce(a.{c} OR b.{c}, a.{c}, b.{c})",
    "first": "least(a.{c}, b.{c})",
}
OF_SEVERAL = {
    "newest": "arg_min({c}, _place)",
    "known": "coalesce(arg_min(nullif({c}, 'unknown'), _place), 'unknown')",
    "any": "bool_or({c})",
    "first": "min({c})",
}


def first_seen(con) -> None:
    """An account is as old as the oldest export knows it: a newer one may date it by the first of the orders that it still holds."""
    have = {c[0] for c in con.execute("DESCRIBE made_accounts").fetchall()}
    if dated := [c for c in ("created_at", "created_on") if c in have]:
        first = ", ".join(f"min({c}) AS {c}" for c in dated)
        con.execute(f"""UPDATE made_accounts SET {", ".join(f"{c} = f.{c}" for c in dated)}
            FROM (SELECT account_id, {first} FROM made_accounts GROUP BY 1 HAVING count(*) > 1) f
            WHERE made_accounts.account_id = f.account_id""")


def merge(con) -> None:
    """One row per account; each field from the newest file that fills it in. Contacts that another system knows become that account."""
    columns = [c[0] for c in con.execute("DESCRIBE made_accounts").fetchall()]
    con.execute("""CREATE OR REPLACE TABLE scrm_places AS SELECT rowid AS _at, account_id,
        row_number() OVER (PARTITION BY account_id ORDER BY _exported DESC, source_file DESC, source_row DESC) AS _place
        FROM made_accounts SEMI JOIN (SELECT account_id FROM made_accounts GROUP BY 1 HAVING count(*) > 1) USING (account_id)""")
    con.execute(f"CREATE OR REPLACE TABLE scrm_merged AS {_of_two(columns)} UNION ALL BY NAME {_of_several(columns)}")
    con.execute("DROP TABLE scrm_places")
    con.execute("DELETE FROM made_accounts WHERE account_id IN (SELECT account_id FROM scrm_merged)")
    con.execute("UPDATE made_accounts SET kind = 'unknown' WHERE kind IS NULL")
    con.execute("INSERT INTO made_accounts BY NAME SELECT * FROM scrm_merged")
    con.execute("DROP TABLE scrm_merged")
    known = [
        f"SELECT {form} AS contact, account_id, system FROM made_accounts WHERE system <> 'contact' AND {column} IS NOT NULL"
        for column, form in (
            ("email", "lower(regexp_replace(email, '\\s', '', 'g'))"),
            ("phone", "right(regexp_replace(phone, '\\D', '', 'g'), 10)"),
        )
        if column in columns
    ]
    con.execute("CREATE OR REPLACE TABLE scrm_contacts (contact_id BIGINT, account_id BIGINT)")
    if known:  # the CRM's record first, then the smallest id: the same choice in every run
        first = "coalesce(min(account_id) FILTER (system = 'hubspot'), min(account_id))"
        named = f"({' UNION ALL '.join(known)})"
        con.execute(f"INSERT INTO scrm_contacts SELECT scrm_account('contact|' || contact), {first} FROM {named} GROUP BY contact")
        con.execute(
            "DELETE FROM made_accounts WHERE system = 'contact' AND account_id IN (SELECT contact_id FROM scrm_contacts)"
        )


def _of_two(columns: list[str]) -> str:
    at = "(SELECT m.* FROM made_accounts m JOIN scrm_places p ON m.rowid = p._at WHERE p._place = {})"
    return (
        f"SELECT account_id, {_chosen(columns, OF_TWO)} FROM {at.format(1)} a JOIN {at.format(2)} b USING (account_id)"
        f" WHERE account_id NOT IN {SEVERAL}"
    )


def _of_several(columns: list[str]) -> str:
    rows = f"SELECT m.*, p._place FROM made_accounts m JOIN scrm_places p ON m.rowid = p._at WHERE p.account_id IN {SEVERAL}"
    return f"SELECT account_id, {_chosen(columns, OF_SEVERAL)} FROM ({rows}) GROUP BY account_id"


def _chosen(columns: list[str], forms: dict[str, str]) -> str:
    named = {c: forms[RULES.get(c, "newest")].format(c=f'"{c}"') for c in columns if c != "account_id"}
    return ", ".join(f'{form} AS "{c}"' for c, form in named.items())
