"""Who belongs to which segment on a day: person facts, and segment models declared once."""

from scrm_helpers.segmentation.facts import MONTHS, NUMBERS, categories_of, facts, months_before
from scrm_helpers.segmentation.models import MODELS, Model, declared, dimension, memberships
from scrm_helpers.segmentation.places import PROVINCES, REGIONS

__all__ = [
    "MODELS",
    "MONTHS",
    "NUMBERS",
    "PROVINCES",
    "REGIONS",
    "Model",
    "categories_of",
    "declared",
    "dimension",
    "facts",
    "memberships",
    "months_before",
]
