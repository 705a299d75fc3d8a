"""Findings -> pages: the board page, the appendix, the team page. Nothing here computes a measure or reads a file."""

from scrm_helpers.report.files import files
from scrm_helpers.report.mail import mail_text
from scrm_helpers.report.pages import Pages, pages, spend_chart
from scrm_helpers.report.team import activity_by_month
from scrm_helpers.report.workbook import turkish_csv, workbook

__all__ = ["Pages", "activity_by_month", "files", "mail_text", "pages", "spend_chart", "turkish_csv", "workbook"]
