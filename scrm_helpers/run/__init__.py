"""The notebooks as a graph, run in order through papermill; what they made is published in one move, or not at all."""

from scrm_helpers.run.errors import RunError
from scrm_helpers.run.month import run_month

__all__ = ["RunError", "run_month"]
