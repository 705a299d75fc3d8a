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
    asked = [(kind, bare[kind], bare[kind].format(column), _within(kind, column)) for kind, column in fields.items() if column in have]
    if fields.get("email") in have:
        asked.append(("domain", "ltrim(lower(trim({})), '@')", "split_part(lower(trim(email)), '@', 2)", "lower(email)"))
    tests = [test for kind, form, own, within in asked if (test := _named(con, kind, form, own, within))]
    if tests:
        con.execute(f"UPDATE made_{name} SET is_internal = TRUE WHERE {' OR '.join(tests)}")


def _within(kind: str, column: str) -> str:
    """SQL of a text that what is compared is a part of: whether a word stands in it is answered sooner, and the answer is mostly no."""
    return {"email": f"lower({column})", "account": column, "order": column}.get(kind, "")


def _named(con, kind: str, form: str, own: str, within: str) -> str:
    """SQL of whether the sheet names a row, '' where it names nothing: a few words are compared sooner than a table is joined to
    millions."""
    # a phone without a digit is none: it would name everyone whose phone has none
    listed = f"SELECT DISTINCT {form.format('value')} FROM made_exclusions WHERE kind = '{kind}' AND {form.format('value')} <> ''"
    words = [word for (word,) in con.execute(f"{listed} ORDER BY 1 LIMIT {FEW + 1}").fetchall()]
    if len(words) > FEW:
        return f"coalesce({own} IN ({listed}), FALSE)"
    if not words:
        return ""
    test = f"{own} IN ({', '.join(map(quote, words))})"
    near = " OR ".join(f"contains({within}, {quote(word)})" for word in words)
    return f"coalesce(CASE WHEN {near} THEN {test} END, FALSE)" if within else f"coalesce({test}, FALSE)"
