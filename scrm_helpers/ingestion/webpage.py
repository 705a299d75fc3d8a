"""Tables of a web page to records: many systems write HTML under the ending .xls or .csv, and a spreadsheet shows it as a table."""

from html.parser import HTMLParser

CELLS = ("td", "th")
UNSEEN = ("script", "style", "title")
LEAST = 2  # rows of two cells or more that make a table: a form laid out as one has fewer


def records(text: str) -> list[list[str]]:
    """The rows of every table with data in it, top to bottom, a blank row between two tables; [] where there is none.

    A table around other tables is layout and is left out. A cell over several rows holds for each of them, one over several columns
    stands in the first, as in a spreadsheet.
    """
    page = _Page()
    page.feed(text)
    page.close()
    found: list[list[str]] = []
    for rows in page.tables():
        if sum(1 for r in rows if sum(map(bool, r)) > 1) >= LEAST:
            found += ([[]] if found else []) + rows
    return found


class _Table:
    """A table as it is read: its rows of cells, each as text with the rows and columns that it covers."""

    def __init__(self):
        self.rows: list[list[tuple[list[str], int, int]]] = []
        self.open = False  # whether a cell is being written
        self.layout = False  # whether another table stands in it

    def grid(self) -> list[list[str]]:
        """Rows of plain texts."""
        out, held = [], {}  # place -> (text, rows that it still covers)
        for cells in self.rows:
            row: list[str] = []
            waiting = [(" ".join("".join(text).split()), down, across) for text, down, across in cells]
            while waiting or len(row) in held:
                if len(row) in held:
                    text, left = held.pop(len(row))
                    if left > 1:
                        held[len(row)] = (text, left - 1)
                    row.append(text)
                    continue
                text, down, across = waiting.pop(0)
                for k in range(across):
                    if down > 1:
                        held[len(row)] = ("" if k else text, down - 1)
                    row.append("" if k else text)
            out.append(row)
        return out


class _Page(HTMLParser):
    """Cells and rows end where the next begins, as browsers read them: hardly any export closes them all."""

    def __init__(self):
        super().__init__()
        self.done: list[_Table] = []
        self.stack: list[_Table] = []
        self.unseen = ""

    def tables(self) -> list[list[list[str]]]:
        """The rows of each table that holds no other."""
        return [t.grid() for t in self.done if not t.layout]

    def handle_starttag(self, tag, attrs):
        if tag in UNSEEN:
            self.unseen = tag
        elif tag == "table":
            if self.stack:
                self.stack[-1].layout = True
            self.stack.append(_Table())
            self.done.append(self.stack[-1])
        elif not self.stack:
            return
        elif tag == "tr":
            self.stack[-1].rows.append([])
            self.stack[-1].open = False
        elif tag in CELLS:
            table, said = self.stack[-1], dict(attrs)
            if not table.rows:
                table.rows.append([])
            table.rows[-1].append(([], _span(said.get("rowspan")), _span(said.get("colspan"))))
            table.open = True
        elif tag == "br":
            self.handle_data(" ")

    def handle_endtag(self, tag):
        if tag == self.unseen:
            self.unseen = ""
        elif self.stack and tag == "table":
            self.stack.pop()
        elif self.stack and tag in (*CELLS, "tr"):
            self.stack[-1].open = False

    def handle_data(self, data):
        if self.stack and self.stack[-1].open and not self.unseen:
            self.stack[-1].rows[-1][-1][0].append(data)


def _span(said: str | None) -> int:
    """Rows or columns that a cell covers; what is no number, or too much to be meant, is one."""
    number = int(said) if said and said.strip().isdecimal() else 1
    return number if 1 <= number <= 1000 else 1
