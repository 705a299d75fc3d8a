"""Findings -> pages: the board page, the appendix, the team page, the list of months. Nothing here computes a measure or reads a file."""

from scrm_helpers.report.index import index_page
from scrm_helpers.report.pages import Pages, pages, spend_chart
from scrm_helpers.report.render import counted
from scrm_helpers.report.team import activity_by_month

__all__ = ["Pages", "activity_by_month", "counted", "index_page", "pages", "spend_chart"]
