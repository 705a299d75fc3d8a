"""Tables and drawings of the tests, for a notebook: counts and figures, never a row per person."""

from datetime import date

import numpy as np
import pandas as pd

from scrm_helpers import segmentation, tested, texts
from scrm_helpers.experiments.reading import Reading, tested_gaps
from scrm_helpers.experiments.users import UserGap
from scrm_helpers.experiments.words import BASE, UNIT, label_of, segment_word
from scrm_helpers.units import Unit


def registry_table(experiments: pd.DataFrame, *, as_of: date, language: str) -> pd.DataFrame:
    """What was declared, also of tests that have not begun: test, hypothesis, judged_by, declared_segments, planned_share, declared_on,
    starts_on, stops_on, test_stage (planned, running, ended; blank cells: not declared). Grain: one test, in order of id.
    """
    rows = experiments.sort_values("experiment_id", ignore_index=True)
    first, stop, day = pd.to_datetime(rows["starts_on"]), pd.to_datetime(rows["stops_on"]), pd.Timestamp(as_of)
    named = [
        ", ".join(texts.say(f"words.segment.{s}", language) for s in segmentation.declared(None if pd.isna(words) else words))
        for words in rows["segments"]
    ]
    stage = np.select([first >= day, stop >= day], ["planned", "running"], "ended")
    return pd.DataFrame({
        "test": rows["name"], "hypothesis": rows["hypothesis"], "judged_by": rows["metric"], "declared_segments": named,
        "planned_share": rows["share_treated"], "declared_on": pd.to_datetime(rows["declared_on"]), "starts_on": first, "stops_on": stop,
        "test_stage": stage,
    })  # fmt: skip


def checks_table(readings: list[Reading]) -> pd.DataFrame:
    """Per test and treatment: counts, planned share, p of the split, placebo, who was left out, verdict. No row per person."""
    return pd.DataFrame(
        [
            {
                "test": r.trial.name,
                "arm": r.arm,
                "n_treated": r.counts["treated"],
                "n_control": r.counts["control"],
                "planned_share": r.trial.planned,
                "split_p": r.split.p,
                "visible_loss": r.split.visible,
                "placebo": r.placebo.value if r.placebo else None,
                "placebo_low": r.placebo.low if r.placebo else None,
                "placebo_high": r.placebo.high if r.placebo else None,
                "in_both": r.lost["mixed"],
                "left_out": r.lost["unknown"] + r.lost["outside"],
                "answer": r.verdict,
                "grade": r.grade,
            }
            for r in readings
        ]
    )


def effects_table(readings: list[Reading], metric: str, *, segments: bool = False) -> pd.DataFrame:
    """The figures of one metric: a row per test, or per segment of the tests that declared this metric."""
    names = {r.trial.id: r.trial.name for r in readings}
    gaps = tested_gaps(readings) if readings else tested_gaps([])
    rows = gaps[(gaps["metric"] == metric) & ((gaps["segment"] != "all") if segments else (gaps["segment"] == "all"))]
    rows = rows[rows["value"].notna()] if not segments else rows
    rows = rows.assign(
        test=rows["experiment_id"].map(names),
        level_of=[label_of(s, v) for s, v in zip(rows["segment"], rows["level_of"], strict=True)],
    )
    rows = rows.assign(n=rows[["n_control", "n_treated"]].min(axis=1))
    rows = rows.rename(columns={"verdict": "answer"})
    columns = [
        "test",
        *(["segment", "level_of"] if segments else []),
        "n_treated",
        "n_control",
        "n",
        "control",
        "value",
        "low",
        "high",
        "visible",
        "answer",
        "grade",
    ]
    return rows[columns].drop(columns=["control", "visible"] if segments else []).reset_index(drop=True)


def users_table(gap: UserGap | None, gaps: pd.DataFrame) -> pd.DataFrame:
    """Three columns as rows, with before/after where the dates allow it and the placebo: comparison, value, low, high (money per
    person), n.
    """
    columns = ["comparison", "value", "low", "high", "n"]
    if gap is None or gap.like is None:
        return pd.DataFrame(columns=columns)
    rows = [("raw", gap.like.raw), ("matched", gap.like.matched), ("robust", gap.like.robust), ("change", gap.change),
            ("placebo", gap.placebo)]  # fmt: skip
    out = [(name, d.value, d.low, d.high, d.n) for name, d in rows if d is not None]
    out += tested.line(gaps, about="social")
    return pd.DataFrame(out, columns=columns)


def balance_table(gap: UserGap, language: str) -> pd.DataFrame:
    """Traits before and after matching, in the reader's words: covariate, before, after (standard deviations)."""
    names = []
    for covariate in gap.like.balance["covariate"]:
        segment, _, value = covariate.partition(": ")
        known = f"words.covariate.{covariate}"
        names.append(
            f"{texts.say(f'words.segment.{segment}', language)}: {segment_word(segment, value, language)}"
            if value
            else texts.say(known, language)
        )
    return gap.like.balance.assign(covariate=names)


REGISTRY_UNITS = {"planned_share": Unit.SHARE}
CHECK_UNITS = {
    "n_treated": Unit.COUNT,
    "n_control": Unit.COUNT,
    "planned_share": Unit.SHARE,
    "split_p": Unit.PROBABILITY,
    "visible_loss": Unit.SHARE,
    "placebo": Unit.MONEY_PER_PERSON,
    "placebo_low": Unit.MONEY_PER_PERSON,
    "placebo_high": Unit.MONEY_PER_PERSON,
    "in_both": Unit.COUNT,
    "left_out": Unit.COUNT,
}
USER_UNITS = {
    "value": Unit.MONEY_PER_PERSON,
    "low": Unit.MONEY_PER_PERSON,
    "high": Unit.MONEY_PER_PERSON,
    "n": Unit.COUNT,
}


def effect_units(metric: str) -> dict[str, Unit]:
    """Units of the columns of `effects_table`."""
    unit = UNIT[metric]
    return {
        "n_treated": Unit.COUNT,
        "n_control": Unit.COUNT,
        "n": Unit.COUNT,
        "control": BASE[metric],
        "value": unit,
        "low": unit,
        "high": unit,
        "visible": unit,
    }


def segment_choices(readings: list[Reading]) -> dict:
    """What to choose from: `test` (name to test and treatment) and `segment` (dimensions), those that can be read first, then in the
    order the tests declared them. Empty where no test may speak of a segment.
    """
    declared = [r for r in readings if len(r.segments)]
    read = {_key(r): set(r.segments.loc[r.segments["value"].notna(), "segment"]) for r in declared}
    tests = sorted(declared, key=lambda r: not read[_key(r)])
    named = pd.Series([r.trial.name for r in tests])
    labels = [f"{r.trial.name}: {r.arm}" if twice else r.trial.name for r, twice in zip(tests, named.duplicated(keep=False), strict=True)]
    dimensions = dict.fromkeys(s for r in tests for s in r.segments["segment"])
    if not tests:
        return {}
    return {
        "test": dict(zip(labels, map(_key, tests), strict=True)),
        "segment": sorted(dimensions, key=lambda s: s not in read[_key(tests[0])]),
    }


def _key(reading: Reading) -> tuple[str, str]:
    return reading.trial.id, reading.arm


class SegmentDrawing:
    """Draws the segments of one dimension of one test; made for `controls.explore`. None where no segment of it is large enough.

    `chart` is `charts.interval_bars`: an analysis imports no chart, it is handed one.
    """

    def __init__(self, book, readings: list[Reading], chart, *, most: int = 12):
        self.book, self.chart, self.most = book, chart, most
        self.readings = {_key(r): r for r in readings}

    def __call__(self, test: tuple[str, str], segment: str):
        reading = self.readings[test]
        rows = reading.segments[(reading.segments["segment"] == segment) & reading.segments["value"].notna()]
        if rows.empty:
            return None
        rows = (
            rows.assign(n=rows[["n_treated", "n_control"]].min(axis=1))
            .sort_values(["n", "level_of"], ascending=[False, True])
            .head(self.most)
        )
        rows["level_of"] = [label_of(segment, v) for v in rows["level_of"]]
        language, metric = self.book.language, reading.trial.metric
        measured = texts.say(f"experiments.metric.{metric}", language)
        title = f"{reading.trial.name}. {texts.say('experiments.title.segments', language, metric=measured)}"
        drawn = self.chart(
            rows,
            label="level_of",
            value="value",
            low="low",
            high="high",
            n="n",
            unit=UNIT[metric],
            language=language,
            title=title,
            currency=self.book.context.currency,
        )
        return self.book.figure(drawn, "segments")
