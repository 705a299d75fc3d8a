"""Closed months: never recomputed in place. A revision is made beside what is shown, lists what it changed, and can be rolled back.

Order of a change, so that a stop anywhere leaves the old month or the new one: note that it begins; run; keep the revision; show its
page; write the record; note that it ended. Whatever is found begun and not ended is brought back to what the record says.
"""

import csv
from datetime import date
from pathlib import Path

from scrm_helpers import periods
from scrm_helpers.run import publish
from scrm_helpers.run.errors import Closed, ValueRefused
from scrm_helpers.run.index import write_index
from scrm_helpers.run.lock import held, lock_of
from scrm_helpers.store import closings, kept
from scrm_helpers.store.closings import Closing, Revision
from scrm_helpers.store.workspace import Workspace
from scrm_helpers.texts import tell

LISTED = "revision.csv"  # in a revision's folder of pages, with revision.html: every number that changed
LINES = "revision.txt"  # beside it, for the screen: printed numbers that changed, in the words of the page
MOST_NAMED = 3


def settle(workspace: Workspace, period: str) -> None:
    """Brings a closed month back to its record where a change of it was cut off."""
    if closings.is_under_way(workspace, period):
        with held(lock_of(workspace)):
            back(workspace, period)


def back(workspace: Workspace, period: str) -> None:
    """Makes the month what its record says: tables, what is published, and the page."""
    closing = closings.closing_of(workspace, period)
    if closing is not None:
        _show(workspace, period, closing.current)
    closings.end(workspace, period)


def rollback(workspace: Workspace, period: str) -> tuple[Revision, Revision]:
    """Brings back the revision that the one shown took the place of, byte for byte. Gives the one taken back and the one shown now."""
    periods.check(period)
    settle(workspace, period)
    with held(lock_of(workspace)):
        closing = closings.closing_of(workspace, period)
        if closing is None:
            raise ValueRefused(tell("told.closing.not_closed", period=period))
        now = closing.current
        if not now.before:
            raise ValueRefused(tell("told.closing.first", period=period, number=str(now.number)))
        then = closing.of(now.before)
        if not (_runs(workspace) / then.run).is_dir():
            raise ValueRefused(tell("told.closing.lost", period=period, number=str(then.number), run=then.run))
        kept.require(workspace, period, then.number)
        closings.begin(workspace, period)
        _show(workspace, period, then)
        closings.write(workspace, period, closing._replace(shown=then.number))
        closings.end(workspace, period)
        write_index(workspace)
    return now, then


def revision_after(closing: Closing | None, period: str, reason: str, on: date, changed: str, *, again: bool) -> Revision:
    """The revision that a run of a closed month would make. `changed` names what differs from the run that is shown.

    Raises Closed where no reason was given: the month stays as it is. ValueRefused where there is nothing to revise.
    """
    if closing is None:
        raise ValueRefused(tell("told.closing.revise_open", period=period))
    now = closing.current
    if not reason:
        told = f"{tell('console.closing.changed', what=changed)} " if changed else ""
        raise Closed(tell("console.closing.closed", period=period, number=str(now.number), on=str(now.on), changed=told))
    if not changed and not again:
        raise ValueRefused(tell("told.closing.nothing_changed", period=period, number=str(now.number)))
    return Revision(closing.next, "", on.isoformat(), reason, before=now.number)


def checked_close(workspace: Workspace, period: str, shown: Path | None, *, anyway: bool) -> None:
    """Raises ValueRefused where a month cannot be closed: closed already, without a page, or with sources that are late."""
    if closing := closings.closing_of(workspace, period):
        raise ValueRefused(tell("console.closing.already", period=period, number=str(closing.shown)))
    if shown is None:
        raise ValueRefused(tell("console.closing.no_page", period=period))
    late = [] if anyway else _late(shown)
    if late:
        raise ValueRefused(tell("console.closing.late", period=period, sources=", ".join(late)))


def keep(workspace: Workspace, period: str, revision: Revision, folder: Path) -> None:
    """Keeps what was just published as a revision, shows its page and writes the record."""
    kept.keep_revision(workspace, period, revision.number)
    publish.swap(workspace.outputs, period, folder)
    closing = closings.closing_of(workspace, period)
    made = revision._replace(run=folder.relative_to(_runs(workspace)).as_posix(), changed=_listed(folder))
    closings.write(workspace, period, closing.with_(made) if closing else Closing(made.number, (made,)))
    closings.end(workspace, period)


def list_changes(workspace: Workspace, period: str, revision: Revision, folder: Path, before: Path, language: str) -> None:
    """Writes `revision.html`, `revision.csv` and the lines for the screen into the run's folder: what the revision before had not."""
    from scrm_helpers import findings
    from scrm_helpers.report.reader import Reader
    from scrm_helpers.report.revision import as_changed, changes, lines, page, plain, printed
    from scrm_helpers.store import Store, settings_of

    old, new = (findings.from_frame(Store(workspace, period, published=p).frame("findings")) for p in (True, False))
    rows = changes(old, new, _tables(before), _tables(folder))
    said, untold = _on_page(before, folder)
    settings = settings_of(workspace)
    named = {"language": language, "currency": settings.currency, "company": settings.name, "made_up": settings.made_up}
    (folder / LISTED).write_text(plain([*rows, *as_changed(said)]), encoding="utf-8", newline="")
    html = page(rows, old, new, period=period, revision=revision, page_rows=said, untold=untold, **named)
    (folder / "revision.html").write_text(html, encoding="utf-8", newline="\n")
    reader = Reader(new, language=language, currency=settings.currency)
    shown = lines(printed(rows, old, new, reader, said), reader)
    shown += [reader.say(f"revision.{untold}")] if untold else []
    (folder / LINES).write_text("\n".join(shown) + "\n", encoding="utf-8", newline="\n")


def listed(workspace: Workspace, period: str) -> list[str]:
    """What the revision that is shown changed, in lines for the screen; [] where the month shows none."""
    shown = publish.current(workspace.outputs, period)
    path = shown / LINES if shown is not None else None
    return path.read_text(encoding="utf-8").splitlines() if path is not None and path.is_file() else []


def difference(old: dict, new: dict) -> str:
    """What differs between the inputs of two runs, in words: the first few names of each kind."""
    told = []
    for kind in ("raw", "parameters", "code", "notebooks"):
        ours, theirs = (x.get(kind) or {} for x in (new, old))
        names = sorted(k for k in ours.keys() | theirs.keys() if ours.get(k) != theirs.get(k))
        if names:
            more = tell("told.changed.more", n=str(len(names) - MOST_NAMED)) if len(names) > MOST_NAMED else ""
            told.append(tell(f"told.changed.{kind}", names=f"{', '.join(names[:MOST_NAMED])}{more}"))
    told += [tell(f"told.changed.{kind}") for kind in ("state", "versions", "month") if old.get(kind) != new.get(kind)]
    return "; ".join(told)


def _show(workspace: Workspace, period: str, revision: Revision) -> None:
    kept.bring_back(workspace, period, revision.number)
    publish.swap(workspace.outputs, period, _runs(workspace) / revision.run)


def _runs(workspace: Workspace) -> Path:
    return workspace.outputs / ".runs"


def _late(shown: Path) -> list[str]:
    """Sources that had not reached the month's end when the page was made, as its own table of sources says."""
    path = shown / "09_board" / "tables" / "sources.csv"
    if not path.is_file():
        return []
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    return [tell("told.closing.seen_to", table=r["table"], day=r["last_on"]) for r in rows if r["complete"].lower() in ("false", "0", "")]


def _tables(folder: Path) -> dict[str, list[list[str]]]:
    """Every table that a run shows, as rows of text."""
    out = {}
    for path in sorted(folder.glob("*/tables/*.csv")):
        with path.open(encoding="utf-8", newline="") as file:
            out[f"{path.parts[-3]}/{path.stem}"] = list(csv.reader(file))
    return out


def _on_page(before: Path, folder: Path) -> tuple[list, str]:
    """Cells and sentences of pages one and two that read otherwise, and where they cannot be compared why (a text of `revision`)."""
    from scrm_helpers.report import on_page
    from scrm_helpers.report.files import PAGE_FILE
    from scrm_helpers.report.revision import PAGE

    kept = [run / PAGE_FILE for run in (before, folder)]
    old, new = (on_page.read(path.read_text(encoding="utf-8")) if path.is_file() else None for path in kept)
    if new is None:
        return [], ""
    if old is None:  # made by an older version, which kept no list; or there was no page at all, and nothing that could have moved
        return [], "not_kept" if (before / PAGE).is_file() else ""
    return ([], "two_languages") if old.language != new.language else (on_page.moved(old.places, new.places), "")


def _listed(folder: Path) -> int:
    path = folder / LISTED
    if not path.is_file():
        return 0
    with path.open(encoding="utf-8", newline="") as file:
        return sum(1 for _ in csv.reader(file)) - 1

