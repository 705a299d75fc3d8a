"""Users who chose themselves, and no effect at all: how often does each comparison call the gap significant?

Complete Journey: households are likelier to become "users" the more they spent in the quarter before and in the last month
(they turn to us when they buy a lot). Nothing is done to them; spend of the next 4 weeks is compared.
"""

import numpy as np
import pandas as pd
from segments_data import journey_weeks

from scrm_helpers.stats import clopper_pearson
from scrm_helpers.stats.matching import like_for_like

LEVEL, PRIOR, RECENT, AFTER = 0.95, 13, 4, 4


def told(trials: int) -> list[str]:
    weeks = journey_weeks().to_numpy()
    starts = range(PRIOR + RECENT, weeks.shape[1] - AFTER, 4)
    rows = []
    for trial in range(trials):
        rng = np.random.default_rng(trial)
        start = starts[trial % len(starts)]
        rows.append(one(weeks, start, rng))
    f = pd.DataFrame(rows)
    table = [(name, len(f), int(f[name].sum()), f"{100 * f[name].mean():.1f}%", limits(f[name])) for name in f.columns]
    return [
        f"Complete Journey, {trials} draws of self-selected users, no effect; called significant at 5%",
        pd.DataFrame(table, columns=["comparison", "draws", "alarms", "share", "exact 99%"]).to_string(index=False),
    ]


def limits(column: pd.Series) -> str:
    found = clopper_pearson(int(column.sum()), len(column), 0.99)
    return f"{100 * found.low:.1f} to {100 * found.high:.1f}%"


def one(weeks: np.ndarray, start: int, rng) -> dict:
    long, recent = (
        weeks[:, start - PRIOR - RECENT : start - RECENT].sum(axis=1),
        weeks[:, start - RECENT : start].sum(axis=1),
    )
    after = weeks[:, start : start + AFTER].sum(axis=1)
    wish = zscore(np.log1p(long)) + zscore(np.log1p(recent))
    user = rng.random(len(after)) < 1 / (1 + np.exp(-(0.8 * wish - 2.0)))
    facts = pd.DataFrame(
        {"long": np.log1p(long), "recent": np.log1p(recent), "long money": long, "recent money": recent}
    )
    found = like_for_like(after, user, facts, level=LEVEL)
    change = after - recent
    return {
        "users before and after": paired(change[user]),
        "difference in differences": gap(change[user], change[~user]),
        "raw gap": outside(found.raw),
        "suite: propensity strata": outside(found.matched),
        "suite: strata after regression": outside(found.robust),
        "regression on spend before (ANCOVA)": ancova(after, user, np.column_stack([long, recent])),
    }


def zscore(values: np.ndarray) -> np.ndarray:
    return (values - values.mean()) / values.std()


def paired(change: np.ndarray) -> bool:
    return bool(abs(change.mean()) > 1.96 * change.std(ddof=1) / np.sqrt(len(change)))


def gap(a: np.ndarray, b: np.ndarray) -> bool:
    return bool(abs(a.mean() - b.mean()) > 1.96 * np.sqrt(a.var(ddof=1) / len(a) + b.var(ddof=1) / len(b)))


def outside(found) -> bool:
    return bool(found.low > 0 or found.high < 0)


def ancova(y: np.ndarray, user: np.ndarray, before: np.ndarray) -> bool:
    import statsmodels.api as sm

    fit = sm.OLS(y, sm.add_constant(np.column_stack([user.astype(float), before]))).fit(cov_type="HC1")
    return bool(fit.pvalues[1] <= 1 - LEVEL)
