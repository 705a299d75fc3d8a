"""The score card as a page and a CSV beside the board page, in the company's language; and the link to it in the appendix."""

import functools
from pathlib import Path

import pandas as pd

from scrm_helpers import texts, units
from scrm_helpers.html import render
from scrm_helpers.scorecard.card import Card
from scrm_helpers.scorecard.lifts import PART as CAMPAIGNS
from scrm_helpers.scorecard.links import PART as IDENTITY
from scrm_helpers.scorecard.numbers import PART as NUMBERS
from scrm_helpers.store.settings import Settings
from scrm_helpers.store.written import plain_csv
from scrm_helpers.units import Unit

PAGE, TABLE, APPENDIX = "score.html", "score.csv", "appendix.html"
MARK = "<!-- score card -->"
COLUMNS = ("name", "said", "span", "truth", "inside", "note")
DIGITS = 6  # of a figure in the CSV: enough for any use, and the same on every machine


def write(card: Card, folder: Path, settings: Settings, *, language: str = "") -> Path:
    """Writes score.html and score.csv into the published folder and links them from its appendix. The same card gives the same bytes."""
    language = texts.check_language(language or settings.language)
    (folder / TABLE).write_text(plain_csv(_plain(card)), encoding="utf-8", newline="\n")
    path = folder / PAGE
    path.write_text(page(card, settings, language), encoding="utf-8", newline="\n")
    _link(folder / APPENDIX, language)
    return path


def page(card: Card, settings: Settings, language: str) -> str:
    """HTML of the card."""
    tables = [_figures(card, part, settings, language) for part in (NUMBERS, IDENTITY, CAMPAIGNS)] + [_defects(card, language)]
    return render(
        "score.html.j2", language=language, title=f"{settings.name}: {_say('title', language)}, {units.month(card.period, language)}",
        heading=_say("title", language), company=settings.name, month=units.month(card.period, language), made_up=settings.made_up,
        back=texts.say("board.links.board", language), lines=[_say("intro", language), *_summary(card, language)],
        tables=[t for t in tables if t["rows"]], file=_say("file", language, file=TABLE),
    )  # fmt: skip


def _summary(card: Card, language: str) -> list[str]:
    counted = card.counted
    inside = int(counted["inside"].sum())
    found = card.defects.dropna(subset=["found"])
    count = {k: units.write(v, Unit.COUNT, language) for k, v in {
        "inside": inside, "all": len(counted), "expected": round(0.9 * len(counted)),
        "found": int(found["found"].sum()), "planted": int(found["checked"].sum()),
    }.items()}  # fmt: skip
    return [_say("summary", language, **count), _say("summary_defects", language, **count)]


def _figures(card: Card, part: str, settings: Settings, language: str) -> dict:
    rows = []
    for row in card.rows[card.rows["part"] == part].itertuples():
        window = texts.say(f"words.window.{row.window}", language) if row.window else "–"
        write = functools.partial(_number, unit=Unit(row.unit), language=language, currency=settings.currency)
        span = "–" if pd.isna(row.low) else f"{write(row.low)} – {write(row.high)}"  # not rounded to the range: this is an exam
        rows.append([
            _say(f"row.{row.id}", language, name=row.name, window=window), write(row.value), span, write(row.truth),
            _inside(row, language), _note(row, language),
        ])  # fmt: skip
    numeric = {"said", "span", "truth"}
    columns = [{"text": _say(f"column.{c}", language), "numeric": c in numeric} for c in COLUMNS]
    return {"caption": _say(f"part.{part}", language), "columns": columns, "rows": rows}


def _inside(row, language: str) -> str:
    if pd.isna(row.inside):
        return "–"
    if not row.aligned:
        return _say("inside.not_counted", language)
    return _say("inside.yes" if row.inside else "inside.no", language)


def _note(row, language: str) -> str:
    known = texts.has(f"scorecard.note.{row.note}")
    parts = [_say(f"note.{row.note}" if known else "note.not_judged", language)] if row.note else []
    parts += [_say("note.bounds", language)] if row.range_kind == "bounds" and row.aligned and not row.note else []
    return " ".join(parts)


def _defects(card: Card, language: str) -> dict:
    rows = []
    for row in card.defects.itertuples():
        counts = ["–" if pd.isna(v) else units.write(int(v), Unit.COUNT, language) for v in (row.planted, row.checked, row.found)]
        rows.append([_say(f"defect.{row.kind}", language), *counts, _say(f"how.{row.kind}", language)])
    names = ("defect", "planted", "checked", "found", "how")
    columns = [{"text": _say(f"column.{c}", language), "numeric": c in ("planted", "checked", "found")} for c in names]
    return {"caption": _say("part.defects", language), "columns": columns, "rows": rows}


def _plain(card: Card) -> pd.DataFrame:
    """Both tables as one, with plain numbers; a defect's `value` is what was found and its `truth` what could be."""
    rows = card.rows[["part", "id", "name", "window", "unit", "value", "low", "high", "truth", "range_kind", "aligned", "inside", "note"]]
    flaws = card.defects.rename(columns={"kind": "id", "found": "value", "checked": "truth"})
    flaws = flaws.assign(part="defects", unit=Unit.COUNT.value, note=flaws["planted"].map("planted {}".format))
    both = pd.concat([rows.astype(object), flaws.drop(columns="planted").astype(object)], ignore_index=True)[rows.columns]
    figures = ["value", "low", "high", "truth"]
    both[figures] = both[figures].map(lambda v: None if pd.isna(v) else float(f"{float(v):.{DIGITS}g}"))
    return both


def _link(appendix: Path, language: str) -> None:
    """Puts the link where the appendix left a mark for it."""
    if not appendix.is_file():
        return
    text = appendix.read_text(encoding="utf-8")
    link = f'<li><a href="{PAGE}">{_say("title", language)}</a></li>'
    if MARK in text:
        appendix.write_text(text.replace(MARK, link), encoding="utf-8", newline="\n")


def _say(text_id: str, language: str, **values: str) -> str:
    return texts.say(f"scorecard.{text_id}", language, **values)


def _number(value, *, unit: Unit, language: str, currency: str) -> str:
    return "–" if pd.isna(value) else units.write(float(value), unit, language, currency=currency)
