"""Every sentence, heading and label that a reader sees, by id, in Turkish and English.

One TOML file per subject in this folder; the id `acquisition.cac` is the table `[cac]` of `acquisition.toml`
(dots inside a file nest: `[board.verdict.hold]` is written `[verdict.hold]` in `board.toml`).
"""

import contextlib
import functools
import json
import os
import re
import string
import tomllib
from collections.abc import Iterable
from contextvars import ContextVar
from difflib import get_close_matches
from importlib import resources

from scrm_helpers import units
from scrm_helpers.errors import ToldError

LANGUAGES = ("en", "tr")
LANGUAGE_VARIABLE = "SCRM_LANGUAGE"  # what a notebook's process tells in: the runner sets it, for its errors are told at the keyboard
FIGURES = {"integer": units.integer, "percent": units.percent, "till": units.till}
_UNSAID = ContextVar("unsaid", default=False)
_MARK = re.compile("\x02(.*?)\x03", re.DOTALL)
_SPOKEN: ContextVar[str] = ContextVar("spoken")  # of sentences to the person at the keyboard, see `tell`


def catalogue() -> dict[str, dict[str, str]]:
    """All texts: id -> language -> text."""
    names = sorted(f.name for f in resources.files(__package__).iterdir())
    return {i: entry for name in names if name.endswith(".toml") for i, entry in _of(name.removesuffix(".toml")).items()}


@functools.cache
def _of(subject: str) -> dict[str, dict[str, str]]:
    """Texts of one file; {} where there is none. All of them take longer to read than a wrong parameter may take to be refused."""
    file = resources.files(__package__) / f"{subject}.toml"
    found: dict[str, dict[str, str]] = {}
    if file.is_file():
        _collect(tomllib.loads(file.read_text(encoding="utf-8")), subject, found)
    return found


def say(text_id: str, language: str, /, **values: str) -> str:
    """The text with its values put in. Values are finished strings: numbers go through `units` first."""
    text = _entry(text_id)[check_language(language)]
    needed = fields(text)
    if absent := sorted(needed - values.keys()):
        raise KeyError(
            f"text {text_id!r} needs {absent}; came {sorted(values)}. Pass every value that the sentence names."
        )
    return text.format(**{name: values[name] for name in needed})


@contextlib.contextmanager
def speaking(language: str):
    """While it lasts, `tell` speaks this language: errors are raised far below the place that knows the reader."""
    token = _SPOKEN.set(check_language(language))
    try:
        yield
    finally:
        _SPOKEN.reset(token)


def tell(text_id: str, /, **values: str) -> str:
    """A sentence to the person at the keyboard, in the language of the command (English where none was set)."""
    if _UNSAID.get():
        return _marked({"id": text_id, "values": {name: values[name] for name in sorted(fields(_entry(text_id)[LANGUAGES[0]]))}})
    return say(text_id, spoken(), **values)


def nearest(word: object, known: Iterable[str]) -> str:
    """' Did you mean ...?' with the nearest of the known words; '' where none is near."""
    near = get_close_matches(str(word), list(known), n=1)
    return tell("told.near", word=near[0]) if near else ""


def figure(value: float, form: str = "integer") -> str:
    """A number of a told sentence, in the language of the command. `form`: a name of FIGURES."""
    if _UNSAID.get():
        return _marked({"figure": form, "value": int(value) if form == "integer" else round(float(value), 6)})
    return FIGURES[form](value, spoken())


@contextlib.contextmanager
def unsaid():
    """While it lasts, `tell` and `figure` give marks in place of words: for sentences that are stored. See `kept` and `said`."""
    token = _UNSAID.set(True)
    try:
        yield
    finally:
        _UNSAID.reset(token)


def kept(text: str) -> str:
    """What was told while `unsaid`, to be stored: a JSON list of words and of sentences by their id and values. '' stays ''."""
    return json.dumps(_parts(text), ensure_ascii=False, sort_keys=True) if text else ""


def said(text: str, language: str) -> str:
    """What was told while `unsaid`, stored or not, in a language. A plain sentence, as older versions stored it, stays what it is."""
    if _MARK.search(text):
        return _words(_parts(text), language)
    try:
        parts = json.loads(text) if text.startswith("[") else text
    except json.JSONDecodeError:  # a sentence that begins with a bracket
        return text
    return _words(parts, language) if isinstance(parts, list) else text


def spoken() -> str:
    """The language that `tell` speaks."""
    said = _SPOKEN.get(os.environ.get(LANGUAGE_VARIABLE))
    return said if said in LANGUAGES else LANGUAGES[0]


def has(text_id: str) -> bool:
    """Whether there is such a text."""
    return text_id in _of(_subject(text_id))


def fields(text: str) -> set[str]:
    """Names in braces."""
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def check_language(language: str) -> str:
    """The language itself; ValueError where there are no texts in it."""
    if language not in LANGUAGES:
        raise ToldError(tell("told.language", came=str(language), known=", ".join(LANGUAGES)))
    return language


def _entry(text_id: str) -> dict[str, str]:
    texts = _of(_subject(text_id))
    if text_id not in texts:
        near = get_close_matches(text_id, catalogue(), n=1)
        hint = f" Did you mean {near[0]!r}?" if near else ""
        raise KeyError(f"no text has the id {text_id!r}.{hint} Texts stand in scrm_helpers/texts/*.toml.")
    return texts[text_id]


def _subject(text_id: str) -> str:
    return text_id.partition(".")[0]


def _marked(content: dict) -> str:
    return f"\x02{json.dumps(content, ensure_ascii=False)}\x03"  # JSON escapes the marks of sentences within


def _parts(text: str) -> list:
    found, end = [], 0
    for match in _MARK.finditer(text):
        part = json.loads(match[1])
        if "id" in part:
            part["values"] = {name: _parts(v) if _MARK.search(v) else v for name, v in part["values"].items()}
        found += [*([text[end : match.start()]] if match.start() > end else []), part]
        end = match.end()
    return [*found, *([text[end:]] if end < len(text) else [])]


def _words(parts: str | list, language: str) -> str:
    if isinstance(parts, str):
        return parts
    return "".join(_part(part, language) for part in parts)


def _part(part: str | dict, language: str) -> str:
    if isinstance(part, str):
        return part
    if "figure" in part:
        return FIGURES[part["figure"]](part["value"], language)
    return say(part["id"], language, **{name: _words(v, language) for name, v in part["values"].items()})


def _collect(node: dict, path: str, found: dict) -> None:
    if node and all(isinstance(v, str) for v in node.values()):
        found[path] = node
        return
    for name, child in node.items():
        if not isinstance(child, dict):
            raise ToldError(f"texts: {path}.{name} came as a bare value; expected a table with en and tr.")
        _collect(child, f"{path}.{name}", found)
