"""Findings -> pages: the board page, the appendix, the team page, the list of months. Nothing here computes a measure or reads a file."""
