"""The golden pair of months: four causes planted in small data, each bar of the bridge counted by hand."""

from datetime import date, datetime
from decimal import Decimal

import board_fixture as fixture
import hand
import numpy as np
import pandas as pd
import pytest

from scrm_helpers import acquisition, findings, goals, sales
from scrm_helpers.findings import Context
from scrm_helpers.goals.bridge import split
from scrm_helpers.goals.earlier import restated_figures
from scrm_helpers.promises import Sightings, cell, digest
from scrm_helpers.run import digests
from scrm_helpers.stats import Estimate
from scrm_helpers.store import Workspace, sightings
from scrm_helpers.units import Unit

PERIOD, LAST = "2026-03", "2026-02"


def rows(measure: str, step: str, month: str, cells: dict, window: str = "1m") -> list[tuple]:
    return [(measure, step, month, window, cell, part, whole) for cell, (part, whole) in cells.items()]


def history(*parts) -> pd.DataFrame:
    columns = ["measure", "step", "month", "window", "cell", "part", "whole"]
    return pd.DataFrame([r for part in parts for r in part], columns=columns)


def figure(value, low, high, *, period=PERIOD, window="1m", n=40):
    context = Context("03_acquisition", period, "en", "TRY")
    return fixture.finding(context, "acquisition.cac", "cac", value, low, high, window=window, n=n)


# What February's page printed: 6,000 TL over 20 customers = 300 TL.
# The same data with today's code and today's matching: two of the 20 are one person, 6,000 / 19.
SNAPSHOT = {"instagram": (2000.0, 10.0), "tiktok": (4000.0, 9.0)}
# Today's data of February: an invoice of 840 TL for TikTok came late; two late orders brought two customers (19 -> 21).
FEBRUARY = {"instagram": (2000.0, 10.0), "tiktok": (4840.0, 11.0)}
# March: 30 customers of Instagram at 220 TL, 10 of TikTok at 440 TL.
MARCH = {"instagram": (6600.0, 30.0), "tiktok": (4400.0, 10.0)}


def golden(low=200.0, high=400.0) -> goals.Bridge:
    kept = history(
        rows("cac", "snapshot", LAST, SNAPSHOT), rows("cac", "today", LAST, FEBRUARY), rows("cac", "today", PERIOD, MARCH)
    )
    now = figure(11_000 / 40, low, high)
    return goals.bridge("acquisition.cac", now, figure(300.0, 280.0, 320.0, period=LAST), kept, period=PERIOD)


def test_each_bar_of_the_golden_pair_is_its_planted_cause():
    b = golden()
    assert (b.before, b.now, b.published) == (300.0, 275.0, True)
    assert b.definition == pytest.approx(6000 / 19 - 300)  # + 15.79: the merged customer
    assert b.restated == pytest.approx(6840 / 21 - 6000 / 19)  # + 9.93: the late invoice and the two late customers
    # February's weights 10/21 and 11/21 at March's costs: (10 x 220 + 11 x 440) / 21 = 7,040 / 21 = 335.24
    assert b.mix == pytest.approx(275 - 7040 / 21)  # - 60.24: more of the cheaper source
    # at equal weights: Instagram 200 -> 220 and TikTok 440 -> 440, that is 10/21 x 20 = 9.52
    assert b.real == pytest.approx(10 / 21 * 20)
    assert b.before + b.definition + b.restated + b.mix + b.real == pytest.approx(b.now)
    assert b.largest == "mix"


def test_the_whisker_is_the_noise_of_both_months_around_the_real_change():
    b = golden()
    # MOVER: below sqrt((275-200)^2 + (320-300)^2) = 77.62; above sqrt((400-275)^2 + (300-280)^2) = 126.59
    assert b.low == pytest.approx(10 / 21 * 20 - 77.6208, abs=1e-3)
    assert b.high == pytest.approx(10 / 21 * 20 + 126.5899, abs=1e-3)
    assert b.kind == "noise"


@pytest.mark.parametrize("planted", ["definition", "restated", "mix", "real"])
def test_one_cause_alone_moves_its_own_bar_alone(planted):
    base = {"instagram": (2000.0, 10.0), "tiktok": (4000.0, 10.0)}  # 6,000 / 20 = 300
    other = {
        "definition": 290.0,  # February printed 290; the same data give 300 now
        "restated": {"instagram": (2000.0, 10.0), "tiktok": (4400.0, 10.0)},  # 400 TL came late: 320
        "mix": {"instagram": (3000.0, 15.0), "tiktok": (2000.0, 5.0)},  # 200 and 400 TL as before, 15 and 5: 250
        "real": {"instagram": (2400.0, 10.0), "tiktok": (4400.0, 10.0)},  # 40 TL more each: 340
    }
    february = other["restated"] if planted == "restated" else base
    march = other[planted] if planted in ("mix", "real") else february
    kept = history(
        rows("cac", "snapshot", LAST, base), rows("cac", "today", LAST, february), rows("cac", "today", PERIOD, march)
    )
    value = sum(p for p, _ in march.values()) / sum(w for _, w in march.values())
    said = 290.0 if planted == "definition" else 300.0
    b = goals.bridge("acquisition.cac", figure(value, 1, 2000), figure(said, 1, 2000, period=LAST), kept, period=PERIOD)
    expected = dict.fromkeys(("definition", "restated", "mix", "real"), 0.0)
    expected[planted] = {"definition": 10.0, "restated": 20.0, "mix": -50.0, "real": 40.0}[planted]
    assert {k: pytest.approx(v, abs=1e-9) for k, v in expected.items()} == {k: getattr(b, k) for k in expected}


def test_cells_that_one_month_lacks_are_put_together():
    then = pd.DataFrame({"part": [1000.0, 300.0], "whole": [10.0, 3.0]}, index=["instagram", "x"])
    now = pd.DataFrame({"part": [1200.0, 500.0], "whole": [10.0, 5.0]}, index=["instagram", "tiktok"])
    # x went and tiktok came: as one cell 3 of 13 customers at 100, then 5 of 15 at 100; Instagram 100 -> 120
    mix, real = split("cac", then, now)
    fixed = 10 / 13 * 120 + 3 / 13 * 100
    assert (mix, real) == (pytest.approx(1700 / 15 - fixed), pytest.approx(fixed - 100))


def test_a_cost_that_won_nobody_in_either_month_is_real():
    then = pd.DataFrame({"part": [1000.0, 200.0], "whole": [10.0, 0.0]}, index=["instagram", "x"])
    now = pd.DataFrame({"part": [1000.0, 400.0], "whole": [10.0, 0.0]}, index=["instagram", "x"])
    assert split("cac", then, now) == (pytest.approx(0.0), pytest.approx(20.0))  # 120 -> 140


def test_more_sales_at_the_same_value_are_a_real_change_of_money():
    then = pd.DataFrame({"part": [1000.0], "whole": [10.0]}, index=["instagram"])
    now = pd.DataFrame({"part": [1500.0], "whole": [15.0]}, index=["instagram"])
    assert split("revenue_seen", then, now) == (pytest.approx(0.0), pytest.approx(500.0))


def test_without_a_page_of_last_month_the_two_bars_of_data_are_not_told():
    kept = history(rows("cac", "today", LAST, FEBRUARY), rows("cac", "today", PERIOD, MARCH))
    b = goals.bridge("acquisition.cac", figure(275.0, 200, 400), None, kept, period=PERIOD)
    assert (b.definition, b.restated, b.published) == (None, None, False)
    assert b.before == pytest.approx(6840 / 21) and b.before + b.mix + b.real == pytest.approx(275.0)


def test_no_bridge_where_the_cells_do_not_add_up_to_the_printed_figure():
    kept = history(rows("cac", "today", LAST, FEBRUARY), rows("cac", "today", PERIOD, MARCH))
    assert goals.bridge("acquisition.cac", figure(276.0, 200, 400), None, kept, period=PERIOD) is None


# --- the goal ledger over time ------------------------------------------------------------------------------------------


def promise(goal="g1", month=PERIOD, low=430.0, high=470.0, declared_on=date(2025, 12, 1)) -> dict:
    return {"goal_id": goal, "goal": goal, "metric": "cac", "money": None, "promised_low": low, "promised_high": high,
            "month": month, "declared_on": declared_on}  # fmt: skip


def judged(now: list[dict], seen: dict[str, list[dict]], runs: dict[str, date] | None = None, on: date | None = None) -> dict:
    """`runs`: day of each earlier month's run; `on`: the day on which a run first saw the promises of `now`."""
    frames = {p: pd.DataFrame(r, columns=list(promise())) for p, r in seen.items()}
    days = Sightings(runs or {}, {digest(row): on for row in now} if on else {})
    out = goals.declared(pd.DataFrame(now), frames, period=PERIOD, days=days)
    return {(r.goal_id, r.month): (r.first_seen, r.declared) for r in out.itertuples()}


def test_declared_late_is_judged_by_the_run_that_first_saw_it_not_by_the_typed_date():
    """March's promise: it is in time where a run saw it before 11 March, whatever day is typed and whatever month was run."""
    early, late = {LAST: date(2026, 3, 4)}, {LAST: date(2026, 11, 20)}
    # typed in December, but February's run of 4 March did not have it: March's run is the first to see a promise for March
    assert judged([promise()], {LAST: []}, early) == {("g1", PERIOD): (PERIOD, "late")}
    typed = promise(declared_on=date(2026, 3, 30))
    assert judged([typed], {LAST: [typed]}, early, date(2026, 3, 4)) == {("g1", PERIOD): (LAST, "in_time")}
    # the same with the run of February made in November, in a backfill: it had the promise, and proves nothing
    assert judged([promise()], {LAST: [promise()]}, late, date(2026, 11, 20)) == {("g1", PERIOD): (LAST, "unjudged")}
    assert judged([promise()], {LAST: []}, late) == {("g1", PERIOD): (PERIOD, "unjudged")}
    assert judged([promise()], {}) == {("g1", PERIOD): (PERIOD, "unjudged")}  # no run before
    assert judged([promise()], {LAST: [promise()]}) == {("g1", PERIOD): (LAST, "unjudged")}  # a month of an older version noted no day
    # its own typed day says that it came late, though no run was made so early
    assert judged([promise(declared_on=date(2026, 3, 11))], {}) == {("g1", PERIOD): (PERIOD, "late")}
    assert judged([promise(declared_on=date(2026, 3, 10))], {}) == {("g1", PERIOD): (PERIOD, "unjudged")}
    for day, verdict in ((10, "in_time"), (11, "late")):  # seen on the day; February's run of 4 March had not seen it
        assert judged([promise()], {LAST: []}, early, date(2026, 3, day))[("g1", PERIOD)][1] == verdict
    assert judged([promise(month="2026-04")], {}) == {("g1", "2026-04"): (PERIOD, "not_due")}


def test_a_promise_that_was_changed_or_taken_out_after_it_was_seen_is_told():
    before = {LAST: [promise(), promise("g2")]}
    assert judged([promise(low=500.0)], before) == {("g1", PERIOD): (LAST, "rewritten"), ("g2", PERIOD): (LAST, "removed")}
    # a new declaration beside the old one is how the ledger is meant to change: the newest one is judged by itself
    newer = promise(low=500.0, declared_on=date(2026, 3, 15))
    assert judged([promise(), newer], {LAST: [promise()]}) == {("g1", PERIOD): (PERIOD, "late")}


CELLS = {
    "metric": ("cac", "retention"), "purpose": ("pay for itself", "be liked"), "strategy": ("answer fast", None), "action": (None, "calls"),
    "tool": ("chat", "help desk"), "goal": ("g1", "win more"), "due_on": (date(2026, 6, 30), date(2026, 12, 31)),
    "money": (120_000.0, 90_000.0), "hours": (10.0, 20.0), "promised_low": (430.0, 400.0), "promised_high": (470.0, None),
}  # fmt: skip


@pytest.mark.parametrize("name", CELLS)
def test_any_cell_that_was_changed_after_it_was_set_is_told_with_old_and_new(name):
    """January had the promise, February's ledger holds another cell: told with what January saw, also after February published it."""
    old, new = ({**promise(), **{n: v[0] for n, v in CELLS.items()}, name: side} for side in CELLS[name])
    text = [v.isoformat() if isinstance(v, date) else v for v in CELLS[name]]
    for seen in ({"2026-01": [old]}, {"2026-01": [old], LAST: [new]}):
        frames = {p: pd.DataFrame(r) for p, r in seen.items()}
        (row,) = goals.rewritten(pd.DataFrame([new]), frames, period=PERIOD).to_dict("records")
        kind = "number" if isinstance(CELLS[name][0], float) else "words"
        assert [row["goal_id"], row["month"], row["changed"]] == ["g1", PERIOD, name]
        assert [None if pd.isna(row[f"{side}_{kind}"]) else row[f"{side}_{kind}"] for side in ("old", "new")] == text
        assert goals.declared(pd.DataFrame([new]), frames, period=PERIOD).loc[0, "declared"] == "rewritten"
    assert goals.rewritten(pd.DataFrame([old]), {LAST: pd.DataFrame([old])}, period=PERIOD).empty


def test_a_declaration_written_over_with_another_day_is_told_and_an_added_one_is_not():
    """The ledger only takes new lines: the old line is gone, so its day and its low end were changed; a moved month is one taken out."""
    newer = promise(low=500.0, declared_on=date(2026, 1, 20))
    over = goals.rewritten(pd.DataFrame([newer]), {LAST: pd.DataFrame([promise()])}, period=PERIOD)
    assert over["changed"].tolist() == ["promised_low", "declared_on"]
    assert over.loc[0, ["old_number", "new_number"]].tolist() == [430.0, 500.0]
    assert over.loc[1, ["old_words", "new_words"]].tolist() == ["2025-12-01", "2026-01-20"]
    assert goals.rewritten(pd.DataFrame([promise(), newer]), {LAST: pd.DataFrame([promise()])}, period=PERIOD).empty
    moved = judged([promise(month="2026-04")], {LAST: [promise()]})
    assert moved == {("g1", "2026-04"): (PERIOD, "not_due"), ("g1", PERIOD): (LAST, "removed")}


def test_the_day_on_which_a_promise_was_first_seen_is_noted_once(tmp_path):
    """February run on 4 March, again on 20 November with another promise beside: each keeps its own day, and the run its first."""
    place = Workspace("", tmp_path / "data" / "raw", tmp_path)
    folder = place.processed / LAST
    folder.mkdir(parents=True)
    for day, rows in ((date(2026, 3, 4), [promise()]), (date(2026, 11, 20), [promise(), promise("g2")])):
        pd.DataFrame(rows).astype({"money": "float64"}).to_parquet(folder / "goals.parquet")
        sightings.note(place, LAST, day)
    held = (folder / "goals_seen.json").read_bytes()
    sightings.note(place, LAST, date(2026, 12, 1))
    assert (folder / "goals_seen.json").read_bytes() == held
    assert sightings.before(place, LAST) == Sightings({}, {})  # a run reads what earlier months noted alone
    days = {digest(promise()): date(2026, 3, 4), digest(promise("g2")): date(2026, 11, 20)}
    assert sightings.before(place, PERIOD) == Sightings({LAST: date(2026, 3, 4)}, days, dict.fromkeys(days, LAST))
    sightings.note(place, "2026-01", date(2026, 2, 3))  # January had no ledger: its day is known all the same
    runs = {"2026-01": date(2026, 2, 3), LAST: date(2026, 3, 4)}
    assert sightings.before(place, PERIOD) == Sightings(runs, days, dict.fromkeys(days, LAST))


def noted(top, *runs: tuple[str, date, list[dict]]) -> Workspace:
    """A company whose runs of these months noted the promises of their ledgers on these days."""
    place = Workspace("", top / "data" / "raw", top)
    for month, day, rows in runs:
        (place.processed / month).mkdir(parents=True)
        pd.DataFrame(rows).astype({"money": "float64"}).to_parquet(place.processed / month / "goals.parquet")
        sightings.note(place, month, day)
    return place


def seen_on(place: Workspace, rows: list[dict]) -> list:
    """The day that the page of the period prints beside each promise."""
    return goals.declared(pd.DataFrame(rows), {}, period=PERIOD, days=sightings.before(place, PERIOD))["seen_on"].tolist()


def test_a_backfill_is_the_same_run_on_whatever_day_it_is_made(tmp_path):
    """January and February run on 20 or 26 November: no day shows anything for March, the page prints none, and the run's state is one.

    February run on 4 or 5 March: the page prints that day, so the runs differ; as do those that saw another promise.
    """
    later = [promise(), promise("g2", month=LAST)]
    places = {
        day: noted(tmp_path / str(day), ("2026-01", day, [promise()]), (LAST, day, later))
        for day in (date(2026, 11, 20), date(2026, 11, 26), date(2026, 3, 4), date(2026, 3, 5))
    }
    state = {day: digests.of_state(place, PERIOD)[sightings.FILE] for day, place in places.items()}
    assert state[date(2026, 11, 20)] == state[date(2026, 11, 26)] and len(set(state.values())) == 3
    assert seen_on(places[date(2026, 11, 20)], [promise()]) == [None]
    assert seen_on(places[date(2026, 3, 4)], [promise()]) == [date(2026, 3, 4)]
    told = sightings.told(places[date(2026, 3, 4)], PERIOD)
    # 4 March is early for March, late for February's own promise
    assert told == {"since": PERIOD, "goals": {digest(promise()): ("2026-01", "2026-03-04"), digest(later[1]): (LAST, "")}}
    other = noted(tmp_path / "other", ("2026-01", date(2026, 11, 20), [promise()]), (LAST, date(2026, 11, 20), [promise(low=1.0)]))
    assert digests.of_state(other, PERIOD)[sightings.FILE] != state[date(2026, 11, 20)]
    bare = noted(tmp_path / "bare", (LAST, date(2026, 11, 20), later))
    (bare.processed / LAST / sightings.FILE).write_text('{"on": "2026-11-20", "goals": {}}', encoding="utf-8")
    assert sightings.told(bare, PERIOD) == {} and sightings.FILE not in digests.of_state(bare, PERIOD)
    assert sightings.told(bare, LAST) == {}  # no month before it


@pytest.mark.parametrize(("day", "since"), [(10, PERIOD), (11, "")])
def test_the_first_month_that_a_run_was_early_for_counts_up_to_the_month_itself(tmp_path, day, since):
    """March is under way from its eleventh day on: a run of the tenth could see its promises in time, one of the eleventh April."""
    place = noted(tmp_path, (LAST, date(2026, 3, day), [promise("g2", month=LAST)]))
    assert sightings.told(place, PERIOD)["since"] == since
    told = goals.declared(pd.DataFrame([promise()]), {}, period=PERIOD, days=sightings.before(place, PERIOD))
    assert told["declared"].tolist() == ["late" if since else "unjudged"]


def test_a_promise_keeps_its_day_and_month_where_the_ledger_of_that_month_was_pruned(tmp_path):
    place = noted(tmp_path, ("2026-01", date(2026, 2, 3), [promise()]), (LAST, date(2026, 3, 4), [promise()]))
    days = sightings.before(place, PERIOD)
    row = goals.declared(pd.DataFrame([promise()]), {}, period=PERIOD, days=days).iloc[0]  # no ledger of an earlier month is left
    assert (row["first_seen"], row["seen_on"], row["declared"]) == ("2026-01", date(2026, 2, 3), "in_time")


def test_a_cell_of_a_promise_is_the_same_from_a_pandas_row_and_from_plain_values():
    """By hand: blanks of every kind, spaces around a text, a day with or without a clock, a number in any type; a list is refused."""
    for blank in (None, "", "  ", float("nan"), pd.NA, pd.NaT, np.nan, Decimal("nan")):
        assert cell(blank) is None
    for text in ("Keep them", " Keep them "):
        assert cell(text) == "Keep them"
    for day in (date(2026, 3, 4), datetime(2026, 3, 4, 5, 6), pd.Timestamp("2026-03-04"), pd.Timestamp("2026-03-04 05:06", tz="UTC")):
        assert cell(day) == "2026-03-04"
    for number in (1250, 1250.0, np.int64(1250), np.float64(1250.0000000000001), Decimal("1250.00")):
        assert cell(number) == 1250.0
    with pytest.raises(TypeError, match="list"):
        cell([1250])


def test_the_goal_ledger_keeps_purpose_strategy_goal_action_and_tool_apart():
    """The newest declaration for the month, each in a column of its own; another month's goal and the older wording are not in it."""
    words = {"purpose": "pay for itself", "strategy": "answer fast", "action": "two agents", "tool": "help desk"}
    rows = [
        promise() | words, promise(low=440.0, declared_on=date(2026, 1, 5)) | words | {"tool": "chat"},
        promise("g2", month="2026-04") | words,
    ]  # fmt: skip
    out = goals.entries(pd.DataFrame(rows), period=PERIOD)
    assert len(out) == 1
    assert out.loc[0, ["programme_purpose", "strategy", "goal", "metric", "action", "tool", "promised_low"]].tolist() == [
        "pay for itself", "answer fast", "g1", "cac", "two agents", "chat", 440.0
    ]  # fmt: skip


def test_promised_against_delivered_month_by_month():
    ledger = pd.DataFrame([promise(month=LAST, low=250.0, high=260.0), promise(low=430.0, high=470.0)])
    march, february = figure(275.0, 250.0, 300.0), figure(300.0, 280.0, 320.0, period=LAST)
    out = goals.by_month(ledger, {march.id: march}, {LAST: {february.id: february}}, period=PERIOD, months=3)
    # less is better: March's 250-300 lies below 430 (ahead), February's 280-320 above 260 (behind)
    assert list(zip(out["month"], out["result"], strict=True)) == [(LAST, "behind"), (PERIOD, "ahead")]


def test_the_finance_walk_names_each_accepted_difference_and_adds_up_to_nothing():
    books = pd.DataFrame(
        [(LAST, "revenue", 1000.0, None), (PERIOD, "revenue", 2000.0, None), (PERIOD, "returns", -50.0, "booked in April, CFO 2 April")],
        columns=["month", "part", "net", "note"],
    )  # fmt: skip
    context = Context("01_ingestion", PERIOD, "en", "TRY")
    # the data hold 2,960: 1,000 + 2,000 - 50 = 2,950 accepted, 10 unexplained
    said = findings.say(
        context, "board.cost", id="ingestion.reconciliation", measure="reconciliation", window="12m",
        estimate=Estimate(10 / 2950, 10 / 2950, 10 / 2950, 0.9, 2, "sum"),
        values={"difference": (10.0, Unit.MONEY), "whole": (2950.0, Unit.MONEY)},
    )  # fmt: skip
    steps = goals.walk(books, said, period=PERIOD)
    assert list(zip(steps["step"], steps["month"], steps["net"], strict=True)) == [
        ("ledger", "", 3000.0), ("returns", PERIOD, -50.0), ("rest", "", 10.0), ("sales", "", -2960.0),
    ]  # fmt: skip
    assert steps["net"].sum() == 0 and steps["note"].iloc[1] == "booked in April, CFO 2 April"
    assert goals.walk(books, None, period=PERIOD).empty


# --- the same from rows: orders, spend and matching, as a run reads them -------------------------------------------------


def reader(people: dict, orders: list[tuple], spent: list[tuple]):
    """Lazy contract tables by name; `people` account -> person, orders (id, account, day, net, source), spend (day, source, amount)."""
    made = {
        "orders": hand.orders(*((i, a, on, net, {"source": source}) for i, a, on, net, source in orders)),
        "persons": hand.persons(**{f"a{a}": p for a, p in people.items()}),
        "accounts": hand.table("accounts", [{"account_id": a} for a in people]),
        "spend": hand.table("spend", [
            {"on": hand.day(on), "source": source, "amount": amount, "campaign_id": f"{source}-{on}"} for on, source, amount in spent
        ]),
    }  # fmt: skip
    customers = sales.customers(
        *(made.get(n, hand.table(n)) for n in ("orders", "accounts", "leads", "touches", "persons", "golden"))
    )
    return lambda name: customers if name == "customers" else made.get(name) if name in made else hand.table(name)


def test_the_golden_pair_from_rows_to_bars():
    before = [(1, 99, "2026-01-05", 10, None), (2, 1, "2026-02-03", 10, "instagram"), (3, 2, "2026-02-04", 10, "instagram"),
              (4, 3, "2026-02-05", 10, "tiktok"), (5, 4, "2026-02-06", 10, "tiktok")]  # fmt: skip
    spent = [("2026-02-10", "instagram", 200), ("2026-02-10", "tiktok", 400)]
    march = [(7, 11, "2026-03-02", 10, "instagram"), (8, 12, "2026-03-03", 10, "instagram"), (9, 13, "2026-03-04", 10, "instagram"),
             (10, 14, "2026-03-05", 10, "tiktok"), (11, 15, "2026-03-06", 10, "tiktok")]  # fmt: skip
    # matching has learned that accounts 1 and 2 are one person; an order of account 5 and an invoice of 60 TL came late
    people = {a: a for a in (99, 1, 2, 3, 4, 5, 11, 12, 13, 14, 15)} | {2: 1}
    today = reader(
        people, [*before, (6, 5, "2026-02-20", 10, "tiktok"), *march],
        [*spent, ("2026-02-25", "tiktok", 60), ("2026-03-10", "instagram", 300), ("2026-03-10", "tiktok", 460)],
    )  # fmt: skip
    snapshot = reader({a: p for a, p in people.items() if a in (99, 1, 2, 3, 4)}, before, spent)
    rows_of = acquisition.history(today, period=PERIOD, snapshot=snapshot)
    # February's page, when 1 and 2 were two: 600 / 4 = 150. March: 760 / 5 = 152
    b = goals.bridge("acquisition.cac", figure(152.0, 100, 250), figure(150.0, 100, 250, period=LAST), rows_of, period=PERIOD)
    assert b.definition == pytest.approx(50.0)  # 600 / 3 - 150
    assert b.restated == pytest.approx(-35.0)  # 660 / 4 - 200
    # February's weights 1/4 and 3/4 at March's costs 100 and 230: 197.5
    assert (b.mix, b.real) == (pytest.approx(152 - 197.5), pytest.approx(197.5 - 165))
    assert b.before + b.definition + b.restated + b.mix + b.real == pytest.approx(152.0)


def test_a_cost_printed_over_3_or_12_months_is_held_against_today_for_every_month_of_pages():
    # three customers a month from instagram for 100 a month, January to March; an invoice of 30 for January came after its pages
    people = {a: a for a in range(1, 11)}
    orders = [(99, 10, "2025-12-05", 10, None)]
    orders += [(n, n, f"2026-0{1 + (n - 1) // 3}-09", 10, "instagram") for n in range(1, 10)]
    spent = [(f"2026-0{m}-10", "instagram", 100) for m in (1, 2, 3)]
    today = acquisition.history(reader(people, orders, [*spent, ("2026-01-20", "instagram", 30)]), period=PERIOD)
    printed = {  # as the pages of January and February had it: 100 / 3 over 12 months, 200 / 6 over 3
        "2026-01": {"acquisition.cac": figure(100 / 3, 20, 60, period="2026-01", window="12m")},
        LAST: {"acquisition.cac": figure(200 / 6, 20, 60, period=LAST, window="3m")},
    }
    found = restated_figures(printed, today, pd.DataFrame(columns=["month"]), period=PERIOD)
    # the newest first: 230 / 6 and 130 / 3
    assert [(f.month, f.printed.window, round(f.now, 4)) for f in found] == [(LAST, "3m", 38.3333), ("2026-01", "12m", 43.3333)]
