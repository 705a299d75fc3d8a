"""Templates -> HTML: the one style sheet, every page's template, the list of months. Light: the runner loads it without a data frame."""

from scrm_helpers.html.months import index_page
from scrm_helpers.html.render import counted, render

__all__ = ["counted", "index_page", "render"]
