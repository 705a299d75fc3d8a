"""One part of a file, and what a pass found it to be: its recipe, its feeds, what is said of it."""

from dataclasses import dataclass, field
from pathlib import Path

from scrm_helpers.ingestion.feeding import Fed
from scrm_helpers.ingestion.part import Part
from scrm_helpers.ingestion.recipe import Recipe


@dataclass
class Taken:
    """One part of a file and what it was taken for."""

    file: str
    digest: str
    part: Part | None = None
    recipe: Recipe | None = None
    entries: list = field(default_factory=list)
    options: dict = field(default_factory=dict)
    reason: str = ""
    verdict: str = "read"
    message: str = ""
    code: str = ""
    number: int = 0
    exported_on: str = ""
    feds: list[Fed] = field(default_factory=list)
    totals: str = ""
    refused_rows: int = 0
    ranged: tuple = ()  # first and last day of the period above the table or in the file's name, where rows have no day
    unused: list[str] = field(default_factory=list)  # columns that nothing reads, see `unused`
    heard: set[str] = field(default_factory=set)  # options that overrule the recipe, see `overruled`
    taxed: tuple[str, str] = ("", "")  # the header of the amounts and what it says of VAT, where the form does as it says
    unheard: list = field(default_factory=list)  # entries with the words of theirs that its recipe has no use for
    tried: bool = False  # whether it is known that its rows are not all as the first ones are
    origin: tuple[Path, list] | None = None  # of a part of a file: where it lies, and what sources.yml says of it

    @property
    def named(self) -> str:
        """Its file, with the sheet or block where the file has several."""
        return f"{self.file} ({self.part.part})" if self.part is not None and self.part.part else self.file

    def refuse(self, message: str, code: str) -> None:
        """Nothing of it is used: why, in a sentence and as a code."""
        self.verdict, self.message, self.code, self.feds = "refused", message, code, []
        self.refused_rows = self.part.rows + len(self.part.dropped) if self.part else 0
