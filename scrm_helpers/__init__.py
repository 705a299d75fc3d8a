"""The Social-CRM measurement suite: raw exports in, board page out."""

import os

# One thread for small linear algebra, set before NumPy loads: sums in another order would differ in the last digit (same input,
# same bytes), and many threads on vectors of a hundred numbers cost far more than they bring.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

__version__ = "0.1.0"
