"""The score card: marked by hand, refused without a truth, the same bytes twice; and nothing else knows where the truth lies."""

import ast
import datetime
import importlib.util
import json
from pathlib import Path
from types import SimpleNamespace

import pandas as pd
import pytest
from click.testing import CliRunner

from scrm_helpers import findings, identity, ingestion, sample, scorecard, texts
from scrm_helpers.__main__ import main
from scrm_helpers.commands.months import write_score
from scrm_helpers.findings import Context
from scrm_helpers.identity import io
from scrm_helpers.run import publish
from scrm_helpers.scorecard import care, defects, lifts, links, numbers
from scrm_helpers.scorecard.rows import BOUNDS, EXACT, Row, frame, of_finding
from scrm_helpers.scorecard.truth import Truth
from scrm_helpers.stats import Estimate
from scrm_helpers.store import Store, open_workspace
from scrm_helpers.store.settings import settings_of
from scrm_helpers.store.workspace import Workspace, WorkspaceError
from scrm_helpers.units import Unit

ROOT = Path(__file__).resolve().parents[1]
PERIOD = "2026-10"
FOUND = findings.say(
    Context("04_retention", PERIOD, "en"), "retention.kept", measure="retention", window="12m",
    estimate=Estimate(0.5, 0.4, 0.6, 0.9, 900, "Wilson"), grade="D", values={"retained": (450, Unit.COUNT)},
)  # fmt: skip


def tables(**frames):
    """Something that gives tables by name, as `Truth` and `Said` do."""
    give = frames.__getitem__
    return SimpleNamespace(table=give, frame=give, **frames)


# --- marks, counted by hand ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("truth", "inside"), [(0.4, True), (0.6, True), (0.61, False), (0.39, False), (None, None)])
def test_a_line_is_inside_where_its_range_holds_the_truth(truth, inside):
    line = of_finding("numbers", FOUND, truth, id="kept", unit=Unit.SHARE)
    assert line.inside is inside and (line.value, line.low, line.high, line.window) == (0.5, 0.4, 0.6, "12m")


def test_an_exact_figure_may_miss_by_half_a_cent_alone():
    assert Row("numbers", "x", "money", 10.0, 10.0, 10.0, 10.004, EXACT).inside is True
    assert Row("numbers", "x", "money", 10.0, 10.0, 10.0, 10.006, EXACT).inside is False
    assert Row("numbers", "x", "money", 10.0, 10.0, 10.0, 10.004, BOUNDS).inside is False


def test_what_was_not_said_has_neither_figure_nor_mark():
    withheld = findings.say(Context("07_experiments", PERIOD, "en"), "retention.kept", state="withheld", id="retention.kept",
                            measure="retention", values={"retained": (450, Unit.COUNT)})  # fmt: skip
    for found, note in ((withheld, "state_withheld"), (None, "state_absent")):
        line = of_finding("numbers", found, 0.5, id="kept", unit=Unit.SHARE)
        assert line.value is None and line.inside is None and line.note == note


def test_cost_per_resolution_by_hand():
    """Social work of October: issue 1 has 10 + 30 minutes (the 30 by phone), issue 2 has 10. Social costs 40 for 20 minutes, the
    phone 90 for 90 minutes (60 of them issue 3's): issue 1 costs 20 + 30, issue 2 costs 20, so social costs 70. Issue 1 was closed
    on 5 October and counts on the 12th; issue 2 was closed on the 28th and counts in November. So 70 per resolution.
    """
    cases = pd.DataFrame({
        "source_row": [2, 3, 4, 5], "status": ["closed", "closed", "resolved", "open"], "closed_at": pd.NaT,
        "opened_at": pd.to_datetime(["2026-10-01", "2026-10-03", "2026-10-20", "2026-10-02"]),
        "resolved_at": pd.to_datetime(["2026-10-02", "2026-10-05", "2026-10-28", None]),
    }).assign(opened_on=lambda f: f["opened_at"])  # fmt: skip
    true = pd.DataFrame({"ticket": [1, 2, 3, 4], "issue": [1, 1, 2, 3], "part": [0, 1, 0, 0],
                         "channel": ["social", "phone", "social", "phone"], "minutes": [10.0, 30.0, 10.0, 60.0]})  # fmt: skip
    costs = pd.DataFrame({"month": "2026-10", "purpose": ["serve", "serve", "keep"], "channel": ["social", "phone", "social"],
                          "amount": [4000, 9000, 70000]})  # fmt: skip
    said = tables(cases=cases)
    said.tickets, said.in_prices = {2: "1", 3: "2", 4: "3", 5: "4"}, lambda months: months.map({"2026-10": 2.0})
    truth = tables(cases=true, costs=costs)
    assert care.cost_per_resolution(said, truth, "social", ["2026-10"]) == pytest.approx(70)
    assert care.cost_per_resolution(said, truth, "social", ["2026-10"], real=True) == pytest.approx(140)
    assert care.cost_per_resolution(said, truth, "phone", ["2026-10"]) is None  # issue 3 is still open


def test_satisfaction_and_calls_not_made_by_hand():
    """Issue 1: social, then by phone; issue 2: social, closed on the 28th and counted in November; issue 3: by phone, open."""
    cases = pd.DataFrame({
        "source_row": [2, 3, 4, 5], "status": ["closed", "closed", "resolved", "open"], "closed_at": pd.NaT,
        "opened_at": pd.to_datetime(["2026-10-01", "2026-10-03", "2026-10-20", "2026-10-02"]),
        "resolved_at": pd.to_datetime(["2026-10-02", "2026-10-05", "2026-10-28", None]),
    }).assign(opened_on=lambda f: f["opened_at"])  # fmt: skip
    true = pd.DataFrame({"ticket": [1, 2, 3, 4], "issue": [1, 1, 2, 3], "part": [0, 1, 0, 0], "calls_else": [3, 0, 1, 0],
                         "channel": ["social", "phone", "social", "phone"], "minutes": 1.0})  # fmt: skip
    said = tables(cases=cases)
    said.tickets = {2: "1", 3: "2", 4: "3", 5: "4"}
    truth = tables(cases=true)
    truth.planted = {"good_answers_share": {"social": 0.8, "phone": 0.7}, "later_answers_worse_by": 0.1,
                     "desk_answers_share": 0.2, "survey_answers_share": 0.5}  # fmt: skip
    # weights: desk .2, form .5 x .8 = .4. Social tickets .2 x .8 + .4 x .8 = .48 twice; the later one .2 x (.7 - .1) + .4 x .7 = .40
    assert care.satisfied(said, truth, "social", ["2026-10"]) == pytest.approx((0.48 + 0.48 + 0.40) / 1.8)
    # the open ticket has no form, and stands at its opening: .2 x .7 / .2
    assert care.satisfied(said, truth, "phone", ["2026-10"]) == pytest.approx(0.7)
    assert care.calls_not_made(said, truth, ["2026-10"]) == 2.0  # issue 1: 3 elsewhere, 1 made
    assert care.calls_not_made(said, truth, ["2026-11"]) == 1.0  # issue 2: 1 elsewhere, none made


def test_true_lift_of_a_mailing_is_counted_on_its_recipients():
    """Recipients 1 and 2 spent 100 + 300 anyway and 40 because of it within the days: 10%. Person 3 got nothing; a later order is out."""
    plans = pd.DataFrame({"campaign_id": ["K1", "K2"], "extra_net": [30.0, 40.0], "base_net": [300.0, None],
                          "from_on": datetime.date(2026, 3, 1), "to_on": datetime.date(2026, 3, 31)})  # fmt: skip
    orders = pd.DataFrame({"person_id": [1, 2, 1, 3, 1], "net": [100.0, 300.0, 40.0, 900.0, 500.0],
                           "caused_by": ["", "", "K2", "", "K2"],
                           "day": pd.to_datetime(["2026-03-01", "2026-03-31", "2026-03-15", "2026-03-15", "2026-04-01"])})  # fmt: skip
    people = pd.DataFrame({"sent_K2": [True, True, False]}, index=[1, 2, 3])
    truth = SimpleNamespace(table=lambda name: plans, orders=orders, people=people)
    assert lifts.true_lifts(truth).to_dict() == pytest.approx({"K1": 0.10, "K2": 0.10})


def test_a_range_that_leaves_out_zero_is_a_false_alarm_where_nothing_was_planted():
    plans = pd.DataFrame({"campaign_id": ["K1", "K2"], "lift": [0.0, 0.1], "extra_net": [0.0, 10.0], "base_net": [100.0, 100.0],
                          "from_on": datetime.date(2026, 3, 1), "to_on": datetime.date(2026, 3, 31)})  # fmt: skip
    said = pd.DataFrame({"campaign_id": ["K1", "K2", "K9"], "campaign": ["A", "B", "C"], "design": ["stores", "stores", "company"],
                         "state": ["ok", "ok", "cancelled"], "lift": [-0.2, 0.2, None], "low": [-0.3, 0.1, None],
                         "high": [-0.1, 0.3, None]})  # fmt: skip
    truth = SimpleNamespace(table=lambda name: plans, orders=None, people=None)
    rows = {r.name or r.id: r for r in lifts.rows(tables(campaign_lifts=said), truth)}
    assert rows["A"].inside is False and rows["B"].inside is True and rows["C"].inside is None
    assert rows["false_alarms"].value == 1.0 and rows["C"].note == "lift_cancelled"


def test_families_falsely_merged_are_counted():
    """Person 10 of the run holds true persons 1 and 2, who share a phone; 11 holds 3 and 4, who do not; 12 is right.

    Claimed pairs: (1,2), (3,4), (5,5): 1 of 3 is right. True pairs: (5,5) alone, found.
    """
    accounts = pd.DataFrame({"person_id": [10, 10, 11, 11, 12, 12], "true_id": [1, 2, 3, 4, 5, 5]})
    people = pd.DataFrame({"shared_contact": [True, True, False, False, False]}, index=[1, 2, 3, 4, 5])
    rows = {r.id: r for r in links.rows(SimpleNamespace(findings={}), SimpleNamespace(people=people), accounts)}
    assert rows["merged"].value == 2 and rows["merged_families"].value == 1
    assert rows["precision"].truth == pytest.approx(1 / 3) and rows["recall"].truth == 1.0


def test_revenue_seen_and_touched_by_hand():
    """Window 30 days. 1: its own contact. 2: a lead 19 days before. 3: that lead is 39 days old. 4: won by Facebook, last contact
    Google. 5: an old customer without a contact. 6: another month. 7: 15 days after 1's own contact. 8: 34 days after it.
    Seen 100 + 40 + 32 = 172; touched 172 + 8 of 4 + 20 of 3, whom Instagram had won 20 days before; with 40 days both have 64 of 8 more."""
    day = pd.Timestamp("2026-03-01")
    people = pd.DataFrame({"source": ["search", "instagram", "facebook", "tiktok"], "lead_on": [pd.NaT, day, pd.NaT, pd.NaT],
                           "first_order_on": [day, day + pd.Timedelta(days=19), day + pd.Timedelta(days=5), pd.NaT]},
                          index=[1, 2, 3, 4])  # fmt: skip
    orders = pd.DataFrame({"person_id": [1, 2, 2, 3, 4, 1, 1, 1], "month": ["2026-03"] * 5 + ["2026-02"] + ["2026-03"] * 2,
                           "day": [day + pd.Timedelta(days=d) for d in (10, 19, 39, 5, 6, -3, 25, 44)],
                           "source": ["instagram", "", "search", "google_ads", "", "instagram", "", ""],
                           "kept": [100.0, 40.0, 20.0, 8.0, 4.0, 2.0, 32.0, 64.0]}).assign(at_local=lambda f: f["day"])  # fmt: skip
    truth = SimpleNamespace(orders=orders, people=people)
    assert numbers.credited(truth, ["2026-03"], days=30) == {"seen": 172.0, "touched": 200.0}
    assert numbers.credited(truth, ["2026-03"], days=40) == {"seen": 236.0, "touched": 264.0}


def test_a_broken_split_must_be_withheld():
    gap = pd.DataFrame({"value": [None]})
    assert numbers._withheld("T3", gap, 2090).inside is True
    assert numbers._withheld("T3", gap.assign(value=0.1), 2090).inside is False
    few = numbers._withheld("T3", gap.assign(value=0.1), 2089)
    assert few.inside is None and few.note == "split_small"


def test_the_raw_gap_of_followers_is_held_against_no_effect():
    """Without dated follows the finding is the gap as it is: no truth of an effect stands beside it."""
    found = findings.say(Context("08_audiences", PERIOD, "en"), "audiences.follower_spend.raw", id="audiences.follower_spend",
                         measure="follower_spend", window="12m", grade="D", estimate=Estimate(9.0, 8.0, 10.0, 0.9, 30, "difference"),
                         values={"dated": (2, Unit.COUNT)})  # fmt: skip
    said = SimpleNamespace(findings={found.id: found})
    row = numbers.followers(said, truth=None)
    assert (row.value, row.low, row.truth, row.inside, row.note) == (None, None, None, None, "raw_only")


# --- a small company, read in and matched --------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def company(tmp_path_factory):
    """A very small company whose files were read in and matched; one finding stands for the analyses."""
    home = tmp_path_factory.mktemp("score")
    (home / "data" / "raw").mkdir(parents=True)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SCRM_HOME", str(home))
        sample.write(home / "data" / "sample", seed=4, people=250, prospects=300, mess=2)
        workspace = open_workspace()
        store = Store(workspace, PERIOD)
        ingestion.read_all(workspace, store, as_of=store.as_of)
        found = identity.resolve(**io.read(store), draws=1)
        io.write(SimpleNamespace(write=store.write, noted=lambda *_: None, store=store, period=PERIOD), found)
        store.write("findings", findings.frame([FOUND]), part="04_retention")
        yield workspace, store


def test_faults_of_the_files_are_found_and_counted(company):
    workspace, _ = company
    found = scorecard.score(workspace, PERIOD).defects.set_index("kind")
    planted = pd.read_parquet(workspace.truth / "defects.parquet").groupby("kind").size()
    assert found["planted"].to_dict() == planted.to_dict()
    for kind in ("cancelled_rows", "future_rows", "spam_cases", "test_rows", "cancelled_campaign", "abandoned_block", "restated_ads"):
        assert found.at[kind, "found"] == found.at[kind, "checked"] == planted[kind], kind
    slips = found.loc[["email_typos", "phone_slips", "initials"]]
    assert (slips["found"] / slips["checked"] > 0.6).all()  # records that are joined in spite of a slip
    assert found.at["contaminated_store", "found"] is pd.NA  # no table of the run can show it


def test_a_run_that_counts_cancelled_orders_loses_the_mark(company):
    """The check can fail: with every order made to count, none of the cancelled ones is found."""
    workspace, store = company
    truth = Truth(workspace)
    planted = truth.table("defects").query("kind == 'cancelled_rows'").astype({"row_id": str})
    desk = defects.Checks.__new__(defects.Checks)
    desk.orders = store.frame("orders")
    assert desk._cancelled_rows(planted).all()
    desk.orders = desk.orders.assign(status="completed")
    assert not desk._cancelled_rows(planted).any()


def test_revenue_is_the_truths_to_the_cent_and_retention_gets_its_mark(company):
    workspace, _ = company
    rows = scorecard.score(workspace, PERIOD).rows.set_index("id")
    assert rows.at["revenue_net", "inside"] and rows.at["revenue_net", "truth"] > 1e5
    assert rows.at["kept", "value"] == 0.5 and 0.3 < rows.at["kept", "truth"] < 0.7
    assert rows.at["cac", "note"] == "state_absent" and rows.at["cac", "truth"] > 0


@pytest.mark.parametrize("language", texts.LANGUAGES)
def test_the_page_is_the_same_twice_and_the_appendix_links_it_once(company, tmp_path, language):
    workspace, _ = company
    card = scorecard.score(workspace, PERIOD)
    (tmp_path / "appendix.html").write_text("<ul>\n<!-- score card -->\n</ul>\n", encoding="utf-8")
    page = scorecard.write(card, tmp_path, settings_of(workspace), language=language)
    first = [(p.name, p.read_bytes()) for p in sorted(tmp_path.iterdir())]
    scorecard.write(scorecard.score(workspace, PERIOD), tmp_path, settings_of(workspace), language=language)
    assert [(p.name, p.read_bytes()) for p in sorted(tmp_path.iterdir())] == first
    assert (tmp_path / "appendix.html").read_text(encoding="utf-8").count('href="score.html"') == 1
    html = page.read_text(encoding="utf-8")
    assert f'<html lang="{language}"' in html and texts.say("board.made_up", language) in html
    table = pd.read_csv(tmp_path / "score.csv")
    assert set(table["part"]) == {"numbers", "identity", "campaigns", "defects"} or set(table["part"]) >= {"numbers", "defects"}
    assert table.set_index("id").at["kept", "value"] == 0.5


def test_every_line_note_and_defect_has_its_words(company):
    workspace, _ = company
    card = scorecard.score(workspace, PERIOD)
    assert [i for i in card.rows["id"] if not texts.has(f"scorecard.row.{i}")] == []
    kinds = card.defects["kind"]
    assert [k for k in kinds if not (texts.has(f"scorecard.defect.{k}") and texts.has(f"scorecard.how.{k}"))] == []
    assert len(kinds) >= 20


def test_a_companys_own_data_are_refused(company, tmp_path, monkeypatch):
    monkeypatch.setenv("SCRM_HOME", str(tmp_path))
    (tmp_path / "data" / "raw").mkdir(parents=True)
    (tmp_path / "data" / "raw" / "orders.csv").write_text("a\n")
    with pytest.raises(WorkspaceError, match="nobody knows the truth"):
        scorecard.score(open_workspace(), PERIOD)
    said = CliRunner().invoke(main, ["score"])
    assert said.exit_code != 0


def test_a_month_that_was_not_run_is_told(company):
    workspace, _ = company
    with pytest.raises(WorkspaceError, match="2026-09.*was not run"):
        scorecard.score(workspace, "2026-09")


def test_the_path_of_the_card_is_one_that_can_be_opened(tmp_path, monkeypatch):
    """Where there are no links, outputs/<month> holds a pointer: the card lies in the run's folder."""
    workspace = Workspace("sample", tmp_path / "data" / "sample" / "raw", tmp_path)
    run, month = workspace.outputs / ".runs" / "a" / "x", workspace.outputs / PERIOD
    for folder in (run, month, workspace.raw):
        folder.mkdir(parents=True)
    (month / publish.POINTER).write_text(".runs/a/x", encoding="utf-8")
    monkeypatch.setattr(scorecard, "score", lambda *_: None)
    monkeypatch.setattr(scorecard, "write", lambda card, folder, *_, **__: (folder / scorecard.PAGE).write_text("x"))
    assert write_score(workspace, PERIOD, "en").read_text() == "x"


def test_counted_lines_are_those_of_the_same_meaning():
    card = scorecard.Card(PERIOD, frame([
        Row("numbers", "a", "share", 0.5, 0.4, 0.6, 0.5), Row("numbers", "b", "share", 0.5, 0.4, 0.6, 0.5, aligned=False),
        Row("numbers", "c", "share", None, None, None, 0.5),
    ]), pd.DataFrame())  # fmt: skip
    assert card.counted["id"].tolist() == ["a"]


# --- nothing else knows the truth ----------------------------------------------------------------------------------------------

MAY = {"sample", "scorecard"}
# where the folder is named once; the commands that clear it for a new company and that mark a run where there is one
DEFINES = {"store/workspace.py", "commands/company.py", "commands/months.py"}


def names_truth(source: str) -> list[int]:
    """Lines of code (not comments or docstrings) that name the truth folder: an attribute `truth`, a text 'truth' or 'truth/...'."""
    tree = ast.parse(source)
    words = {n.value for n in ast.walk(tree) if isinstance(n, ast.Expr)}
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and node.attr == "truth":
            found.append(node.lineno)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node not in words:
            parts = node.value.replace("\\", "/").split("/")
            found += [node.lineno] if "truth" in parts else []
    return found


def test_the_search_sees_each_way_of_naming_it():
    assert names_truth('x = workspace.truth / "a"') and names_truth('pd.read_parquet("data/sample/truth/a.parquet")')
    assert names_truth('p = home / "truth"') and not names_truth('"""The truth/ is out."""\nx = "the truth"')


def test_no_module_but_scorecard_and_sample_reads_or_names_the_truth():
    package, faults = ROOT / "scrm_helpers", {}
    for path in sorted(package.rglob("*.py")):
        place = path.relative_to(package).as_posix()
        if place.split("/")[0] not in MAY and place not in DEFINES and (lines := names_truth(path.read_text(encoding="utf-8"))):
            faults[place] = lines
    assert faults == {}


@pytest.mark.parametrize("path", sorted((ROOT / "notebooks").glob("*.ipynb")), ids=lambda p: p.stem)
def test_no_notebook_reads_or_names_the_truth(path):
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    code = "\n".join("".join(c["source"]) for c in cells if c["cell_type"] == "code")
    assert names_truth(code) == [] and "scorecard" not in code and "planted.json" not in code


# --- the benchmark runs what the notebooks run ---------------------------------------------------------------------------------


def bench():
    spec = importlib.util.spec_from_file_location("scorecard_bench", ROOT / "benchmarks" / "scorecard.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_benchmark_leaves_out_no_cell_that_says_writes_or_makes_a_name_that_is_needed():
    module = bench()
    for notebook in module.SUITE:
        every = json.loads((ROOT / "notebooks" / f"{notebook}.ipynb").read_text(encoding="utf-8"))["cells"]
        every = ["".join(c["source"]) for c in every if c["cell_type"] == "code"]
        run = module.cells(notebook)
        left = [c for c in every if c not in run]
        assert not [c for c in left if "book.say(" in c or "book.write(" in c or "close()" in c], notebook
        made = {n.id for c in left for n in ast.walk(ast.parse(c)) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}
        own = {n.id for c in run for n in ast.walk(ast.parse(c)) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}
        used = {n.id for c in run for n in ast.walk(ast.parse(c)) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Load)}
        assert not (made - own) & used, f"{notebook}: {sorted((made - own) & used)}"


def test_the_benchmarks_table_by_hand():
    """Two seeds: off by +0.1 and -0.3 gives a bias of -0.1 and a root mean square of sqrt((0.01 + 0.09) / 2); one of two held.

    One in two with 99% exact limits runs from 0.0025 to 0.9975: it holds 0.9.
    """
    rows = [{"part": "numbers", "id": "kept", "name": "", "value": v, "low": v - 0.2, "high": v + 0.2, "truth": 0.5,
             "range_kind": "interval", "aligned": True, "inside": i} for v, i in ((0.6, True), (0.2, False))]  # fmt: skip
    line = bench().table([{"seed": k, "rows": [row]} for k, row in enumerate(rows)]).iloc[0]
    assert line["bias"] == pytest.approx(-0.1) and line["rmse"] == pytest.approx(0.05**0.5)
    assert (line["coverage"], line["ranges"], line["verdict"]) == (0.5, 2, "holds")
    assert (line["low_99"], line["high_99"]) == pytest.approx((0.0025, 0.9975), abs=1e-4)
