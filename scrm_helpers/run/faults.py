"""What a run says of a notebook that failed.

An error that the suite tells is said as it is. Of any other, what may quote a customer's value stays in the closed folder of the run:
said are its kind, its place in the code, and its words where they come from the code and the machine and not from the data.
"""

import builtins
import json
import re
from pathlib import Path

from scrm_helpers.run import kinds
from scrm_helpers.run.errors import Mend, RunError
from scrm_helpers.run.execute import FAILURE
from scrm_helpers.store.workspace import home
from scrm_helpers.texts import tell

OF_CODE = (ArithmeticError, AttributeError, ImportError, MemoryError, NameError, OSError, RecursionError, SyntaxError)
COLOUR = re.compile(r"\x1b\[[\d;]*m")
PLACE = re.compile(r"scrm_helpers(?:[/\\]\w+)+\.py:\d+")


def failure(notebook: str, folder: Path, code: int | None) -> RunError:
    """The error of a notebook that ended with an exit code, from what it left in its folder."""
    if not (folder / FAILURE).is_file():
        log = (folder / "log.txt").read_text(encoding="utf-8", errors="replace").strip().splitlines()
        said = {"code": str(code), "lines": str(len(log)), "file": _short(folder / "log.txt")}
        return RunError(tell("console.run.process_ended", notebook=notebook, **said))
    told = json.loads((folder / FAILURE).read_text(encoding="utf-8"))
    said = {"notebook": notebook, "cell": str(told["cell"])}
    if told["told"]:
        return Mend(tell("console.run.cell", message=told["message"], **said))
    places = PLACE.findall(COLOUR.sub("", told["traceback"]))
    place = f" ({places[-1]})".replace("\\", "/") if places else ""
    words = kinds.masked(own_words(told))
    error = f"{told['error']}{place}{words and f': {words}'}"
    return RunError(tell("console.run.fault", error=error, file=_short(folder / FAILURE), **said))


def own_words(told: dict) -> str:
    """First line of what an error says, where that is of the code or the machine; '' where it may quote a value."""
    kind, words = getattr(builtins, told["error"], None), told["message"].strip().partition("\n")[0]
    if not isinstance(kind, type):
        return ""
    if issubclass(kind, OSError):
        return words.partition(": '")[0]  # what follows is the path
    if issubclass(kind, OF_CODE):
        return words
    # the key that was sought, where the code around names it: a column, not a value
    frames = "\n".join(line for line in COLOUR.sub("", told["traceback"]).splitlines() if not line.startswith(told["error"]))
    return words if kind is KeyError and words[:1] in "'\"" and re.search(rf"(['\"]){re.escape(words[1:-1])}\1", frames) else ""


def _short(path: Path) -> str:
    try:
        return path.relative_to(home()).as_posix()
    except ValueError:
        return path.name
