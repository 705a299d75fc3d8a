"""What a table contract is made of: columns with a kind, a unit, a class and a meaning."""

from dataclasses import dataclass, field
from enum import StrEnum


class Kind(StrEnum):
    """How a column is stored. `MONEY` is DECIMAL(18,4): sums of it are exact, so two runs give the same bytes."""

    ID = "int64"
    TEXT = "string"
    FLAG = "boolean"
    INT = "int64!"
    FLOAT = "float64"
    MONEY = "decimal(18,4)"
    DATE = "date"
    TIME = "timestamp(6)"

    @property
    def ibis(self) -> str:
        """The Ibis type of the column."""
        return self.value.rstrip("!")


class Privacy(StrEnum):
    """Who may see a column. `PERSONAL` never reaches `processed` or `outputs` and is masked in every message."""

    PUBLIC = "public"
    PSEUDONYMOUS = "pseudonymous"
    PERSONAL = "personal"


@dataclass(frozen=True)
class Column:
    """One column: name, kind, meaning; `required` means no blanks; `allowed` and `least` are checked on every write."""

    name: str
    kind: Kind
    meaning: str
    unit: str = ""
    privacy: Privacy = Privacy.PUBLIC
    required: bool = False
    allowed: tuple[str, ...] = ()
    least: float | None = None
    most: float | None = None
    planned: bool = False  # a date that may lie after the month reported on (a plan, a due date)


@dataclass(frozen=True)
class Table:
    """A contract: one row per `grain`, unique by `key`; `time` is the column by which a month is cut off."""

    name: str
    grain: str
    key: tuple[str, ...]
    columns: tuple[Column, ...]
    time: str | None = None
    ingested: bool = True
    secret: bool = False  # the whole table lies in `private` (registry, labels)
    answers: str = ""  # which export brings it, for the sentence about a missing input
    by_name: dict[str, Column] = field(init=False, repr=False, compare=False)

    def __post_init__(self):
        lineage = LINEAGE if self.ingested else ()
        object.__setattr__(self, "columns", self.columns + lineage)
        object.__setattr__(self, "by_name", {c.name: c for c in self.columns})
        unknown = [k for k in (*self.key, *((self.time,) if self.time else ())) if k not in self.by_name]
        if unknown:
            raise ValueError(f"table {self.name}: key or time names {unknown}, which are not among its columns")

    def named(self, privacy: Privacy) -> list[str]:
        """Names of the columns of one class."""
        return [c.name for c in self.columns if c.privacy is privacy]

    @property
    def open_columns(self) -> list[Column]:
        """Columns that may be stored in `processed` (public and pseudonymous)."""
        return [c for c in self.columns if c.privacy is not Privacy.PERSONAL]

    @property
    def private_columns(self) -> list[Column]:
        """The key and the personal columns, stored in `private`; empty where nothing is personal."""
        if self.secret:
            return list(self.columns)
        personal = [c for c in self.columns if c.privacy is Privacy.PERSONAL]
        return [self.by_name[k] for k in self.key] + personal if personal else []

    def stored(self, private: bool) -> list[Column]:
        """The columns of one of the two parts."""
        return self.private_columns if private else self.open_columns


def ident(name: str, meaning: str, required: bool = True) -> Column:
    """A pseudonymous whole-number id made from a source's own id; joins run on it."""
    return Column(name, Kind.ID, meaning, privacy=Privacy.PSEUDONYMOUS, required=required)


def text(name: str, meaning: str, **options) -> Column:
    """A text that is not personal."""
    return Column(name, Kind.TEXT, meaning, **options)


def personal(name: str, meaning: str) -> Column:
    """A text that is personal: kept in `private` alone."""
    return Column(name, Kind.TEXT, meaning, privacy=Privacy.PERSONAL)


def money(name: str, meaning: str, **options) -> Column:
    """Money, net of VAT, in the base currency unless the meaning says otherwise."""
    return Column(name, Kind.MONEY, meaning, unit=options.pop("unit", "base currency"), **options)


def at(name: str, meaning: str, **options) -> Column:
    """A moment, stored in UTC without a zone."""
    return Column(name, Kind.TIME, meaning, unit="UTC", **options)


def on(name: str, meaning: str, **options) -> Column:
    """A calendar day in the business's own time zone."""
    return Column(name, Kind.DATE, meaning, unit="day", **options)


def number(name: str, meaning: str, unit: str, **options) -> Column:
    """A measured number that is not money."""
    return Column(name, Kind.FLOAT, meaning, unit=unit, **options)


def count(name: str, meaning: str, **options) -> Column:
    """A whole number."""
    return Column(name, Kind.INT, meaning, unit="count", **options)


def share(name: str, meaning: str, **options) -> Column:
    """A share between 0 and 1."""
    return Column(name, Kind.FLOAT, meaning, unit="share 0-1", least=0, most=1, **options)


def flag(name: str, meaning: str, **options) -> Column:
    """Yes or no."""
    return Column(name, Kind.FLAG, meaning, **options)


LINEAGE = (
    text("system", "system that the row came from", required=True),
    text("source_file", "raw file that the row came from, relative to the raw folder", required=True),
    count("source_row", "row in that file, counted from 1 as a spreadsheet does", required=True),
)
