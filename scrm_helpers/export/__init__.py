"""Lists of people who may be spoken to, for a mailing tool or an advertising platform: by consent, into the closed folder alone."""

from scrm_helpers.export.consent import allowed, speaks_of
from scrm_helpers.export.lists import Receipt, export, pick
from scrm_helpers.export.uploads import PLATFORMS, hashed

__all__ = ["PLATFORMS", "Receipt", "allowed", "export", "hashed", "pick", "speaks_of"]
