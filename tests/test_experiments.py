"""Tests and the user gap: published anchors, small arms counted by hand, and planted effects."""

from datetime import date, timedelta
from types import SimpleNamespace

import hand
import ibis
import numpy as np
import pandas as pd
import pytest

from scrm_helpers import experiments, findings
from scrm_helpers.experiments import checks, effects, units, users
from scrm_helpers.stats import e_value, holm, matching

STARTS, STOPS, AS_OF = date(2026, 9, 1), date(2026, 9, 30), date(2026, 11, 1)


# Hillstrom's e-mail trial (64,000 customers): figures published for it ----------------------------------------------------------


@pytest.fixture(scope="module")
def hillstrom(reference):
    frame = pd.read_csv(reference / "hillstrom.csv")
    arms = {"No E-Mail": "control", "Mens E-Mail": "men", "Womens E-Mail": "women"}
    return pd.DataFrame(
        {
            "arm": frame["segment"].map(arms),
            "spend": frame["spend"],
            "orders": frame["visit"].astype(float),
            "pre": 0.0,
            "conversion": frame["conversion"].astype(float),
            "zip_code": frame["zip_code"],
        }
    )


@pytest.mark.parametrize(
    ("arm", "visit", "conversion", "spend", "error"),
    [("men", 0.07659, 0.006805, 0.76983, 0.14525), ("women", 0.04523, 0.003111, 0.42441, 0.13033)],
)
def test_hillstrom(hillstrom, arm, visit, conversion, spend, error):
    found = units.moments(ibis.memtable(hillstrom))
    by = {m: effects.overall(found, hillstrom, arm, m) for m in units.METRICS}
    assert by["orders"].plain.value == pytest.approx(visit, abs=5e-6)  # visits stand in the column of orders
    assert by["conversion"].adjusted.value == pytest.approx(conversion, abs=5e-7)
    assert by["spend"].plain.value == pytest.approx(spend, abs=5e-6)
    # a 90% range reaches 1.645 standard errors to each side; the published error is of the same unequal variances
    assert (by["spend"].plain.high - by["spend"].plain.low) / 2 / 1.64485 == pytest.approx(error, rel=1e-3)


def test_hillstrom_split(hillstrom):
    third = checks.split_check(hillstrom, planned=2 / 3, dimensions=["zip_code"])
    assert third.p == pytest.approx(0.904, abs=5e-4) and not third.broken
    fewer = pd.concat(
        [hillstrom[hillstrom["arm"] != "men"], hillstrom[hillstrom["arm"] == "men"].iloc[: -21_307 // 20]]
    )
    assert checks.split_check(fewer, planned=2 / 3, dimensions=[]).broken  # one in twenty of an arm lost


def test_e_values():
    # VanderWeele, Ding (2017): 3.9 (1.8 to 8.7) -> 3.9 + sqrt(3.9 x 2.9) = 7.26 and 1.8 + sqrt(1.8 x .8) = 3.00
    assert e_value(3.9, 1.8) == pytest.approx((7.26, 3.00), abs=0.005)


# Small tests by hand -------------------------------------------------------------------------------------------------------------


def experiment(**more):
    base = {
        "experiment_id": "T",
        "name": "reminder",
        "metric": "orders",
        "unit": "account",
        "share_treated": 0.5,
        "starts_on": STARTS,
        "stops_on": STOPS,
        "segments": None,
        "channel": "email",
    }
    return hand.table("experiments", [base | more]).to_pandas()


def assignments(arms: dict[int, str], **more):
    return hand.table(
        "assignments",
        [
            {
                "experiment_id": "T",
                "unit_id": str(a),
                "account_id": a,
                "arm": arm,
                "assigned_at": pd.Timestamp("2026-09-01"),
                "assigned_on": STARTS,
                **more,
            }
            for a, arm in arms.items()
        ],
    )


def people(accounts):
    return hand.table("persons", [{"account_id": a, "person_id": 1000 + a} for a in accounts])


def read(arms, orders, *, as_of=AS_OF, golden=None, persons=None, **declared):
    empty = [hand.table(n) for n in ("order_lines", "products", "customers")]
    found = experiments.read_all(
        experiment(**declared),
        assignments(arms),
        orders,
        persons if persons is not None else people(arms),
        hand.table("golden", golden),
        *empty,
        as_of=as_of,
    )
    return found[0]


def bought(per_arm: dict[str, int], arms, on="2026-09-10", net=100):
    """One order of `net` for the first so many of each arm."""
    rows, left = [], dict(per_arm)
    for account, arm in arms.items():
        if left.get(arm, 0) > 0:
            left[arm] -= 1
            rows.append((account, account, on, net))
    return rows


ARMS = {a: "kontrol" if a <= 100 else "mail" for a in range(1, 201)}


def test_outcomes_of_a_unit_lie_within_the_test():
    orders = hand.orders(
        (1, 1, "2026-08-31", 70),
        (2, 1, "2026-09-01", 100),
        (3, 1, "2026-09-30", 50),
        (4, 1, "2026-10-01", 900),
        (
            5,
            1,
            "2026-10-05",
            -50,
            {"kind": "return", "original_order_id": 3},
        ),  # returned later: the sale of 30 September was none
    )
    trial = units.registry(experiment(), as_of=AS_OF)[0]
    members, lost = units.assigned(assignments({1: "kontrol", 2: "mail"}), people([1, 2]), test=trial, as_of=AS_OF)
    rows = (
        units.outcomes(members, units.sale_rows(orders, people([1, 2]), as_of=AS_OF), test=trial)
        .to_pandas()
        .set_index("unit")
    )
    # person 1001: 100 + 50 - 50 = 100 in one kept order, 70 before; 1002 bought nothing and stays
    assert rows.loc[1001, ["spend", "orders", "pre", "conversion", "arm"]].tolist() == [
        100.0,
        1.0,
        70.0,
        1.0,
        "control",
    ]
    assert rows.loc[1002, ["spend", "orders", "pre", "conversion", "arm"]].tolist() == [0.0, 0.0, 0.0, 0.0, "mail"]
    assert lost == {"unknown": 0, "outside": 0, "mixed": 0}


def test_a_person_in_both_arms_and_firms_and_strangers_are_out_and_counted():
    persons = hand.table(
        "persons",
        [
            {"account_id": 1, "person_id": 7},
            {"account_id": 2, "person_id": 7},
            {"account_id": 3, "person_id": 8, "kind": "business"},
            {"account_id": 4, "person_id": 9, "is_internal": True},
            {"account_id": 5, "person_id": 10},
        ],
    )
    trial = units.registry(experiment(), as_of=AS_OF)[0]
    members, lost = units.assigned(
        assignments({1: "kontrol", 2: "mail", 3: "mail", 4: "mail", 5: "mail", 6: "mail"}),
        persons,
        test=trial,
        as_of=AS_OF,
    )
    assert members.to_pandas().values.tolist() == [[10, "mail"]]
    assert lost == {"unknown": 1, "outside": 2, "mixed": 1}


def test_moments_are_those_of_the_units():
    frame = pd.DataFrame(
        {
            "arm": ["control"] * 3,
            "spend": [1e8, 1e8 + 1, 1e8 + 2],
            "orders": 1.0,
            "conversion": 1.0,
            "pre": [1.0, 2.0, 4.0],
        }
    )
    found = units.moments(ibis.memtable(frame)).iloc[0]
    # variance of 0, 1, 2 is 1 (a sum of squares of 1e8 would lose it); cov with 1, 2, 4: (-1 x -4/3 + 0 + 1 x 5/3) / 2 = 1.5
    assert (found["spend_var"], found["spend_cov"], found["orders_var"], found["n"]) == (
        pytest.approx(1),
        pytest.approx(1.5),
        0,
        3,
    )


def test_moments_are_the_same_in_whatever_order_the_units_come():
    rng = np.random.default_rng(4)
    frame = pd.DataFrame({"arm": "control", "orders": 1.0, "conversion": 1.0, "spend": rng.integers(1, 10**6, 3000) / 100})
    frame["pre"] = rng.permutation(frame["spend"].to_numpy())
    turned = frame.sample(frac=1, random_state=1)
    pd.testing.assert_frame_equal(units.moments(ibis.memtable(frame)), units.moments(ibis.memtable(turned)), check_exact=True)


def test_a_real_effect_works():
    orders = hand.orders(*bought({"kontrol": 40, "mail": 80}, ARMS))
    one = read(ARMS, orders, metric="conversion")
    effect = one.effects["conversion"]
    assert (one.verdict, one.grade, effect.adjusted.value) == ("works", "A", pytest.approx(0.4))  # .80 - .40
    assert one.effects["spend"].adjusted.value == pytest.approx(40)  # 80 x 100 / 100 - 40 x 100 / 100
    assert effect.control == 0.4 and one.counts == {"treated": 100, "control": 100, "buyers": 60}  # (40 + 80) x 1/2


def test_a_harmful_one_does_not_and_a_null_could_be_chance():
    orders = hand.orders(*bought({"kontrol": 80, "mail": 40}, ARMS))
    assert read(ARMS, orders, metric="orders").verdict == "does_not"
    null = read(ARMS, hand.orders(*bought({"kontrol": 50, "mail": 52}, ARMS)), metric="orders")
    assert null.verdict == "chance" and null.effects["orders"].adjusted.low < 0 < null.effects["orders"].adjusted.high
    # 80% power needs (1.645 + .842) x sd x sqrt(2/100) = 2.49 x .501 x .1414 = .176 orders
    assert null.effects["orders"].visible == pytest.approx(0.176, abs=0.002)


def test_a_broken_split_says_nothing_of_the_effect():
    arms = {a: "kontrol" if a <= 130 else "mail" for a in range(1, 201)}
    # 130 : 70 where 100 : 100 was planned: chi-square 30^2/100 x 2 = 18, p = 2e-5
    assert checks.ratio_p({"control": 130, "mail": 70}, {"control": 0.5, "mail": 0.5}) == pytest.approx(
        2.2e-5, rel=0.05
    )
    one = read(arms, hand.orders(*bought({"kontrol": 60, "mail": 65}, arms)))
    assert (one.verdict, one.grade, one.effects) == ("invalid", "", {})
    gaps = experiments.tested_gaps([one])
    assert gaps["value"].isna().all() and gaps["verdict"].tolist() == ["invalid"]


def test_a_split_broken_in_one_segment_alone_is_found():
    frame = pd.DataFrame(
        {"arm": ["control"] * 500 + ["mail"] * 500, "city": ["a"] * 150 + ["b"] * 350 + ["a"] * 50 + ["b"] * 450}
    )
    # whole 500 : 500; city a 150 : 50 where 100 : 100 was planned, chi-square 50
    found = checks.split_check(frame, planned=0.5, dimensions=["city"])
    assert found.p == pytest.approx(1) and found.broken and found.where == "city: a"
    assert not checks.split_check(frame, planned=0.5, dimensions=[]).broken


def test_how_large_a_loss_the_split_check_would_see():
    # 400 units, half planned: a loss s leaves (1 - s) / (2 - s) treated; seen at 3.29 sd of the plan and .84 of the outcome:
    # (.5 - q) x 20 = 3.2905 x .5 + .8416 x sqrt(q (1 - q))
    loss = checks.visible_loss(400, 0.5)
    q = 0.5 * (1 - loss) / (1 - 0.5 * loss)
    assert (0.5 - q) * 20 == pytest.approx(3.2905 * 0.5 + 0.8416 * (q * (1 - q)) ** 0.5, abs=1e-3)
    assert checks.visible_loss(40_000, 0.5) < 0.05 < loss and checks.visible_loss(5, 0.5) is None
    # and planted: such a loss is seen in 8 of 10 draws
    rng = np.random.default_rng(1)
    even = {"mail": 0.5, "control": 0.5}
    seen = sum(checks.ratio_p({"mail": k, "control": 400 - k}, even) < 0.001 for k in rng.binomial(400, q, 1000))
    assert 0.75 < seen / 1000 < 0.86


def test_no_planned_split_cannot_be_checked():
    one = read(ARMS, hand.orders(*bought({"kontrol": 40, "mail": 80}, ARMS)), share_treated=None)
    assert (one.split.p, one.grade, one.verdict) == (None, "B", "works")


def test_a_test_declared_after_it_began_is_told():
    orders = hand.orders(*bought({"kontrol": 40, "mail": 80}, ARMS))
    on_time, late = (read(ARMS, orders, metric="conversion", declared_on=day) for day in (STARTS, date(2026, 9, 2)))
    assert (on_time.grade, late.grade, late.verdict) == ("A", "B", "works")
    context = findings.Context("07_experiments", "2026-10", "en")
    told = [experiments.findings_of(context, [one], declared=True)[0].text_en for one in (on_time, late)]
    assert "declared only on" not in told[0] and "declared only on 2 September 2026" in told[1]


def test_read_early_there_is_no_verdict():
    orders = hand.orders(*bought({"kontrol": 40, "mail": 90}, ARMS, on="2026-09-03"))
    one = read(ARMS, orders, as_of=date(2026, 9, 30))  # the stop day itself has not been seen
    assert (one.verdict, one.effects, one.trial.last) == ("running", {}, date(2026, 9, 29))
    assert one.early.adjusted.value == pytest.approx(0.5) and one.trial.looks == [29 / 30]
    assert read(ARMS, orders, as_of=date(2026, 10, 1)).verdict == "works"
    assert (
        experiments.read_all(
            experiment(),
            assignments(ARMS),
            orders,
            people(ARMS),
            *[hand.table(n) for n in ("golden", "order_lines", "products", "customers")],
            as_of=STARTS,
        )
        == []
    )


def test_under_30_buyers_it_refuses():
    # what counts is (buyers of both) x 1/2, whoever got them: a gate that looked at the luckier arm would raise false alarms
    assert read(ARMS, hand.orders(*bought({"kontrol": 9, "mail": 50}, ARMS))).verdict == "too_few"  # 59 / 2 < 30
    assert read(ARMS, hand.orders(*bought({"kontrol": 10, "mail": 50}, ARMS))).verdict == "works"


def test_unlike_arms_before_the_test_cap_the_grade():
    before = [(1000 + a, a, "2026-06-01", 500 + a) for a in range(101, 201)] + [
        (2000 + a, a, "2026-06-01", 10 + a) for a in range(1, 101)
    ]
    one = read(ARMS, hand.orders(*before, *bought({"kontrol": 40, "mail": 80}, ARMS)))
    assert one.placebo.p < 0.001 and one.grade == "D"


def test_spend_before_narrows_the_range():
    rng = np.random.default_rng(4)
    pre = rng.normal(500, 100, 400).round(2)
    after = (pre + rng.normal(0, 10, 400) + np.repeat([0, 20], 200)).round(2)
    arms = {a: "control" if a <= 200 else "mail" for a in range(1, 401)}
    rows = [(a, a, "2026-06-01", pre[a - 1]) for a in arms] + [(1000 + a, a, "2026-09-02", after[a - 1]) for a in arms]
    effect = read(arms, hand.orders(*rows), metric="spend").effects["spend"]
    assert effect.used_pre and "CUPED" in effect.adjusted.method
    # plain error sqrt(2/200) x 100 = 10, adjusted sqrt(2/200) x 10 = 1; the truth is 20
    assert (effect.plain.high - effect.plain.low) / (effect.adjusted.high - effect.adjusted.low) > 7
    assert effect.adjusted.low < 20 < effect.adjusted.high


def test_a_guardrail_that_breaks_is_told_beside_the_verdict():
    # 40 of 100 controls buy for 280 to 320, 90 of 100 treated for 80 to 120: more orders, each worth 200 less
    rows = [(a, a, "2026-09-02", 280 + a) for a in range(1, 41)] + [(a, a, "2026-09-02", 80 + (a - 100) % 41) for a in range(101, 191)]
    one = read(ARMS, hand.orders(*rows), metric="orders")
    assert one.verdict == "works" and "order_value" in one.worse and one.effects["order_value"].control == pytest.approx(300.5)
    context = findings.Context("07_experiments", "2026-10", "en")
    told = experiments.findings_of(context, [one], declared=True)[0]
    assert "Warning: beside it this got worse" in told.text_en and "value of an order (" in told.text_en
    assert "Uyarı" in told.text_tr
    fine = read(ARMS, hand.orders(*bought({"kontrol": 40, "mail": 80}, ARMS)), metric="conversion")
    assert fine.worse == []
    assert "No measure beside it got worse" in experiments.findings_of(context, [fine], declared=True)[0].text_en


def test_skewed_money_goes_through_permutation():
    rng = np.random.default_rng(5)
    net = np.exp(rng.normal(3, 2, 200)).round(2) + 1
    orders = hand.orders(*[(a, a, "2026-09-02", net[a - 1]) for a in ARMS])
    effect = read(ARMS, orders, metric="spend").effects["spend"]
    assert "permutation" in effect.adjusted.method and effect.plain.method == "Welch"


def test_segments_one_family_with_ranges_and_differences():
    arms = {a: "control" if a % 2 else "mail" for a in range(1, 1201)}
    city = {a: "izmir" if a <= 600 else "ankara" for a in arms}
    city |= {a: "van" for a in range(1181, 1201)}
    golden = [{"person_id": 1000 + a, "city": c} for a, c in city.items()]
    # before: everybody bought once; in the test half of control buys everywhere, of mail all in Izmir and half elsewhere
    rows = [(a, a, "2026-05-01", 50) for a in arms]
    rows += [
        (5000 + a, a, "2026-09-05", 50) for a in arms if (a // 2) % 2 or (arms[a] == "mail" and city[a] == "izmir")
    ]
    one = read(arms, hand.orders(*rows), golden=golden, segments="il", metric="orders")
    by = one.segments.set_index("level_of")
    assert by.loc["izmir", "value"] == pytest.approx(0.5, abs=0.02) and by.loc["izmir", "low"] > 0.3
    assert by.loc["ankara", "low"] < 0 < by.loc["ankara", "high"]
    assert by.loc["van", ["value", "low", "high"]].isna().all() and by.loc["van", "buyers"] < 30
    assert experiments.differing(one.segments)["level_of"].tolist() == ["ankara", "izmir"]
    gaps = experiments.tested_gaps([one]).set_index(["segment", "level_of", "metric"])["verdict"]
    assert gaps["city", "izmir", "orders"] == "works" and gaps["city", "van", "orders"] == "too_few"


def test_an_analyst_chooses_every_test_and_those_that_can_be_read_come_first():
    def segments(**values):
        rows = [(s, str(i), 40, 41, v, v, v) for s, given in values.items() for i, v in enumerate(given)]
        return pd.DataFrame(rows, columns=["segment", "level_of", "n_treated", "n_control", "value", "low", "high"])

    one = read(ARMS, hand.orders(*bought({"kontrol": 40, "mail": 40}, ARMS)))
    small = one._replace(segments=segments(city=[None], source_group=[None]))
    coupon = one.trial._replace(id="U", name="coupon")
    large = one._replace(trial=coupon, arm="sms", segments=segments(city=[None], source_group=[1.0, None]))
    second = large._replace(arm="push")
    silent = one._replace(trial=one.trial._replace(id="V", name="broken"), segments=segments())
    given = experiments.segment_choices([small, large, second, silent])
    assert list(given["test"].items()) == [
        ("coupon: sms", ("U", "sms")), ("coupon: push", ("U", "push")), ("reminder", ("T", "mail")),
    ]  # fmt: skip
    assert given["segment"] == ["source_group", "city"]
    assert experiments.segment_choices([silent]) == {}

    drawn = []
    book = SimpleNamespace(language="en", context=SimpleNamespace(currency="TRY"), figure=lambda figure, name: (figure, name))
    draw = experiments.SegmentDrawing(book, [small, large], lambda rows, **how: drawn.append((rows, how["title"])) or "chart")
    assert draw(("T", "mail"), "city") is None and draw(("U", "sms"), "city") is None and not drawn
    assert draw(("U", "sms"), "source_group") == ("chart", "segments")
    rows, title = drawn[0]
    assert rows[["value", "n"]].values.tolist() == [[1.0, 40]] and title.startswith("coupon.")


def test_false_alarms_in_any_segment_stay_at_their_level():
    # 12 segments of skewed spend, 10 : 90, no effect. 60 trials at 10%: the exact 99% interval of the count must hold 10% or lie below
    from scrm_helpers.stats import binomial_gate

    rng, alarms = np.random.default_rng(8), 0
    for _ in range(60):
        n = 3600
        bought = rng.random(n) < 0.5
        frame = pd.DataFrame(
            {
                "arm": np.where(rng.random(n) < 0.1, "mail", "control"),
                "pre": 0.0,
                "conversion": bought.astype(float),
                "spend": np.where(bought, np.exp(rng.normal(0, 1.2, n)), 0.0),
                "city": rng.integers(0, 6, n),
            }
        )
        found = effects.by_segment(frame, "mail", "spend", ["city"], slope=0.0)
        alarms += bool(((found["low"] > 0) | (found["high"] < 0)).any())
    assert binomial_gate(alarms, 60, 0.10, one_sided=True, more_is_fine=False)


def test_stores_are_the_units_of_a_store_test():
    arms = {f"S{k:02d}": "control" if k < 10 else "sign" for k in range(20)}
    rows = hand.table(
        "assignments",
        [
            {
                "experiment_id": "T",
                "unit_id": s,
                "arm": a,
                "assigned_at": pd.Timestamp("2026-09-01"),
                "assigned_on": STARTS,
            }
            for s, a in arms.items()
        ],
    )
    orders = hand.orders(
        *[
            (100 * k + j, None, "2026-09-05", 100 + k % 10 + (30 if k >= 10 else 0), {"store_id": f"S{k:02d}"})
            for k in range(20)
            for j in range(3)
        ]
    )
    empty = [hand.table(n) for n in ("golden", "order_lines", "products", "customers")]
    one = experiments.read_all(
        experiment(unit="store", metric="spend"), rows, orders, people([1]), *empty, as_of=AS_OF
    )[0]
    # each store sells 3 x (100 + k), the treated 3 x 30 more
    assert (
        one.counts["treated"] == 10
        and one.effects["spend"].adjusted.value == pytest.approx(90)
        and one.verdict == "works"
    )
    few = experiments.read_all(
        experiment(unit="store", metric="spend", share_treated=0.5),
        rows.filter(rows.unit_id.isin([f"S{k:02d}" for k in range(5, 15)])),
        orders,
        people([1]),
        *empty,
        as_of=AS_OF,
    )[0]
    assert few.verdict == "too_few"  # five stores an arm


def test_the_registry_shows_what_was_declared_and_when():
    rows = pd.concat([
        experiment(experiment_id="B", segments="il | kaynak", declared_on=date(2026, 8, 20), hypothesis="more orders"),
        experiment(experiment_id="A", starts_on=date(2026, 10, 20), stops_on=date(2026, 11, 20), segments=None),
        experiment(experiment_id="C", starts_on=AS_OF, stops_on=date(2026, 12, 1), segments=None),
    ])  # fmt: skip
    found = experiments.registry_table(rows, as_of=AS_OF, language="en")
    assert found["test_stage"].tolist() == ["running", "ended", "planned"]  # in order of id: A, B, C
    assert found.loc[1, ["hypothesis", "declared_segments"]].tolist() == ["more orders", "province, first source"]
    assert found.loc[1, "declared_on"] == pd.Timestamp("2026-08-20") and found.loc[0, "declared_segments"] == ""


def test_an_unknown_metric_is_told():
    with pytest.raises(ValueError, match="expected one of spend, orders, conversion"):
        units.registry(experiment(metric="likes"), as_of=AS_OF)


# Nobody drew lots ---------------------------------------------------------------------------------------------------------------


def selected(seed=1, n=4000, effect=0.0):
    """Better customers are likelier users; `effect` is what being one truly adds."""
    rng = np.random.default_rng(seed)
    prior = rng.normal(0, 1, n)
    user = rng.random(n) < 1 / (1 + np.exp(-(prior - 1)))
    return 10 + 3 * prior + effect * user + rng.normal(0, 2, n), user, pd.DataFrame({"prior": prior})


def test_like_for_like_takes_the_self_selection_out():
    for effect in (0.0, 1.0):
        found = matching.like_for_like(*[(y, u, f) for y, u, f in [selected(effect=effect)]][0])
        assert found.raw.low > effect + 1  # users were better customers anyway
        assert found.robust.low < effect < found.robust.high and abs(found.matched.value - effect) < 0.35
        assert abs(found.balance.loc[0, "before"]) > 0.7 and abs(found.balance.loc[0, "after"]) < 0.1


def test_like_for_like_covers_at_its_level():
    from scrm_helpers.stats import binomial_gate

    hits = 0
    for seed in range(80):
        found = matching.like_for_like(*selected(seed=seed, n=1500, effect=0.5))
        hits += found.robust.low <= 0.5 <= found.robust.high
    assert binomial_gate(hits, 80, 0.90, one_sided=True)


def test_like_for_like_by_hand():
    # one stratum (under 80 treated): users 20 x 6 = 6, others 30 x 4 = 4 -> 2 in all three columns, nothing to adjust for
    outcome = np.r_[np.tile([5.0, 7.0], 10), np.tile([3.0, 5.0], 15)]
    found = matching.like_for_like(outcome, np.arange(50) < 20, pd.DataFrame({"x": np.zeros(50)}))
    assert (found.raw.value, found.matched.value, found.robust.value) == (2, pytest.approx(2), pytest.approx(2))
    assert (found.kept, found.strata, found.treated_mean, found.other_mean) == (1, 1, 6, pytest.approx(4))
    assert matching.like_for_like(outcome, np.arange(50) < 19, pd.DataFrame({"x": np.zeros(50)})) is None


def test_a_risk_ratio_by_hand():
    # 30 of 60 against 20 of 80: .50 / .25 = 2; sd of the log sqrt(.5/30 + .75/20) = .2327, x 1.645 -> factor 1.466
    happened = np.r_[np.arange(60) < 30, np.arange(80) < 20]
    ratio, low, high = matching.risk_ratio(happened, np.arange(140) < 60, np.ones(140))
    assert (ratio, low, high) == (
        pytest.approx(2),
        pytest.approx(2 / 1.466, abs=2e-3),
        pytest.approx(2 * 1.466, abs=2e-3),
    )


def test_a_contact_is_the_first_of_any_kind():
    touches = hand.table(
        "touches",
        [
            {"account_id": 1, "on": date(2026, 5, 1), "source": "instagram"},
            {"account_id": 2, "on": date(2026, 5, 1), "source": "email", "channel": "email"},
        ],
    )
    cases = hand.table(
        "cases",
        [
            {"account_id": 1, "opened_on": date(2026, 4, 1), "channel": "social"},
            {"account_id": 2, "opened_on": date(2026, 4, 1), "channel": "phone"},
        ],
    )
    follows = hand.table("follows", [{"account_id": 3, "platform": "instagram"}])
    found = users.contacts(touches, cases, follows, people([1, 2, 3])).to_pandas().set_index("person_id")["on"]
    assert set(found.index) == {1001, 1003} and pd.isna(found[1003]) and str(found[1001])[:10] == "2026-04-01"


def company(n=1200, seed=4, extra=0.0, early=0.0):
    """Two years of monthly orders. Every third customer becomes a user: a third each 14, 8 and 3 months before the end.

    `extra` is what a user spends more after the contact, `early` what users spent more from nine months before it on.
    """
    rng = np.random.default_rng(seed)
    rows, contacts = [], []
    months = [m.date() for m in pd.date_range("2024-11-05", "2026-10-05", freq="MS") + pd.Timedelta(days=4)]
    number = 0
    for a in range(1, n + 1):
        met = [date(2025, 9, 1), date(2026, 2, 1), date(2026, 8, 1)][a % 9 // 3] if a % 3 == 0 else None
        if met:
            contacts.append({"account_id": a, "on": met, "source": "instagram"})
        level = rng.uniform(50, 150)
        for month in months:
            if rng.random() < 0.4:
                number += 1
                gain = (early if met and month > met - timedelta(days=270) else 0) + (
                    extra if met and month > met else 0
                )
                rows.append(
                    {
                        "order_id": number,
                        "account_id": a,
                        "ordered_on": month,
                        "net": round(level + gain + rng.normal(0, 10), 2),
                    }
                )
    return hand.table("orders", rows), hand.table("touches", contacts), people(range(1, n + 1))


def user_gap(orders, touches, persons, **more):
    rest = {n: hand.table(n) for n in ("golden", "order_lines", "products", "cases", "follows")}
    return users.gap(
        orders,
        persons,
        rest["golden"],
        rest["order_lines"],
        rest["products"],
        touches,
        rest["cases"],
        rest["follows"],
        as_of=AS_OF,
        **more,
    )


def test_the_user_gap_with_nothing_in_it():
    found = user_gap(*company())
    # 400 became users; those of August are inside the window, so not users yet: 267 users, 933 others
    assert (found.users, found.others, found.undated) == (267, 933, 0)
    assert found.like.robust.low < 0 < found.like.robust.high and found.placebo_failed is False and found.grade == "C"


def test_a_gap_that_was_there_before_fails_the_placebo():
    found = user_gap(*company(early=120.0))
    assert found.like.raw.low > 0 and found.placebo_failed is True and found.grade == "D"


def test_a_gap_that_came_with_the_contact_passes_it():
    found = user_gap(*company(extra=60.0))
    assert found.placebo_failed is False and found.like.robust.low > 0


def test_the_change_since_before_stands_beside_the_user_gap():
    # Users of 1 February 2026, from May to October 2025 and a year later: 6 months x .4 orders x 60 more = 144, and no level gap counts
    found = user_gap(*company(extra=60.0)).change
    assert found.low < 144 < found.high and found.low > 0 and 120 <= found.n <= 133  # those unlike any other are left out
    lasting = user_gap(*company(early=120.0)).change  # what they spent more they spent before the contact already
    assert lasting.low < 0 < lasting.high
    table = experiments.users_table(user_gap(*company(extra=60.0)), experiments.tested_gaps([]))
    assert table["comparison"].tolist() == ["raw", "matched", "robust", "change", "placebo"]


def test_without_contacts_there_is_no_gap():
    orders, _, persons = company(n=60)
    assert user_gap(orders, hand.table("touches"), persons) is None
    short = user_gap(*company(), window=11)
    assert short.placebo is None and short.grade == "D"  # no months left to look before


def test_holm_decides_as_by_hand():
    assert holm([0.01, 0.04, 0.03]).tolist() == pytest.approx([0.03, 0.06, 0.06])  # 3 x .01, 2 x .03, then not below


# Findings -----------------------------------------------------------------------------------------------------------------------


def test_the_sentences_of_a_broken_and_a_running_test():
    context = findings.Context("07_experiments", "2026-10", "en")
    arms = {a: "kontrol" if a <= 130 else "mail" for a in range(1, 201)}
    broken = experiments.findings_of(
        context, [read(arms, hand.orders(*bought({"kontrol": 60, "mail": 65}, arms)))], declared=True
    )[0]
    assert (broken.id, broken.state, broken.value, broken.grade) == ("experiments.T", "withheld", None, "")
    assert "invalid" in broken.text_en and "70 were treated and 130" in broken.text_en and "50%" in broken.text_en
    orders = hand.orders(*bought({"kontrol": 40, "mail": 90}, ARMS))
    running = experiments.findings_of(context, [read(ARMS, orders, as_of=STOPS)], declared=True)[0]
    assert "no verdict before 30 September 2026" in running.text_en and running.value is None
    assert "has been crossed: so far 0.50" in running.text_en  # (90 - 40) / 100 orders
    works = experiments.findings_of(context, [read(ARMS, orders, metric="conversion")], declared=True)[0]
    assert (works.measure, works.unit, works.grade, works.value) == (
        "test_conversion",
        "points",
        "A",
        pytest.approx(0.5),
    )
    few = experiments.findings_of(
        context, [read(ARMS, hand.orders(*bought({"kontrol": 5, "mail": 8}, ARMS)))], declared=True
    )[0]
    assert (few.state, few.n, few.value) == ("too_few", 6, None)  # (5 + 8) / 2


def test_without_tests_or_contacts_it_says_which_sheet_would_answer():
    context = findings.Context("07_experiments", "2026-10", "en")
    assert experiments.findings_of(context, [], declared=False)[0].missing == "experiments"
    assert experiments.findings_of(context, [], declared=True)[0].state == "withheld"
    assert experiments.user_findings(context, None, experiments.tested_gaps([]), window=6)[0].missing == "touches"
    told = experiments.findings_of(
        context, [read({}, hand.orders((1, 1, "2026-09-02", 5)), persons=people([1]))], declared=True
    )[0]
    assert (told.state, told.missing) == ("missing", "assignments")


def test_the_user_sentence_warns():
    context = findings.Context("07_experiments", "2026-10", "en")
    said = experiments.user_findings(context, user_gap(*company(early=120.0)), experiments.tested_gaps([]), window=6)[0]
    assert said.grade == "D" and "Warning" in said.text_en and "not what social contact is worth" in said.text_en
    assert "of what is left unexplained in both" in said.text_en
