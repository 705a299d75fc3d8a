"""Where files live: the only module, with `run`, that names a path.

The company's own data: data/raw, data/processed, data/private, outputs/. Any other raw folder NAME (the sample company, an
example) has data/NAME/processed, data/NAME/private and outputs/NAME/, so that no two sets of data ever share a folder.
"""

import os
import re
import shlex
from dataclasses import dataclass
from pathlib import Path

from scrm_helpers.errors import WorkspaceError
from scrm_helpers.texts import tell

HOME_VARIABLE = "SCRM_HOME"
SAMPLE = "sample"
MARKER = "MADE_UP_DATA.json"
PUBLISHED = "published"  # folder of a period that keeps its tables as they were published: later months read them there
REVISIONS = "revisions"  # folder of a closed period that keeps the same of each revision
RESTRICTED = "restricted"  # folder of a run with a row per person
COMPARED = "compare_"  # of the name of a page with two months side by side, before the months
CLOSED_FILE = "closed.json"  # beside the tables of a closed period
UNDER_WAY = "changing"  # there while a closed period is being changed
FIRST_SEEN = "first_seen.json"  # digests of the raw files that a period's run had
CALLER = "SCRM_CALLER"  # the folder that the user stands in, where start.py has changed it (it sets this variable)
ANSWERED = "labels"  # what reviewers answered: theirs, not a run's; it stays whatever is brought back
# contract tables of the month before that a run reads: it counts that month's headline figures again from them
SNAPSHOT = ("orders", "accounts", "persons", "leads", "touches", "spend", "costs", "campaigns", "promo_codes", "rates")


def home() -> Path:
    """The project's folder: the environment variable SCRM_HOME, or where the package lies."""
    given = os.environ.get(HOME_VARIABLE)
    return Path(given).resolve() if given else Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Workspace:
    """The folders of one set of data. `name` is '' for the company's own."""

    name: str
    raw: Path
    root: Path

    @property
    def _data(self) -> Path:
        return self.root / "data" / self.name if self.name else self.root / "data"

    @property
    def raw_word(self) -> str:
        """The raw folder as notebooks are given it and sentences name it: from the project's folder where it lies there."""
        try:
            return self.raw.relative_to(self.root).as_posix()
        except ValueError:
            return str(self.raw)

    def command(self, words: str) -> str:
        """A command that a sentence advises, as it is typed: with --raw where without it another folder would be opened."""
        named = f" --raw {shlex.quote(self.raw_word)}" if _workspace("").raw.resolve() != self.raw.resolve() else ""
        return f"python start.py {words}{named}"

    @property
    def processed(self) -> Path:
        """Contract tables, pseudonymous."""
        return self._data / "processed"

    @property
    def private(self) -> Path:
        """Names, contacts, registry, labels, keys: mode 0700."""
        return self._data / "private"

    @property
    def truth(self) -> Path:
        """What the sample company planted; no notebook may read it."""
        return self._data / "truth"

    @property
    def outputs(self) -> Path:
        """Pages, notebooks, tables, figures."""
        return self.root / "outputs" / self.name if self.name else self.root / "outputs"

    @property
    def is_made_up(self) -> bool:
        """Whether this is the sample company (its raw folder carries the marker)."""
        return (self.raw / MARKER).is_file()

    def private_folder(self, *parts: str) -> Path:
        """A folder below `private`, made where absent, closed to others; refused where others may look into it."""
        return closed_folder(self.private, *parts)


def closed_folder(top: Path, *parts: str) -> Path:
    """A folder that only its owner may enter (mode 0700); WorkspaceError where it stands open to others."""
    folder = top
    for step in ("", *parts):
        folder = folder / step if step else folder
        if not folder.exists():
            folder.mkdir(parents=True, mode=0o700)
            folder.chmod(0o700)
        if os.name == "posix" and folder.stat().st_mode & 0o077:
            raise _stand_open([folder])
    return folder


def refuse_open_folders(workspace: Workspace) -> None:
    """WorkspaceError where `private`, or a `restricted` folder of any month, run or kept revision, stands open to others; names each.

    A copy or an unpacked archive opens them all at once, and whatever reads or writes one month alone would not see the others.
    """
    if os.name != "posix":
        return
    closed = [workspace.private] if workspace.private.is_dir() else []
    for top, below, _ in os.walk(workspace.outputs):
        if RESTRICTED in below:
            closed.append(Path(top) / RESTRICTED)
            below.remove(RESTRICTED)  # what lies in it is closed by it
    found = sorted(f for f in closed if f.stat().st_mode & 0o077)
    if found:
        raise _stand_open(found)


def _stand_open(folders: list[Path]) -> WorkspaceError:
    named = ", ".join(tell("told.folder.mode", folder=_shown(f), mode=f"{f.stat().st_mode & 0o777:o}") for f in folders)
    return WorkspaceError(tell("told.folder.open", folders=named, command=f"chmod 700 {' '.join(map(_shown, folders))}"))


def open_workspace(raw: str = "") -> Workspace:
    """The workspace of a raw folder. '' is data/raw, or the sample company where data/raw holds no file.

    A relative one is meant from where the user stands; where there is none, from the project's folder (notebooks run below it).
    Raises WorkspaceError where the folder does not exist, or where a folder with personal data stands open to others.
    """
    workspace = _workspace(raw)
    refuse_open_folders(workspace)
    return workspace


def _workspace(raw: str) -> Workspace:
    root = home()
    own = root / "data" / "raw"
    if not raw:
        if has_files(own):
            return Workspace("", own, root)
        return Workspace(SAMPLE, root / "data" / SAMPLE / "raw", root)
    folder = Path(raw)
    folder = folder if folder.is_absolute() else _first_existing(from_caller(folder), root / folder)
    if not folder.is_dir():
        raise WorkspaceError(tell("told.folder.raw", came=raw))
    folder = folder.resolve()
    if folder == own.resolve():
        return Workspace("", own, root)
    if folder == (root / "data" / SAMPLE / "raw").resolve():
        return Workspace(SAMPLE, folder, root)
    name = (
        re.sub(r"[^a-z0-9_]+", "_", (folder.parent.name if folder.name == "raw" else folder.name).lower()).strip("_")
        or "other"
    )
    if name in ("raw", "processed", "private", "templates", SAMPLE):
        name += "_files"
    return Workspace(name, folder, root)


def where_exports_go(workspace: Workspace) -> Workspace:
    """The workspace itself; the company's own in place of a sample company that is not there, whose folder refuses exports."""
    if workspace.name == SAMPLE and not has_files(workspace.raw):
        return Workspace("", workspace.root / "data" / "raw", workspace.root)
    return workspace


def from_caller(path: Path) -> Path:
    """A path as the user means it: start.py changes the folder and hands on the one it was called from."""
    return (Path(os.environ.get(CALLER) or Path.cwd()) / path).resolve()


def has_files(folder: Path) -> bool:
    """Whether a raw folder holds anything of the user's (hidden files, notes and settings do not count)."""
    ignored = {"sources.yml", "parameters.yml"}
    return (
        folder.is_dir()
        and any(
            f.is_file()
            and not f.name.startswith((".", "~$"))
            and f.name not in ignored
            and f.suffix.lower() not in (".md", "")
            for f in folder.rglob("*")
        )
        or (folder / "sources.yml").is_file()
    )


def _first_existing(*folders: Path) -> Path:
    return next((f for f in folders if f.is_dir()), folders[0])


def _shown(path: Path) -> str:
    try:
        return str(path.relative_to(home()))
    except ValueError:
        return path.name
