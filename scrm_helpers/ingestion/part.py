"""One table of a file: its header, where its rows stand, what was taken out of them."""

from dataclasses import dataclass, field

ROW = "_row"
SPACES = " \t\r\n\v\f\u00a0\u2002\u2003\u2007\u2009\u202f\u3000\ufeff"


WIDE = "".join(s for s in SPACES if s > "~")  # spaces that are no ASCII
SIGNS = " \t\v\f\"'\0" + WIDE  # what many cells' ends and quotes are asked about, and what most large files lack


@dataclass(frozen=True)
class Measured:
    """What the bytes of a file say by themselves."""

    digest: str
    lines: int  # the last one with or without its end
    plain: bool  # whether every byte is ASCII
    lacks: frozenset[str]  # those of SIGNS that do not stand in it
    within: int  # line ends between quotes
    late: bool  # whether a quote may begin a cell behind a space or behind another (see `large.Quotes`)


@dataclass
class Part:
    """One table of a file. Its DuckDB table has the columns c0, c1, ... (text, blank is NULL) and `_row`."""

    file: str
    part: str
    header: list[str]
    folded: list[str]
    table: str
    rows: int
    digest: str
    encoding: str = ""
    header_row: int = 0
    preamble: list[str] = field(default_factory=list)
    dropped: list[tuple[int, str, list[str]]] = field(default_factory=list)
    ragged: list[tuple[int, int]] = field(default_factory=list)  # row, cells
    exact: frozenset[int] = frozenset()  # columns that a program wrote with types: no evidence needed
    base: str = ""  # of a large file: the table under the view `table`; its row ids count from the file's row `first`
    first: int = 0
    lies: str = ""  # of a large file that is not kept in memory: SQL of its rows as they lie on disk, in the file's order
    unasked: str = ""  # of such a file that was not looked through: SQL of rows that are none of its table, asked as they are read
    plain: bool = False  # whether it is known that every letter is ASCII
    lacks: frozenset[str] = frozenset()  # those of SIGNS that are known to stand nowhere in the file
    off: list[int] = field(default_factory=list)  # of such a file: rows taken out
    # of a sheet whose months stood side by side: row of a total -> month -> what the month's column was called, and the total's cell
    said: dict[int, dict[str, tuple[str, str]]] = field(default_factory=dict)
    across: bool = False  # whether months stood side by side: several rows then have the number of one row of the file

    @property
    def damaged(self) -> bool:
        """Whether a program lost letters in the header."""
        return any("?" in h and h.replace("?", "").strip() and not h.endswith("?") for h in self.header)

    @property
    def head(self) -> str:
        """Name of the table of its first rows, where a large file is read on trial."""
        return f"head_{self.table}"

    def look(self, con) -> None:
        """Makes `table` a view of the rows as they lie on disk. Windows over all rows are taken in the order of the file."""
        off = f" WHERE {ROW} NOT IN ({', '.join(map(str, self.off))})" if self.off else ""
        numbered = f"SELECT *, row_number() OVER () + {self.first - 1} AS {ROW} FROM ({self.lies})"
        con.execute(f"CREATE OR REPLACE VIEW {self.table} AS SELECT * FROM ({numbered}){off}")

    def keep(self, con) -> None:
        """Reads the rows that lie on disk into memory: what is asked about often is quicker there."""
        if not self.lies:
            return
        self.base = f"{self.table}_rows"
        con.execute(f"CREATE OR REPLACE TABLE {self.base} AS {self.lies}")
        self.lies = ""
        self._show(con)

    def _show(self, con) -> None:
        """Makes `table` a view of the rows in memory. None is deleted: row ids would not stay as they are when the engine packs a table."""
        off = f" WHERE rowid NOT IN (SELECT unnest({[n - self.first for n in self.off]}::BIGINT[]))" if self.off else ""
        con.execute(f"CREATE OR REPLACE VIEW {self.table} AS SELECT *, rowid + {self.first} AS {ROW} FROM {self.base}{off}")

    def take_off(self, con, rows: list[int]) -> None:
        """Takes rows of the file out of its table."""
        self.rows -= len(rows)
        if self.lies or self.base:
            self.off += rows
            self.look(con) if self.lies else self._show(con)
            return
        con.execute(f"DELETE FROM {self.table} WHERE {ROW} IN ({', '.join(map(str, rows))})")

    def release(self, con) -> None:
        """Gives back the memory of a large part once its rows are read: what is asked of it from then on are the rows' numbers."""
        numbers, off = f"SELECT {ROW} FROM {self.table}", ", ".join(map(str, self.off))
        if self.lies:  # the file need not be parsed anew to count its rows
            numbers = f"SELECT range AS {ROW} FROM range({self.first}, {self.first + self.rows + len(self.off)})"
            numbers += f" WHERE range NOT IN ({off})" if off else ""
        con.execute(f"CREATE OR REPLACE TABLE {self.table}_numbers AS {numbers}")
        for kind, name in (("VIEW", self.table), ("TABLE", self.base)) if self.base or self.lies else (("TABLE", self.table),):
            if name:
                con.execute(f"DROP {kind} {name}")
        con.execute(f"CREATE VIEW {self.table} AS SELECT {ROW} FROM {self.table}_numbers")
        con.execute(f"DROP TABLE IF EXISTS {self.head}")


def arrive(con, name: str, arrow, *, trim: bool = False) -> str:
    """An Arrow table of texts as the DuckDB table `name`. `trim`: spaces are taken off the ends of cells, a cell of spaces is blank."""
    cells = "*" if not trim else ", ".join([*(trimmed(c) for c in arrow.column_names if c != ROW), ROW])
    con.register("_arriving", arrow)
    con.execute(f"CREATE OR REPLACE TABLE {name} AS SELECT {cells} FROM _arriving")
    con.unregister("_arriving")
    return name


def trimmed(column: str) -> str:
    """SQL of a column without spaces at the ends of its cells."""
    return f"nullif(trim({column}, '{SPACES}'), '') AS {column}"
