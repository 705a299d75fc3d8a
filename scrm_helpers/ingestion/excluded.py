"""The exclusion sheet: accounts and orders that it names are marked."""

from scrm_helpers.ingestion.cells import quote

FEW = 50  # words of the sheet


def mark(con, name: str, has_sheet: bool) -> None:
    """Marks accounts and orders that the exclusion sheet names (staff, tests, collectors): they stay in the tables, counted by nobody."""
    if not has_sheet:
        return
    have = {c[0] for c in con.execute(f"DESCRIBE made_{name}").fetchall()}
    bare = {
        "email": "lower(trim({}))",
        "phone": "right(regexp_replace({}, '\\D', '', 'g'), 10)",
        "account": "trim({})",
        "order": "trim({})",
    }
    fields = {
        "accounts": {"email": "email", "phone": "phone", "account": "native_id"},
        "orders": {"order": "order_no"},
    }[name]
    asked = [(kind, bare[kind], bare[kind].format(column)) for kind, column in fields.items() if column in have]
    if fields.get("email") in have:
        asked.append(("domain", "ltrim(lower(trim({})), '@')", "split_part(lower(trim(email)), '@', 2)"))
    tests = [f"coalesce({own} IN ({words}), FALSE)" for kind, form, own in asked if (words := _listed(con, kind, form))]
    if tests:
        con.execute(f"UPDATE made_{name} SET is_internal = TRUE WHERE {' OR '.join(tests)}")


def _listed(con, kind: str, form: str) -> str:
    """SQL of what the sheet lists of a kind, '' where it is nothing: a few words are compared sooner than a table is joined to millions."""
    listed = f"SELECT DISTINCT {form.format('value')} FROM made_exclusions WHERE kind = '{kind}'"
    words = [word for (word,) in con.execute(f"{listed} ORDER BY 1 LIMIT {FEW + 1}").fetchall() if word is not None]
    return listed if len(words) > FEW else ", ".join(map(quote, words))
