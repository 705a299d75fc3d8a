"""Files spoiled at random, the same for the same seed: what hands, programs and half-finished copies do to an export."""

import random

TEXTS = ("utf-8", "utf-8-sig", "utf-16", "cp1254", "cp1252", "latin-1", "utf-16-le")
ENDS = ("\r\n", "\n", "\r")
CELLS = (
    "", " ", "-", "nan", "inf", "1e999", "-0", "0", "1.234", "1,234", "1.234,56", "1_000", "(5)", "5-", "12%", "₺12,50", "99999999999999999999", "31.02.2026",  # noqa: E501
    "2026-13-45", "13/13/2026", "1899-12-30", "9999-12-31", "24:61", "=1+1", "'007", '"', "a\nb", "ş?ğ", "x" * 400, "8,69E+12", "TOPLAM", "Total", "\ufeff",  # noqa: E501
    "\u00a0", "🎉", "NULL", "#REF!", "true", "#,##", "0x1F", "1e5", "infinity", "-9223372036854775809", "00:00", "2026-09-01T25:00:00Z",
)  # fmt: skip


def text_of(data: bytes) -> str:
    """A sample as text, whatever it is written in."""
    for encoding in ("utf-8-sig", "utf-16") if data[:2] in (b"\xff\xfe", b"\xfe\xff") else ("utf-8-sig", "cp1254"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    return data.decode("latin-1")


def mangle(data: bytes, dice: random.Random) -> bytes:
    """One to three kinds of damage done to a file."""
    text = text_of(data)
    for _ in range(dice.randint(1, 3)):
        text = dice.choice(OF_TEXT)(text, dice)
    made = text.encode(dice.choice(TEXTS) if dice.random() < 0.3 else "utf-8", errors="replace")
    for _ in range(dice.choice((0, 0, 1, 2))):
        made = dice.choice(OF_BYTES)(made, dice)
    return made


def _lines(text: str) -> list[str]:
    return text.splitlines() or [""]


def _separator(text: str) -> str:
    return max(",;\t|", key=text.count)


def _doubled(text, dice):
    lines = _lines(text)
    at = dice.randrange(len(lines))
    return "\n".join(lines[:at] + [lines[at]] * dice.randint(1, 4) + lines[at:])


def _dropped(text, dice):
    lines = _lines(text)
    at = dice.randrange(len(lines))
    return "\n".join(lines[:at] + lines[at + dice.randint(1, 3) :])


def _shuffled(text, dice):
    lines = _lines(text)
    dice.shuffle(lines)
    return "\n".join(lines)


def _swapped(text, dice):
    return text.replace(_separator(text), dice.choice(",;\t|:"))


def _one_swapped(text, dice):
    lines = _lines(text)
    at = dice.randrange(len(lines))
    lines[at] = lines[at].replace(_separator(text), dice.choice(",;\t|"), dice.randint(1, 3))
    return "\n".join(lines)


def _mixed_ends(text, dice):
    return "".join(line + dice.choice(ENDS) for line in _lines(text))


def _quote(text, dice):
    at = dice.randrange(len(text) + 1)
    return text[:at] + dice.choice(('"', '""', "'", '"\n')) + text[at:]


def _cell(text, dice):
    separator, lines = _separator(text), _lines(text)
    for _ in range(dice.randint(1, 6)):
        at = dice.randrange(len(lines))
        cells = lines[at].split(separator)
        cells[dice.randrange(len(cells))] = dice.choice(CELLS)
        lines[at] = separator.join(cells)
    return "\n".join(lines)


def _column(text, dice):
    """A whole column blank, gone, doubled or of one value."""
    separator, lines = _separator(text), _lines(text)
    at, how, value = (
        dice.randrange(max(len(line.split(separator)) for line in lines)),
        dice.randrange(4),
        dice.choice(CELLS).replace("\n", " "),
    )
    out = []
    for number, line in enumerate(lines):
        cells = line.split(separator)
        if at < len(cells):
            if how == 1:
                del cells[at]
            elif how == 2:
                cells.insert(at, cells[at])
            elif number:
                cells[at] = "" if how == 0 else value
        out.append(separator.join(cells))
    return "\n".join(out)


def _header(text, dice):
    lines, separator = _lines(text), _separator(text)
    names = lines[0].split(separator)
    at = dice.randrange(len(names))
    names[at] = dice.choice(
        (
            "",
            " " + names[at],
            names[at].upper(),
            names[at].lower(),
            names[at] + " ",
            "?" + names[at][1:],
            "Net",
            "Tarih",
            names[0],
            "1",
        )
    )
    lines[0] = separator.join(names)
    return "\n".join(lines)


def _preamble(text, dice):
    return (
        dice.choice(("# made on 2026-10-31\n", "Report\n\n", "\n\n", ";;;;\n", "sep=;\n", "Rapor,2026\nDönem,Ekim\n\n"))
        + text
    )


def _footer(text, dice):
    return (
        text.rstrip("\n")
        + "\n"
        + dice.choice(
            ("Total,,,100\n", "TOPLAM;;;5\n", "\n\nEnd of report\n", "Genel Toplam,1,2,3\n", ",,,\n", "Page 1\n")
        )
    )


def _twice(text, dice):
    return text + dice.choice(("", "\n", "\n\n")) + text


def _blank(text, dice):
    lines = _lines(text)
    for _ in range(dice.randint(1, 5)):
        lines.insert(dice.randrange(len(lines) + 1), dice.choice(("", "   ", _separator(text) * 4)))
    return "\n".join(lines)


def _long(text, dice):
    at = dice.randrange(len(text) + 1)
    return text[:at] + dice.choice("x9,\u0131 ") * dice.choice((300, 70_000)) + text[at:]


def _many_columns(text, dice):
    return "\n".join(line + _separator(text) * dice.randint(1, 60) for line in _lines(text))


def _cut(data, dice):
    return data[: dice.randrange(len(data) + 1)]


def _beheaded(data, dice):
    return data[dice.randrange(len(data) + 1) :]


def _noise(data, dice):
    out = bytearray(data)
    for _ in range(dice.randint(1, 20)):
        if out:
            out[dice.randrange(len(out))] = dice.choice(
                (0, 0x22, 0x0A, 0x0D, 0xFF, 0xC3, 0xFE, 0x1A, dice.randrange(256))
            )
    return bytes(out)


def _nuls(data, dice):
    at = dice.randrange(len(data) + 1)
    return data[:at] + b"\x00" * dice.choice((1, 7, 512)) + data[at:]


def _mark(data, dice):
    return dice.choice((b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff", b"PK\x03\x04", b"<html>", b"{")) + data


OF_TEXT = (
    _doubled, _dropped, _shuffled, _swapped, _one_swapped, _mixed_ends, _quote, _cell, _cell, _cell, _column, _column, _header, _preamble, _footer, _twice,  # noqa: E501
    _blank, _long, _many_columns,
)  # fmt: skip
OF_BYTES = (_cut, _beheaded, _noise, _nuls, _mark)
