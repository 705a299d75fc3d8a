"""Contracts of what the notebooks hand to each other: file log, quarantine, cost ledger, costs of a customer, gaps, findings."""

from scrm_helpers.tables.marketing import COST_KINDS, PURPOSES
from scrm_helpers.tables.people import SOURCES
from scrm_helpers.tables.schema import Table, count, flag, ident, money, number, on, share, text

GRADES = ("A", "B", "C", "D", "")
STATES = ("ok", "too_few", "withheld", "missing")


def _made(name: str, grain: str, key: tuple[str, ...], columns: tuple) -> Table:
    return Table(name, grain, key, columns, ingested=False)


TABLES = (
    _made(
        "files",
        "one raw file, or one sheet or block of it, and what became of it",
        ("source_file", "part"),
        (
            text("source_file", "path in the raw folder", required=True),
            text("part", "sheet or block; '' for the whole file", required=True),
            text("digest", "SHA-256 of the file", required=True),
            text("recipe", "what it was taken for"),
            text("reason", "why"),
            text(
                "verdict", "read, refused, or left out by name", required=True, allowed=("read", "refused", "ignored")
            ),
            text("message", "what came, what was expected, what to do"),
            text("encoding", "encoding that was used"),
            text("tables", "contract tables it fed, separated by spaces"),
            count("rows_read", "data rows in the file", least=0),
            count("rows_kept", "rows that ended in a table", least=0),
            count("rows_quarantined", "rows set aside with a reason", least=0),
            count("rows_dropped", "totals, footers and blank rows, each counted", least=0),
            count("rows_later", "rows dated after the month reported on", least=0),
            count("rows_replaced", "rows that a later export replaced", least=0),
            on("first_on", "first day covered"),
            on("last_on", "last day covered", planned=True),
            on("exported_on", "day of the export", planned=True),
            text("currency", "currencies found"),
            text("totals", "whether the file's own totals row equals the sum"),
        ),
    ),
    _made(
        "quarantine",
        "one raw row that was set aside",
        ("source_file", "source_row", "table", "column"),
        (
            text("source_file", "path in the raw folder", required=True),
            count("source_row", "row in that file", required=True),
            text("table", "table it was meant for", required=True),
            text("column", "column at fault", required=True),
            text("reason", "why", required=True),
            text("value", "offending value, masked where personal"),
        ),
    ),
    _made(
        "row_fates",
        "one count of raw rows of a file by what became of them",
        ("source_file", "part", "fate", "detail"),
        (
            text("source_file", "path in the raw folder", required=True),
            text("part", "sheet or block", required=True),
            text("fate", "kept, quarantined, dropped, later or replaced", required=True),
            text("detail", "table or reason", required=True),
            count("rows", "how many", required=True, least=0),
        ),
    ),
    _made(
        "coverage",
        "one month of one table from one system",
        ("table", "system", "month"),
        (
            text("table", "contract table", required=True),
            text("system", "system", required=True),
            text("month", "YYYY-MM", required=True),
            count("rows", "rows", required=True, least=0),
            count("days", "days with at least one row", required=True, least=0),
            on("last_on", "last day seen"),
        ),
    ),
    _made(
        "fill",
        "how much of one column is filled in, by system",
        ("table", "system", "column"),
        (
            text("table", "contract table", required=True),
            text("system", "system", required=True),
            text("column", "column", required=True),
            count("rows", "rows", required=True, least=0),
            count("filled", "rows with a value", required=True, least=0),
        ),
    ),
    _made(
        "traceability",
        "one of the shares whose minimum is the traceability",
        ("measure",),
        (
            text("measure", "spend, customers, revenue or contacts", required=True),
            number("part", "traced", "as the measure"),
            number("whole", "all", "as the measure"),
            share("value", "part / whole; blank where there is no whole"),
            text("input", "the input that would lift it most"),
        ),
    ),
    _made(
        "cost_ledger",
        "one part of the programme's cost, by month, source, purpose and kind",
        ("month", "source", "purpose", "kind", "contact_channel"),
        (
            text("month", "YYYY-MM", required=True),
            text("source", "channel", required=True, allowed=SOURCES),
            text("purpose", "acquire, keep or serve", required=True, allowed=PURPOSES),
            text("kind", "media, tools, content, hours, rewards or overhead", required=True, allowed=COST_KINDS),
            text("contact_channel", "of service costs: social, phone, email, in_person; else ''", required=True),
            money("amount", "cost; the middle of the range where hours are missing", required=True),
            money("low", "least it can be", required=True),
            money("high", "most it can be", required=True),
            number("hours", "staff hours behind it", "hours"),
            text("campaign_id", "campaign, where one"),
        ),
    ),
    _made(
        "customers",
        "one person with at least one completed order, with where they came from",
        ("person_id",),
        (
            ident("person_id", "person"),
            text("kind", "consumer or business", required=True),
            on("first_on", "day of the first completed, not fully refunded order", required=True),
            text("first_month", "its month", required=True),
            text("source", "first source; unknown where no record says", required=True, allowed=SOURCES),
            text("source_basis", "touch, crm, declared or none", required=True),
            flag("before_data", "first seen in the first month of the data, so older than it looks", required=True),
            text("city", "province"),
        ),
    ),
    _made(
        "cac",
        "cost of one new customer, by source and window",
        ("window", "source"),
        (
            text("window", "1m, 3m or 12m, ending with the period", required=True),
            text("source", "source, or social, other_known, all", required=True),
            money("cost", "acquisition cost"),
            count("customers", "new customers", required=True, least=0),
            number("value", "cost per new customer", "money/customer"),
            number("low", "low end", "money/customer"),
            number("high", "high end", "money/customer"),
            share("unknown_share", "new customers of the window whose source is unknown"),
            count("months", "months of the window that both cost and customers cover", least=0),
            number("real_value", "value in the prices of the period, where inflation asks for it", "money/customer"),
            number("real_low", "low end of the same", "money/customer"),
            number("real_high", "high end of the same", "money/customer"),
        ),
    ),
    _made(
        "tested_gaps",
        "one tested gap between two arms, overall or in a segment",
        ("experiment_id", "metric", "segment", "level_of"),
        (
            text("experiment_id", "test", required=True),
            text("metric", "measure", required=True),
            text("segment", "segment dimension, or all", required=True),
            text("level_of", "value of the segment", required=True),
            count("n_control", "units in control", required=True),
            count("n_treated", "units in treatment", required=True),
            number("value", "treated minus control, per unit", "as the metric"),
            number("low", "low end, 90%", "as the metric"),
            number("high", "high end, 90%", "as the metric"),
            text("verdict", "works, does not, could be chance, too few, or invalid", required=True),
        ),
    ),
    _made(
        "findings",
        "one number or sentence that a page may print",
        ("id",),
        (
            text("id", "notebook.subject, unique in a run", required=True),
            text("notebook", "notebook that said it", required=True),
            text("measure", "name in metrics, or '' for a sentence without one", required=True),
            text(
                "metric_class",
                "activity, efficiency, effectiveness or business",
                required=True,
                allowed=("activity", "efficiency", "effectiveness", "business"),
            ),
            text("unit", "unit of the value", required=True),
            number("value", "figure", "as unit"),
            number("low", "low end", "as unit"),
            number("high", "high end", "as unit"),
            share("level", "what the range claims"),
            count("n", "cases behind it"),
            text("method", "method in plain words", required=True),
            text("grade", "evidence grade A-D, or ''", required=True, allowed=GRADES),
            share("coverage", "share of the whole that the figure covers"),
            on("as_of", "first day after the period", required=True),
            text("definition", "version of the definition", required=True),
            text("window", "months that the figure covers", required=True),
            text("state", "ok, too_few, withheld or missing", required=True, allowed=STATES),
            text("missing", "the export that would answer it, where one is missing"),
            text("values", "values named in the sentence, as JSON", required=True),
            text("text_en", "the sentence in English", required=True),
            text("text_tr", "the sentence in Turkish", required=True),
        ),
    ),
)
