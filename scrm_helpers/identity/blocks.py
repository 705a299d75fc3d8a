"""Blocks of rows that share a value, and the pairs within them."""

import numpy as np
import pandas as pd


def blocks(parts: list[np.ndarray], *, largest: int) -> tuple[np.ndarray, np.ndarray]:
    """The rows that share a value in each part with some others and with no more than `largest` in all.

    `parts`: a number for each different value, row for row, negative where there is none. The rows come block after block, with the size
    of each block.
    """
    value, missing = parts[0].astype("int64"), parts[0] < 0
    for more in parts[1:]:
        missing |= more < 0
        value = value * (int(more.max(initial=0)) + 2) + more
    rows = np.flatnonzero(~missing)
    value = value[rows]
    code = value if len(parts) == 1 else pd.factorize(value)[0]
    size = np.bincount(code)[code]
    fits = (size > 1) & (size <= largest)
    rows, value = rows[fits], value[fits]
    order = np.argsort(value, kind="stable")
    rows, value = rows[order], value[order]
    starts = np.flatnonzero(np.r_[True, value[1:] != value[:-1]]) if len(value) else np.zeros(0, dtype="int64")
    return rows, np.diff(np.r_[starts, len(value)])


def within(rows: np.ndarray, sizes: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Every pair within the blocks, which come one after another in `rows`: left (the earlier one in `rows`), right, size of the block."""
    block = np.repeat(np.arange(len(sizes)), sizes)
    after = np.cumsum(sizes)[block] - np.arange(len(rows)) - 1  # partners of each row behind it in its block
    left = np.repeat(np.arange(len(rows)), after)
    right = left + 1 + np.arange(len(left)) - np.repeat(np.cumsum(after) - after, after)
    return rows[left], rows[right], sizes[block[left]]
