"""Many campaigns at once: of 24 that do nothing, chance alone makes at least one look good in 71 of 100 periods.

So p-values of a period's campaigns are adjusted together (Benjamini and Hochberg 1995). Ranges stay those of one campaign; where a
range leaves out 0 and the adjusted p does not agree, the sentence says so.
"""

import numpy as np

from scrm_helpers import stats


def adjusted(p: list[float | None]) -> list[float | None]:
    """Benjamini and Hochberg's adjusted p-values in the order given; None (not judged) stays None and counts for nothing."""
    known = [k for k, each in enumerate(p) if each is not None]
    out: list[float | None] = [None] * len(p)
    if known:
        for k, each in zip(known, stats.benjamini_hochberg(np.array([p[k] for k in known])), strict=True):
            out[k] = float(each)
    return out
