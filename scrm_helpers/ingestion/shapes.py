"""Feeds that several systems share: a day of spend, counts of posts and pages, and rows that say more than one thing."""

from scrm_helpers import metrics
from scrm_helpers.ingestion.cells import quote
from scrm_helpers.ingestion.errors import InputError
from scrm_helpers.ingestion.expressions import All, Col, Const, Expr, Join, Made, Not, Test
from scrm_helpers.ingestion.reader import Reader
from scrm_helpers.ingestion.recipe import Feed
from scrm_helpers.texts import tell

COUNTS = ("amount", "impressions", "clicks", "results")


def spend(day, source, campaign, ad, amount, currency, impressions, clicks, results, name, where=None) -> Feed:
    """A row per day, campaign and ad; rows of finer breakdowns (age, place) are added up."""
    blank = Made("coalesce({a}, '')", "text", watched=False, a=ad)
    key = Join(Made("({a})::VARCHAR", "text", a=Made("{a}", "day", a=day)), campaign, blank, sep="|")
    return Feed(
        "spend",
        {
            "on": day,
            "source": source,
            "campaign_id": campaign,
            "campaign_name": name,
            "ad_id": blank,
            "amount": amount,
            "impressions": impressions,
            "clicks": clicks,
            "results": results,
        },
        where=where,
        group=key,
        sums=(*COUNTS, "amount_document"),
        currency=currency,
    )


def on_social(source: Expr) -> Expr:
    """Whether a campaign of this source runs on a social channel."""
    return Made(f"coalesce({{a}} IN ({', '.join(map(quote, metrics.SOCIAL))}), FALSE)", "text", watched=False, a=source)


def activity(day, platform, item, figures: dict[str, tuple[str, ...]], where=None, suffix: Expr | None = None) -> list[Feed]:
    """One feed per measure of a post or page; blank cells make no row. `suffix` is put behind the measure's name."""
    made = []
    for measure, names in figures.items():
        filled = Not(Test(Col(*names), "blank"))
        name = Made("{m} || {s}", "text", watched=False, m=Const(measure), s=suffix) if suffix else Const(measure)
        columns = {"on": day, "platform": platform, "item": item, "measure": name, "value": Col(*names)}
        made.append(Feed("activity", columns, where=All(where, filled) if where else filled, counted=("value",)))
    return made


class OneDay(Expr):
    """The day of a row that has a first and a last one: the same in every row, or the file is refused.

    `menu` is the id of the text that says what to choose in the system.
    """

    def __init__(self, first: Col, last: Col, menu: str):
        self.first, self.last, self.menu = first, last, menu

    def sql(self, r: Reader, kind: str) -> str:
        a, b = r.place(self.first.aliases), r.place(self.last.aliases)
        if a and b:
            ranges = r.evidence.con.execute(
                f"SELECT c{a[0]}, c{b[0]} FROM {r.part.table} WHERE c{a[0]} IS DISTINCT FROM c{b[0]} ORDER BY _row LIMIT 1"
            ).fetchone()
            if ranges:
                said = {"first": str(ranges[0]), "last": str(ranges[1]), "menu": tell(self.menu)}
                raise InputError(tell("console.cells.range", file=r.part.file, **said), "no_day")
        return self.first.sql(r, kind)

    def watch(self, r: Reader) -> list[str]:
        return self.first.watch(r)


class OneKind(Expr):
    """A count whose meaning another column tells: blank, and said so, where the file mixes several meanings."""

    def __init__(self, of: Col, meaning: Col):
        self.of, self.meaning = of, meaning

    def sql(self, r: Reader, kind: str) -> str:
        told = r.place(self.meaning.aliases)
        if told and r.place(self.of.aliases):
            kinds = [
                k
                for (k,) in r.evidence.con.execute(
                    f"SELECT DISTINCT c{told[0]} FROM {r.part.table} WHERE c{told[0]} IS NOT NULL ORDER BY 1"
                ).fetchall()
            ]
            if len(kinds) > 1:
                column = repr(r.part.header[r.place(self.of.aliases)[0]])
                note = tell("console.notice.kinds", column=column, n=str(len(kinds)), kinds=", ".join(kinds[:3]))
                if note not in r.notes:
                    r.notes.append(note)
                return "NULL::DOUBLE"
        return self.of.sql(r, kind)


class Noted(Expr):
    """An expression that is told to the reader (`note` is a text's id) when it is used in place of a column that the file lacks."""

    def __init__(self, of: Expr, note: str):
        self.of, self.note = of, note

    def sql(self, r: Reader, kind: str) -> str:
        if (note := tell(self.note)) not in r.notes:
            r.notes.append(note)
        return self.of.sql(r, kind)

    def watch(self, r: Reader) -> list[str]:
        return self.of.watch(r)
