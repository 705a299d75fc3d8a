"""The one error of ingestion."""

from scrm_helpers.errors import InputError

__all__ = ["InputError"]
