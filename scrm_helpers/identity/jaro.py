"""Jaro-Winkler likeness in Spark's SQL, to the last bit what DuckDB (and rapidfuzz) tell: no function has to reach an executor.

Jaro counts letters that two texts share within a window, and half of those that stand in another order; DuckDB leaves an odd half out.
"""

BOOSTED, EACH = 0.7, 0.1  # beyond the first, a shared beginning of up to four letters adds a tenth of what is missing, each


def winkler(a: str, b: str, *, quick: str, least: float) -> str:
    """An expression of two texts; NULL where one is. `quick`: a function asked first; what it puts below `least` stands as it says."""
    told = f"CASE WHEN q >= {least}D THEN {_exact('p.a', 'p.b')} ELSE q END"
    both = f"CASE WHEN p.a IS NOT NULL AND p.b IS NOT NULL THEN transform(array({quick}(p.a, p.b)), q -> {told})[0] END"
    # bound in a lambda, for Spark compiles no lambda: written out at every level the expression outgrew what a Java method can hold
    return f"transform(array(named_struct('a', {a}, 'b', {b})), p -> {both})[0]"


def _exact(a: str, b: str) -> str:
    shared, beginning = f"least(length({a}), length({b}))", "CASE"
    for k in (1, 2, 3, 4):
        beginning += f" WHEN {shared} < {k} OR substr({a}, {k}, 1) != substr({b}, {k}, 1) THEN {k - 1}"
    likeness = f"CASE WHEN j > {BOOSTED}D THEN j + {beginning} ELSE 4 END * {EACH}D * (1D - j) ELSE j END"
    return f"CASE WHEN {shared} = 0 THEN 0D WHEN {a} = {b} THEN 1D ELSE transform(array({_jaro(a, b)}), j -> {likeness})[0] END"


def _jaro(a: str, b: str) -> str:
    """Letters of `b` in turn, each matched with the first in its window of `a` that is free (`rest`: `a` with matched letters struck out);
    then how many of the matched letters of `a` (in their order) are not those of `b` (in theirs)."""
    window, letter = f"greatest(greatest(length({a}), length({b})) DIV 2 - 1, 0)", f"substr({b}, j, 1)"
    at = f"locate({letter}, s.rest, greatest(1, j - {window}))"
    match = (
        f"CASE WHEN {at} BETWEEN 1 AND j + {window} THEN named_struct('rest', overlay(s.rest PLACING chr(0) FROM {at} FOR 1), "
        f"'found', s.found || {letter}) ELSE s END"
    )
    count = (
        f"CASE WHEN substr(s.rest, i, 1) = chr(0) THEN named_struct('k', t.k + 1, 'off', "
        f"t.off + CASE WHEN substr({a}, i, 1) = substr(s.found, t.k, 1) THEN 0 ELSE 1 END) ELSE t END"
    )
    off = f"aggregate(sequence(1, length({a})), named_struct('k', 1, 'off', 0), (t, i) -> {count}, t -> t.off DIV 2)"
    n = "length(s.found)"
    share = f"({n} / length({a}) + {n} / length({b}) + ({n} - {off}) / {n}) / 3D"
    return (
        f"aggregate(sequence(1, length({b})), named_struct('rest', {a}, 'found', ''), (s, j) -> {match}, "
        f"s -> CASE WHEN {n} = 0 THEN 0D ELSE {share} END)"
    )
