"""What notebook 01 says: what came, what was set aside, how far money and people can be traced. Frames in, frames and findings out."""

from collections.abc import Mapping

import ibis
import pandas as pd

from scrm_helpers import campaign_names, findings, periods, texts
from scrm_helpers.contacts import REGION
from scrm_helpers.findings import Context, Finding
from scrm_helpers.ingestion import usable
from scrm_helpers.metrics import LEVEL
from scrm_helpers.stats import Estimate
from scrm_helpers.tables import contract
from scrm_helpers.units import Unit

NAMED = 8  # campaigns that a sentence names
LIMIT = 0.005  # of the ledger: beyond it sales are not reconciled
CELL = "cell_"  # how the reason of a cell left blank begins; its row was used
WANTED = (
    "spend",
    "costs",
    "accounts",
    "leads",
    "cases",
    "phone_load",
    "surveys",
    "campaigns",
    "ledger_totals",
    "products",
    "goals",
)
KEY_FIELDS = (
    ("accounts", "source_raw"),
    ("accounts", "email"),
    ("accounts", "phone"),
    ("leads", "source_raw"),
    ("leads", "campaign_id"),
    ("orders", "account_id"),
    ("orders", "store_id"),
    ("cases", "account_id"),
    ("cases", "satisfaction"),
    ("costs", "hours"),
)


def by_recipe(files: pd.DataFrame) -> pd.DataFrame:
    """What came, one row per kind of file: files, rows read, kept, set aside, dropped, later, replaced, days covered."""
    rows = files.assign(recipe=files["recipe"].fillna("refused"))
    found = rows.groupby("recipe", sort=True).agg(
        files=("source_file", "nunique"),
        rows_read=("rows_read", "sum"),
        rows_kept=("rows_kept", "sum"),
        rows_quarantined=("rows_quarantined", "sum"),
        rows_dropped=("rows_dropped", "sum"),
        rows_later=("rows_later", "sum"),
        rows_replaced=("rows_replaced", "sum"),
        first_on=("first_on", "min"),
        last_on=("last_on", "max"),
    )
    return found.reset_index()


def in_words(files: pd.DataFrame, language: str) -> pd.DataFrame:
    """The table `files` with its sentences (why, what came, totals that differ) in a language; it stores them by id and values."""
    said = {c: files[c].map(lambda v: texts.said(v, language), na_action="ignore") for c in ("reason", "message", "totals") if c in files}
    return files.assign(**said)


def not_read(files: pd.DataFrame) -> pd.DataFrame:
    """Files that were refused, with their sentence. `files`: as `in_words` gives them, here and below."""
    return files.loc[files["verdict"] != "read", ["source_file", "verdict", "message"]].reset_index(drop=True)


def set_aside(aside: pd.DataFrame) -> pd.DataFrame:
    """Rows set aside and cells left blank, by table and reason. A row is in one of the two counts, never in both. `aside`: as
    `lost.with_money` gives it, so that the amounts add up to those of its sentences.

    `rows_quarantined` counts raw rows that are in no number, as `check` and the file log do; `cells_blank` cells that could not be
    read, whose row was used. `amount` is the money in the rows set aside (blank: none); `unread` of them have money
    that cannot be read.
    """
    cell = aside["reason"].astype(str).str.startswith(CELL)
    found = (
        aside.rename(columns={"reason": "why"})
        .assign(
            rows_quarantined=(~cell).astype("int64"),
            cells_blank=cell.astype("int64"),
        )
        .groupby(["table", "why"], sort=True)
        .agg(
            rows_quarantined=("rows_quarantined", "sum"),
            cells_blank=("cells_blank", "sum"),
            unread=("unread", "sum"),
            amount=("amount", lambda a: a.sum(min_count=1)),
        )
        .reset_index()
    )
    counted = found["rows_quarantined"] + found["cells_blank"]
    order = counted.sort_values(ascending=False, kind="stable").index
    return found.loc[order].sort_values("rows_quarantined", ascending=False, kind="stable", ignore_index=True)


def rows_aside(quarantine: pd.DataFrame, language: str) -> pd.DataFrame:
    """Every row and cell set aside, as a list to look up in the files: file, row, table, column, reason and what it means.

    Grain: a row of a file, table and column. Without the values: one in the wrong column may be a name, and the file has it anyway.
    """
    found = quarantine.sort_values(["source_file", "source_row", "table", "column"], ignore_index=True)
    known = {r: f"words.why.{r}" for r in found["reason"].unique()}
    why = {r: texts.say(t, language) if texts.has(t) else r for r, t in known.items()}
    return found[["source_file", "source_row", "table", "column", "reason"]].assign(why=found["reason"].map(why))


def totals(files: pd.DataFrame) -> pd.DataFrame:
    """Files with a totals row of their own, and whether it equals the sum of their rows."""
    return files.loc[files["totals"].fillna("") != "", ["source_file", "totals"]].reset_index(drop=True)


def empty_fields(fill: pd.DataFrame, usable: pd.DataFrame) -> pd.DataFrame:
    """How much of the fields that decide is filled in, by system: the source field of the CRM first.

    `usable`: as the function of that name gives it. An e-mail or phone that cannot be used is not filled in: `unusable` counts them.
    """
    wanted = pd.DataFrame(KEY_FIELDS, columns=["table", "column"])
    found = wanted.merge(fill, on=["table", "column"]).merge(usable, on=["table", "system", "column"], how="left")
    told = found["table"].eq("accounts") & found["column"].isin(("email", "phone"))
    found["unusable"] = (found["filled"] - found["usable"].fillna(0)).where(told).astype("Int64")
    found["filled"] -= found["unusable"].fillna(0).astype("int64")
    return found.assign(share=found["filled"] / found["rows"]).rename(columns={"column": "field"})[
        ["table", "system", "field", "rows", "filled", "share", "unusable"]
    ]


def reconciled(orders: ibis.Table, ledger: ibis.Table) -> pd.DataFrame:
    """Sales by month against the books: `net`, `ledger` (after named differences), `difference`, `value` (its share of the books)."""
    counted = orders.filter(orders.status == "completed", ~orders.is_internal)
    ours = (
        counted.group_by(month=counted.ordered_on.strftime("%Y-%m"))
        .agg(net=counted.net.sum().cast("float64"))
        .to_pandas()
    )
    books = ledger.group_by("month").agg(ledger=ledger.net.sum().cast("float64")).to_pandas()
    found = books.merge(ours, on="month", how="left").fillna({"net": 0.0}).sort_values("month", ignore_index=True)
    found["difference"] = (found["net"] - found["ledger"]).round(4)
    found["value"] = found["difference"] / found["ledger"].where(found["ledger"] != 0)
    return found[["month", "ledger", "net", "difference", "value"]]


def traced(
    spend: ibis.Table, costs: ibis.Table, orders: ibis.Table, cases: ibis.Table, accounts: ibis.Table, campaigns: ibis.Table, *,
    period: str, region: str = REGION,
) -> pd.DataFrame:
    """The measures of traceability that files alone can tell, over the last 12 months: spend, revenue, contacts.

    `n` counts the rows that a share stands on. `input` is what would lift it: the export where none came, else what the rows lack.
    A campaign's name is no id, unless it is one campaign's in the campaign calendar; an account without an e-mail or phone
    that can be used (phones without a country are read as those of `region`), and without another system's id, is no person.
    """
    first, last = periods.span(period, 12)
    spend, costs = (t.filter(t.on >= first, t.on < last) for t in (spend, costs))
    orders, cases = (
        orders.filter(orders.ordered_on >= first, orders.ordered_on < last),
        cases.filter(cases.opened_on >= first, cases.opened_on < last),
    )
    spend = campaign_names.with_campaign(spend, campaigns)
    media = costs.filter(costs.kind == "media")
    counted = orders.filter(orders.status == "completed", ~orders.is_internal)
    social = cases.filter(cases.channel == "social", cases.status != "spam")
    tied = social.left_join(usable.known(accounts.semi_join(social, "account_id"), region=region), "account_id").mutate(one=1)
    paid, booked = (
        _parts(spend, spend.amount, _has_campaign(spend)),
        _parts(media, media.amount, media.campaign_id.notnull()),
    )
    planned = campaigns.count().execute() > 0  # then the calendar came, and what is loose is not in it
    ids = "calendar_names" if planned else "campaign_ids"
    loose = ids if paid["whole"] - paid["part"] >= booked["whole"] - booked["part"] else "cost_campaigns"
    money = {name: paid[name] + booked[name] for name in paid}
    rows = []
    for name, sums, lacking, export in (
        ("spend", money, loose, "spend"),
        ("revenue", _parts(counted, counted.net, counted.account_id.notnull()), "order_customers", "orders"),
        ("contacts", _parts(tied, tied.one, tied.known.fill_null(False)), "case_customers", "cases"),
    ):
        whole, part, n = (sums[c] for c in ("whole", "part", "n"))
        share = min(1.0, max(0.0, part / whole)) if whole > 0 else None
        rows.append((name, part, whole, share, lacking if n else export, int(n)))
    return pd.DataFrame(rows, columns=["measure", "part", "whole", "value", "input", "n"]).astype({"value": "float64"})


def unlisted(spend: ibis.Table, campaigns: ibis.Table, *, period: str) -> pd.DataFrame:
    """Campaigns of the last 12 months' spend without an id that the campaign calendar lacks, and those that it has several times.

    Grain: `name` and `several` (several campaigns of the calendar are called so, and nobody can tell which is meant); `amount` in base
    currency, the dearest first. Empty where there is no calendar: then all of it is asked for.
    """
    first, last = periods.span(period, 12)
    if campaigns.count().execute() == 0:
        return pd.DataFrame(columns=["name", "several", "amount"])
    spend = campaign_names.with_campaign(spend.filter(spend.on >= first, spend.on < last), campaigns)
    loose = spend.filter(spend.several | ~_has_campaign(spend))
    named = loose.campaign_name.fill_null(loose.campaign_id)
    found = loose.group_by("several", name=named).agg(amount=ibis._.amount.sum().cast("float64"))[["name", "several", "amount"]]
    return found.to_pandas().sort_values(["amount", "name"], ascending=[False, True], ignore_index=True)


def unlisted_said(context: Context, rows: pd.DataFrame) -> list[Finding]:
    """The sentences that name such campaigns, of each kind one; none where every campaign is known. `rows`: see `unlisted`."""
    said = []
    for name, part in (("unlisted", rows[~rows["several"].astype(bool)]), ("several", rows[rows["several"].astype(bool)])):
        if spent := float(part["amount"].sum()):
            names = ", ".join(part["name"].head(NAMED)) + (" …" if len(part) > NAMED else "")
            values = {"value": (spent, Unit.MONEY), "names": names}
            said.append(findings.say(context, f"ingestion.{name}", window="12m", values=values))
    return said


def _has_campaign(spend: ibis.Table):
    """Whether a row of spend has a campaign's id, or a name that is one campaign's in the calendar. `spend`: with its campaign."""
    return (spend.campaign_id != spend.campaign_name.fill_null("")) | (spend.calendar_id != "")


def _parts(rows: ibis.Table, worth, tied) -> dict[str, float]:
    """Sum of `worth`, of it what is `tied`, and the count of rows."""
    sums = rows.aggregate(whole=worth.sum(), part=ibis.cases((tied, worth), else_=0).sum(), n=rows.count()).to_pandas().iloc[0]
    return {c: float(sums[c]) if pd.notna(sums[c]) else 0.0 for c in ("whole", "part", "n")}


def findings_of(
    context: Context, files: pd.DataFrame, trace: pd.DataFrame, books: pd.DataFrame, has: Mapping[str, bool]
) -> list[Finding]:
    """What was received, refused, reconciled, traced, and which export is missing."""
    return [
        *_received(context, files),
        _reconciliation(context, books),
        *_traced(context, trace),
        *_missing(context, has),
    ]


def _received(context: Context, files: pd.DataFrame) -> list[Finding]:
    read = files[files["verdict"] == "read"]
    kept, whole = int(read["rows_kept"].sum()), int(read["rows_read"].sum())
    said = findings.say(
        context,
        "ingestion.received",
        window="all",
        values={
            "files": (read["source_file"].nunique(), Unit.COUNT),
            "rows": (whole, Unit.COUNT),
            "kept": (kept, Unit.COUNT),
            "aside": (int(read["rows_quarantined"].sum()), Unit.COUNT),
            "replaced": (int(read["rows_replaced"].sum()), Unit.COUNT),
            "dropped": (int(read["rows_dropped"].sum()), Unit.COUNT),
            "later": (int(read["rows_later"].sum()), Unit.COUNT),
        },
    )
    bad = files[files["verdict"] == "refused"]["source_file"].nunique()
    if bad:
        return [said, findings.say(context, "ingestion.refused", values={"files": (bad, Unit.COUNT)}, state="withheld")]
    return [said]


def _reconciliation(context: Context, books: pd.DataFrame) -> Finding:
    told = books[books["month"] <= context.period]
    if told.empty:
        return findings.missing(
            context,
            "ingestion.no_ledger",
            export="ledger_totals",
            measure="reconciliation",
            id="ingestion.reconciliation",
        )
    window = told.tail(12)
    whole, off = float(window["ledger"].sum()), float(window["difference"].sum())
    worst = window["value"].abs().max()
    value = off / whole if whole else None
    text = "ingestion.reconciled" if value is not None and abs(value) <= LIMIT else "ingestion.not_reconciled"
    return findings.say(
        context,
        text,
        measure="reconciliation",
        id="ingestion.reconciliation",
        window="12m",
        estimate=Estimate(value, value, value, LEVEL, len(window), "sum against the ledger"),
        values={
            "difference": (off, Unit.MONEY),
            "whole": (whole, Unit.MONEY),
            "limit": (LIMIT, Unit.SHARE),
            "worst": (None if pd.isna(worst) else float(worst), Unit.SHARE),
            "months": (len(window), Unit.COUNT),
        },
    )


def _traced(context: Context, trace: pd.DataFrame) -> list[Finding]:
    known = trace[trace["value"].notna()]
    if known.empty:
        return []
    parts = {
        lang: "; ".join(
            f"{texts.say(f'words.measure.{m}', lang)}: {_share(v, lang)}"
            for m, v in zip(known["measure"], known["value"], strict=True)
        )
        for lang in texts.LANGUAGES
    }
    return [findings.say(context, "ingestion.traced", window="all", values={"parts": parts})]


def _share(value: float, language: str) -> str:
    from scrm_helpers import units

    return units.write(value, Unit.SHARE, language)


def _missing(context: Context, has: Mapping[str, bool]) -> list[Finding]:
    lacking = [name for name in WANTED if not has.get(name)]
    if not lacking:
        return []
    for name in lacking:
        contract(name)
    names = {lang: ", ".join(texts.say(f"words.table.{n}", lang) for n in lacking) for lang in texts.LANGUAGES}
    return [findings.say(context, "ingestion.missing", values={"exports": names}, state="missing", missing=lacking[0])]
