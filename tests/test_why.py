"""What `why` counts again: never a number against itself, and it says which numbers it only shows."""

import ast
import json
from datetime import date, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace

import ibis
import pandas as pd
import pytest
from campaign_tables import order, person, table, touch

from scrm_helpers import texts
from scrm_helpers.goals.bridge import Bridge
from scrm_helpers.goals.walk import walk
from scrm_helpers.stats import Estimate
from scrm_helpers.why import changes, revenue, service, told
from scrm_helpers.why.behind import Behind, Figure, together, wrong

PERIOD, LAST = "2026-03", "2026-02"
PACKAGE = Path(__file__).resolve().parents[1] / "scrm_helpers" / "why"


def finding(**given) -> SimpleNamespace:
    known = {"value": None, "low": None, "high": None, "unit": "money", "window": "1m", "state": "ok", "values": "{}"}
    return SimpleNamespace(**(known | given))


def month(**given) -> SimpleNamespace:
    return SimpleNamespace(period=PERIOD, kept={}, settings=SimpleNamespace(time_zone="UTC"), **given)


def test_a_number_that_a_rule_makes_is_compared_with_the_rule_counted_again():
    figures = {"a": Figure(10.0, "money", how="rule", again=10.0), "b": Figure(10.0, "money", how="rule", again=9.0),
               "c": Figure(10.0, "money", how="rule")}  # fmt: skip
    assert wrong(Behind(together(), figures)) == [("b", 9.0, 10.0)]
    checked, shown = (told.lines("x", Behind(together(), {n: figures[n]}), "TRY")[0] for n in ("a", "c"))
    assert checked.endswith("counted again from the tables kept") and shown.endswith("shown, not counted again")
    with texts.speaking("tr"):
        assert told.lines("x", Behind(together(), {"this month, today's data": figures["c"]}), "TRY") == [
            "x, bu ay, bugünkü veri = 10 TL; rule; gösterildi, yeniden sayılmadı"
        ]


def test_no_rule_is_written_in_the_code():
    literal = []
    for path in PACKAGE.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            for word in node.keywords if isinstance(node, ast.Call) else ():
                held = [n.value for n in ast.walk(word.value) if word.arg == "how" and isinstance(n, ast.Constant)]
                literal += [v for v in held if isinstance(v, str) and v and not texts.has(f"why.how.{v}") and len(v) > 2]
    # ids of findings and names of columns within a call of `rule`
    assert [v for v in literal if " " in v] == []


@pytest.mark.parametrize(("printed", "off"), [((40.0, 30.0), []), ((41.0, 30.0), ["real"]), ((40.0, 29.0), ["mix"])])
def test_bars_of_the_bridge_are_those_of_the_page_counted_again_from_the_cells(tmp_path, printed, off):
    """From 100 to 170: 40 real and 30 mix as the kept tables give them. The page's own table says what was printed."""
    folder = tmp_path / "09_board" / "tables"
    folder.mkdir(parents=True)
    bars = {"bar_definition": None, "bar_restated": None, "bar_mix": printed[1], "bar_real": printed[0]}
    pd.DataFrame([{"figure": "revenue_seen"} | bars]).to_csv(folder / "bridge.csv", index=False)
    parts = ((LAST, "a", 60.0), (LAST, "b", 40.0), (PERIOD, "a", 170.0))
    cells = [("revenue_seen", "today", m, "1m", c, part, 1.0) for m, c, part in parts]
    history = pd.DataFrame(cells, columns=["measure", "step", "month", "window", "cell", "part", "whole"])
    made = Bridge("campaigns.seen", 100.0, 170.0, None, None, 30.0, 40.0, None, None, True)
    decision = SimpleNamespace(bridges=[made], changes=[], lines={})
    m = month(run=tmp_path, store=SimpleNamespace(frame={"history": history}.get), decision=decision, found={}, earlier={})
    behind = changes.bridge(m, "campaigns.seen")
    assert [name for name, _, _ in wrong(behind)] == off
    assert (behind.figures["real"].value, behind.figures["real"].again) == (printed[0], 40.0)


@pytest.mark.parametrize(("sold", "off"), [((60.0, 45.0), []), ((60.0, 44.0), ["3, rest", "4, sales"])])
def test_each_step_of_the_finance_walk_is_counted_from_its_own_source(sold, off):
    """Books 100 + 8 for returns not booked: 108. Sales 60 and 45 are 105, so 3 are left; sales of 1 less do not give what was printed."""
    books = pd.DataFrame([(LAST, "revenue", 60.0, ""), (PERIOD, "revenue", 40.0, ""), (PERIOD, "returns", 8.0, "late")],
                         columns=["month", "part", "net", "note"])  # fmt: skip
    said = finding(value=-3 / 108, window="3m", values='{"difference": -3.0}')
    steps = walk(books, said, period=PERIOD)
    assert list(zip(steps["step"], steps["net"], strict=True)) == [("ledger", 100.0), ("returns", 8.0), ("rest", -3.0), ("sales", -105.0)]
    days = pd.to_datetime(["2026-02-05", "2026-03-05"]).date
    orders = pd.DataFrame({"ordered_on": days, "net": sold, "status": "completed", "is_internal": False})
    tables = {"orders": ibis.memtable(orders), "ledger_totals": ibis.memtable(books)}
    m = month(decision=SimpleNamespace(walk=steps), found={"ingestion.reconciliation": said},
              store=SimpleNamespace(frame={"ledger_totals": books}.get, read=tables.get))  # fmt: skip
    behind = changes.walk(m, None)
    assert [name for name, _, _ in wrong(behind)] == off
    assert set(behind.rows["row"]) == {"entry of the books", "month", "sales of the month"}


SOLD = date(2026, 3, 20)
SALES = (  # order, net; its evidence: source and days before it (0: its own moment)
    (1, 100, (("instagram", 10),)),  # seen and touched
    (2, 40, (("instagram", 0),)),  # nobody knows which came first
    (3, 20, (("email", 5), ("instagram", 0))),  # e-mail has it, unless Instagram came first
    (4, 7, (("facebook", 4), ("email", 2), ("instagram", 0))),  # touched in any case, seen by e-mail unless Instagram came first
    (7, 3, (("instagram", 0),)),  # seen by its own tag
    (8, 60, (("tiktok", 50),)),  # in the longer window alone
    (9, 11, (("email", 0),)),  # what is of its moment is not social
)
NOBODY, BACK = 5, 6  # an order of 500 without customer or code; 15 of order 2 that came back


def credited_to(kind: str, nobody: float = 500, **printed) -> Behind:
    noon = datetime.combine(SOLD, datetime.min.time()) + timedelta(hours=12)
    touches = [(n, source, before) for n, _, known in SALES for source, before in known]
    orders = [order(n, SOLD, net, account=n, source="instagram" if n == 7 else None) for n, net, _ in SALES]
    orders += [order(NOBODY, SOLD, nobody), order(BACK, date(2026, 3, 25), -15, account=2, kind="return", original_order_id=2)]
    given = {
        "orders": table("orders", orders), "accounts": table("accounts", []), "promo_codes": table("promo_codes", []),
        "touches": table("touches", [touch(k, noon - timedelta(days=d), s, account=n) for k, (n, s, d) in enumerate(touches)]),
        "persons": table("persons", [person(n) for n, _, _ in SALES]),
    }  # fmt: skip
    store = SimpleNamespace(read=given.get, frame=lambda name: pd.DataFrame(columns=["month", "part", "net"]))
    said = {"later": printed.pop("later"), "share": printed.pop("share")}
    return revenue.credited(kind)(month(store=store), finding(unit="money", values=json.dumps(said), **printed))


# all that was sold: 100 + 40 + 20 + 7 + 3 + 60 + 11 + 500 - 15 = 726
SEEN = {"value": 103.0, "low": 103.0, "high": 655.0, "later": 163.0, "share": 103 / 726}  # 1, 7; + 500 + (40 + 20 + 7 - 15); + 60
TOUCHED = {"value": 110.0, "low": 110.0, "high": 655.0, "later": 170.0, "share": 110 / 726}  # 1, 4, 7; + 500 + (40 + 20 - 15); + 60


@pytest.mark.parametrize(
    ("kind", "printed", "mine", "tied"), [("seen", SEEN, {1, 7}, {2, 3, 4, 6}), ("touched", TOUCHED, {1, 4, 7}, {2, 3, 6})]
)
def test_what_may_be_social_s_too_is_counted_from_the_orders_of_its_own_moment_and_those_of_nobody(kind, printed, mine, tied):
    behind = credited_to(kind, **printed)
    assert wrong(behind) == [] and behind.figures["value"].value == printed["value"]
    rows = behind.rows[behind.rows["number"] == "at most"].groupby("row")["order_id"].agg(set).to_dict()
    assert rows == {"order": mine, "order without customer or code": {NOBODY}, "order on the day of a touch": tied}


@pytest.mark.parametrize(("nobody", "high"), [(-30, 125.0), (-60, 103.0)])
def test_what_nobody_gave_back_lowers_what_may_be_social_s_too_and_never_what_is(nobody, high):
    """52 of the moment of a touch: 103 - 30 + 52, and 103 where 60 came back. Of 226 sold to somebody."""
    behind = credited_to("seen", nobody, **SEEN | {"high": high, "share": 103 / (226 + nobody)})
    assert wrong(behind) == [] and behind.figures["at most"].value == high
    assert [n for n, _, _ in wrong(credited_to("seen", nobody, **SEEN | {"high": high + 1, "share": 103 / (226 + nobody)}))] == ["at most"]


@pytest.mark.parametrize(("name", "number"), [("high", "at most"), ("later", "longer window"), ("share", "share")])
def test_a_bound_a_window_or_a_share_that_the_orders_do_not_give_is_found(name, number):
    """They were counted again and shown, and held against themselves."""
    assert [n for n, _, _ in wrong(credited_to("seen", **SEEN | {name: SEEN[name] + 0.01}))] == [number]


@pytest.mark.parametrize("now", [104, 103])
def test_restated_months_are_counted_from_the_rows_of_both_runs(now):
    covered = lambda *rows: pd.DataFrame(rows, columns=["table", "system", "month", "rows"])  # noqa: E731
    then, today = (covered(("orders", "shop", LAST, n), ("orders", "till", LAST, 40)) for n in (60, 64))
    rows = pd.DataFrame([{"table": "orders", "month": LAST, "rows_before": 100, "rows_now": now}])
    store = SimpleNamespace(frame={"coverage": today}.get)
    m = month(decision=SimpleNamespace(restated=rows, restatements=[]), past=lambda name, months: {LAST: then}, store=store)
    assert wrong(changes.restated(m, None)) == ([] if now == 104 else [(f"orders, {LAST}, rows_now", 104.0, 103.0)])


@pytest.mark.parametrize(("calls", "off"), [(100.0, []), (90.0, ["value", "calls not made", "least", "most"])])
def test_the_saving_is_counted_again_from_calls_and_their_cost(monkeypatch, calls, off):
    """The page printed 100 calls at 50: 5,000, between 4,000 and 6,000. Counted again from the kept tables it is that, or 10% less."""
    estimate = lambda v, low, high: Estimate(v, low, high, 0.9, 40, "")  # noqa: E731
    part = calls / 100
    again = SimpleNamespace(
        gap=SimpleNamespace(others=2.0), brought=SimpleNamespace(calls=20.0),
        saving=SimpleNamespace(calls=estimate(calls, 80 * part, 120 * part), cost_per_call=50.0,
                               amount=estimate(5_000 * part, 4_000 * part, 6_000 * part)),
    )  # fmt: skip
    issues = pd.DataFrame({"channel": ["social"], "issue_id": [1], "type": ["x"], "calls": [1], "cost": [5.0], "resolved": [1]})
    monkeypatch.setattr(service, "_measured", lambda m: {"1m": SimpleNamespace(rows=issues)})
    monkeypatch.setattr(service, "_desk", lambda m: None)
    monkeypatch.setattr(service.sales, "bought", lambda *_: None)
    monkeypatch.setattr(service, "saving_of", lambda *_, **__: again)
    said = finding(value=5_000.0, low=4_000.0, high=6_000.0, values='{"calls": 100.0, "each": 50.0}')
    behind = service.saving(month(store=SimpleNamespace(read=lambda name: None)), said)
    assert [name for name, _, _ in wrong(behind)] == off
