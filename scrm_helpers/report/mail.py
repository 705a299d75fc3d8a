"""The two lines of the mail that carries the page: what is asked, and where the page and its workings are."""

from scrm_helpers import texts, units
from scrm_helpers.findings import Finding


def mail_text(found: dict[str, Finding], *, period: str, language: str, company: str, made_up: bool = False) -> str:
    """Two lines: company, month and verdict; then how far it can be trusted and where the page is. No figure of a person."""
    say = lambda text_id, **values: texts.say(f"board.mail.{text_id}", language, **values)  # noqa: E731
    verdict, traced = found.get("board.verdict"), found.get("board.traceability")
    said = verdict.text(language).strip() if verdict is not None else say("no_verdict")
    share = units.percent(traced.value, language) if traced is not None and traced.value is not None else say("none")
    head = say("first", company=company or texts.say("board.unnamed", language), said=said)
    where = say("folder", month=units.month(period, language))
    if made_up:
        head = f"[{texts.say('board.made_up', language)}] {head}"
    return f"{head}\n{say('second', share=share, where=where)}\n"


def attached(text: str, *, period: str) -> str:
    """The same text once the page was made a PDF: it says that it is attached."""
    for language in texts.LANGUAGES:
        folder, pdf = (texts.say(f"board.mail.{k}", language, month=units.month(period, language)) for k in ("folder", "attached"))
        text = text.replace(folder, pdf)
    return text
