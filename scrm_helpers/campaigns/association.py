"""Spend and sales over time, where nothing better can be had: an association, never a cause.

Two series with the same season move together without touching each other. So both lose trend, season and calendar first, and
what one's own past foretells (pre-whitening, Haugh and Box 1977); what is left is compared at each lag.
"""

import math

import numpy as np
import pandas as pd
from scipy import special

from scrm_helpers.campaigns.series import bins, calendar_columns, whiten, yule_walker
from scrm_helpers.stats.checks import LEVEL

LEAST_WEEKS = 52


def lagged(
    spend: np.ndarray, sales: np.ndarray, weeks: pd.DatetimeIndex, calendar: pd.DataFrame, *, lags: int = 6, order: int = 4,
    level: float = LEVEL,
) -> pd.DataFrame:  # fmt: skip
    """Correlation of weekly spend with sales `lag` weeks later. Grain: one lag, 0 to `lags`.

    `naive`: correlation as a spreadsheet gives it; `value`, `low`, `high`: after season and past are taken out; `p_adjusted`:
    Bonferroni over the lags. Empty where there is less than a year of weeks or spend never changes.
    """
    columns = ["lag", "naive", "value", "low", "high", "n", "p", "p_adjusted"]
    if len(weeks) < LEAST_WEEKS or np.ptp(spend) == 0 or (sales <= 0).any():
        return pd.DataFrame(columns=columns)
    days = pd.date_range(weeks[0], periods=7 * len(weeks), freq="D")
    base = bins(calendar_columns(days, calendar, harmonics=2)[0], 7)
    x, y = np.log1p(spend), np.log(sales)
    x_flat, y_flat = x - base @ np.linalg.lstsq(base, x, rcond=None)[0], y - base @ np.linalg.lstsq(base, y, rcond=None)[0]
    x_new, y_new = whiten(x_flat, yule_walker(x_flat, order)), whiten(y_flat, yule_walker(y_flat, order))
    rows = []
    for lag in range(lags + 1):
        value, n = _correlation(x_new, y_new, lag)
        naive, _ = _correlation(np.asarray(spend, float), np.asarray(sales, float), lag)
        error = 1 / math.sqrt(max(n - 3, 1))
        reach = float(special.ndtri((1 + level) / 2)) * error
        z = math.atanh(max(min(value, 0.999999), -0.999999))
        p = float(2 * special.ndtr(-abs(z) / error))
        rows.append((lag, naive, value, math.tanh(z - reach), math.tanh(z + reach), n, p, min(1.0, p * (lags + 1))))
    return pd.DataFrame(rows, columns=columns)


def _correlation(x: np.ndarray, y: np.ndarray, lag: int) -> tuple[float, int]:
    a, b = x[: len(x) - lag] if lag else x, y[lag:]
    if a.std() == 0 or b.std() == 0:
        return 0.0, len(a)
    return float(np.corrcoef(a, b)[0, 1]), len(a)
