"""Intervals and tests on plain arrays and numbers; every range is two-sided at `level` (0.90 unless told).

Nothing here knows a table, a unit or a language. Results are small NamedTuples; None means "cannot be said".
"""

from scrm_helpers.stats.counts import (
    Gate,
    binomial_gate,
    clopper_pearson,
    poisson_exact,
    ratio_to_count,
    rule_of_three,
    wilson,
)
from scrm_helpers.stats.differences import (
    Difference,
    difference,
    difference_of_shares,
    welch,
)
from scrm_helpers.stats.dilution import kept_of_gap, undiluted
from scrm_helpers.stats.estimates import Estimate, combine, mix, widen
from scrm_helpers.stats.means import (
    bootstrap_mean,
    bootstrap_median,
    bootstrap_ratio,
    median,
    ratio_of_sums,
)
from scrm_helpers.stats.permutations import benjamini_hochberg, cell_differences, holm, max_t, permutation_difference
from scrm_helpers.stats.power import (
    EValue,
    e_value,
    power_two_means,
    power_two_shares,
    robustness_value,
    size_two_shares,
    smallest_visible,
    smallest_visible_share,
)
from scrm_helpers.stats.sequential import level_at, spending_bounds
from scrm_helpers.stats.survival import LogRank, kaplan_meier, logrank

__all__ = [
    "Difference",
    "EValue",
    "Estimate",
    "Gate",
    "LogRank",
    "benjamini_hochberg",
    "binomial_gate",
    "bootstrap_mean",
    "bootstrap_median",
    "bootstrap_ratio",
    "cell_differences",
    "clopper_pearson",
    "combine",
    "difference",
    "difference_of_shares",
    "e_value",
    "holm",
    "kaplan_meier",
    "kept_of_gap",
    "level_at",
    "logrank",
    "max_t",
    "median",
    "mix",
    "permutation_difference",
    "poisson_exact",
    "power_two_means",
    "power_two_shares",
    "ratio_of_sums",
    "ratio_to_count",
    "robustness_value",
    "rule_of_three",
    "size_two_shares",
    "smallest_visible",
    "smallest_visible_share",
    "spending_bounds",
    "undiluted",
    "welch",
    "widen",
    "wilson",
]
