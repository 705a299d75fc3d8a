"""Issues: the contacts of a customer about one matter, linked across channels and systems. Row-level work in lazy Ibis.

Rules. Spam is no contact. Two contacts of one customer belong to the same issue when they come within 30 minutes of each other,
when a case names the other as the one it was merged into or followed, or when the later one comes while the earlier is open or
within 7 days after it was solved (and both have the same type, where both have one). The channel of the first contact is the
issue's channel: it pays for all that follows. An issue is resolved when every case of it is closed and 7 days passed without a
further contact; until those 7 days have passed it is handled, not resolved.
"""

from datetime import datetime
from typing import NamedTuple

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from scrm_helpers import sales

MERGE_MINUTES = 30  # contacts so close together are one
QUIET_DAYS = 7  # days without a further contact after which an issue counts as resolved
OPEN_DAYS = 30  # a case that was never closed draws further contacts for so many days after it was opened
DESK = {"web": "email"}  # a web form is answered by the e-mail desk
ALONE = 2**61  # added to the id of a case that no customer is known of: it stands by itself
CONTACT_KINDS = ("contact", "transfer", "reopen")  # events in which the customer is in contact again


class Service(NamedTuple):
    """Three lazy tables on the same cases.

    `cases`: one case that is not spam, with `issue_id`, `who`, `done_at` (valid time of solution before the as-of moment).
    `work`: one contact or piece of work: issue_id, person_id, who, at, on, channel, minutes, is_contact, counted (not within 30
    minutes of the customer's contact before).
    `issues`: one issue: channel, type, opened_at, opened_on, contacts, calls, reopens, state (resolved, too_early, open),
    counted_at (when its 7 days without contact ended), resolution_hours, first_reply_hours.
    """

    cases: ir.Table
    work: ir.Table
    issues: ir.Table


def service_of(
    cases: ir.Table, case_events: ir.Table, persons: ir.Table, *, end: datetime,
    merge_minutes: int = MERGE_MINUTES, quiet_days: int = QUIET_DAYS, open_days: int = OPEN_DAYS,
) -> Service:  # fmt: skip
    """Cases, work and issues as they stood at the moment `end` (UTC, exclusive). Sources: cases, case_events, persons."""
    placed = linked(cases, persons, end=end, merge_minutes=merge_minutes, quiet_days=quiet_days, open_days=open_days)
    # kept, as every figure of the notebook asks of them: each query would link and sum anew
    work = worked(placed, case_events, end=end, merge_minutes=merge_minutes).cache()
    return Service(placed, work, issues_of(placed, work, end=end, quiet_days=quiet_days).cache())


def linked(
    cases: ir.Table,
    persons: ir.Table,
    *,
    end: datetime,
    merge_minutes: int = MERGE_MINUTES,
    quiet_days: int = QUIET_DAYS,
    open_days: int = OPEN_DAYS,
) -> ir.Table:
    """Cases that are not spam, opened before `end`, each with its issue. Grain: one case; `issue_id` is its first case."""
    known = _known(cases, persons, end, quiet_days, open_days).cache()  # wide: only the columns that link go through the windows
    narrow = known.select("case_id", "who", "type", "opened_at", "reach_at")
    rows = _islands(narrow, merge_minutes).cache()  # the links are drawn from it and the cases joined to it
    links = _links(rows, known.filter(known.linked_case_id.notnull()).select("case_id", "linked_case_id"))
    if len(links):
        rows = rows.left_join(ibis.memtable(links), "island").drop("island_right")
        rows = rows.mutate(island=ibis.coalesce(rows.joined, rows.island))
    of = rows.select("case_id", issue_id="island")
    return known.drop("reach_at").inner_join(of, "case_id").cache()


def worked(placed: ir.Table, case_events: ir.Table, *, end: datetime, merge_minutes: int = MERGE_MINUTES) -> ir.Table:
    """Contacts and minutes of work, by case and channel: the case's own first contact, and its events after that.

    Minutes that the events do not explain stay with the channel that the case began on. Grain: one contact or piece of work.
    """
    of = placed.select("case_id", "issue_id", "person_id", "who", "opened_at")
    events = case_events.filter(case_events.at < end).inner_join(of, "case_id")
    told = events.group_by("case_id").agg(told=events.minutes.sum())
    own = placed.left_join(told, "case_id").drop("case_id_right")
    left = ibis.greatest(own.handle_minutes.fill_null(0.0) - own.told.fill_null(0.0), ibis.literal(0.0))
    unknown = own.handle_minutes.isnull() & own.told.isnull()
    base = own.select(
        "case_id", "issue_id", "person_id", "who", at=own.opened_at, on=own.opened_on, channel=own.channel,
        minutes=ibis.ifelse(unknown, ibis.null("float64"), left), is_contact=ibis.literal(True), order=ibis.literal(0, "int64"),
    )  # fmt: skip
    later = events.select(
        "case_id", "issue_id", "person_id", "who", "at", "on", channel=_desk(events.channel), minutes=events.minutes.cast("float64"),
        is_contact=events.kind.isin(CONTACT_KINDS) & (events.at > events.opened_at), order=events.event_no.cast("int64"),
    )  # fmt: skip
    rows = ibis.union(base, later)
    before = ibis.window(group_by=[rows.who, rows.is_contact], order_by=[rows.at, rows.case_id, rows.order])
    rows = rows.mutate(before_at=rows["at"].lag().over(before))
    apart = rows.before_at.isnull() | (rows["at"] > rows.before_at + ibis.interval(minutes=merge_minutes))
    return rows.mutate(counted=rows.is_contact & apart).drop("before_at", "order")


def issues_of(placed: ir.Table, work: ir.Table, *, end: datetime, quiet_days: int = QUIET_DAYS) -> ir.Table:
    """One row per issue (see `Service`). A case closed at an unknown or impossible time has no hours: it counts from its opening."""
    start = placed.filter(placed.case_id == placed.issue_id).select(
        "issue_id", "channel", "type", "opened_at", "opened_on", "priority",
        first_reply_hours=_hours(placed.opened_at, placed.first_reply_at, end),
    )  # fmt: skip
    sums = placed.group_by("issue_id").agg(
        person_id=placed.person_id.max(), cases=placed.count(), closed=placed.closed.all(), reopens=placed.reopens.fill_null(0).sum(),
        counted_at=placed.ended_at.max() + ibis.interval(days=quiet_days), done_at=placed.done_at.max(),
        undated=(placed.closed & placed.done_at.isnull()).any(),
    )  # fmt: skip
    contacts = work.group_by("issue_id").agg(
        contacts=work.counted.sum(),
        calls=(work.is_contact & (work.channel == "phone")).sum(),
        minutes=work.minutes.sum(),
    )
    rows = start.inner_join(sums, "issue_id").inner_join(contacts, "issue_id")
    state = ibis.ifelse(~rows.closed, "open", ibis.ifelse(rows.counted_at <= end, "resolved", "too_early"))
    hours = ibis.ifelse(rows.closed & ~rows.undated, _hours(rows.opened_at, rows.done_at, end), ibis.null("float64"))
    rows = rows.mutate(state=state, resolution_hours=hours)
    # two contacts within 30 minutes of one another are one: never fewer than one
    return rows.mutate(
        contacts=ibis.greatest(rows.contacts, 1),
        counted_at=ibis.ifelse(rows.closed, rows.counted_at, ibis.null("timestamp(6)")),
    ).drop("undated")


def _known(cases: ir.Table, persons: ir.Table, end: datetime, quiet_days: int, open_days: int) -> ir.Table:
    rows = cases.filter(cases.status != "spam", cases.opened_at < end)
    rows = sales.with_person(rows, persons).drop("person_kind")
    # whole numbers sort and group far faster than text. Ids lie below 2^60: persons stay as they are, accounts below 0, cases above
    who = ibis.coalesce(
        rows.person_id.cast("int64"), -rows.account_id.cast("int64"), rows.case_id.cast("int64") + ALONE
    )
    # a negative duration is a fault of the clock or the export: that time is missing
    sane = lambda moment: ibis.ifelse(moment >= rows.opened_at, moment, ibis.null("timestamp(6)"))  # noqa: E731
    rows = rows.mutate(
        who=who, channel=_desk(rows.channel), said_done=ibis.coalesce(sane(rows.resolved_at), sane(rows.closed_at)),
    )  # fmt: skip
    # what was solved after `end` was open at `end`
    closed = rows.status.isin(["resolved", "closed"]) & (rows.said_done.isnull() | (rows.said_done < end))
    rows = rows.mutate(closed=closed, done_at=ibis.ifelse(closed, rows.said_done, ibis.null("timestamp(6)")))
    ended = ibis.ifelse(rows.closed, ibis.coalesce(rows.done_at, rows.opened_at), ibis.null("timestamp(6)"))
    rows = rows.mutate(ended_at=ended)
    reach = ibis.coalesce(
        rows.ended_at + ibis.interval(days=quiet_days), rows.opened_at + ibis.interval(days=open_days)
    )
    return rows.mutate(reach_at=reach).select(
        "case_id", "person_id", "account_id", "who", "channel", "type", "priority", "opened_at", "opened_on", "first_reply_at", "done_at",
        "ended_at", "reach_at", "closed", "reopens", "handle_minutes", "satisfaction", "effort", "survey_offered", "linked_case_id",
    )  # fmt: skip


def _islands(rows: ir.Table, merge_minutes: int) -> ir.Table:
    """Adds `island` (first case of a run of contacts that follow each other) and `near` (island within 30 minutes before)."""
    rows = _typed(rows)
    same = dict(group_by=[rows.who, rows.kind], order_by=[rows.opened_at, rows.case_id])
    reached = rows.reach_at.max().over(ibis.window(**same, preceding=(None, 1)))
    rows = rows.mutate(starts=(reached.isnull() | (rows.opened_at > reached)).cast("int64"))
    same = dict(group_by=[rows.who, rows.kind], order_by=[rows.opened_at, rows.case_id])
    rows = rows.mutate(run=rows.starts.sum().over(ibis.window(**same, preceding=(None, 0))))
    inside = ibis.window(group_by=[rows.who, rows.kind, rows.run], order_by=[rows.opened_at, rows.case_id])
    rows = rows.mutate(island=rows.case_id.first().over(inside))
    person = ibis.window(group_by=rows.who, order_by=[rows.opened_at, rows.case_id])
    rows = rows.mutate(before_at=rows.opened_at.lag().over(person), before=rows.island.lag().over(person))
    near = rows.opened_at <= rows.before_at + ibis.interval(minutes=merge_minutes)
    near = ibis.ifelse(near, rows.before, ibis.null("int64"))
    return rows.select("case_id", "opened_at", "island", near=near)


def _typed(rows: ir.Table) -> ir.Table:
    """Adds `kind`: the type; of a contact without one, that of the customer's typed contact whose reach it lies in, or that it reaches."""
    if not rows.schema()["type"].is_string():  # an input without any type comes as blanks
        rows = rows.mutate(type=rows["type"].cast("string"))
    if not int(rows["type"].isnull().sum().fill_null(0).to_pyarrow().as_py()):
        return rows.mutate(kind=rows["type"])
    asking = rows.filter(rows["type"].isnull()).select("who").distinct()
    rest = rows.anti_join(asking, "who")  # customers without a blank need no looking up
    rows = rows.semi_join(asking, "who")
    ordered = ibis.window(group_by=rows.who, order_by=[rows.opened_at, rows.case_id])
    rows = rows.mutate(no=ibis.row_number().over(ordered))
    typed_no = ibis.ifelse(rows["type"].notnull(), rows.no, ibis.null("int64"))
    by = dict(group_by=rows.who, order_by=[rows.opened_at, rows.case_id])
    rows = rows.mutate(
        last_no=typed_no.max().over(ibis.window(**by, preceding=(None, 1))),
        next_no=typed_no.min().over(ibis.window(**by, following=(1, None))),
    )
    names = [c for c in rows.columns if c not in ("no", "last_no", "next_no")]
    typed = rows.filter(rows["type"].notnull())
    earlier = typed.select(e_who="who", e_no="no", e_type="type", e_reach="reach_at")
    later = typed.select(l_who="who", l_no="no", l_type="type", l_opened="opened_at")
    # blank ones are looked up by themselves: a condition beside the equalities would make the join compare all with all
    blank = rows.filter(rows["type"].isnull())
    blank = blank.left_join(earlier, [blank.who == earlier.e_who, blank.last_no == earlier.e_no])
    blank = blank.left_join(later, [blank.who == later.l_who, blank.next_no == later.l_no])
    kind = ibis.coalesce(
        ibis.ifelse(blank.opened_at <= blank.e_reach, blank.e_type, ibis.null("string")),
        ibis.ifelse(blank.l_opened <= blank.reach_at, blank.l_type, ibis.null("string")), ibis.literal(""),
    )  # fmt: skip
    rest = rest.select(*names, kind=rest["type"])
    return ibis.union(typed.select(*names, kind=typed["type"]), blank.select(*names, kind=kind), rest)


def _links(rows: ir.Table, named: ir.Table) -> pd.DataFrame:
    """Islands that are one issue: `island`, and the `joined` one that began first. Only linked rows leave the engine.

    `rows`: `_islands`; `named`: case_id and the linked_case_id that it names.
    """
    other = rows.select(other_id="case_id", other="island")
    named = named.inner_join(rows, "case_id").select("island", "linked_case_id")
    named = named.inner_join(other, named.linked_case_id == other.other_id).select("island", "other")
    near = rows.filter(rows.near.notnull()).select("island", other=rows.near)
    pairs = ibis.union(named, near).filter(ibis._.island != ibis._.other).distinct()
    began = rows.filter(rows.case_id == rows.island).select("case_id", "opened_at")
    ends = ibis.union(pairs.select("island"), pairs.select(island="other")).distinct()
    ends = ends.inner_join(began, ends.island == began.case_id).select("island", "opened_at")
    ends = ends.order_by("opened_at", "island").to_pandas()
    if ends.empty:
        return pd.DataFrame({"island": pd.Series(dtype="int64"), "joined": pd.Series(dtype="int64")})
    place = pd.Index(ends["island"].astype("int64"))
    pairs = pairs.to_pandas()
    codes = [place.get_indexer(pairs[c].astype("int64")) for c in ("island", "other")]
    graph = coo_matrix((np.ones(len(pairs)), codes), shape=(len(place), len(place)))
    _, label = connected_components(graph, directed=False)
    first = pd.Series(place).groupby(label).transform("first")  # in the order of time, so that it is the earliest
    return pd.DataFrame({"island": place, "joined": first.to_numpy()})


def _desk(channel):
    return ibis.cases(*((channel == seen, desk) for seen, desk in DESK.items()), else_=channel)


def _hours(begin, moment, end: datetime):
    """Hours between; blank where the later moment lies before the earlier one or was not yet seen."""
    seconds = moment.epoch_seconds() - begin.epoch_seconds()
    return ibis.ifelse((moment >= begin) & (moment < end), seconds.cast("float64") / 3600.0, ibis.null("float64"))
