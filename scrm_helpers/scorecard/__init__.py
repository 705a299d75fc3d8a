"""The score card of the sample company: what the suite said, against what was planted. The only reader of the truth."""

from scrm_helpers.scorecard.card import Card, score
from scrm_helpers.scorecard.page import PAGE, write

__all__ = ["PAGE", "Card", "score", "write"]
