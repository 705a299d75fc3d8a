"""How customers found it (effectiveness) and how fast the desk was (efficiency): side by side, never mixed into one figure."""

from datetime import date
from typing import NamedTuple

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd

from scrm_helpers import stats
from scrm_helpers.metrics import LEVEL
from scrm_helpers.service.costs import CHANNELS, SEED, Window
from scrm_helpers.service.issues import DESK, Service
from scrm_helpers.stats import Estimate

GOOD = 0.8  # 4 and 5 of 5
EASY = 5 / 7  # 5, 6 and 7 of 7


def answers(service: Service, surveys: ir.Table, window: Window) -> pd.DataFrame:
    """One row per answer about service in the window: issue_id, channel the issue began on, question (csat, effort), good (0/1).

    An answer in the desk's own file comes first; a survey about the same case does not count again. A case that was merely asked
    ("offered") is no answer. A survey without a known case stands with the channel that it names.
    """
    return within(dated_answers(service, surveys, window), window)


def within(rows: pd.DataFrame, window: Window) -> pd.DataFrame:
    """The answers of one window out of those of a wider one (`dated_answers`), without their moment."""
    inside = (rows["at"] >= pd.Timestamp(window.start)) & (rows["at"] < pd.Timestamp(window.end))
    return rows[inside].drop(columns="at").sort_values(["question", "channel", "issue_id", "good"], ignore_index=True)


def dated_answers(service: Service, surveys: ir.Table, window: Window) -> pd.DataFrame:
    """`answers` with the moment of each (`at`): asked once of the widest window, cut for the others."""
    start = service.issues.select(start_id="issue_id", start_channel="channel")
    cases = service.cases.mutate(answered_at=ibis.coalesce(service.cases.done_at, service.cases.opened_at))
    inside = cases.filter(cases.answered_at >= window.start, cases.answered_at < window.end)
    own = ibis.union(
        inside.filter(inside.satisfaction.notnull()).select(
            "case_id", "issue_id", question=ibis.literal("csat"), part=inside.satisfaction.cast("float64") / 5.0, at=inside.answered_at
        ),
        inside.filter(inside.effort.notnull()).select(
            "case_id", "issue_id", question=ibis.literal("effort"), part=inside.effort.cast("float64") / 7.0, at=inside.answered_at
        ),
    )
    own = own.inner_join(start, own.issue_id == start.start_id).select(
        "case_id", "issue_id", "question", "part", "at", channel=ibis._.start_channel
    )
    asked = surveys.filter(
        surveys["at"] >= window.start, surveys["at"] < window.end, surveys.question.isin(["csat", "effort"])
    )
    asked = asked.mutate(part=asked.score / asked.scale_max).select("case_id", "question", "part", "at", said="channel")
    of = service.cases.select(of_case="case_id", issue_id="issue_id").inner_join(
        start, ibis._.issue_id == start.start_id
    )
    asked = asked.left_join(of, asked.case_id == of.of_case)
    # a web form is the e-mail desk in surveys too
    said = ibis.cases(*((asked.said == seen, desk) for seen, desk in DESK.items()), else_=asked.said)
    asked = asked.select("case_id", "issue_id", "question", "part", "at", channel=ibis.coalesce(asked.start_channel, said))
    # the desk's own answer is known for any month, so that a late survey does not count the case twice
    known = ibis.union(
        cases.filter(cases.satisfaction.notnull()).select(k_case="case_id", k_question=ibis.literal("csat")),
        cases.filter(cases.effort.notnull()).select(k_case="case_id", k_question=ibis.literal("effort")),
    )
    asked = asked.anti_join(known, [asked.case_id == known.k_case, asked.question == known.k_question])
    rows = ibis.union(own, asked).select("issue_id", "channel", "question", "part", "at").to_pandas()
    least = rows["question"].map({"csat": GOOD, "effort": EASY}).astype(float)
    return rows.assign(good=(rows["part"].astype(float) >= least - 1e-9).astype("int64")).drop(columns="part")


def response(service: Service, window: Window) -> pd.DataFrame:
    """Of the desk's cases: asked (offered or answered) and answered, by starting channel. Grain: one channel."""
    rows = service.cases.mutate(answered_at=ibis.coalesce(service.cases.done_at, service.cases.opened_at))
    rows = rows.filter(rows.answered_at >= window.start, rows.answered_at < window.end)
    start = service.issues.select("issue_id", start_channel="channel")
    rows = rows.inner_join(start, "issue_id")
    answered = rows.satisfaction.notnull()
    asked = answered | rows.survey_offered.fill_null(False)
    sums = rows.group_by(channel=rows.start_channel).agg(offered=asked.sum(), answers=answered.sum())
    return sums.order_by("channel").to_pandas()


def share_good(rows: pd.DataFrame, question: str, channel: str, *, level: float = LEVEL) -> Estimate:
    """Good answers / answers (Wilson)."""
    part = rows[(rows["question"] == question) & (rows["channel"] == channel)]
    return stats.wilson(int(part["good"].sum()), len(part), level)


def effectiveness(service: Service, found: pd.DataFrame, window: Window) -> pd.DataFrame:
    """By starting channel: CSAT with answers and response rate, effort, resolved at first contact; each with range and count."""
    issues = service.issues
    done = issues.filter(issues.state == "resolved", issues.counted_at > window.start, issues.counted_at <= window.end)
    first = (done.contacts == 1) & (done.reopens == 0)
    sums = (
        done.group_by("channel")
        .agg(resolved=done.count(), at_first_contact=first.sum())
        .to_pandas()
        .set_index("channel")
    )
    asked = response(service, window).set_index("channel")
    out = []
    for channel in CHANNELS:
        here = (found["channel"] == channel).any() or channel in sums.index
        if not here:
            continue
        n, hits = (int(sums.loc[channel, c]) if channel in sums.index else 0 for c in ("resolved", "at_first_contact"))
        offered, answered = (
            int(asked.loc[channel, c]) if channel in asked.index else 0 for c in ("offered", "answers")
        )
        rate = stats.wilson(answered, offered)
        for measure, value in (
            ("csat", share_good(found, "csat", channel)), ("effort", share_good(found, "effort", channel)),
            ("first_contact_resolution", stats.wilson(hits, n)),
        ):  # fmt: skip
            out.append(
                (
                    channel,
                    measure,
                    value.value,
                    value.low,
                    value.high,
                    value.n,
                    rate.value if measure == "csat" else None,
                )
            )
    frame = pd.DataFrame(out, columns=["channel", "measure", "value", "low", "high", "n", "response_rate"])
    return frame.astype({"value": float, "low": float, "high": float, "response_rate": float})


def efficiency(service: Service, phone_load: pd.DataFrame, window: Window) -> pd.DataFrame:
    """By starting channel: first reply and resolution hours (median and 90th percentile, missing ones counted); phone: calls per hour."""
    issues = service.issues
    rows = issues.filter(issues.opened_at >= window.start, issues.opened_at < window.end)
    rows = rows.select("channel", "first_reply_hours", "resolution_hours").order_by("channel").to_pandas()
    out = []
    for channel in [c for c in CHANNELS if (rows["channel"] == c).any()]:
        part = rows[rows["channel"] == channel]
        for measure in ("first_reply_hours", "resolution_hours"):
            hours = part[measure].dropna().astype(float)
            if hours.empty:
                out.append((channel, measure, None, None, None, None, 0, len(part)))
                continue
            mid = stats.median(np.sort(hours.to_numpy()))
            out.append(
                (
                    channel,
                    measure,
                    mid.value,
                    mid.low,
                    mid.high,
                    float(np.quantile(hours, 0.9)),
                    len(hours),
                    len(part) - len(hours),
                )
            )
    days = phone_load[[str(day)[:7] in window.months for day in phone_load["on"]]] if len(phone_load) else phone_load
    days = days[days["staff_hours"].notna() & days["answered"].notna()]
    if float(days["staff_hours"].sum()) > 0:
        calls = float(days["answered"].sum()) / float(days["staff_hours"].sum())
        out.append(("phone", "calls_per_hour", calls, None, None, None, int(days["answered"].sum()), 0))
    frame = pd.DataFrame(out, columns=["channel", "measure", "value", "low", "high", "p90", "n", "missing_n"])
    return frame.astype({"value": float, "low": float, "high": float, "p90": float})


class Asked(NamedTuple):
    """Which surveys came: `answers` of a window to whatever question, and the `last` day of each question answered up to its end."""

    answers: int
    last: dict[str, date]


def asked(surveys: ir.Table, window: Window) -> Asked:
    """What came of surveys up to the end of a window. Source: surveys."""
    rows = surveys.filter(surveys["at"] < window.end).mutate(inside=ibis._["at"] >= window.start)
    sums = rows.group_by("question").agg(answers=rows.inside.sum(), last=rows.on.max()).order_by("question").to_pandas()
    return Asked(int(sums["answers"].sum()), {str(q): pd.Timestamp(d).date() for q, d in zip(sums["question"], sums["last"], strict=True)})


def attitude(surveys: ir.Table, persons: ir.Table, window: Window, question: str, *, level: float = LEVEL) -> Estimate:
    """Mean answer on trust or loyalty as a share of the highest answer possible (0-1), persons drawn again. Source: surveys."""
    return attitude_of(attitude_answers(surveys, persons, window, (question,)), window, question, level=level)


def attitude_answers(surveys: ir.Table, persons: ir.Table, window: Window, questions: tuple[str, ...]) -> pd.DataFrame:
    """Answers to the questions with who gave them: asked once of the widest window. Grain: one answer."""
    rows = surveys.filter(surveys["at"] >= window.start, surveys["at"] < window.end, surveys.question.isin(questions))
    rows = rows.left_join(persons.select("account_id", "person_id"), "account_id").drop("account_id_right")
    rows = rows.select("survey_id", "account_id", "person_id", "question", "at", "scale_max", part=rows.score / rows.scale_max)
    return rows.order_by("survey_id").to_pandas()


def attitude_of(found: pd.DataFrame, window: Window, question: str, *, level: float = LEVEL) -> Estimate:
    """`attitude` from the answers of a window at least as wide (`attitude_answers`)."""
    inside = (found["at"] >= pd.Timestamp(window.start)) & (found["at"] < pd.Timestamp(window.end))
    rows = found[inside & (found["question"] == question)]
    if rows.empty:
        return Estimate(None, None, None, level, 0, "no answers")
    who = rows["person_id"].map(lambda v: f"p{v:.0f}", na_action="ignore")
    who = who.fillna(rows["account_id"].map(lambda v: f"a{v:.0f}", na_action="ignore")).fillna(
        "s" + rows["survey_id"].astype("str")
    )
    if who.nunique() < 2:
        return Estimate(float(rows["part"].mean()), None, None, level, 1, "mean")
    return stats.bootstrap_mean(rows["part"].astype(float), level, seed=SEED, cluster=who.to_numpy())


def scale_of(found: pd.DataFrame, question: str) -> float | None:
    """The highest answer possible to the question; None where nobody answered, or where it was asked on several scales."""
    scales = found.loc[found["question"] == question, "scale_max"].dropna().unique()
    return float(scales[0]) if len(scales) == 1 else None
