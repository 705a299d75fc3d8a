"""Publishing: a gate that looks for personal data and secrets, then one swap. A failed run never replaces a good page."""

import json
import os
import re
import shutil
import zipfile
from html import unescape
from pathlib import Path

from scrm_helpers.run.errors import RunError
from scrm_helpers.run.said import Among, words
from scrm_helpers.store.shown import POINTER, RUN_FILE, current
from scrm_helpers.store.whole import write_whole
from scrm_helpers.store.workspace import RESTRICTED
from scrm_helpers.texts import tell

TEXT = {".html", ".ipynb", ".csv", ".json", ".svg", ".txt", ".md"}
WORKBOOK = ".xlsx"
PARTS = re.compile(r"xl/(?:sharedStrings|worksheets/.*|comments.*)\.xml|docProps/.*\.xml")  # where a workbook holds words and numbers
TAG = re.compile(r"<[^>]*>")
EMAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)*\.[a-z]{2,}", re.I)
EMAIL_AT = re.compile(r"@(?<=[\w.+-]@)[\w-]+(?:\.[\w-]+)*\.[a-z]{2,}", re.I)  # the same, sought from its rarest character
SECRET = "secret"
QUOTES = r"(?:[\\'\"]|&quot;|&#39;)*"  # around a key and its value, as JSON, a notebook and a page write them
WORDS = ("password", "passwd", "secret", "token", "apikey", "api_key", "api-key", "://")  # every secret begins with one of them
MOBILE_END = re.compile(r"5\d{2}\)?[\s.-]?\d{3}[\s.-]?\d{2}[\s.-]?\d{2}(?!\d)")  # how every mobile number ends, found sooner than the whole
PATTERNS = {  # by the name of their words, told.kind.NAME
    "email": EMAIL,
    "mobile": re.compile(
        r"(?<![\d.,])(?:(?:\+|00)90[\s.()-]*|\(?0\s?\(?|\()5\d{2}\)?[\s.-]?\d{3}[\s.-]?\d{2}[\s.-]?\d{2}(?!\d)"
    ),
    "iban": re.compile(r"TR(?<=\bTR)\d{2}(?:\s?\d{4}){5}\s?\d{2}\b"),
    SECRET: re.compile(
        rf"(?:password|passwd|secret|token|api[_-]?key){QUOTES}\s*[=:]\s*{QUOTES}[A-Za-z0-9_\-]{{12,}}|://[^/\s:@]+:[^/\s@]+@", re.I
    ),
    "private_key": re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----"),
}
MADE = {RUN_FILE, "done.json"}  # digests, in which a run of digits is chance; the values in them were looked at before the run


def gate(folder: Path, among: Among | None = None) -> None:
    """RunError where a file that would be published holds what looks personal or secret; names file and kind, never the value.

    `among` gives those of some words that are contacts of customers (`said.of_customers`).
    """
    found, said = [], {}
    for path in sorted(folder.rglob("*")):
        looked = path.suffix in TEXT or path.suffix == WORKBOOK
        if path.is_file() and looked and path.name not in MADE and RESTRICTED not in path.relative_to(folder).parts:
            text = _cells(path) if path.suffix == WORKBOOK else path.read_text(encoding="utf-8", errors="replace")
            where = path.relative_to(folder).as_posix()
            for kind in PATTERNS:
                if match := _first(kind, text):
                    line = str(match.string.count("\n", 0, match.start()) + 1)
                    found.append(tell("told.publish.line", file=where, line=line, kind=in_words(kind)))
            if among:
                said[where] = words(text)
    contacts = among(set().union(*said.values())) if said else set()
    found += [tell("told.publish.contact", file=where) for where, told in said.items() if contacts & told]
    if found:
        raise RunError(tell("told.publish.stopped", found="\n- ".join(found[:20])))


def _first(kind: str, text: str) -> re.Match | None:
    """The first place that looks like this kind. Each is sought from what is rare in it: a run writes megabytes."""
    if kind == SECRET:
        lower = text.lower()
        starts = (found.start() for word in WORDS if word in lower for found in re.finditer(re.escape(word), lower))
        return next(filter(None, (PATTERNS[SECRET].match(lower, at) for at in starts)), None)
    if kind == "mobile" and not MOBILE_END.search(text):
        return None
    return (EMAIL_AT if kind == "email" else PATTERNS[kind]).search(text)


def _cells(path: Path) -> str:
    """Words and numbers of a workbook, a cell a line: its file is a zip of XML, in which no pattern would be found."""
    with zipfile.ZipFile(path) as parts:
        inside = [parts.read(name).decode("utf-8", errors="replace") for name in sorted(parts.namelist()) if PARTS.fullmatch(name)]
    return unescape(TAG.sub("\n|", "\n".join(inside)))  # the bar keeps figures of neighbouring cells from reading as one number


def kind_of(text: str) -> str | None:
    """What a text looks like, where that is personal or secret: a name of PATTERNS; None where it is neither."""
    return next((kind for kind, pattern in PATTERNS.items() if pattern.search(text)), None)


def in_words(kind: str) -> str:
    """A name of PATTERNS to the reader: "an e-mail address"."""
    return tell(f"told.kind.{kind}")


def masked(text: str) -> str:
    """A message with whatever looks personal or secret taken out: it is shown on a page."""
    for kind, pattern in PATTERNS.items():
        text = pattern.sub(f"({in_words(kind)})", text)
    return text


def swap(outputs: Path, period: str, run: Path) -> Path:
    """Makes outputs/<period> show the run, in one step. Gives that path."""
    shown = outputs / period
    target = os.path.relpath(run, outputs)
    if os.name == "nt":
        shown.mkdir(exist_ok=True)
        write_whole(shown / POINTER, target)
        return run
    if shown.is_dir() and not shown.is_symlink():
        raise RunError(tell("told.publish.folder", period=period))
    half = outputs / f".{period}.half"
    half.unlink(missing_ok=True)
    half.symlink_to(target, target_is_directory=True)
    half.replace(shown)
    return shown


def shown_page(outputs: Path, period: str, page: str) -> Path:
    """The path of a page that a person can open: below outputs/<period>, or in the run's folder where there are no links."""
    run = current(outputs, period)
    return outputs / period / page if run is None or (outputs / period).is_symlink() else run / page


def prune_drafts(runs: Path, keep: set[Path]) -> None:
    """Removes runs that no month shows."""
    for folder in runs.glob("[ab]/*"):
        if folder.is_dir() and folder.resolve() not in keep:
            shutil.rmtree(folder)


def write_json(path: Path, content: dict) -> None:
    """Writes JSON whole or not at all."""
    write_whole(path, json.dumps(content, ensure_ascii=False, indent=1, sort_keys=True, default=str) + "\n")
