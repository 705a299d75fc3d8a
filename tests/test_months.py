"""Months: open, closed, revised, rolled back; three tiny notebooks stand for the nine, and run in this process instead of kernels."""

import csv
import json
import os
import shutil
from datetime import date

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from board_fixture import plain
from click.testing import CliRunner
from test_run import notebook

from scrm_helpers import findings, texts
from scrm_helpers.__main__ import main
from scrm_helpers.compare import compare
from scrm_helpers.report.reader import Reader
from scrm_helpers.report.revision import changes, lines, printed
from scrm_helpers.run import digests, month, revisions
from scrm_helpers.run.errors import Closed, RunError, ValueRefused
from scrm_helpers.run.job import Job
from scrm_helpers.run.month import close_month, run_month
from scrm_helpers.stats import Estimate
from scrm_helpers.store import Store, closings, kept, key_of, open_workspace, versions
from scrm_helpers.store.workspace import CLOSED_FILE, PUBLISHED, UNDER_WAY, WorkspaceError

PERIOD, LATER, DAY = "2026-09", "2026-10", date(2026, 11, 5)
# Tables are made once, for each number sold, and copied whole.
READS = """import shutil
home = pathlib.Path(os.environ['SCRM_HOME'])
sold = (home / 'data/raw/orders.csv').read_text()
private = home / 'data' / 'private' / period
private.mkdir(parents=True, exist_ok=True, mode=0o700)
private.parent.chmod(0o700)
def put(name, target):
    shutil.copyfile(home / 'made' / sold / name, target.with_suffix('.half'))
    target.with_suffix('.half').replace(target)
put('orders.parquet', processed / 'orders.parquet')
put('registry.parquet', private / 'registry.parquet')
if sold == '8':  # a table that the month had not before
    put('orders.parquet', processed / 'order_lines.parquet')"""
SAYS = """import shutil
made = pathlib.Path(os.environ['SCRM_HOME']) / 'made'
sold = next(d.name for d in made.iterdir() if (d / 'orders.parquet').read_bytes() == (processed / 'orders.parquet').read_bytes())
shutil.copyfile(made / sold / 'findings.parquet', processed / 'findings.half')
(processed / 'findings.half').replace(processed / 'findings.02_second.parquet')
(folder / '02_second' / 'tables').mkdir(parents=True, exist_ok=True)
(folder / '02_second' / 'tables' / 'by_store.csv').write_text('store,sold\\nA,' + sold + '\\nB,3\\n')"""
SHOWS = """from scrm_helpers.store.closings import read_showing
from scrm_helpers.store.workspace import open_workspace
seen = read_showing(folder, open_workspace(raw), period)
sold = (folder / '02_second' / 'tables' / 'by_store.csv').read_text().split()[1][2:]
(folder / 'board.html').write_text(f'{sold}00 {sorted(seen.closed)} {seen.revision} {seen.reason}')
(folder / 'month.json').write_text('{"state": "closed", "verb": "hold"}')"""


def tables_of(home, sold: int) -> None:
    """The tables of a month in which `sold` pieces were sold: a figure of 100 each, one that never moves, and as many persons."""
    context = findings.Context("02_second", PERIOD, "en", "TRY")
    rows = [("acquisition.cac", 100.0 * sold, 90.0 * sold, 120.0 * sold), ("board.cost", 5.0, 4.0, 6.0)]
    said = [
        findings.say(context, "board.cost", id=i, measure="cac", estimate=Estimate(v, low, high, 0.9, 50, "")) for i, v, low, high in rows
    ]
    folder = home / "made" / str(sold)
    folder.mkdir(parents=True)
    path = Store(open_workspace(), PERIOD).write("findings", findings.frame(said), part="02_second")
    path.replace(folder / "findings.parquet")
    order = {"ordered_on": date(2026, 9, 15), "kind": "sale", "status": "completed", "is_internal": False, "net": sold}
    people = {"account_id": list(range(sold)), "person_id": list(range(sold))}
    for name, table in (("orders", pa.Table.from_pylist([order])), ("registry", pa.table(people))):
        pq.write_table(table.replace_schema_metadata({versions.MARK: str(versions.VERSION)}), folder / f"{name}.parquet")


class Ended:
    """A process that has ended."""

    def __init__(self, returncode: int):
        self.returncode = returncode

    def poll(self) -> int:
        return self.returncode


class InProcess(Job):
    """The runner's own job, but for the kernels: cells run here. What is staged, kept and told is the real thing."""

    def __init__(self, *arguments):
        super().__init__(*arguments)
        self.forks = True

    def _fork(self, notebook, file, log) -> Ended:
        job = json.loads(file.read_text(encoding="utf-8"))
        cells = json.loads(notebook.path.read_text(encoding="utf-8"))["cells"]
        parameters, code = (cell["source"] for cell in cells if cell["cell_type"] == "code")
        names: dict = {}
        os.environ["SCRM_RUN"] = str(self.folder)
        try:
            exec(parameters, names)
            exec(code, names | job["parameters"])
        except ValueError as error:
            told = {"cell": 2, "told": True, "message": str(error)}
            (file.parent / "failure.json").write_text(json.dumps(told), encoding="utf-8")
            return Ended(1)
        finally:
            del os.environ["SCRM_RUN"]
        return Ended(0)


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A project whose September was run and closed: 7 sold, so 700."""
    home = tmp_path_factory.mktemp("months")
    (home / "data" / "raw").mkdir(parents=True)
    (home / "data" / "raw" / "orders.csv").write_text("7")
    (home / "notebooks").mkdir()
    notebook(home / "notebooks" / "01_first.ipynb", ["raw"], ["orders", "registry"], READS)
    notebook(home / "notebooks" / "02_second.ipynb", ["orders"], ["findings"], SAYS)
    notebook(home / "notebooks" / "03_third.ipynb", ["findings"], [], SHOWS)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SCRM_HOME", str(home))
        patch.setattr(month, "Job", InProcess)
        tables_of(home, 7)
        tables_of(home, 8)
        key_of(open_workspace())  # these notebooks need none; a month that has persons was never made without
        run_month(PERIOD, progress=False)
        close_month(PERIOD, on=DAY, progress=False)
    return home


@pytest.fixture
def home(made, tmp_path, monkeypatch):
    """A copy of it for one test."""
    top = tmp_path / "home"
    shutil.copytree(made, top, symlinks=True)
    monkeypatch.setenv("SCRM_HOME", str(top))
    monkeypatch.setattr(month, "Job", InProcess)
    return top


def everything(home, period=PERIOD) -> dict[str, str]:
    """Digest of every file of a month that a reader or a later month may see: page, tables, what is published; private ones too."""
    held = digests.of_files((home / "outputs" / period).resolve(), "**/*")
    for top in ("processed", "private"):
        folder = home / "data" / top / period
        held |= {f"{top}/{k}": v for k, v in digests.of_files(folder, "*.parquet", f"{PUBLISHED}/*").items()}
    return held


def page(home, period=PERIOD) -> str:
    return (home / "outputs" / period / "board.html").read_text(encoding="utf-8")


def late(home, sold="8") -> None:
    (home / "data" / "raw" / "orders.csv").write_text(sold)


def revised(home, reason="the till of store A came late"):
    late(home)
    return run_month(PERIOD, progress=False, revise=reason, on=DAY)


def test_a_closed_month_says_so_and_ends_at_once_where_nothing_changed(home):
    assert page(home) == f"700 ['{PERIOD}'] 1 "
    before = everything(home)
    assert run_month(PERIOD, progress=False).read_text() == page(home)
    assert everything(home) == before and len(before) > 10
    assert "closed · as first closed · Hold" in (home / "outputs" / "index.html").read_text(encoding="utf-8")


def test_late_data_change_nothing_of_a_closed_month_until_it_is_revised(home):
    before = everything(home)
    late(home)
    with pytest.raises(Closed, match=r"is closed \(revision 1 of 2026-11-05\).*Changed since: raw files orders.csv.*--revise"):
        run_month(PERIOD, progress=False)
    with pytest.raises(Closed):
        run_month(PERIOD, progress=False, again=True)
    assert everything(home) == before
    assert revised(home).read_text() == f"800 ['{PERIOD}'] 2 the till of store A came late"
    rows = list(csv.reader((home / "outputs" / PERIOD / "revision.csv").open(encoding="utf-8")))
    # 7 x 100 = 700 (630 to 840) became 8 x 100 = 800 (720 to 960); store A sold 8 for 7; store B and the second figure stay
    assert rows[1:] == [
        ["acquisition.cac", "", "value", "700.0", "800.0"], ["acquisition.cac", "", "low", "630.0", "720.0"],
        ["acquisition.cac", "", "high", "840.0", "960.0"], ["02_second/by_store", "A", "sold", "7", "8"],
    ]  # fmt: skip
    html = plain((home / "outputs" / PERIOD / "revision.html").read_text(encoding="utf-8"))
    figures = ("700 TL (630 to 840)", "800 TL (720 to 960)", "Cost to win a customer, social", "by_store")
    for text in ("September 2026, revision 2", "the till of store A came late", *figures):
        assert text in html, text
    assert "Programme cost" not in html and "acquisition.cac" not in html  # names for readers; ids are in the CSV
    held = closings.closing_of(open_workspace(), PERIOD)
    assert [(r.number, r.before, r.changed) for r in held.revisions] == [(1, 0, 0), (2, 1, 4)]


def test_a_rollback_gives_the_former_bytes_and_a_number_is_never_given_twice(home):
    before = everything(home)
    revised(home)
    assert "processed/published/order_lines.parquet" in everything(home)
    gone, shown = revisions.rollback(open_workspace(), PERIOD)
    assert (gone.number, shown.number) == (2, 1) and everything(home) == before
    with pytest.raises(ValueRefused, match="shows revision 1, as it was closed"):
        revisions.rollback(open_workspace(), PERIOD)
    assert revised(home, "once more").read_text().endswith(" 3 once more")
    assert revisions.rollback(open_workspace(), PERIOD)[1].number == 1 and everything(home) == before
    private = home / "data" / "private" / PERIOD
    assert {p.stat().st_mode & 0o777 for p in (private, *private.rglob("*")) if p.is_dir()} == {0o700}
    assert {p.name for p in (private / "revisions").iterdir()} == {"1", "2", "3"}


@pytest.mark.parametrize("part", ["processed", "private"])
def test_a_revision_whose_tables_are_gone_is_refused_before_anything_changes(home, part):
    """Page and tables of two revisions would stand side by side."""
    revised(home)
    lost = home / "data" / part / PERIOD / "revisions" / "1"
    lost.rename(home / "away")
    before = everything(home)
    with pytest.raises(WorkspaceError, match=rf"{part}/{PERIOD}/revisions/1: came without a table.*revision 1. Nothing was changed"):
        revisions.rollback(open_workspace(), PERIOD)
    assert everything(home) == before and closings.closing_of(open_workspace(), PERIOD).shown == 2
    assert not closings.is_under_way(open_workspace(), PERIOD)
    with pytest.raises(WorkspaceError, match="came without a table"):  # the same where a change that was cut off is brought back
        kept.bring_back(open_workspace(), PERIOD, 1)
    assert everything(home) == before
    (home / "away").rename(lost)
    assert revisions.rollback(open_workspace(), PERIOD)[1].number == 1


def test_labels_of_reviewers_outlive_a_rollback(home):
    labels = home / "data" / "private" / PERIOD / "labels.parquet"
    labels.write_bytes(b"answers of people")
    revised(home)
    labels.write_bytes(b"more answers")
    revisions.rollback(open_workspace(), PERIOD)
    assert labels.read_bytes() == b"more answers"


TOLD = "from scrm_helpers.errors import ToldError\n"


def test_a_revision_that_fails_or_is_killed_leaves_the_old_month(home):
    before = everything(home)
    third = home / "notebooks" / "03_third.ipynb"
    notebook(third, ["findings"], [], f"{TOLD}raise ToldError('came 0, expected 1; noted: ' + str((processed / '{UNDER_WAY}').exists()))")
    with pytest.raises(RunError, match="came 0, expected 1; noted: True"):
        revised(home)
    assert everything(home) == before and not (home / "data" / "processed" / PERIOD / UNDER_WAY).exists()
    # killed while it ran: tables of both, and a note that it was begun
    closings.begin(open_workspace(), PERIOD)
    (home / "data" / "processed" / PERIOD / "orders.parquet").unlink()
    (home / "data" / "processed" / PERIOD / PUBLISHED / "orders.parquet").unlink()
    (home / "data" / "processed" / PERIOD / PUBLISHED / "orders.parquet").write_bytes(b"half")
    with pytest.raises(Closed):
        run_month(PERIOD, progress=False)
    assert everything(home) == before


def test_killed_before_the_record_is_written_the_old_revision_stands(home, monkeypatch):
    before = everything(home)
    def stop(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(closings, "write", stop)
    with pytest.raises(KeyboardInterrupt):
        revised(home)
    assert everything(home) == before and closings.closing_of(open_workspace(), PERIOD).shown == 1


def test_what_cannot_be_closed_or_revised_is_told(home):
    with pytest.raises(ValueRefused, match="closed already"):
        close_month(PERIOD, on=DAY, progress=False)
    with pytest.raises(ValueRefused, match="has no page"):
        close_month(LATER, on=DAY, progress=False)
    with pytest.raises(ValueRefused, match="not closed"):
        run_month(LATER, progress=False, revise="why not", on=DAY)
    with pytest.raises(ValueRefused, match="nothing that 2026-09 rests on has changed"):
        run_month(PERIOD, progress=False, revise="for nothing", on=DAY)
    with pytest.raises(ValueRefused, match="e-mail"):
        run_month(PERIOD, progress=False, revise="ayse@ornek.com asked", on=DAY)
    with pytest.raises(ValueRefused, match="not closed"):
        revisions.rollback(open_workspace(), LATER)


def test_an_open_month_is_replaced_and_must_be_fresh_and_whole_to_be_closed(home):
    assert run_month(LATER, progress=False).read_text() == f"700 ['{PERIOD}'] 0 "
    late(home)
    with pytest.raises(ValueRefused, match="not of the data as they are .raw files orders.csv.; expected"):
        close_month(LATER, on=DAY, progress=False)
    assert run_month(LATER, progress=False).read_text() == f"800 ['{PERIOD}'] 0 "
    sources = (home / "outputs" / LATER).resolve() / "09_board" / "tables" / "sources.csv"
    sources.parent.mkdir(parents=True)
    sources.write_text("table,last_on,complete\norders,2026-10-31,True\nspend,2026-10-12,False\n")
    with pytest.raises(ValueRefused, match="still waits for spend .seen to 2026-10-12.; .*--anyway"):
        close_month(LATER, on=DAY, progress=False)
    assert close_month(LATER, on=DAY, anyway=True, progress=False).read_text() == f"800 ['{PERIOD}', '{LATER}'] 1 "


def test_an_earlier_month_of_another_contract_is_told_before_anything_runs(home, monkeypatch):
    held = versions.VERSION
    monkeypatch.setattr(versions, "VERSION", held + 1)
    with pytest.raises(WorkspaceError, match=rf"2026-09/published/\w+.*contract version {held}, expected {held + 1}. Move .*upgrade"):
        run_month(LATER, progress=False)
    assert not (home / "outputs" / LATER).exists() and not (home / "data" / "processed" / LATER).exists()


def test_one_by_one_or_together_months_are_the_same(home, tmp_path, monkeypatch):
    months = ["2026-06", "2026-07", "2026-08"]
    assert CliRunner().invoke(main, ["run", "--quiet", "--period", f"{months[0]}..{months[-1]}"]).exit_code == 0
    together = [everything(home, m) for m in months]
    other = tmp_path / "other"
    shutil.copytree(home, other, symlinks=True, ignore=lambda _, names: [n for n in names if n in ("outputs", *months)])
    monkeypatch.setenv("SCRM_HOME", str(other))
    for month_of_them in months:
        run_month(month_of_them, progress=False)
    assert [everything(other, m) for m in months] == together and all(len(t) > 10 for t in together)


def test_compare_reads_kept_months_as_published(home):
    late(home)
    run_month(LATER, progress=False)
    html = plain(compare(open_workspace(), PERIOD, LATER, language="en").read_text(encoding="utf-8"))
    assert "700 TL" in html and "800 TL" in html


def test_a_range_of_months_skips_what_is_closed_and_says_so(home):
    late(home)
    line = ["run", "--quiet", "--period"]
    said = CliRunner().invoke(main, [*line, "2026-08..2026-10"])
    assert said.exit_code == 0, said.output
    assert [p.split(os.sep)[-2] for p in said.stdout.split()] == ["2026-08", LATER] and "2026-09 is closed" in said.stderr
    assert page(home) == f"700 ['{PERIOD}'] 1 " and page(home, LATER) == f"800 ['{PERIOD}'] 0 "
    wrong = {("2026-10..2026-08",): "2026-08..2026-10", ("2026-08..2026-10", "--revise", "x"): "one month", (PERIOD,): "is closed"}
    for words, told in wrong.items():
        said = CliRunner().invoke(main, [*line, *words])
        assert said.exit_code == 2 and told in said.stderr and page(home) == f"700 ['{PERIOD}'] 1 "


def test_the_commands_close_revise_and_roll_back(home):
    late(home)
    for words, told in (
        (("run", "--quiet", "--period", LATER), LATER), (("close", LATER, "--quiet"), LATER), (("close", PERIOD), "closed already"),
        (("run", "--quiet", "--period", PERIOD, "--revise", "late till"), PERIOD), (("rollback", PERIOD), "shows revision 1"),
        (("report", "--quiet", "--period", PERIOD), "is closed (revision 1"),
    ):  # fmt: skip
        said = CliRunner().invoke(main, words)
        assert said.exit_code == (2 if told == "closed already" else 0) and told in said.output, said.output
    assert page(home) == f"700 ['{PERIOD}'] 1 " and page(home, LATER) == f"800 ['{PERIOD}', '{LATER}'] 1 "


def test_cells_of_tables_are_paired_by_their_labels():
    """A row that came, one that went, a new column, two rows under one label."""
    old = [["source", "kind", "n"], ["instagram", "a", "1"], ["tiktok", "a", "2"], ["tiktok", "a", "3"], ["gone", "b", "9"]]
    rows = [["instagram", "a", "1", "x"], ["tiktok", "a", "2", ""], ["tiktok", "a", "4", ""], ["came", "b", "8", ""]]
    new = [["source", "kind", "n", "more"], *rows]
    found = changes({}, {}, {"x/y": old}, {"x/y": new})
    assert [tuple(c)[1:] for c in found] == [
        ("", "columns", "source, kind, n", "source, kind, n, more"), ("instagram a", "more", "", "x"), ("tiktok a", "n", "3", "4"),
        ("gone b", "", "gone, b, 9", ""), ("came b", "", "", "came, b, 8, "),
    ]  # fmt: skip


RANKED = [["rank", "name", "net"], ["1", "Ada", "90"], ["2", "Bo", "80"], ["3", "Cy", "70"]]
AGES = [["source", "age", "kept"], ["tiktok", "0", "10"], ["tiktok", "1", "6"]]


def test_a_list_in_order_is_paired_by_name_and_a_cohort_by_its_age():
    """Bo passes Ada and Dee comes in for Cy: Ada is the second now and has what she had, nobody is told to have another's money."""
    new = [RANKED[0], ["1", "Bo", "95"], ["2", "Ada", "90"], ["3", "Dee", "75"]]
    assert [tuple(c)[1:] for c in changes({}, {}, {"x/y": RANKED}, {"x/y": new})] == [
        ("Ada", "rank", "1", "2"), ("Bo", "rank", "2", "1"), ("Bo", "net", "80", "95"), ("Cy", "", "3, Cy, 70", ""),
        ("Dee", "", "", "3, Dee, 75"),
    ]  # fmt: skip
    # an age that came last month moves to the second place: by place it would read as another age's figure
    new = [AGES[0], ["tiktok", "1", "7"], ["tiktok", "0", "10"], ["tiktok", "2", "5"]]
    assert [tuple(c)[1:] for c in changes({}, {}, {"x/y": AGES}, {"x/y": new})] == [
        ("tiktok 1", "kept", "6", "7"), ("tiktok 2", "", "", "tiktok, 2, 5"),
    ]  # fmt: skip


def verdict(verb: str, n: int):
    """A verdict, which is words, and a figure that is withheld with the count of its cases."""
    context, few = findings.Context("09_board", PERIOD, "tr", "TRY"), {"measure": "cac", "window": "12m"}
    both = lambda text_id: {lang: texts.say(text_id, lang) for lang in texts.LANGUAGES}  # noqa: E731
    values = {"verb": both(f"board.verb.{verb}"), "rule": "", "kept": ""}
    said = findings.say(context, "board.verdict", values=values | {"printed": verb, "asked": verb, "state": "closed"})
    who = {"who": both("acquisition.who.social")}
    short = findings.too_few(context, "acquisition.cac_few", Estimate(9.0, 1.0, 20.0, 0.9, n, ""), id="acquisition.cac", values=who, **few)
    return {f.id: f for f in (said, short)}


def test_a_revision_tells_words_where_words_changed():
    """Of a verdict and of a figure that is withheld in both, the sentences stand; what a reader would not see is not listed."""
    old, new = verdict("hold", 3), verdict("test", 4)
    hidden = {"board.cost": figure(412.0001)}, {"board.cost": figure(412.0002)}
    old, new = old | hidden[0], new | hidden[1]
    shown = printed(changes(old, new, {}, {}), old, new, Reader(new, language="tr", currency="TRY"))
    names = [Reader(new, language="tr", currency="TRY").named(new[i]) for i in ("acquisition.cac", "board.verdict")]
    assert [row[0] for row in shown] == names and all(names)
    assert "n=3" in shown[0][1] and "n=4" in shown[0][2] and shown[0][1] == old["acquisition.cac"].text_tr
    assert "Sosyal bütçeyi koruyun." in shown[1][1] and "Karar vermeden test edin." in shown[1][2]
    reader = Reader(new, language="tr", currency="TRY")
    said = lines(shown, reader, most=1)
    assert said[0] == "Değişen basılı rakam: 2." and old["acquisition.cac"].text_tr in said[1]
    assert len(said) == 3 and said[2].startswith("1 rakam daha")


def figure(value: float):
    context, estimate = findings.Context("09_board", PERIOD, "tr", "TRY"), Estimate(value, 400.0, 430.0, 0.9, 50, "")
    return findings.say(context, "board.cost", measure="programme_cost", estimate=estimate)


def test_a_revision_says_on_the_screen_what_it_changed(home):
    """700 became 800, the range 630 to 840 became 720 to 960; the other figure never moves."""
    late(home)
    said = CliRunner().invoke(main, ("run", "--quiet", "--period", PERIOD, "--revise", "late till"))
    assert said.exit_code == 0, said.output
    assert "Printed numbers that changed: 1." in said.stderr
    line = next(x for x in said.stderr.splitlines() if ": before " in x)
    assert line.index("700") < line.index("now") < line.index("800") and said.stderr.count(": before ") == 1
    # the page says the same words; a month that was not revised says nothing
    assert line.split(": before ")[1].split(" now ")[0] in plain((home / "outputs" / PERIOD / "revision.html").read_text(encoding="utf-8"))
    said = CliRunner().invoke(main, ("run", "--quiet", "--period", LATER))
    assert "Printed numbers" not in said.stderr


@pytest.mark.parametrize(("language", "wanted"), [
    ("en", "rows set aside, in no number of the page: 5 (money in them: 1,250 TL); cells left blank, their rows used: 139."),
    ("tr", "satır: 5 (içlerindeki tutar: 1.250 TL); boş bırakılan, satırı kullanılan hücre: 139."),
])  # fmt: skip
def test_a_run_ends_with_what_was_set_aside_and_where_it_stands(home, monkeypatch, language, wanted):
    """3 orders of 1,250 TL, 2 contacts without money, 139 cells left blank; a month that nothing was set aside in says nothing."""
    folder = (home / "outputs" / PERIOD).resolve() / "01_ingestion" / "tables"
    folder.mkdir(parents=True)
    rows = ["orders,zero,3,0,1250.0", "accounts,blank,2,0,", "accounts,cell_digits_lost,0,139,"]
    (folder / "set_aside.csv").write_text("\n".join(["table,why,rows_quarantined,cells_blank,amount", *rows]) + "\n")
    monkeypatch.setattr(texts, "spoken", lambda: language)
    said = CliRunner().invoke(main, ("run", "--quiet", "--period", PERIOD))
    assert said.exit_code == 0 and wanted in said.stdout and f"{PERIOD}/restricted/01_ingestion/set_aside.csv" in said.stdout
    assert said.stderr == "" and said.stdout.splitlines()[-1].endswith("board.html")  # no fault: cron mails what stands on stderr
    unread = ["orders,zero,3,0,1,1250.0", "costs,ragged,2,0,2,500.0"]  # three of the five rows at a mean
    (folder / "set_aside.csv").write_text("\n".join(["table,why,rows_quarantined,cells_blank,unread,amount", *unread]) + "\n")
    about = {"en": "about 1,750 TL; that of 3 rows cannot be read", "tr": "yaklaşık 1.750 TL; 3 satırın tutarı okunamıyor"}[language]
    assert about in CliRunner().invoke(main, ("run", "--quiet", "--period", PERIOD)).stdout
    (folder / "set_aside.csv").write_text("table,why,rows_quarantined,cells_blank,amount\n")
    said = CliRunner().invoke(main, ("run", "--quiet", "--period", PERIOD))
    assert said.stderr == "" and len(said.stdout.splitlines()) == 1


def test_a_month_is_not_compared_with_itself(home):
    said = CliRunner().invoke(main, ("compare", PERIOD, PERIOD))
    assert said.exit_code == 2 and f"came with {PERIOD} twice" in said.stderr
    assert not list((home / "outputs").glob("compare_*"))


def test_the_record_is_plain(home):
    held = json.loads((home / "data" / "processed" / PERIOD / CLOSED_FILE).read_text(encoding="utf-8"))
    assert held["shown"] == 1 and held["revisions"][0]["on"] == "2026-11-05"


def test_a_score_card_goes_with_the_month_to_its_next_page(home, monkeypatch):
    """A month of a company with planted truth is marked; closing it, and each later page, makes a folder: its card is made anew there."""
    from scrm_helpers.commands import months as commands

    marked = []

    def mark(workspace, period, language):
        marked.append((period, language))
        card = (workspace.outputs / period).resolve() / "score.html"
        card.write_text(f'<html lang="{language}"></html>', encoding="utf-8")
        return card

    monkeypatch.setattr(commands, "write_score", mark)
    run_month(LATER, progress=False)
    truth = open_workspace().truth
    truth.mkdir(parents=True)
    mark(open_workspace(), LATER, "tr")
    before = (home / "outputs" / LATER).resolve()
    said = CliRunner().invoke(main, ("close", LATER, "--quiet"))
    assert said.exit_code == 0, said.output
    assert (home / "outputs" / LATER).resolve() != before and marked == [(LATER, "tr")] * 2
    assert "tr" in (home / "outputs" / LATER / "score.html").read_text(encoding="utf-8")
    (home / "data" / "raw" / "orders.csv").write_text("8")
    said = CliRunner().invoke(main, ("run", "--quiet", "--period", LATER, "--revise", "late orders", "--language", "en"))
    assert said.exit_code == 0 and marked[2:] == [(LATER, "en")] and (home / "outputs" / LATER / "score.html").is_file()
    assert CliRunner().invoke(main, ("run", "--quiet", "--period", PERIOD, "--revise", "late orders")).exit_code == 0
    assert len(marked) == 3 and not (home / "outputs" / PERIOD / "score.html").exists()  # never marked
