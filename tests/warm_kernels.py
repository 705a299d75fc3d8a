"""A pytest plugin (`-p warm_kernels`): nbval's kernels are forks of one warm process, so that nine notebooks cost one import."""

import os

import nbval.kernel
import pytest
from jupyter_client.manager import KernelManager

from scrm_helpers.run import fork


def pytest_sessionstart(session: pytest.Session) -> None:
    if not fork.is_chosen():
        return
    from scrm_helpers.run.forked import Forked

    class Manager(Forked, KernelManager):
        """nbval's manager, with forked kernels."""

    warm = fork.Warm(None, dict(os.environ))
    warm.prepare([*fork.BASE, *WARM])
    os.environ[fork.SOCKET] = warm.path
    nbval.kernel.KernelManager = Manager
    session.config.add_cleanup(warm.close)


WARM = (
    "pandas", "ibis", "duckdb", "matplotlib.pyplot", "seaborn", "scipy.stats", "statsmodels.api", "splink", "scrm_helpers.charts",
    "scrm_helpers.store.book", "scrm_helpers.ingestion", "scrm_helpers.identity", "scrm_helpers.report",
)  # fmt: skip
