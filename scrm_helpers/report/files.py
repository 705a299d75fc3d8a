"""What lies beside the pages: workbook, tables for Excel in Turkish, text of the mail, cells of the page, the month's record."""

import json
from collections.abc import Mapping, Sequence

from scrm_helpers import texts
from scrm_helpers.errors import ToldError
from scrm_helpers.findings import Context, Finding
from scrm_helpers.report import on_page
from scrm_helpers.report.mail import mail_text
from scrm_helpers.report.workbook import turkish_csv, workbook
from scrm_helpers.texts import tell

CSV_FORMS = ("plain", "turkish")
MONTH_FILE, PAGE_FILE = "month.json", "page.json"


def files(
    context: Context,
    decision,
    found: Mapping[str, Finding],
    kept: Sequence,
    printed: on_page.Page,
    *,
    as_of,
    csv: str = "plain",
    company: str = "",
    made_up: bool = False,
) -> dict[str, str | bytes]:
    """Name -> content of each file. `kept` as Book.tables gives it, `printed` as `Pages` has it; `csv`: 'turkish' adds every table as Excel
    in Turkish opens it."""
    if csv not in CSV_FORMS:
        raise ToldError(tell("told.csv", came=csv, known=", ".join(CSV_FORMS)))
    language = context.language
    of_month = {"period": context.period, "state": decision.month.state, "verb": decision.verdict.verb}
    of_month["refused"] = [{"file": r.file} | {one: r.reason(one) for one in texts.LANGUAGES} for r in decision.refused]
    out: dict[str, str | bytes] = {
        "tables.xlsx": workbook(kept, found, language=language, as_of=as_of),
        "mail.txt": mail_text(dict(found), period=context.period, language=language, company=company, made_up=made_up),
        PAGE_FILE: on_page.written(printed),
        MONTH_FILE: json.dumps(of_month, sort_keys=True) + "\n",
    }
    if csv == "turkish":
        out |= {f"csv/{t.notebook}_{t.id}.csv": turkish_csv(t) for t in kept}
    return out
