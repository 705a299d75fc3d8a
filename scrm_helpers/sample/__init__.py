"""A made-up Turkish retailer with known truth, written as the raw files that real systems export.

`write(folder)` makes `raw/` (exports in the shapes of real systems, with realistic faults) and `truth/` (what a perfect
measurement would find; never read by a notebook). The same seed and size give the same bytes.
"""

from scrm_helpers.sample.build import MARKER, refuse_real, write
from scrm_helpers.sample.settings import MESS, Settings

__all__ = ["MARKER", "MESS", "Settings", "refuse_real", "write"]
