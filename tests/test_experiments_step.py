"""A tested step of spending, from the tables up to the verb on the page: sales, margin and cost counted by hand."""

import html
from datetime import date, timedelta
from functools import cache

import board_fixture as fixture
import hand
import pandas as pd
import pytest
from test_report import made, page_one, pages_one_and_two
from tiny_company import read_in

from scrm_helpers import experiments, texts
from scrm_helpers.findings import Context

STARTS, STOPS = date(2026, 2, 1), date(2026, 2, 28)
AS_OF = date(2026, 4, 1)  # of the board fixture's month
ARMS = {a: "kontrol" if a <= 100 else "reklam" for a in range(1, 201)}


def tables(arms=ARMS, *, sold=True, unit_cost=60.0, **declared):
    """Every account buys once: the control group for 90 or 110, the treated for 120 or 140, of a product with a unit cost."""
    net = {a: (100 if arm == "kontrol" else 130) + (10 if a % 2 else -10) for a, arm in arms.items()} if sold else {}
    test = {
        "experiment_id": "T", "name": "more ads", "metric": "spend", "unit": "account", "share_treated": 0.5, "starts_on": STARTS,
        "stops_on": STOPS, "segments": None, "channel": "Instagram", "step_cost": 600.0,
    }  # fmt: skip
    drawn = [
        {"experiment_id": "T", "unit_id": str(a), "account_id": a, "arm": arm, "assigned_at": pd.Timestamp(STARTS), "assigned_on": STARTS}
        for a, arm in arms.items()
    ]
    # margin 40% in either group: cost of goods is 60% of net
    lines = [
        {"order_id": a, "line_no": 1, "ordered_on": date(2026, 2, 10), "product_id": "p", "quantity": n / 100, "net": n}
        for a, n in net.items()
    ]
    of = {
        "experiments": [test | declared],
        "assignments": drawn,
        "orders": None,
        "persons": [{"account_id": a, "person_id": 1000 + a} for a in arms],
        "order_lines": lines,
        "products": [{"product_id": "p", "valid_from": date(2026, 1, 1), "unit_cost": unit_cost}],
    }
    made_of = {name: hand.table(name, rows) for name, rows in of.items() if rows is not None}
    made_of["orders"] = hand.orders(*((a, a, "2026-02-10", n) for a, n in net.items()))
    return lambda name: made_of[name] if name in made_of else hand.table(name)


def step_of(read, *, as_of=AS_OF):
    names = ("assignments", "orders", "persons", "golden", "order_lines", "products", "customers")
    readings = experiments.read_all(read("experiments").to_pandas(), *[read(name) for name in names], as_of=as_of)
    return experiments.step_of(readings, read, as_of=as_of)


@cache
def returned(cost):
    """The step of `tables` at another cost: the same reading, which is made once."""
    if cost == 600.0:
        return step_of(tables())
    reading = returned(600.0).reading
    return experiments.step_of([reading._replace(trial=reading.trial._replace(step_cost=cost))], tables(), as_of=AS_OF)


def said(step):
    return experiments.step_findings(Context("07_experiments", fixture.PERIOD, "en"), step)


def test_the_return_is_extra_sales_at_their_margin_over_the_cost_of_the_step():
    step = returned(600.0)
    one = said(step)[0]
    # 130 - 100 = 30 a person x 100 treated = 3,000; x 40% = 1,200; (1,200 - 600) / 600 = 100%
    assert (step.gained.value, step.margin.share) == (pytest.approx(3000), pytest.approx(0.4))
    assert (one.id, one.state, one.grade, one.n, one.value) == ("experiments.step", "ok", "A", 100, pytest.approx(1.0))
    # each arm 50 x +10 and 50 x -10: variance 100 x 100 / 99; error of the gap sqrt(2 x 1.0101) = 1.4213; 90%: 1.6526 (t, 198) x that
    # = 2.3488 a person, x 100 x 0.4 / 600 = 0.1566
    assert (one.low, one.high) == (pytest.approx(1 - 0.1566, abs=1e-3), pytest.approx(1 + 0.1566, abs=1e-3))
    assert "600 TL more was spent" in one.text("en") and "100%" in one.text("en") and "%100" in one.text("tr")


@pytest.mark.parametrize(
    ("cost", "verb"),
    [
        (600.0, "increase"),  # 84% to 116%: wholly above the hurdle of 10%
        (1050.0, "other"),  # 1,200 / 1,050 - 1 = 14%, and its range of 9 points on each side holds 10%
        (1150.0, "other"),  # 4%: below
        (None, "other"),  # nobody said what it cost: no step of spending
    ],
)
@pytest.mark.parametrize("language", ["en", "tr"])
def test_increase_is_reached_from_tables_to_the_page_and_only_by_a_range_above_the_hurdle(cost, verb, language):
    found = fixture.found_for(language=language)
    found |= {f.id: f for f in said(returned(cost))}
    page = made(language, found=found, past={}).board
    asks = texts.say("board.verb.increase", language)
    assert (asks in page_one(page)) == (verb == "increase")
    both = pages_one_and_two(page)
    assert ("more ads" in both) == (cost is not None)
    assert (texts.say("board.two.step_none", language) in both) == (cost is None)


@pytest.mark.parametrize(
    ("reason", "given"),
    [
        ("measure", {"metric": "conversion"}),
        ("running", {"stops_on": date(2026, 5, 1)}),
        ("invalid", {"share_treated": 0.9}),
        ("too_few", {"arms": {a: arm for a, arm in ARMS.items() if 81 <= a <= 120}}),
        ("margin", {"unit_cost": None}),
        ("arms", {"arms": ARMS | {a: "iki" for a in range(1, 41)}}),
    ],
)
def test_a_step_that_cannot_speak_says_why_and_raises_nothing(reason, given):
    one = said(step_of(tables(given.pop("arms", ARMS), **given)))[0]
    assert (one.state, one.value) == ("withheld", None)
    assert one.text("en") == texts.say(f"experiments.step.{reason}", "en", name="more ads", cost="600 TL")
    page = made(found=fixture.found_for() | {one.id: one}, past={}).board
    assert texts.say("board.verb.increase", "en") not in page_one(page)
    assert one.text("en") in " ".join(html.unescape(pages_one_and_two(page)).split())


def test_only_social_steps_of_the_last_twelve_months_count_and_the_newest_that_may_speak():
    old = returned(600.0).reading
    at = lambda *readings, as_of=AS_OF: experiments.step_of([*readings], tables(), as_of=as_of)  # noqa: E731
    for other in ({"channel": "e-posta"}, {"channel": None}, {"step_cost": 0.0}, {"step_cost": None}):
        assert at(old._replace(trial=old.trial._replace(**other))) is None
    assert at(old, as_of=date(2027, 2, 1)) is not None  # February 2026 is the first of those 12 months
    assert at(old, as_of=date(2027, 3, 1)) is None
    newer = old._replace(trial=old.trial._replace(id="U", stop=STOPS + timedelta(days=3)))
    broken = newer._replace(verdict="invalid", trial=newer.trial._replace(id="V"))
    newest = [at(*r).reading.trial.id for r in ([newer, old], [old, broken], [broken])]
    assert newest == ["U", "T", "V"]


def test_the_registry_says_what_the_step_cost(tiny_company):
    sheet = "Test No;Test;Ölçü;Kanal;Başlangıç;Bitiş;Ek Maliyet\nT9;Daha çok reklam;harcama;Instagram;01.02.2026;28.02.2026;1.500,50\n"
    (tiny_company.home / "data" / "raw" / "deneyler.csv").write_text(sheet, encoding="utf-8")
    _, store = read_in()
    row = store.frame("experiments").iloc[0]
    assert (row.experiment_id, row.metric, float(row.step_cost)) == ("T9", "spend", 1500.5)
