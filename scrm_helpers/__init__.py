"""The Social-CRM measurement suite: raw exports in, board page out."""

import gc
import os

# One thread for small linear algebra, set before NumPy loads: sums in another order would differ in the last digit (same input,
# same bytes), and many threads on vectors of a hundred numbers cost far more than they bring.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

# A query is compiled from thousands of small objects. At Python's own threshold of 2,000 or fewer the collector walks over the
# whole heap hundreds of times on the way and finds next to nothing: a sixth of the time of a small company's month.
gc.set_threshold(100_000, 20, 50)

__version__ = "0.1.0"
