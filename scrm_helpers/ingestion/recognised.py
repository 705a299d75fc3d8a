"""What a part of a file is: by sources.yml, else by its header; and what is said of one that nothing fits."""

from scrm_helpers.ingestion import across, desks, meant
from scrm_helpers.ingestion.errors import InputError
from scrm_helpers.ingestion.names import find, nearest
from scrm_helpers.ingestion.part import Part
from scrm_helpers.ingestion.recipe import Recipe, recognise
from scrm_helpers.ingestion.taken import Taken
from scrm_helpers.texts import tell


def name(con, t: Taken, recipes: dict[str, Recipe]) -> None:
    """Decides by sources.yml, else by the header, what a part is."""
    if t.verdict != "read" or t.part is None:
        return
    named = [e for e in t.entries if e.recipe]
    for e in t.entries:
        t.options |= e.options
    if any(e.table for e in t.entries):
        t.reason = tell("console.check.by_sources")
    _turn(con, t)
    if any(e.table for e in t.entries) or t.verdict != "read":
        return
    t.recipe = recipes[named[0].recipe] if named else recognise(t.part, meant.forms(t.part, recipes))
    if t.recipe is None:
        if not t.part.rows and not t.part.dropped:
            t.refuse(tell("console.file.no_rows", file=t.file, columns=_columns(t.part)), "no_rows")
            return
        t.refuse(nobody(t.part, recipes), "unknown")
        return
    found = [
        t.part.header[find(t.part.folded, need)[0]] for need in t.recipe.needs if find(t.part.folded, need)
    ]
    t.reason = tell("console.check.by_sources") if named else tell("console.check.by_header", columns=", ".join(found))
    lacking = [need[0] for need in t.recipe.needs if find(t.part.folded, need) is None]
    if lacking:
        near = sorted({h for n in lacking for h in nearest(n, t.part.header)})
        said = {"file": t.file, "recipe": t.recipe.name, "lacking": ", ".join(map(repr, lacking)), "columns": _columns(t.part)}
        said["near"] = tell("console.file.nearest", names=", ".join(map(repr, near))) if near else ""
        t.refuse(tell("console.file.lacking", **said), "column")


def _turn(con, t: Taken) -> None:
    """Months that stand side by side, below each other, where sources.yml says that they are columns."""
    if t.options.get("months") == "columns":
        try:
            t.part = across.long(con, t.part, t.options.get("year", ""))
        except InputError as error:
            t.refuse(str(error), error.code)


def nobody(part: Part, recipes: dict[str, Recipe], advice: str = "try") -> str:
    """The sentence about a file that no recipe fits: which one it nearly is and what that lacks, or that none is near.

    `advice`: of the texts `console.advice`, how to come to an entry for it.
    """
    said = {"file": f"{part.file}{f' ({part.part})' if part.part else ''}", "columns": _columns(part)}
    if near := meant.near(part, recipes):
        r, lacking = near
        menu = "".join(f"{tell(r.lacking[n])} " for n in lacking if n in r.lacking)
        told = tell("console.file.near", recipe=r.name, lacking=", ".join(map(repr, lacking)), menu=menu, **said)
    elif meant.undated(part):
        told = tell("console.file.undated", recipe=meant.SALES, **said)
    else:
        told = tell("console.file.nobody", **said)
    if advice not in ("by_hand", "try"):
        return f"{told} {tell(f'console.advice.{advice}')}"
    leave = tell("console.advice.sheet", sheet=repr(part.part)) if part.part else "ignore: true"
    return f"{told} {tell(f'console.advice.{advice}', leave=leave)}"


def tables_of(t: Taken, recipes: dict[str, Recipe]) -> list[str]:
    """Contract tables that a refused file was for: those that sources.yml names, else that of the form it has or nearly has."""
    if t.verdict != "refused" or t.code == "no_file":
        return []
    named = [e.table or meant.fed(recipes[e.recipe]) for e in t.entries if e.table or e.recipe]
    known = named or [meant.fed(t.recipe) if t.recipe else _of(t.part, recipes) if t.part else ""]
    return [n for n in dict.fromkeys(known) if n]


def _of(part: Part, recipes: dict[str, Recipe]) -> str:
    found = meant.table_of(part, recipes)
    return "cases" if found in ("", "accounts") and desks.found(part) else found


def _columns(part: Part) -> str:
    """Every column of a file, as written."""
    return ", ".join(repr(h) for h in part.header if h)
