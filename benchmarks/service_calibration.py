"""Small made-up companies, served by the desk alone: are the ranges of service right as often as they claim?

The company's people, orders, cases and costs are the sample's own; they come as contract tables (who is who is known), so that a
seed takes seconds and only the analysis of service is on trial. The truth is the score card's own (`scorecard.care`).
"""

from types import SimpleNamespace

import ibis
import numpy as np
import pandas as pd
import pyarrow as pa

from scrm_helpers import metrics, periods, sales, tables
from scrm_helpers import service as desk
from scrm_helpers.findings import Context
from scrm_helpers.sample import service, tally
from scrm_helpers.sample.blocks import make_block
from scrm_helpers.sample.settings import settings
from scrm_helpers.sample.world import make_world
from scrm_helpers.scorecard import care
from scrm_helpers.service import answer
from scrm_helpers.service.before_after import around, before_after
from scrm_helpers.service.touchpoints import contacts_of

PERIOD, ZONE = "2026-10", "Europe/Istanbul"
EFFECT_NET = 1000.0  # money of each order that a contact adds
CLEAN_DAYS = 60
RATE, BUSY = 40_000, 0.7  # kuruş an hour; share of paid hours that is work on cases


def one(seed: int, people: int, *, effect: float = 0.0, hours_missing: bool = False, part: str = "") -> list[dict]:
    """The lines of one company: figure, value, low, high, truth. `effect`: orders of 1,000 that a contact adds within 58 days.

    `part`: 'contact' for the lines around a contact alone, which take a third of the time.
    """
    world = make_world(settings(seed=seed, people=people, prospects=50, mess=0, last_month=PERIOD))
    block = make_block(world, 0)
    cases = service.make_cases(world, block)
    sums = tally.Tally(world)
    sums._customers(block)
    sums._service(cases)
    phone = cases[cases.channel == "phone"]
    sums.calls += np.bincount(np.floor(phone.begin).astype(int), minlength=len(sums.calls))
    costs = _costs(world, sums.minutes_by_month())
    rng = np.random.default_rng([seed, 77])
    made = _tables(world, block, cases, sums, rng, effect)
    sheet = _sheet(costs, rng if hours_missing else None)
    end = periods.as_of_instant(PERIOD, ZONE)
    built = desk.service_of(made["cases"], made["case_events"], made["persons"], end=end)
    if part == "contact":
        contacts = contacts_of(built, made["touches"], made["persons"])
        frame = around(contacts, sales.bought(made["orders"], made["persons"]).cache(), built.issues, as_of=periods.as_of(PERIOD))
        return _contact_lines(before_after(frame), effect)
    load = made["phone_load"].to_pandas()
    ledger, rates = (table(name, {}, 0).to_pandas() for name in ("cost_ledger", "rates"))
    windows = desk.measured_by_window(built, made["surveys"], load, ledger, sheet, rates, period=PERIOD, zone=ZONE)
    told = desk.effects_of(
        built, windows, orders=made["orders"], persons=made["persons"], touches=made["touches"], surveys=made["surveys"],
        phone_load=load, period=PERIOD, zone=ZONE,
    )  # fmt: skip
    found = {f.id: f for f in answer.everything(Context("05_service", PERIOD, "en"), windows, told)}
    said, truth = _said(found, made["cases"]), _truth(block, cases, costs)
    rows = [r for r in care.rows(said, truth, "service") if r.id != "contact_effect"]
    lines = [{"figure": r.id, "value": r.value, "low": r.low, "high": r.high, "truth": r.truth} for r in rows]
    lines += _contact_lines(told.around, effect)
    pace = told.speed.gap  # speed of resolution changes nothing in the made-up company
    lines.append({"figure": "speed_gap", "value": pace.value, "low": pace.low, "high": pace.high, "truth": 0.0})
    for channel in ("social", "phone"):  # what these very issues cost is known; what such issues cost is foretold: pooled over companies
        mine = found[f"service.cost_{channel}"]
        pool = {w: _pool(m.rows, channel) for w, m in windows.items()}
        lines.append({"figure": f"cost_{channel}_rate", "value": mine.value, "low": mine.low, "high": mine.high, "truth": None,
                      "window": mine.window, "pool": pool})  # fmt: skip
    better = found["service.better"]
    lines.append({"figure": "saving claimed", "value": float(found["service.saving"].state == "ok"), "low": None, "high": None,
                  "truth": float((better.value or 0) >= metrics.SURE)})  # fmt: skip
    return lines


def _contact_lines(found, effect: float) -> list[dict]:
    """The matched change, and the naive one with a range as wide."""
    gap, added, naive = found.net.estimate, effect * EFFECT_NET, found.naive
    reach = None if gap.low is None or naive is None else (gap.high - gap.low) / 2
    ends = {"low": None, "high": None} if reach is None else {"low": naive - reach, "high": naive + reach}
    return [
        {"figure": "contact_effect", "value": gap.value, "low": gap.low, "high": gap.high, "truth": added},
        {"figure": "naive before/after", "value": naive, **ends, "truth": added},
        {"figure": "apart before", "value": float(found.apart_before), "low": None, "high": None, "truth": 0.0},
    ]


def _pool(rows: pd.DataFrame, channel: str) -> list[float]:
    part = rows[rows["channel"] == channel]
    return [float(part["cost"].sum()), int(part["resolved"].sum())]


def table(name: str, columns: dict, n: int) -> ibis.Table:
    """A contract table in memory; columns that are not given are blank."""
    fields = tables.contract(name).stored(False)
    schema = ibis.schema({c.name: c.kind.ibis for c in fields}).to_pyarrow()
    arrays = {}
    for field in schema:
        given = columns.get(field.name)
        if given is None:
            arrays[field.name] = pa.nulls(n, field.type)
            continue
        array = given if isinstance(given, pa.Array) else pa.array(pd.Series(given), from_pandas=True)
        if pa.types.is_decimal(field.type):
            array = pa.array(np.round(np.asarray(given, dtype=float), 4)).cast(pa.decimal128(38, 4), safe=False)
        arrays[field.name] = array.cast(field.type, safe=False)
    return ibis.memtable(pa.table(arrays))


def _utc(local) -> pd.Series:
    return pd.Series(local).astype("datetime64[us]").reset_index(drop=True) - pd.Timedelta(hours=3)


def _tables(world, block, cases: pd.DataFrame, sums, rng, effect: float) -> dict[str, ibis.Table]:
    c = cases.reset_index(drop=True)
    at = _utc(c["at"])
    solved = _utc(c["solved_at"])
    case_columns = {
        "case_id": c.ticket, "account_id": c.person + 1, "channel": c.channel, "type": np.array(service.TYPES)[c.type],
        "status": np.where(c.solved_at.notna(), "closed", "open"), "opened_at": at, "opened_on": c["at"].dt.date,
        "resolved_at": solved, "reopens": c.reopens, "handle_minutes": c.minutes,
        "satisfaction": c.score.map({"Good": 5.0, "Bad": 1.0}), "survey_offered": c.score != "Not Offered",
        "system": ["t"] * len(c), "source_file": ["t"] * len(c), "source_row": c.ticket,
    }  # fmt: skip
    o = block.sales.orders
    o = o[(o.person >= 0) & (o.system != "trendyol") & (o.net > o.returned_net)]
    orders = pd.DataFrame({"person": o.person, "at": o["at"], "net": (o.net - o.returned_net) / 100})
    if effect:
        orders = pd.concat([orders, _added(c, rng, effect, world.s.end_day)], ignore_index=True)
    orders = orders.sort_values(["at", "person"], kind="stable", ignore_index=True)
    n, people = len(orders), block.buyers
    order_columns = {
        "order_id": np.arange(1, n + 1), "account_id": orders.person + 1, "ordered_at": _utc(orders["at"]),
        "ordered_on": orders["at"].dt.date, "kind": ["sale"] * n, "status": ["completed"] * n, "net": orders.net,
        "is_internal": np.zeros(n, bool),
    }  # fmt: skip
    ids = np.arange(1, people + 1)
    persons = {"account_id": ids, "person_id": ids, "kind": ["consumer"] * people, "is_internal": np.zeros(people, bool)}
    asked = _surveys(world, service.survey_rows(world, block, cases))
    days = service.call_days(world, sums.calls, sums.active_by_month())
    load = {"on": (world.s.first_day + days.day.to_numpy()).astype("M8[D]"), "line": ["all"] * len(days), "offered": days.came,
            "answered": days.came - days.lost, "abandoned": days.lost, "staff_hours": days.hours}  # fmt: skip
    return {
        "cases": table("cases", case_columns, len(c)), "orders": table("orders", order_columns, n),
        "persons": table("persons", persons, people), "surveys": table("surveys", asked, len(asked["survey_id"])),
        "phone_load": table("phone_load", load, len(days)), "case_events": table("case_events", {}, 0), "touches": table("touches", {}, 0),
    }  # fmt: skip


def _added(cases: pd.DataFrame, rng, effect: float, end) -> pd.DataFrame:
    """Orders that contacts add: after a contact with none in the 60 days before it, spread over the next 58 days."""
    rows = cases.sort_values(["person", "at"])
    day = rows["at"].dt.normalize()
    clean = day.groupby(rows.person).diff().dt.days.fillna(CLEAN_DAYS + 1) > CLEAN_DAYS
    first = rows[clean]
    first = first.loc[first.index.repeat(rng.poisson(effect, len(first)))]
    at = first["at"] + pd.to_timedelta(rng.uniform(1, 58, len(first)) * 86400 // 1, unit="s")
    out = pd.DataFrame({"person": first.person, "at": at, "net": EFFECT_NET})
    return out[out["at"] < pd.Timestamp(end)]


def _surveys(world, rows: pd.DataFrame) -> dict:
    top = {"csat": 5.0, "effort": 7.0, "trust": 5.0, "loyalty": 10.0}
    long = rows.melt(id_vars=["person", "day", "ticket", "channel"], value_vars=list(top), var_name="question", value_name="score")
    long = long[long["score"].notna()].reset_index(drop=True)
    on = pd.Series(world.s.first_day + long.day.to_numpy()).astype("datetime64[us]")
    return {
        "survey_id": np.arange(1, len(long) + 1), "account_id": long.person.astype("int64") + 1, "case_id": long.ticket.astype("Int64"),
        "at": on + pd.Timedelta(hours=9), "on": on.dt.date, "question": long.question, "channel": long.channel, "score": long.score,
        "scale_max": long.question.map(top),
    }  # fmt: skip


def _costs(world, minutes: pd.DataFrame) -> pd.DataFrame:
    """Hours of service at one rate in every month and company, so that companies can be pooled. Money in kuruş."""
    rows = minutes.assign(month=np.array(world.s.month_names)[minutes.month], hours=minutes.minutes / 60 / BUSY, rate=RATE)
    return rows.assign(purpose="serve", kind="hours", amount=rows.hours * RATE)


def _sheet(costs: pd.DataFrame, rng) -> pd.DataFrame:
    """The cost sheet of service; with `rng`, the hours of the period's social work are missing."""
    sheet = costs.assign(source="other", contact_channel=costs.channel, amount=np.nan, hourly_rate=costs.rate / 100)
    if rng is not None:
        sheet.loc[(sheet.channel == "social") & (sheet.month == PERIOD), "hours"] = np.nan
    return sheet


def _said(found: dict, cases: ibis.Table):
    frame = cases.to_pandas()
    return SimpleNamespace(
        findings=found, period=PERIOD, frame=lambda name: frame.copy(), tickets={t: str(t) for t in frame["source_row"]},
        in_prices=lambda months: pd.Series(1.0, index=months.index),
        months=lambda window: periods.between(periods.shift(PERIOD, 1 - metrics.WINDOWS[window]), PERIOD),
    )  # fmt: skip


def _truth(block, cases: pd.DataFrame, costs: pd.DataFrame):
    from scrm_helpers.sample.truth import case_truth

    planted = {
        "good_answers_share": service.GOOD, "later_answers_worse_by": service.LATER, "contact_effect_on_orders": service.CONTACT_EFFECT,
        "desk_answers_share": service.ASKED * service.ANSWERED, "survey_answers_share": service.SURVEYED,
    }  # fmt: skip
    frames = {"cases": case_truth(block, cases), "costs": costs}
    return SimpleNamespace(planted=planted, table=lambda name: frames[name].copy())
