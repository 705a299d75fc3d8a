"""Raw exports to contract tables: every file is read right or refused with a sentence; every row ends somewhere that is counted."""

from scrm_helpers.ingestion.check import Checked, check
from scrm_helpers.ingestion.errors import InputError
from scrm_helpers.ingestion.newest import newest_month
from scrm_helpers.ingestion.passing import Ingestion
from scrm_helpers.ingestion.reading import Summary, read_all

__all__ = ["Checked", "Ingestion", "InputError", "Summary", "check", "newest_month", "read_all"]
