"""The commands: `python -m scrm_helpers --help`."""

from scrm_helpers.commands import company, files, keys, lab, months, pages, people
from scrm_helpers.commands.group import main

__all__ = ["company", "files", "keys", "lab", "main", "months", "pages", "people"]

if __name__ == "__main__":
    main(prog_name="python start.py")
