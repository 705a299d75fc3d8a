"""The notebooks of the suite: number, question, what each reads and writes, and the parameters it takes.

Read from the files themselves: metadata `scrm.reads` and `scrm.writes`, and the cell tagged `parameters`, whose lines are
`name: type = literal  # unit`. Values that a parameter may have, where not every one of its type will do, stand in the metadata
`scrm.allowed`: a list of words, or {"from": 1, "to": 12} (either end may be left out); of a list each must be allowed. Nothing here
starts a kernel or imports papermill.
"""

import ast
import json
import tokenize
from collections.abc import Mapping
from dataclasses import dataclass, field
from io import StringIO
from pathlib import Path

from scrm_helpers.run.errors import RunError
from scrm_helpers.texts import tell

PREFIX = 3  # "04_": a notebook's number and underscore; files without a number (_template) are not part of the suite
SHARED = ("period", "raw", "language", "engine", "interactive")  # parameters that the runner itself sets
TYPES = {"str": str, "int": int, "float": float, "bool": bool}


@dataclass(frozen=True)
class Parameter:
    """One typed parameter with its default, its unit (the comment behind it) and what is allowed of its type (None: everything)."""

    name: str
    type: str
    default: object
    unit: str
    allowed: tuple | dict | None = None

    def allows(self, value) -> bool:
        """Whether a value of the right type is among those allowed; a list where it has one and each is."""
        if self.allowed is None or value is None:
            return True
        if isinstance(value, list):
            return bool(value) and all(map(self.allows, value))
        if isinstance(self.allowed, tuple):
            return value in self.allowed
        return self.allowed.get("from", value) <= value <= self.allowed.get("to", value)

    def kind(self) -> str:
        """The type in words."""
        one = self.type.removesuffix(" | None")
        inner = tell(f"told.type.{one.removeprefix('list[').rstrip(']')}")
        told = tell("told.type.list", each=inner) if one.startswith("list[") else inner
        return told if one == self.type else tell("told.type.none", one=told)

    def expected(self) -> str:
        """What is allowed, in words."""
        if self.allowed is None:
            return self.kind()
        if isinstance(self.allowed, tuple):
            return tell("told.parameters.one_of", words=", ".join(map(str, self.allowed)))
        ends = {name: str(value) for name, value in self.allowed.items()}
        return tell(f"told.parameters.{'_'.join(k for k in ('from', 'to') if k in ends)}", type=self.kind(), **ends)


@dataclass(frozen=True)
class Notebook:
    """One notebook of the suite."""

    name: str
    path: Path
    reads: tuple[str, ...]
    writes: tuple[str, ...]
    parameters: dict[str, Parameter] = field(compare=False)


def suite(folder: Path) -> list[Notebook]:
    """Every numbered notebook of the folder, in order of its number."""
    found = [read(path) for path in sorted(folder.glob("[0-9][0-9]_*.ipynb"))]
    if not found:
        raise RunError(
            f"notebooks: {folder.name}/ came without a numbered notebook (such as 01_ingestion.ipynb); expected at least one."
        )
    return found


def read(path: Path) -> Notebook:
    """One notebook's declaration; RunError where the file is broken or lacks what the runner needs."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        cells, metadata = content["cells"], content["metadata"].get("scrm", {})
    except (ValueError, KeyError, UnicodeDecodeError) as error:
        raise RunError(
            f"{path.name}: came as a file that is not a notebook ({type(error).__name__}), expected JSON with cells. Restore it from git."
        ) from error
    if "reads" not in metadata or "writes" not in metadata:
        raise RunError(
            f"{path.name}: its metadata lack scrm.reads and scrm.writes; expected two lists of table names. Copy them from _template.ipynb."
        )
    marked = [c for c in cells if "parameters" in c.get("metadata", {}).get("tags", [])]
    if len(marked) != 1:
        raise RunError(f"{path.name}: {len(marked)} cells are tagged 'parameters', expected exactly one.")
    return Notebook(
        path.stem,
        path,
        tuple(metadata["reads"]),
        tuple(metadata["writes"]),
        _parameters("".join(marked[0]["source"]), metadata.get("allowed", {}), path.name),
    )


def waits_for(notebook: Notebook, all_of: list[Notebook]) -> set[str]:
    """Names of the notebooks whose tables this one reads."""
    wanted = set(notebook.reads)
    return {
        other.name for other in all_of
        if other.name != notebook.name and wanted & set(other.writes) and other.name < notebook.name
    }  # fmt: skip


def seconds_to_end(needs: Mapping[str, set[str]], took: Mapping[str, float]) -> dict[str, float]:
    """Seconds from the start of each notebook to the end of the last that waits for it, and for those in turn, if none waits for a worker.

    `needs`: names that each waits for; `took`: seconds of each, where one is new those of the others on average.
    """
    usual = sum(took.values()) / len(took) if took else 1.0
    out: dict[str, float] = {}

    def follow(name: str) -> float:
        if name not in out:
            out[name] = took.get(name, usual) + max((follow(other) for other in needs if name in needs[other]), default=0.0)
        return out[name]

    return {name: follow(name) for name in needs}


def _parameters(source: str, allowed: dict, where: str) -> dict[str, Parameter]:
    comments = {
        t.start[0]: t.string.lstrip("# ").strip()
        for t in tokenize.generate_tokens(StringIO(source).readline)
        if t.type == tokenize.COMMENT
    }
    out = {}
    for node in ast.parse(source).body:
        if not (isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and node.value is not None):
            raise RunError(
                f"{where}, parameters, line {node.lineno}: expected only lines like 'window: int = 28  # days'."
            )
        name, kind = node.target.id, ast.unparse(node.annotation)
        base = kind.replace(" | None", "").replace("list[", "").rstrip("]")
        if base not in TYPES:
            raise RunError(
                f"{where}, parameter {name}: its type came as {kind}, expected str, int, float, bool, a list of one, or one '| None'."
            )
        try:
            default = ast.literal_eval(node.value)
        except ValueError as error:
            raise RunError(f"{where}, parameter {name}: its default came as code, expected a literal.") from error
        few = allowed.get(name)
        out[name] = Parameter(name, kind, default, comments.get(node.lineno, ""), tuple(few) if isinstance(few, list) else few)
    for name in allowed:
        if name not in out or not out[name].allows(out[name].default):
            raise RunError(f"{where}: its metadata scrm.allowed name {name!r}; expected a parameter whose default is allowed.")
    return out
