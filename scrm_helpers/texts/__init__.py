"""Every sentence, heading and label that a reader sees, by id, in Turkish and English.

One TOML file per subject in this folder; the id `acquisition.cac` is the table `[cac]` of `acquisition.toml`
(dots inside a file nest: `[board.verdict.hold]` is written `[verdict.hold]` in `board.toml`).
"""

import contextlib
import functools
import os
import string
import tomllib
from contextvars import ContextVar
from difflib import get_close_matches
from importlib import resources

from scrm_helpers.errors import ToldError

LANGUAGES = ("en", "tr")
LANGUAGE_VARIABLE = "SCRM_LANGUAGE"  # what a notebook's process tells in: the runner sets it, for its errors are told at the keyboard
_SPOKEN: ContextVar[str] = ContextVar("spoken")  # of sentences to the person at the keyboard, see `tell`


@functools.cache
def catalogue() -> dict[str, dict[str, str]]:
    """All texts: id -> language -> text."""
    found: dict[str, dict[str, str]] = {}
    for file in sorted(resources.files(__package__).iterdir(), key=lambda f: f.name):
        if file.name.endswith(".toml"):
            _collect(tomllib.loads(file.read_text(encoding="utf-8")), file.name.removesuffix(".toml"), found)
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
    return say(text_id, spoken(), **values)


def spoken() -> str:
    """The language that `tell` speaks."""
    said = _SPOKEN.get(os.environ.get(LANGUAGE_VARIABLE))
    return said if said in LANGUAGES else LANGUAGES[0]


def has(text_id: str) -> bool:
    """Whether there is such a text."""
    return text_id in catalogue()


def fields(text: str) -> set[str]:
    """Names in braces."""
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def check_language(language: str) -> str:
    """The language itself; ValueError where there are no texts in it."""
    if language not in LANGUAGES:
        raise ToldError(tell("told.language", came=str(language), known=", ".join(LANGUAGES)))
    return language


def _entry(text_id: str) -> dict[str, str]:
    texts = catalogue()
    if text_id not in texts:
        near = get_close_matches(text_id, texts, n=1)
        hint = f" Did you mean {near[0]!r}?" if near else ""
        raise KeyError(f"no text has the id {text_id!r}.{hint} Texts stand in scrm_helpers/texts/*.toml.")
    return texts[text_id]


def _collect(node: dict, path: str, found: dict) -> None:
    if node and all(isinstance(v, str) for v in node.values()):
        found[path] = node
        return
    for name, child in node.items():
        if not isinstance(child, dict):
            raise ToldError(f"texts: {path}.{name} came as a bare value; expected a table with en and tr.")
        _collect(child, f"{path}.{name}", found)
