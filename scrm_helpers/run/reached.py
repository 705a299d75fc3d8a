"""What a notebook's result depends on in code: the modules it imports, and theirs, read off the source without running it.

A change in one analysis then runs only the notebooks that reach it. Whatever could be reached by a name made at run time counts:
of a package that imports by name (`import_module`) every module, of a folder with data files (texts, templates) every file.
"""

import ast
import contextlib
import json
import re
from collections.abc import Iterable
from pathlib import Path

from scrm_helpers.run import digests

PACKAGE = Path(__file__).resolve().parents[1]
BY_NAME = ("import_module", "iter_modules", "__import__")
DATA = (".toml", ".html", ".css", ".j2", ".json", ".csv", ".svg", ".js")
TEXTS = "texts"
EXECUTES = PACKAGE / "run" / "execute.py"  # cleans the executed notebook that is kept
# A file is not parsed whole for its imports: that takes seconds over a package. A line of text that looks like one does no harm.
IMPORT = re.compile(r"^[ \t]*((?:from[ \t]+[.\w]+[ \t]+)?import[ \t]+(?:\([^)]*\)|[^\n]*))", re.MULTILINE)
# heavy and seldom needed, or another system's
NOT_AHEAD = ("pyspark", "ibis.backends.pyspark", "splink.backends", "pandera", "sklearn.ensemble", "msvcrt")


class Code:
    """The package's source as one run finds it. `subjects` are the words of all notebooks (ingestion, identity, ...)."""

    def __init__(self, subjects: Iterable[str] = ()):
        self.subjects = frozenset(subjects)
        self._texts: dict[Path, str] = {}
        self._found: dict[Path, frozenset[Path]] = {}
        self._leads: dict[Path, list[Path]] = {}
        self._named: dict[str, list[Path]] = {}

    def digest(self, notebook: Path, *, all_texts: bool = False) -> str:
        """One digest of the code and texts that a notebook reaches; `all_texts` where it says what other notebooks found."""
        found = self.reached(notebook)
        spoken = {f for f in found if f.parent.name == TEXTS and f.suffix != ".py"}
        kept = found if all_texts else found - {f for f in spoken if not self._speaks(f.stem, notebook, found)}
        return digests.combined({f.relative_to(PACKAGE).as_posix(): digests.of_file(f) for f in sorted(kept)})

    def modules(self, notebook: Path) -> list[str]:
        """Every module that a notebook may import, the package's own first: what a warm process imports ahead."""
        files = [f for f in self.reached(notebook) if f.suffix == ".py"]
        names = {name for f in files for name in self._imports(f)} | set(self._imports_of_cells(notebook))
        return sorted(map(_dotted, files)) + sorted(filter(_is_ahead, names))

    def reached(self, notebook: Path) -> frozenset[Path]:
        """Files of the package that a notebook's result may depend on."""
        if notebook not in self._found:
            self._found[notebook] = self._reach(notebook)
        return self._found[notebook]

    def _reach(self, notebook: Path) -> frozenset[Path]:
        waiting = [PACKAGE / "__init__.py", *(f for name in self._imports_of_cells(notebook) for f in self._files(name))]
        found: set[Path] = set()
        while waiting:
            file = waiting.pop()
            if file in found:
                continue
            found.add(file)
            waiting += self._next(file) if file.suffix == ".py" else []
        return frozenset(found | {EXECUTES})

    def _next(self, file: Path) -> list[Path]:
        """Files that one file of the package leads to; looked up once, however many notebooks reach it."""
        if file not in self._leads:
            leads = [f for name in self._imports(file) for f in self._files(name)]
            if file.parent != PACKAGE:
                if file.name == "__init__.py":
                    leads += [f for f in file.parent.rglob("*") if f.suffix in DATA]
                if any(word in self._text(file) for word in BY_NAME):
                    leads += sorted(file.parent.rglob("*.py"))
            self._leads[file] = leads
        return self._leads[file]

    def _files(self, name: str) -> list[Path]:
        if name not in self._named:
            self._named[name] = _files(name)
        return self._named[name]

    def _speaks(self, stem: str, notebook: Path, found: frozenset[Path]) -> bool:
        """Whether a text file counts: one that is another notebook's subject does only where its ids are named."""
        if stem not in self.subjects or notebook.stem.endswith(f"_{stem}"):
            return True
        return any(f"{quote}{stem}." in text for text in map(self._text, (*found, notebook)) for quote in "\"'")

    def _imports_of_cells(self, notebook: Path) -> tuple[str, ...]:
        cells = json.loads(self._text(notebook))["cells"]
        return _names("\n".join("".join(c["source"]) for c in cells if c["cell_type"] == "code"), "")

    def _imports(self, file: Path) -> tuple[str, ...]:
        held = digests.remembered(file, "imports")
        if held is None:
            package = _dotted(file) if file.name == "__init__.py" else _dotted(file).rpartition(".")[0]
            held = _names(self._text(file), package)
            digests.remember(file, "imports", list(held))
        return tuple(held)

    def _text(self, file: Path) -> str:
        if file not in self._texts:
            self._texts[file] = file.read_text(encoding="utf-8")
        return self._texts[file]


def _names(text: str, package: str) -> tuple[str, ...]:
    """Dotted names that are imported anywhere; of `from a import b` both a and a.b, since b may be a module."""
    names = set()
    for node in _statements(text):
        if isinstance(node, ast.Import):
            names |= {a.name for a in node.names}
        elif isinstance(node, ast.ImportFrom):
            above = package.split(".")[: len(package.split(".")) - node.level + 1] if node.level else []
            base = ".".join([*above, *([node.module] if node.module else [])])
            names |= {base, *(f"{base}.{a.name}" for a in node.names)}
    return tuple(sorted(names))


def _statements(text: str) -> list[ast.stmt]:
    found = []
    for match in IMPORT.finditer(text):
        with contextlib.suppress(SyntaxError):  # a sentence that begins with the word
            found += ast.parse(match.group(1)).body
    return found


def _files(name: str) -> list[Path]:
    """The files that an import of a dotted name of the package runs; [] for another package or a name inside a module."""
    parts = name.split(".")
    if parts[0] != PACKAGE.name:
        return []
    folder, files = PACKAGE, []
    for part in parts[1:]:
        folder = folder / part
        files += [f for f in (folder / "__init__.py", folder.with_suffix(".py")) if f.is_file()]
    return files


def _is_ahead(name: str) -> bool:
    return not f"{name}.".startswith(tuple(f"{other}." for other in (PACKAGE.name, *NOT_AHEAD)))


def _dotted(file: Path) -> str:
    parts = file.relative_to(PACKAGE.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)

