"""Bytes to text by a fixed rule, never by a guess: strict UTF-8, then the UTF-16 mark, then cp1254 with a check."""

from scrm_helpers.ingestion.errors import InputError
from scrm_helpers.texts import tell

ZIP, OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"
HEAD = 2000  # bytes that show what a file is
NOTHING = b"\xef\xbb\xbf\xff\xfe\x00 \t\r\n"  # bytes of an empty file
ONE_BYTE = "cp1254"  # of the rule's encodings the one in which every sign is a byte
TURKISH, DAMAGE = "şğıİŞĞ", "þðýÞÐÝ"


def decode(data: bytes, name: str) -> tuple[str, str]:
    """The text and the encoding that was used; InputError where no encoding of the rule fits, or where the bytes are no table."""
    refuse_foreign(data, name)
    return text_of(data, name)


def text_of(data: bytes, name: str) -> tuple[str, str]:
    """The same of bytes that are known to be meant: a web page, too."""
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        try:
            return data.decode("utf-16"), "utf-16"
        except UnicodeDecodeError as error:
            raise half_written(name, tell("console.bytes.breaks_off_16")) from error
    try:
        text = data.decode("utf-8-sig")
        if "\x00" in text:
            raise _binary(name)
        return text, "utf-8-sig" if data.startswith(b"\xef\xbb\xbf") else "utf-8"
    except UnicodeDecodeError as error:
        if error.start >= len(data) - 4 and data.isascii() is False and _valid_before(data, error.start):
            raise half_written(name, tell("console.bytes.breaks_off")) from error
    if b"\x00" in data:
        raise _binary(name)
    try:
        text = data.decode(ONE_BYTE)
    except UnicodeDecodeError as error:
        raise InputError(tell("console.bytes.encoding", file=name), "encoding") from error
    return text, ONE_BYTE


def _binary(name: str) -> InputError:
    return InputError(tell("console.bytes.binary", file=name), "binary")


def _valid_before(data: bytes, place: int) -> bool:
    """Whether everything before the fault is UTF-8 with at least one letter beyond ASCII: then the end is cut, not the set wrong."""
    head = data[:place]
    try:
        head.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return not head.isascii()


def is_page(data: bytes) -> bool:
    """Whether bytes begin as a web page does, whatever the file is called."""
    head = _head(data)
    return head.startswith((b"<!doctype html", b"<html", b"<head", b"<table")) or b"<html" in head[:600]


def _head(data: bytes) -> bytes:
    return data[:HEAD].lstrip(b"\xef\xbb\xbf \t\r\n").lower()


def refuse_foreign(data: bytes, name: str) -> None:
    """Refuses what only looks like a table: nothing at all, a web page, a pointer, a spreadsheet under a false name."""
    head = _head(data)
    if not (data[:HEAD].strip(NOTHING) or data.strip(NOTHING)):  # a large file is not copied to see what its first bytes say
        raise InputError(tell("console.bytes.empty", file=name), "empty")
    if is_page(data) or head.startswith(b"<?xml"):
        raise no_table(name)
    if head.startswith(b"version https://git-lfs"):
        raise InputError(tell("console.bytes.pointer", file=name), "pointer")
    if data.startswith(ZIP):
        raise InputError(tell("console.bytes.zip", file=name), "false_name")
    if data.startswith(OLE):
        raise InputError(tell("console.bytes.xls", file=name), "false_name")
    if data.startswith(b"PAR1"):
        raise InputError(tell("console.bytes.parquet", file=name), "false_name")
    if head.startswith((b"{", b"[{")):
        raise InputError(tell("console.bytes.json", file=name), "json")


def no_table(name: str) -> InputError:
    """The refusal of a web page in which no table stands."""
    return InputError(tell("console.bytes.html", file=name), "html")


def half_written(name: str, what: str) -> InputError:
    """The refusal of a file that was copied while it was being written."""
    return InputError(tell("console.bytes.half_written", file=name, what=what), "half_written")
