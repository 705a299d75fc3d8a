"""Figures that a month lacks, by what would bring them."""

from collections.abc import Mapping, Sequence

from scrm_helpers.findings import Finding
from scrm_helpers.goals.refused import came
from scrm_helpers.report.reader import Reader

LEAST_CAUSES = 4  # named on page two where there are so many; the appendix has every figure with its own sentence
REST = 4  # what stands behind "other causes" is at most one figure in so many


def by_cause(found: Mapping[str, Finding], *, has_orders: bool) -> dict[str, list[Finding]]:
    """Findings without a figure by cause, the most frequent first: an input's name, `history`, `too_few` or `withheld`."""
    out: dict[str, list[Finding]] = {}
    for f in found.values():
        if f.state == "ok":
            continue
        cause = f.missing if f.state == "missing" and f.missing else f.state
        out.setdefault("history" if cause == "orders" and has_orders else cause, []).append(f)  # orders came: what is missing is time
    return dict(sorted(out.items(), key=lambda c: (-len(c[1]), c[0])))


def named(rows: Mapping[str, Sequence]) -> int:
    """How many of the causes page two names: so many that few figures are left for "other causes"."""
    counts = [len(rows[c]) for c in rows]
    return next(k for k in range(len(counts) + 1) if k >= min(LEAST_CAUSES, len(counts)) and REST * sum(counts[k:]) <= sum(counts))


def others(rows: Mapping[str, Sequence]) -> int:
    """How many figures lack something that is not named."""
    return sum(len(rows[c]) for c in [*rows][named(rows) :])


def causes_said(reader: Reader, found: Mapping[str, Finding], *, has_orders: bool) -> str:
    """'without the campaign calendar (7); too few cases (3)', the rest in one."""
    rows = by_cause(found, has_orders=has_orders)
    own = ("history", "too_few", "withheld")
    words = {c: reader.say(f"cause.{c}") if c in own else _lacks(reader, c) for c in rows}
    said = [reader.say("cause.one", what=words[c], n=str(len(rows[c]))) for c in rows]
    rest = others(rows)
    return "; ".join([*said[: named(rows)], *([reader.say("cause.one", what=reader.say("cause.others"), n=str(rest))] if rest else [])])


def _lacks(reader: Reader, cause: str) -> str:
    """What did not come; or, where its file came and was refused, which file."""
    files = came(reader.refused, cause)
    return reader.say("cause.refused", files=files) if files else reader.say("cause.lacks", what=reader.input(cause))
