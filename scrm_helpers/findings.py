"""Findings: the numbers and sentences that a page may print. The only door from the notebooks to the board page.

A finding is a figure with range, count, grade and coverage, and the sentence that says it in both languages.
The sentence is a text id; its values are raw numbers with units, written by `units` in each language.
"""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import date

import pandas as pd

from scrm_helpers import metrics, periods, texts, units
from scrm_helpers.errors import ToldError
from scrm_helpers.metrics import LEVEL
from scrm_helpers.stats import Estimate
from scrm_helpers.units import Unit


@dataclass(frozen=True)
class Context:
    """What every finding of one notebook shares."""

    notebook: str
    period: str
    language: str
    currency: str = "TRY"


@dataclass(frozen=True)
class Finding:
    """One row of the table `findings` (its contract says what each field means)."""

    id: str
    notebook: str
    measure: str
    metric_class: str
    unit: str
    value: float | None
    low: float | None
    high: float | None
    level: float | None
    n: int | None
    method: str
    grade: str
    coverage: float | None
    as_of: date
    definition: str
    window: str
    state: str
    missing: str
    values: str
    text_en: str
    text_tr: str

    def text(self, language: str) -> str:
        """The sentence in one language."""
        return {"en": self.text_en, "tr": self.text_tr}[texts.check_language(language)]

    def _repr_markdown_(self) -> str:
        return self.text_en


def say(
    context: Context, text_id: str, *, measure: str = "", estimate: Estimate | None = None, grade: str = "",
    coverage: float | None = None, window: str = "1m", values: Mapping[str, tuple] | None = None, id: str = "",
    state: str = "ok", missing: str = "",
) -> Finding:  # fmt: skip
    """A finding from a measure, its estimate and a sentence.

    `values` maps each name of the sentence to (raw value, Unit), to (raw value, Unit, "least" or "most") where the sentence says "at
    least" or "at most" of it, to a plain string that is the same in both languages, to a date, or to a mapping
    {'en': ..., 'tr': ...}. {value}, {low}, {high}, {range}, {n}, {month} and {window} are put in from the
    estimate and the context. `id` defaults to the text id. A sentence without a figure leaves `estimate` out.
    """
    known = metrics.measure(measure) if measure else None
    unit = known.unit if known else Unit.COUNT
    estimate = estimate or Estimate(None, None, None, LEVEL, 0, "")
    written = {
        language: texts.say(text_id, language, **_written(context, language, estimate, unit, window, values or {}))
        for language in texts.LANGUAGES
    }
    return Finding(
        id=id or text_id, notebook=context.notebook, measure=measure,
        metric_class=str(known.metric_class) if known else "business", unit=str(unit),
        value=_clean(estimate.value), low=_clean(estimate.low), high=_clean(estimate.high),
        level=estimate.level if estimate.value is not None else None, n=int(estimate.n),
        method=estimate.method or "count", grade=grade, coverage=_clean(coverage), as_of=periods.as_of(context.period),
        definition=f"{measure or text_id} v{known.version if known else '1'}", window=window, state=state, missing=missing,
        values=json.dumps(_plain(values or {}), ensure_ascii=False, sort_keys=True, default=str),
        text_en=written["en"], text_tr=written["tr"],
    )  # fmt: skip


def missing(
    context: Context,
    text_id: str,
    *,
    export: str,
    measure: str = "",
    values: Mapping[str, tuple] | None = None,
    id: str = "",
) -> Finding:
    """A finding that says what could not be answered; `export` is the name of the contract table whose export would answer it."""
    from scrm_helpers import tables  # contracts pull in pandera, which a finding needs only here

    tables.contract(export)
    return say(context, text_id, measure=measure, values=values, id=id, state="missing", missing=export)


def too_few(
    context: Context,
    text_id: str,
    estimate: Estimate | None,
    *,
    measure: str,
    window: str = "12m",
    values: Mapping[str, tuple] | None = None,
    id: str = "",
) -> Finding:
    """A finding that says "too few to say (n=12)": keeps n, withholds the figure."""
    n = estimate.n if estimate is not None else 0
    return say(
        context,
        text_id,
        measure=measure,
        estimate=Estimate(None, None, None, LEVEL, n, "too few to say"),
        window=window,
        values=values,
        id=id,
        state="too_few",
    )


def frame(found: list[Finding]) -> pd.DataFrame:
    """Findings as a table in the order given; raises where two share an id."""
    ids = [f.id for f in found]
    doubled = sorted({i for i in ids if ids.count(i) > 1})
    if doubled:
        raise ToldError(
            f"findings: the ids {doubled} came more than once, expected each once; pass `id=` to tell them apart."
        )
    return pd.DataFrame(
        [[getattr(f, c.name) for c in fields(Finding)] for f in found], columns=[c.name for c in fields(Finding)]
    )


def from_frame(table: pd.DataFrame) -> dict[str, Finding]:
    """The table `findings` read back, by id."""
    rows = table.astype(object).where(table.notna(), None)
    return {row["id"]: Finding(**{c.name: row[c.name] for c in fields(Finding)}) for row in rows.to_dict("records")}


def facts(found: list[Finding]) -> str:
    """Every number that is said, to three digits: what must not change unless data or definitions do. Grain: one line per finding.

    Written as 1.81e+03, for 1810000000 could be somebody's phone to the gate before a page.
    """
    return "\n".join(_fact(finding) for finding in found)


def _fact(finding: Finding) -> str:
    own = {name: getattr(finding, name) for name in ("value", "low", "high", "n")}
    said = {k: v for k, v in json.loads(finding.values).items() if isinstance(v, (int, float)) and not isinstance(v, bool)}
    numbers = [f"{k} {v:.3g}" for k, v in (own | said).items() if v is not None]
    return f"{finding.id} ({finding.state}, {finding.grade or 'no grade'}): {', '.join(numbers)}".removesuffix(": ")


def _written(
    context: Context, language: str, estimate: Estimate, unit: Unit, window: str, values: Mapping
) -> dict[str, str]:
    low, high = _clean(estimate.low), _clean(estimate.high)
    options = {"currency": context.currency}
    value = _clean(estimate.value)
    low_text, high_text = units.write_ends(low, high, unit, language, of=value, **options)
    out = {
        "value": units.write(value, unit, language, low=low, high=high, **options),
        "low": low_text,
        "high": high_text,
        "range": units.write_range(low, high, unit, language, of=value, **options),
        "n": units.write(estimate.n, Unit.COUNT, language),
        "month": units.month(context.period, language),
        "window": texts.say(f"words.window.{window}", language),
    }
    for name, given in values.items():
        if isinstance(given, tuple):
            number, bound = _clean(given[0]), given[2:]
            ends = {"low": number if bound == ("least",) else None, "high": number if bound == ("most",) else None}
            out[name] = units.write(number, given[1], language, **ends, **options)
        elif isinstance(given, Mapping):
            out[name] = given[language]
        elif isinstance(given, date):
            out[name] = units.date(given, language)
        else:
            out[name] = str(given)
    return out


def _plain(values: Mapping) -> dict:
    return {name: (_clean(v[0]) if isinstance(v, tuple) else v) for name, v in values.items()}


def _clean(number) -> float | None:
    if number is None or (isinstance(number, float) and math.isnan(number)):
        return None
    return units.steady(float(number))
