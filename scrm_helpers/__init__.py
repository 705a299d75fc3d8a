"""The Social-CRM measurement suite: raw exports in, board page out."""

__version__ = "0.1.0"
