"""Cheaper and happier: the chance of both at once, from joint draws; and the saving, claimed only where both hold."""

from typing import NamedTuple

import numpy as np
import pandas as pd

from scrm_helpers.metrics import LEVEL, SURE
from scrm_helpers.service.costs import SEED, common_types
from scrm_helpers.stats import Estimate

CLAIM = SURE  # chance of cheaper and happier from which a saving is claimed
LOOSER = -0.02  # points of CSAT by which social may lie lower in the looser reading ("no less liked")
GROUPS = 1000  # units of a resample; issues beyond so many are drawn in groups


class Better(NamedTuple):
    """Chance that social is cheaper and at least `margin` happier than the other channel.

    `value`: with missing hours drawn within their range; `low`, `high`: with hours at the worst and the best for social.
    `n`: the smallest count behind it (resolved issues or answers of either side).
    """

    value: float | None
    low: float | None
    high: float | None
    cheaper: float | None
    happier: float | None
    n: int

    @property
    def claimed(self) -> bool:
        """Whether it is sure enough to claim a saving, even with missing hours at their worst."""
        return self.low is not None and self.low >= CLAIM

    def estimate(self) -> Estimate:
        """As an estimate (the ends are bounds from missing hours)."""
        return Estimate(self.value, self.low, self.high, LEVEL, self.n, "joint bootstrap of issues and their answers")


def better(
    rows: pd.DataFrame,
    answers: pd.DataFrame,
    *,
    other: str = "phone",
    margin: float = 0.0,
    draws: int = 2000,
    seed: int = SEED,
) -> Better:
    """P(cost social < cost other and CSAT social > CSAT other + margin), issues drawn again with their own answers.

    Cost is compared at the same mix of issue types. `rows`: costs.issue_rows; `answers`: satisfaction.answers.
    """
    return readings(rows, answers, margins=(margin,), other=other, draws=draws, seed=seed)[0]


def readings(
    rows: pd.DataFrame,
    answers: pd.DataFrame,
    *,
    margins: tuple[float, ...] = (0.0, LOOSER),
    other: str = "phone",
    draws: int = 2000,
    seed: int = SEED,
) -> tuple[Better, ...]:
    """`better` for each margin, all from the same draws."""
    both = [c for c in ("social", other) if (rows["channel"] == c).any()]
    csat = answers[answers["question"] == "csat"]
    counts = [int(rows.loc[rows["channel"] == c, "resolved"].sum()) for c in ("social", other)]
    counts += [int((csat["channel"] == c).sum()) for c in ("social", other)]
    if len(both) < 2 or min(counts) == 0:
        return (Better(None, None, None, None, None, min(counts)),) * len(margins)
    rows = rows[rows["channel"].isin(both)]
    rows = rows.assign(kind=common_types(rows, both))
    wide = rows.groupby(["channel", "kind"])["resolved"].sum().unstack("channel").fillna(0)
    usable = list(wide.index[(wide > 0).all(axis=1)])
    if not usable:
        return (Better(None, None, None, None, None, 0),) * len(margins)
    weight = (wide.loc[usable].sum(axis=1) / wide.loc[usable].to_numpy().sum()).to_numpy()
    rng = np.random.default_rng(seed)
    social, rival = (_drawn(rows, csat, c, usable, weight, draws, rng) for c in ("social", other))
    between = [rng.random(draws) for _ in both]
    mid = [_somewhere(drawn["low"], drawn["high"], share) for drawn, share in zip((social, rival), between, strict=True)]
    exact = _no_gaps(rows)
    close = social["cost"] < rival["cost"] if exact else mid[0] < mid[1]
    out = []
    for margin in margins:
        happier = social["csat"] > rival["csat"] + margin
        value = float(np.mean(close & happier))
        low = float(np.mean((social["high"] < rival["low"]) & happier))
        high = float(np.mean((social["low"] < rival["high"]) & happier))
        out.append(Better(value, min(low, value), max(high, value), float(close.mean()), float(happier.mean()), min(counts)))
    return tuple(out)


def _somewhere(low: np.ndarray, high: np.ndarray, share: np.ndarray) -> np.ndarray:
    """The place at `share` of the way; a draw without a resolved issue costs infinitely much at both ends, and stays there."""
    return low + share * np.subtract(high, low, out=np.zeros_like(low), where=high > low)


def _no_gaps(rows: pd.DataFrame) -> bool:
    return bool(np.allclose(rows["low"], rows["high"], rtol=1e-12, atol=0))


def _drawn(
    rows: pd.DataFrame, csat: pd.DataFrame, channel: str, kinds: list[str], weight: np.ndarray, draws: int, rng
) -> dict[str, np.ndarray]:
    """Cost per resolution (middle, low, high) at the common mix and CSAT of each draw."""
    part = rows[rows["channel"] == channel].sort_values("issue_id")
    said = csat[csat["channel"] == channel]
    per = said[said["issue_id"].notna()].groupby("issue_id")["good"].agg(["sum", "size"])
    units = part.set_index("issue_id").join(per.rename(columns={"sum": "good", "size": "answers"}), how="outer")
    loose = said[said["issue_id"].isna()]  # answers about the channel, not about a known issue: units of their own
    units = pd.concat([units, pd.DataFrame({"good": loose["good"], "answers": 1})], ignore_index=True)
    columns = []
    for kind in kinds:
        here = (units["kind"] == kind).to_numpy(dtype=bool)
        columns += [np.where(here, units[c].astype(float), 0.0) for c in ("cost", "low", "high", "resolved")]
    columns += [units["good"].astype(float).fillna(0).to_numpy(), units["answers"].astype(float).fillna(0).to_numpy()]
    table = np.nan_to_num(np.column_stack(columns))
    groups = min(len(table), GROUPS)
    # beyond GROUPS issues whole groups are drawn: each is a random, equally large part of the issues
    place = rng.permutation(len(table)) % groups
    sums = np.zeros((groups, table.shape[1]))
    np.add.at(sums, place, table)
    picks = rng.multinomial(groups, np.full(groups, 1 / groups), size=draws).astype(float) @ sums
    with np.errstate(divide="ignore", invalid="ignore"):
        out = {
            name: sum(w * picks[:, 4 * k + at] / picks[:, 4 * k + 3] for k, w in enumerate(weight))
            for at, name in enumerate(("cost", "low", "high"))
        }
        out["csat"] = picks[:, -2] / picks[:, -1]
    return out  # a draw without an answer is not a number and counts as not happier; one without a resolution costs without end


class Saving(NamedTuple):
    """Calls not made and what they would have cost; the amount is withheld unless cheaper and happier both hold."""

    calls: Estimate
    cost_per_call: float | None
    amount: Estimate
    claimed: bool


def saving(calls: Estimate, cost_per_call: Estimate, judged: Better) -> Saving:
    """Calls not made x cost per call. The range takes the ends of the calls and, where hours are missing, of the cost."""
    if calls.value is None or cost_per_call.value is None:
        return Saving(
            calls,
            cost_per_call.value,
            Estimate(None, None, None, LEVEL, calls.n, "calls not made x cost per call"),
            False,
        )
    ends = [
        (calls.low, calls.high),
        [cost_per_call.value if end is None else end for end in (cost_per_call.low, cost_per_call.high)],
    ]
    products = [c * p for c in ends[0] for p in ends[1] if c is not None] or [calls.value * cost_per_call.value]
    amount = Estimate(
        calls.value * cost_per_call.value,
        min(products),
        max(products),
        LEVEL,
        calls.n,
        "calls not made x cost per call",
    )
    return Saving(calls, cost_per_call.value, amount, judged.claimed and calls.low is not None and calls.low > 0)
