"""Values of a run, checked before any kernel starts: unknown names are refused with the nearest one, types are strict, and a name that
means one thing here and another there is given with its notebook."""

import re
from collections.abc import Mapping, Sequence
from datetime import date
from itertools import zip_longest

import yaml

from scrm_helpers.run.errors import ValueRefused
from scrm_helpers.run.notebooks import SHARED, TYPES, Notebook, Parameter
from scrm_helpers.texts import LANGUAGES, nearest, spoken, tell


def from_words(words: tuple[str, ...]) -> dict:
    """`-p window=28` and `-p 04_retention.window=28` from the command line; values are read as YAML."""
    out: dict = {}
    for word in words:
        name, equals, value = word.partition("=")
        if not equals or not name:
            raise ValueRefused(tell("told.parameters.no_pair", came=word))
        book, dot, parameter = name.rpartition(".")
        (out.setdefault(book, {}) if dot else out)[parameter] = _plain(word, value)
    return out


COMMA = re.compile(r"[+-]?\d+,\d+")  # 0,08: a number as it is written on the pages, of which YAML makes a text


def values_for(notebooks: list[Notebook], *layers: Mapping, places: Sequence[str] = ()) -> dict[str, dict]:
    """Per notebook: the values that differ from nothing said, later layers winning. Raises ValueRefused listing every fault at once.

    A name without its notebook goes to all that have it, if they say the same of it (the comment behind it, which holds the unit): a
    `window` of days here and of months there is refused. `places`: where each of the first layers was written, told with its faults.
    """
    told: list[str] = []
    out: dict[str, dict] = {n.name: {} for n in notebooks}
    by_name = {n.name: n for n in notebooks}
    everywhere = {p for n in notebooks for p in n.parameters}
    for place, layer in zip_longest(places, layers, fillvalue=""):
        faults: list[str] = []
        for name, value in layer.items():
            if isinstance(value, Mapping) and name in by_name:
                for inner, given in value.items():
                    _put(by_name[name], inner, given, out, faults)
            elif name in everywhere:
                having = [n for n in notebooks if name in n.parameters]
                if len({n.parameters[name].unit for n in having}) > 1 and name not in SHARED:
                    faults.append(_several(name, value, having))
                    continue
                for notebook in having:
                    _put(notebook, name, value, out, faults)
            else:
                faults.append(_unknown(name, sorted(everywhere | set(by_name)), tell("told.parameters.any")))
        told += [f"{place}, {fault}" if place else fault for fault in faults]
    if told:
        raise ValueRefused(tell("told.parameters.faults", faults="\n".join(dict.fromkeys(told))))
    return out


def _put(notebook: Notebook, name: str, value, out: dict, faults: list[str]) -> None:
    if name not in notebook.parameters:
        faults.append(_unknown(name, sorted(notebook.parameters), notebook.name))
        return
    parameter = notebook.parameters[name]
    value = value.isoformat() if isinstance(value, date) else value  # YAML makes a date of 2026-10-01
    fits = _fits(value, parameter)
    if not (fits and parameter.allows(value)):
        near = nearest(value, parameter.allowed) if fits and isinstance(parameter.allowed, tuple) else ""
        if parameter.type.startswith("float") and isinstance(value, str) and COMMA.fullmatch(value):
            near = tell("told.parameters.point", value=value.replace(",", "."))
        told = {"notebook": notebook.name, "name": name, "came": repr(value)}
        told["expected"] = parameter.expected() if fits else parameter.kind()
        # the unit is a comment of the notebook, which is written in English
        unit = f" ({parameter.unit})" if parameter.unit and spoken() == LANGUAGES[0] else ""
        faults.append(tell("told.parameters.value", unit=unit, **told) + near)
        return
    out[notebook.name][name] = float(value) if parameter.type == "float" else value


def _several(name: str, value, having: list[Notebook]) -> str:
    meant: dict[str, list[str]] = {}
    for notebook in having:
        meant.setdefault(notebook.parameters[name].unit, []).append(notebook.name)
    # the unit is a comment of the notebook, which is written in English
    units = {unit: f" ({unit})" if unit and spoken() == LANGUAGES[0] else "" for unit in meant}
    where = "; ".join(", ".join(names) + units[unit] for unit, names in meant.items())
    return tell("told.parameters.several", name=name, where=where, example=f"{having[0].name}.{name}={value}", first=having[0].name,
                value=str(value))  # fmt: skip


def _plain(word: str, value: str):
    try:
        return yaml.safe_load(value)
    except yaml.YAMLError as error:
        raise ValueRefused(tell("told.parameters.no_value", came=word)) from error


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
    return tell("told.parameters.unknown", name=str(name), where=where, near=nearest(name, known), known=", ".join(known))
