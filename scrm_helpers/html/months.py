"""The list of months: outputs/index.html."""

from collections.abc import Sequence
from pathlib import PurePosixPath

from scrm_helpers import texts, units
from scrm_helpers.html.render import render


def index_page(months: Sequence[dict], *, language: str, company: str = "", made_up: bool = False) -> str:
    """HTML of the list. Each month: `period`, `page` (its address, '' where there is none),
    `failed` (message of a failed run, or ''), `state` (open, provisional, closed or ''), `verb` (of its verdict, or '') and
    `revision` (0 where it is not closed).
    """
    say = lambda text_id, **values: texts.say(f"board.{text_id}", language, **values)  # noqa: E731
    rows = []
    for month in sorted(months, key=lambda m: m["period"], reverse=True):
        failed = month.get("failed") or ""
        message = say("index.failed" if month.get("page") else "index.failed_none", message=failed) if failed else ""
        rows.append(
            {
                "name": units.month(month["period"], language),
                "page": month.get("page") or "",
                "beside": _beside(say, month.get("page") or ""),
                "state": _state(say, month),
                "failed": message,
            }
        )
    return render(
        "index.html.j2",
        language=language,
        title=say("index.title"),
        made_up=made_up,
        company=company or say("unnamed"),
        months=rows,
        say=say,
    )


def _beside(say, page: str) -> list[tuple[str, str]]:
    """Address and name of the pages that stand beside a month's board page."""
    beside = PurePosixPath(page)
    return [(str(beside.with_name(f"{each}.html")), say(f"links.{each}")) for each in ("appendix", "team")] if page else []


def _state(say, month: dict) -> str:
    """'closed · Hold the social budget.': the month's state and verdict in words; '' where its page does not say them."""
    state, verb = month.get("state") or "", month.get("verb") or ""
    if not state:
        return ""
    named = say(f"state.{state}")
    if number := month.get("revision"):
        named = say("state.first", state=named) if number == 1 else say("state.revision", state=named, n=str(number))
    return say("index.verdict", state=named, verb=say(f"verb.{verb}").rstrip(".")) if verb else named
