"""Charts: axes in the reader's language, a text alternative that says what the data say, the same bytes twice."""

import re

import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import to_hex

from scrm_helpers import charts, controls, theme
from scrm_helpers.charts.base import need
from scrm_helpers.units import Unit

SOURCES = pd.DataFrame(
    {
        "source": ["instagram", "google_ads", "unknown"],
        "value": [412.0, 505.0, None],
        "low": [330.0, 430.0, None],
        "high": [540.0, 610.0, None],
        "n": [61, 120, 7],
    }
)
MONTHS = pd.DataFrame(
    {
        "month": ["2025-12", "2026-01", "2026-02", "2026-03"],
        "value": [430.0, 390.0, 455.0, 412.0],
        "low": [350.0, 310.0, 370.0, 330.0],
        "high": [560.0, 510.0, 600.0, 540.0],
        "n": [50, 70, 44, 61],
        "source": "instagram",
    }
)
MARKS = pd.DataFrame({"on": pd.to_datetime(["2026-02-16", "2024-01-01"]), "note": ["two new agents", "long ago"]})
SPEND = pd.DataFrame(
    {
        "month": ["2026-02", "2026-02", "2026-03", "2026-03"],
        "purpose": ["acquire", "serve"] * 2,
        "amount": [100.0, 50.0, 120.0, 80.0],
    }
)
COHORTS = pd.DataFrame(
    [
        ("2026-01", 0, 1.0, 100, True),
        ("2026-01", 1, 0.30, 100, True),
        ("2026-01", 2, 0.25, 100, True),
        ("2026-02", 0, 1.0, 200, True),
        ("2026-02", 1, 0.40, 200, True),
        ("2026-03", 0, 1.0, 300, True),
        ("2026-03", 1, 0.01, 300, False),
    ],
    columns=["cohort", "age", "value", "n", "complete"],
)
CURVE = pd.DataFrame(
    {
        "day": [0, 30, 60, 90],
        "share": [0.0, 0.3, 0.52, 0.6],
        "low": [0.0, 0.27, 0.48, 0.55],
        "high": [0.0, 0.33, 0.56, 0.65],
        "at_risk": [400, 280, 150, 60],
        "source": "instagram",
    }
)


def texts_of(drawn) -> str:
    return re.sub(r"<style.*?</style>|<[^>]+>", " ", drawn.svg(), flags=re.S)


def all_charts(language: str) -> dict:
    o = {"language": language, "title": "A title"}
    days = pd.DataFrame({"on": pd.date_range("2026-03-01", periods=31), "net": np.linspace(1000, 4000, 31)})
    spans = pd.DataFrame(
        {"name": ["Spring"], "start": pd.to_datetime(["2026-03-10"]), "end": pd.to_datetime(["2026-03-15"])}
    )
    covered = pd.DataFrame({"month": ["2026-01", "2026-02", "2026-03"], "table": "orders", "rows": [10, 0, 30]})
    around = pd.DataFrame(
        {
            "week": [-2, -1, 0, 1],
            "value": [10.0, -5.0, 900.0, 1100.0],
            "low": [-90.0, -100.0, 700.0, 900.0],
            "high": [110.0, 90.0, 1100.0, 1300.0],
        }
    )
    like = pd.DataFrame({"covariate": ["tenure"], "before": [0.42], "after": [0.03]})
    steps = pd.DataFrame({"step": ["then", "real", "now"], "value": [450.0, -38.0, 412.0]})
    stages = pd.DataFrame({"stage": ["lead", "order"], "n": [800, 120]})
    return {
        "interval_bars": charts.interval_bars(
            SOURCES,
            label="source",
            value="value",
            low="low",
            high="high",
            n="n",
            unit=Unit.MONEY_PER_CUSTOMER,
            plan=450,
            **o,
        ),
        "over_time": charts.over_time(
            MONTHS,
            time="month",
            value="value",
            low="low",
            high="high",
            unit=Unit.MONEY_PER_CUSTOMER,
            marks=MARKS,
            plan=450,
            n="n",
            **o,
        ),
        "stacked": charts.stacked(SPEND, time="month", part="purpose", value="amount", unit=Unit.MONEY, **o),
        "columns": charts.columns(SOURCES.dropna(), label="source", value="n", unit=Unit.COUNT, **o),
        "cohort_heatmap": charts.cohort_heatmap(
            COHORTS, cohort="cohort", age="age", value="value", n="n", complete="complete", unit=Unit.SHARE, **o
        ),
        "survival": charts.survival(
            CURVE, time="day", share="share", low="low", high="high", at_risk="at_risk", series="source", **o
        ),
        "coverage_map": charts.coverage_map(covered, month="month", row="table", count="rows", **o),
        "timeline": charts.timeline(days, time="on", value="net", spans=spans, marks=None, unit=Unit.MONEY, **o),
        "event_study": charts.event_study(
            around, time="week", value="value", low="low", high="high", unit=Unit.MONEY, **o
        ),
        "placebos": charts.placebos([-2.0, -1.0, 0.0, 1.0, 2.0], 1.5, 2, unit=Unit.RATIO, **o),
        "balance": charts.balance(like, covariate="covariate", before="before", after="after", **o),
        "waterfall": charts.waterfall(steps, label="step", value="value", unit=Unit.MONEY, **o),
        "funnel": charts.funnel(stages, stage="stage", count="n", **o),
    }


@pytest.fixture(scope="module")
def english():
    return all_charts("en")


@pytest.fixture(scope="module")
def turkish():
    return all_charts("tr")


# What each chart's data say, counted by hand.
SAID = {
    "interval_bars": [
        "Instagram: 412 TL (330 to 540), n=61, plan 450 TL",
        "Google Ads: 505 TL (430 to 610), n=120",
        "unknown: too few to say, n=7",
    ],
    "over_time": [
        "First 430 TL (Dec 2025), last 412 TL (Mar 2026), lowest 390 TL (Jan 2026), highest 455 TL (Feb 2026)",
        "412 TL (330 to 540)",
        "(1) 16 Feb 2026: two new agents",
        "plan: 450 TL",
    ],
    "stacked": [
        "First 150 TL (Feb 2026), last 200 TL (Mar 2026)",
        "Parts in Mar 2026: to win customers: 120 TL; to serve customers: 80 TL",
    ],
    "columns": ["Instagram: 61; Google Ads: 120"],
    "cohort_heatmap": [
        "600 customers who first bought between Jan 2026 and Mar 2026",
        "month 1: 30% to 40% (groups: 2)",
        "month 2: 25% to 25% (groups: 1)",
    ],
    "survival": [
        "Instagram: after 90 days: 60% (55% to 65%), of 400 observed at the start",
        "Half is reached after 60 days",
    ],
    "coverage_map": ["orders: 40 rows in 2 of 3 months, Jan 2026 to Mar 2026"],
    "timeline": ["First 1,000 TL (1 Mar 2026), last 4,000 TL (31 Mar 2026)", "Spring 10 Mar 2026 - 15 Mar 2026"],
    "event_study": ["−2: 10 TL (−90 to 110)", "+1: 1,100 TL (900 to 1,300)"],
    "placebos": [
        "The result is 1.5",
        "Of 5 results without a campaign, which run from −2 to 2, 2 are at least as far from zero",
    ],
    "balance": ["tenure: 0.42 before, 0.03 after"],
    "waterfall": ["then: 450 TL; real: −38 TL; now: 412 TL"],
    "funnel": ["lead: 800; order: 120 (15%)"],
}


@pytest.mark.parametrize("name", sorted(SAID))
def test_the_text_alternative_says_what_the_data_say(english, name):
    alt = english[name].alt
    assert "A title" in alt and alt.endswith(".") and "  " not in alt
    for part in SAID[name]:
        assert part in alt, alt


@pytest.mark.parametrize("name", sorted(SAID))
def test_axes_and_words_are_in_the_readers_language(english, turkish, name):
    assert english[name].alt != turkish[name].alt
    axis = lambda d: [a.get_xlabel() + "|" + a.get_ylabel() for a in d.figure.axes]  # noqa: E731
    assert any(a != "|" for a in axis(turkish[name]))
    assert "{" not in turkish[name].alt + texts_of(turkish[name])


def test_turkish_numbers_have_their_own_form(turkish):
    assert "%30" in turkish["cohort_heatmap"].alt and "1.100 TL" in turkish["event_study"].alt


def test_a_cell_that_is_not_complete_is_neither_drawn_nor_told(english):
    drawn = english["cohort_heatmap"]
    assert "1.0%" not in drawn.alt and len([t for t in drawn.axes.texts if t.get_text() not in ("", "None")]) == 6


def test_counts_stand_below_the_curves(english):
    labels = [t.get_text() for t in english["over_time"].axes.get_xticklabels()]
    assert labels[-1].endswith("n=61") and labels[0].endswith("n=50")
    risk = {
        t.get_text().split("\n")[0]: t.get_text().split("\n")[1]
        for t in english["survival"].axes.get_xticklabels()
        if t.get_text()
    }
    # at day 0 all 400 are watched, from day 30 on 280, from day 60 on 150
    assert risk["0"] == "400" and risk["60"] == "150"


def test_marks_are_numbered_and_only_those_within_the_time_shown(english):
    assert "long ago" not in english["over_time"].alt
    assert [t.get_text() for t in english["over_time"].axes.texts] == ["1"]


def test_numbers_of_changes_stand_in_words_beside_the_chart_and_clear_of_its_legend():
    """The legend's lower edge lies above the highest number; what the numbers stand for is kept apart from the text alternative."""
    rows = pd.DataFrame({"month": ["2026-01", "2026-02", "2026-03"] * 2, "value": [1.0, 2, 3, 3, 2, 1], "place": ["a"] * 3 + ["b"] * 3})
    marks = pd.DataFrame({"on": pd.to_datetime(["2026-02-03", "2026-02-04"]), "note": ["New prices", "New shop"]})
    drawn = charts.over_time(rows, time="month", value="value", series="place", marks=marks, unit=Unit.COUNT, language="en", title="t")
    assert drawn.notes == "Changes: (1) 3 Feb 2026: New prices; (2) 4 Feb 2026: New shop." and drawn.notes.rstrip(".") in drawn.alt
    drawn.svg()
    highest = max(t.get_window_extent().y1 for t in drawn.axes.texts)
    assert drawn.axes.get_legend().get_window_extent().y0 >= highest


def test_sales_stand_beside_themselves_in_constant_prices():
    """Booked 100 and 110, in today's prices 120 and 110: both lines named, both told; one line where no price is known."""
    rows = pd.DataFrame({"on": pd.to_datetime(["2026-01-01", "2026-02-01"]), "net": [100.0, 110.0], "net_real": [120.0, 110.0]})
    o = {"time": "on", "value": "net", "beside": "net_real", "unit": Unit.MONEY, "language": "en", "title": "t"}
    both = charts.timeline(rows, **o)
    assert [t.get_text() for t in both.axes.get_legend().get_texts()] == ["net revenue", "in today's prices"]
    assert "First 100 TL" in both.alt and "in today's prices: First 120 TL" in both.alt
    alone = charts.timeline(rows.assign(net_real=float("nan")), **o)
    assert alone.axes.get_legend() is None and len(alone.axes.lines) == 1


def test_the_plan_is_drawn_in_its_own_colour_and_may_differ_by_row():
    rows = SOURCES.assign(plan=[450.0, None, None])
    drawn = charts.interval_bars(
        rows,
        label="source",
        value="value",
        low="low",
        high="high",
        n="n",
        unit=Unit.MONEY,
        plan="plan",
        language="en",
        title="t",
    )
    plans = [line for line in drawn.axes.lines if to_hex(line.get_color()) == theme.PLAN and len(line.get_xdata())]
    assert [list(p.get_xdata()) for p in plans] == [[450.0, 450.0]]


@pytest.mark.parametrize(("low", "zeros"), [(-2.0, 1), (1.0, 0)])
def test_a_gap_of_either_sign_is_seen_against_zero(low, zeros):
    rows = pd.DataFrame({"test": ["a"], "value": [4.0], "low": [low], "high": [9.0], "n": [50]})
    kind = {"unit": Unit.MONEY, "language": "en", "title": "t"}
    drawn = charts.interval_bars(rows, label="test", value="value", low="low", high="high", n="n", **kind)
    assert sum(list(line.get_xdata()) == [0, 0] for line in drawn.axes.lines) == zeros


def test_rows_stand_in_the_order_given(english):
    labels = [t.get_text() for t in english["interval_bars"].axes.get_yticklabels()]
    bottom, top = english["interval_bars"].axes.get_ylim()
    assert labels == ["Instagram", "Google Ads", "unknown"] and bottom > top


def test_the_same_chart_gives_the_same_bytes_and_type_stays_type():
    first, second = (all_charts("en") for _ in range(2))
    for name in SAID:
        svg = first[name].svg()
        assert svg == second[name].svg(), name
        assert "<text" in svg and "<dc:date>" not in svg
        assert first[name].figure.get_figwidth() <= 5.5  # wider, and a phone shows it with type too small to read


def test_the_input_is_not_touched():
    before = MONTHS.copy()
    charts.over_time(
        MONTHS, time="month", value="value", low="low", high="high", unit=Unit.MONEY, language="en", title="t"
    )
    pd.testing.assert_frame_equal(MONTHS, before)


def test_a_missing_column_and_an_empty_frame_are_told():
    with pytest.raises(KeyError, match="expected also"):
        need(MONTHS, "month", "nothing")
    with pytest.raises(ValueError, match="without rows"):
        charts.columns(SOURCES.head(0), label="source", value="n", unit=Unit.COUNT, language="en", title="t")


def test_made_up_data_are_marked_on_the_figure():
    drawn = all_charts("en")["columns"]
    drawn.mark("MADE-UP DATA")
    assert "MADE-UP DATA" in texts_of(drawn)


def test_not_interactive_draws_once_with_the_first_choice():
    calls = []
    shown = controls.explore(
        lambda source, months: calls.append((source, months)) or "drawn",
        interactive=False,
        source=["instagram", "x"],
        months=[24, 12],
    )
    assert shown == "drawn" and calls == [("instagram", 24)]


def test_interactive_draws_again_when_another_choice_is_taken():
    calls = []
    box = controls.explore(
        lambda source: calls.append(source), interactive=True, language="tr", source=["google_ads", "unknown"]
    )
    drop = box.children[0].children[0]
    assert [o[0] for o in drop.options] == ["Google Ads", "bilinmiyor"] and drop.description == "kaynak"
    drop.value = "unknown"
    assert calls == ["google_ads", "unknown"]


def test_a_number_is_slid_from_where_it_stands():
    """The steps and the first, in order and in words; the run of the month has the first alone, and no widget."""
    calls = []
    lift = controls.Scale(0.035, (0.05, 0.01), Unit.SHARE)
    assert controls.explore(lambda hoped_lift: hoped_lift, interactive=False, hoped_lift=lift) == 0.035
    box = controls.explore(lambda hoped_lift: calls.append(hoped_lift), language="tr", hoped_lift=lift)
    slider = box.children[0].children[0]
    assert [o[0] for o in slider.options] == ["%1", "%3,5", "%5"] and slider.description == "umulan artış"
    slider.value = 0.05
    assert calls == [0.035, 0.05]


def test_a_goal_is_called_what_it_is_and_a_sentence_stands_below_the_chart():
    from types import SimpleNamespace

    kept = []
    book = SimpleNamespace(language="en", context=SimpleNamespace(currency="TRY"), figure=lambda drawn, name: kept.append(drawn))
    rows = pd.DataFrame({"stores": [2, 5, 2, 5], "smallest_visible": [0.12, 0.08, 0.09, 0.04], "length": ["14 days"] * 2 + ["28 days"] * 2})
    controls.show(book, charts.over_time, rows, "plans", title="campaigns.title.plan_chart", below="So it is.", time="stores",
                  value="smallest_visible", series="length", unit=Unit.SHARE, plan=0.05, goal="hoped")  # fmt: skip
    drawn = kept[0]
    assert drawn.notes == "So it is." and drawn.alt.startswith("Line: ") and "hoped for: 5%" in drawn.alt and "plan:" not in drawn.alt
    assert [t.get_text() for t in drawn.axes.get_legend().texts] == ["14 days", "28 days", "hoped for"]
    assert drawn.axes.get_xlabel() == "stores with the campaign"
    assert [line.get_ydata()[0] for line in drawn.axes.lines if line.get_linestyle() == "--"] == [0.05]
    third = pd.DataFrame({"stores": [2, 5], "smallest_visible": [0.07, 0.03], "length": "56 days"})
    controls.show(book, charts.over_time, pd.concat([rows, third]), "plans", title="campaigns.title.plan_chart", time="stores",
                  value="smallest_visible", series="length", unit=Unit.SHARE, plan=0.05, goal="hoped")  # fmt: skip
    colours = [line.get_color() for line in kept[1].axes.lines if len(line.get_xdata()) == 2]
    assert len(set(colours)) == len(colours) == 4  # three series and the line of what is hoped for


def test_a_choice_with_nothing_to_draw_says_so(monkeypatch):
    seen = []
    monkeypatch.setattr("IPython.display.display", seen.append)
    box = controls.explore(lambda source: None if source == "x" else "drawn", language="tr", source=["email", "x"])
    assert seen == ["drawn"]
    box.children[0].children[0].value = "x"
    assert seen[1].data == "Bu seçim için çizilecek bir şey yok: veri yok ya da söylemek için az."  # not "None"


def test_a_choice_without_values_is_told():
    with pytest.raises(ValueError, match="came empty"):
        controls.explore(lambda source: None, interactive=False, source=[])
    with pytest.raises(TypeError, match="a list of values"):
        controls.explore(lambda source: None, interactive=False, source="instagram")


def test_a_map_of_many_months_draws_the_newest_and_tells_all():
    months = [f"{y}-{m:02d}" for y in (2022, 2023, 2024, 2025) for m in range(1, 13)]
    rows = pd.DataFrame({"month": months, "table": "orders", "rows": 1})
    drawn = charts.coverage_map(rows, month="month", row="table", count="rows", language="en", title="t")
    assert "48 rows in 48 of 48 months, Jan 2022 to Dec 2025" in drawn.alt
    assert drawn.axes.get_xlim() == (0, 36) and drawn.axes.get_xticklabels()[-1].get_text() == "Dec\n2025"


@pytest.mark.parametrize(("first", "bottom"), [(900.0, 0.0), (-50.0, None)])
def test_what_is_earned_back_is_drawn_from_nothing_on(first, bottom):
    """One source far above 0, whose cost lies in the range of its curve; a first month below 0 (more went back than was sold) is seen."""
    curve = pd.DataFrame({"age": [1, 2, 3], "cumulative": [first, 1300.0, 1500.0], "source": "instagram", "cost": 1200.0})
    drawn = charts.over_time(
        curve, time="age", value="cumulative", series="source", cost="cost", unit=Unit.MONEY_PER_CUSTOMER, language="en", title="t"
    )
    low, high = drawn.axes.get_ylim()
    assert low == bottom if bottom is not None else low < first
    assert high > 1500 and ("0" in [t.get_text() for t in drawn.axes.get_yticklabels()])
    plain = charts.over_time(curve, time="age", value="cumulative", unit=Unit.MONEY_PER_CUSTOMER, language="en", title="t")
    assert bool(plain.axes.get_ylim()[0] > 0) is (first > 0)  # a line without a cost keeps the axis that its values take


def test_a_title_names_what_was_chosen_and_a_cost_line_is_spoken():
    from types import SimpleNamespace

    kept = []
    book = SimpleNamespace(
        language="en", interactive=False, context=SimpleNamespace(currency="TRY"), figure=lambda drawn, name: kept.append(drawn.alt)
    )
    rows = pd.DataFrame({"channel": ["social"], "value": [10.0], "low": [8.0], "high": [12.0], "resolved": [40]})
    controls.choose(
        book, charts.interval_bars, lambda window, kind_of_issue: rows, "costs", title="service.chart_costs", label="channel",
        value="value", low="low", high="high", n="resolved", unit=Unit.MONEY_PER_ISSUE,
        choices={"window": ["3m", "1m"], "kind_of_issue": ["all"]},
    )  # fmt: skip
    assert "the last 3 months, all types" in kept[0]
    curve = pd.DataFrame({"age": [1, 2], "cumulative": [100.0, 300.0], "source": "social", "cost": 250.0})
    drawn = charts.over_time(
        curve, time="age", value="cumulative", series="source", cost="cost", unit=Unit.MONEY_PER_CUSTOMER, language="en", title="t"
    )
    assert "Cost of one customer: 250 TL" in drawn.alt
    assert [line.get_ydata()[0] for line in drawn.axes.lines if line.get_linestyle() == "--"] == [250.0]


def test_a_blank_month_breaks_the_line():
    months = ["2026-01", "2026-02", "2026-03"]
    rows = pd.DataFrame({"month": months, "value": [5.0, np.nan, 7.0], "low": [4, np.nan, 6], "high": [6, np.nan, 8]})
    drawn = charts.over_time(rows, time="month", value="value", low="low", high="high", unit=Unit.COUNT, language="en", title="t")
    line, points = drawn.axes.lines[:2]
    assert np.isnan(line.get_ydata()[1]) and list(points.get_ydata()) == [5.0, 7.0]


def test_cells_of_money_have_no_unit_and_stay_blank_where_figures_would_run_into_each_other():
    """11 ages leave room for 4 letters a cell: 187 stands, 12,345 does not, and the key then says what the shades are."""
    cells = pd.DataFrame([("2025-01", age, 187.0, 50, True) for age in range(11)], columns=["cohort", "age", "value", "n", "complete"])
    put = {"cohort": "cohort", "age": "age", "value": "value", "n": "n", "complete": "complete", "unit": Unit.MONEY_PER_CUSTOMER}

    def drawn(frame):
        axes = charts.cohort_heatmap(frame, **put, language="en", title="Revenue", currency="USD").axes
        return {t.get_text() for t in axes.texts} - {""}, axes.get_xlabel()

    few, many = drawn(cells), drawn(cells.assign(value=12_345.0))
    assert few[0] == {"187"} and few[1].endswith("cells: USD per customer")
    assert many[0] == set() and "USD per customer" not in many[1] and "USD and above" in many[1]


def one_month(**columns) -> pd.DataFrame:
    return pd.DataFrame({"month": "2026-10", "value": [0.48, 0.52], "low": [0.47, 0.5], "high": [0.5, 0.55], **columns})


def test_one_month_alone_is_no_line_but_a_row_for_each_series():
    """Two series of one month would be two dots on one spot: each has its row, which names it and the month, and its figure is told."""
    rows = one_month(source=["social", "other_known"])
    drawn = charts.over_time(rows, time="month", value="value", low="low", high="high", series="source", unit=Unit.SHARE,
                             language="tr", title="Aylar")  # fmt: skip
    names = [" ".join(t.get_text().split()) for t in drawn.axes.get_yticklabels()]
    assert names == ["sosyal, tümü, Eki 2026", "diğer kanallar, Eki 2026"]
    assert "sosyal, tümü, Eki 2026: %48,0 (%47,0 ile %50,0)" in drawn.alt and drawn.figure.get_figheight() < 2.2
    assert [(line.get_xdata()[0], line.get_ydata()[0]) for line in drawn.axes.lines if line.get_marker() == "o"] == [(0.48, 0), (0.52, 1)]


def test_bars_of_one_month_and_of_two_are_no_wider_than_those_of_six():
    for months in (1, 2, 6, 12):
        rows = pd.DataFrame({"month": [f"2026-{m:02d}" for m in range(1, months + 1)], "part": "media", "value": 5.0})
        axes = charts.stacked(rows, time="month", part="part", value="value", unit=Unit.MONEY, language="en", title="t").axes
        left, right = axes.get_xlim()
        assert axes.patches[0].get_width() / (right - left) < 0.14, months


@pytest.mark.parametrize("months", [
    ["2025-10", "2026-09", "2026-10"], ["2024-01", "2024-02", "2024-03", "2026-09", "2026-10"], [f"2025-{m:02d}" for m in range(1, 13)],
])  # fmt: skip
def test_labels_of_months_stand_apart_however_far_apart_the_months_are(months):
    rows = pd.DataFrame({"month": months, "value": [float(k) for k in range(len(months))]})
    drawn = charts.over_time(rows, time="month", value="value", unit=Unit.COUNT, language="tr", title="t")
    drawn.svg()
    boxes = [t.get_window_extent() for t in drawn.axes.get_xticklabels()]
    assert len(boxes) > 1 and all(a.x1 + 4 < b.x0 for a, b in zip(boxes, boxes[1:], strict=False))
    assert drawn.axes.get_xticklabels()[-1].get_text().split()[-1] == months[-1][:4]


def test_one_month_of_sales_is_a_dot_in_the_middle():
    drawn = charts.timeline(pd.DataFrame({"month": ["2026-10"], "net": [5.0]}), time="month", value="net", unit=Unit.MONEY,
                            language="en", title="t")  # fmt: skip
    left, right = drawn.axes.get_xlim()
    assert len(drawn.figure.axes) == 1  # no campaign, no strip of campaigns
    assert drawn.axes.lines[0].get_marker() == "o" and left < drawn.axes.convert_xunits(pd.Timestamp("2026-10-01")) < right


def test_a_long_legend_takes_no_height_from_the_axes():
    heights = []
    for names in (["a"], ["a rather long name of a source", "another such name of a source", "a third one, also very long", "d", "e"]):
        rows = pd.DataFrame([(m, s, 1.0) for m in (1, 2) for s in names], columns=["age", "source", "value"])
        drawn = charts.over_time(rows, time="age", value="value", series="source", unit=Unit.COUNT, language="en", title="t")
        drawn.svg()
        heights.append(drawn.axes.get_window_extent().height)
    assert heights[1] > 0.85 * heights[0]


def test_the_line_at_zero_does_not_run_through_a_figure():
    rows = pd.DataFrame({"clue": ["a", "b", "c"], "weight": [-3.0, 2.5, -0.5]})
    drawn = charts.waterfall(rows, label="clue", value="weight", unit=Unit.SCORE, language="en", title="t")
    assert all(t.get_bbox_patch() is not None for t in drawn.axes.texts)


def test_the_name_of_a_place_does_not_run_into_the_larger_one_above_it():
    rows = pd.DataFrame({"city": ["istanbul", "bursa"], "n": [1000, 300]})  # Istanbul, and Bursa a degree south of it
    drawn = charts.province_map(rows, city="city", count="n", language="tr", title="t")
    drawn.svg()
    istanbul, bursa = drawn.axes.texts
    assert (istanbul.get_text(), bursa.get_text()) == ("İstanbul", "Bursa")
    dot = drawn.axes.collections[1]  # the largest; the grey points of all provinces come first
    middle = drawn.axes.transData.transform(dot.get_offsets()[0])
    edge = middle[1] - np.sqrt(dot.get_sizes()[0] / np.pi) * drawn.figure.dpi / 72
    assert bursa.get_window_extent().y1 < edge
    assert not istanbul.get_window_extent().overlaps(bursa.get_window_extent())


def test_a_campaign_of_the_last_month_is_seen():
    """Sales of a month stand at its first day; a campaign of 10 to 20 October lay beyond the end of the axis."""
    rows = pd.DataFrame({"month": ["2026-08", "2026-09", "2026-10"], "net": [5.0, 6.0, 7.0]})
    spans = pd.DataFrame({"name": ["Autumn"], "start": [pd.Timestamp("2026-10-10")], "end": [pd.Timestamp("2026-10-20")]})
    drawn = charts.timeline(rows, time="month", value="net", spans=spans, unit=Unit.MONEY, language="en", title="t")
    drawn.svg()
    below = drawn.figure.axes[1]
    bar, frame = below.patches[0].get_window_extent(), below.get_window_extent()
    assert bar.width > 20 and frame.x0 <= bar.x0 and bar.x1 <= frame.x1
    name = below.texts[0].get_window_extent()
    assert frame.x0 <= name.x0 and name.x1 <= frame.x1 + 1
