"""Values of a run, checked before any kernel starts: unknown names are refused with the nearest one, types are strict."""

from collections.abc import Mapping
from datetime import date
from difflib import get_close_matches
from pathlib import Path

import yaml

from scrm_helpers.run.errors import ValueRefused
from scrm_helpers.run.notebooks import TYPES, Notebook, Parameter

FILE = "parameters.yml"


def from_file(raw: Path) -> dict:
    """parameters.yml of the raw folder: `name: value` for all notebooks that take it, `04_retention: {name: value}` for one."""
    path = raw / FILE
    if not path.is_file():
        return {}
    try:
        found = yaml.safe_load(path.read_text(encoding="utf-8-sig")) or {}
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise ValueRefused(
            f"{FILE}: came text that is not YAML, expected lines like 'window: 28'. Mend the file. ({error.__class__.__name__})"
        ) from error
    if not isinstance(found, dict):
        raise ValueRefused(f"{FILE}: came {type(found).__name__}, expected lines like 'window: 28'.")
    return found


def from_words(words: tuple[str, ...]) -> dict:
    """`-p window=28` and `-p 04_retention.window=28` from the command line; values are read as YAML."""
    out: dict = {}
    for word in words:
        name, equals, value = word.partition("=")
        if not equals or not name:
            raise ValueRefused(
                f"-p: came {word!r}, expected NAME=VALUE, such as -p window=28 or -p 04_retention.window=28."
            )
        book, dot, parameter = name.rpartition(".")
        (out.setdefault(book, {}) if dot else out)[parameter] = yaml.safe_load(value)
    return out


def values_for(notebooks: list[Notebook], *layers: Mapping) -> dict[str, dict]:
    """Per notebook: the values that differ from nothing said, later layers winning. Raises ValueRefused listing every fault at once."""
    faults: list[str] = []
    out: dict[str, dict] = {n.name: {} for n in notebooks}
    by_name = {n.name: n for n in notebooks}
    everywhere = {p for n in notebooks for p in n.parameters}
    for layer in layers:
        for name, value in layer.items():
            if isinstance(value, Mapping) and name in by_name:
                for inner, given in value.items():
                    _put(by_name[name], inner, given, out, faults)
            elif name in everywhere:
                for notebook in notebooks:
                    if name in notebook.parameters:
                        _put(notebook, name, value, out, faults)
            else:
                faults.append(_unknown(name, sorted(everywhere | set(by_name)), "any notebook"))
    if faults:
        raise ValueRefused("parameters: " + "\n".join(dict.fromkeys(faults)))
    return out


def _put(notebook: Notebook, name: str, value, out: dict, faults: list[str]) -> None:
    if name not in notebook.parameters:
        faults.append(_unknown(name, sorted(notebook.parameters), notebook.name))
        return
    parameter = notebook.parameters[name]
    value = value.isoformat() if isinstance(value, date) else value  # YAML makes a date of 2026-10-01
    if not _fits(value, parameter):
        faults.append(
            f"{notebook.name}, {name}: came {value!r} ({type(value).__name__}), expected {parameter.type}"
            + (f" ({parameter.unit})" if parameter.unit else "") + "."
        )  # fmt: skip
        return
    out[notebook.name][name] = float(value) if parameter.type == "float" else value


def _fits(value, parameter: Parameter) -> bool:
    kind = parameter.type
    if kind.endswith(" | None"):
        if value is None:
            return True
        kind = kind.removesuffix(" | None")
    if kind.startswith("list["):
        inner = TYPES[kind[5:-1]]
        return isinstance(value, list) and all(_is(v, inner) for v in value)
    return _is(value, TYPES[kind])


def _is(value, kind: type) -> bool:
    if kind is float:
        return isinstance(value, int | float) and not isinstance(value, bool)
    if kind is int:
        return isinstance(value, int) and not isinstance(value, bool)
    return isinstance(value, kind)


def _unknown(name: str, known: list[str], where: str) -> str:
    near = get_close_matches(str(name), known, n=1)
    hint = f" Did you mean {near[0]!r}?" if near else ""
    return f"{name!r} is no parameter of {where}.{hint} Known: {', '.join(known)}."
