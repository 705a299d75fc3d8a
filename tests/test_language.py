"""The language that a company is spoken to in: kept from run to run, and the same for whatever a command refuses or says."""

import ast
import json
from datetime import date
from pathlib import Path

import pytest
from click.testing import CliRunner
from ingestion_files import checked
from test_months import LATER, PERIOD, InProcess, home, made  # noqa: F401 (fixtures: three tiny notebooks, a closed September)

from scrm_helpers import ingestion, texts
from scrm_helpers.__main__ import main
from scrm_helpers.commands import months as commands
from scrm_helpers.commands.group import Spoken
from scrm_helpers.errors import ToldError
from scrm_helpers.ingestion import received
from scrm_helpers.run import month, newest
from scrm_helpers.run.month import close_month, run_month
from scrm_helpers.store import Store, open_workspace, settings_of
from scrm_helpers.store.settings import language_of
from scrm_helpers.store.shown import POINTER

PACKAGE = Path(__file__).resolve().parents[1] / "scrm_helpers"
ORDERS = "Order No,Date,Customer,Amount\n" + "".join(f"A{m}{d},2026-{m:02d}-{d:02d},{d},10.00\n" for m in (7, 8, 9) for d in range(1, 29))
SOURCES = """company: {name: Küçük, currency: TRY}
sources:
  - {name: till, file: orders.csv, table: orders, columns: {Order No: order_id, Date: ordered_at, Customer: account_id, Amount: net},
     options: {date_order: YMD, vat: excluded}}
"""


@pytest.fixture
def company(tmp_path, monkeypatch):
    """A company with orders of July to September, without a language of its own."""
    monkeypatch.setenv("SCRM_HOME", str(tmp_path))
    raw = tmp_path / "data" / "raw"
    raw.mkdir(parents=True)
    (raw / "orders.csv").write_text(ORDERS, encoding="utf-8")
    (raw / "sources.yml").write_text(SOURCES, encoding="utf-8")
    (tmp_path / "notebooks").symlink_to(PACKAGE.parent / "notebooks", target_is_directory=True)
    return tmp_path


def shown_in(home, period: str, language: str) -> None:  # noqa: F811
    """A month whose page was made in a language."""
    folder = home / "outputs" / period
    folder.mkdir(parents=True)
    (folder / POINTER).write_text(f"{period}/run", encoding="utf-8")
    (folder / "run").mkdir()
    record = {"parameters": {"01_first": {"window": 3}, "02_second": {"language": language}}}
    (folder / "run" / "run.json").write_text(json.dumps(record), encoding="utf-8")


def said(*words: str) -> tuple[int, str]:
    done = CliRunner().invoke(main, list(words))
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    return done.exit_code, done.output


def test_the_language_is_the_one_stated_else_that_of_the_page_else_of_the_newest_page(company):
    workspace = open_workspace()
    assert language_of(workspace) == "en"
    shown_in(company, "2026-08", "tr")
    assert [language_of(workspace, p) for p in ("", "2026-07", "2026-08")] == ["tr", "tr", "tr"]
    shown_in(company, "2026-09", "en")
    assert [language_of(workspace, p) for p in ("", "2026-07", "2026-08")] == ["en", "en", "tr"]
    assert settings_of(workspace).language == "en"
    (workspace.raw / "sources.yml").write_text(SOURCES.replace("TRY}", "TRY, language: tr}", 1), encoding="utf-8")
    assert [language_of(workspace, p) for p in ("", "2026-09")] == ["tr", "tr"]
    (workspace.raw / "parameters.yml").write_text("language: en\n", encoding="utf-8")
    assert [language_of(workspace, p) for p in ("", "2026-08")] == ["en", "en"]
    (workspace.raw / "parameters.yml").write_text("language: de\n", encoding="utf-8")
    with pytest.raises(ToldError, match="came 'de', expected one of en, tr"):
        language_of(workspace)


def test_a_month_made_in_turkish_stays_turkish_and_is_not_run_again(home, capfd):  # noqa: F811
    page = run_month(LATER, language="tr", progress=False)
    first = page.resolve()
    assert run_month(LATER, progress=False).resolve() == first  # the run that is shown: nothing was made anew
    code, output = said("run", "--period", LATER)
    assert code == 0 and page.resolve() == first and "bitti" not in output
    capfd.readouterr()
    close_month(LATER, on=date(2026, 11, 5))
    # the page alone is made anew, for it says that the month is closed; whatever reads no findings is kept
    assert [line.split()[1] for line in capfd.readouterr().err.splitlines()[:2]] == ["unchanged", "unchanged"]
    record = json.loads((page.resolve().parent / "run.json").read_text(encoding="utf-8"))
    assert {v["language"] for v in record["parameters"].values()} == {"tr"}
    assert run_month(LATER, progress=False).resolve().parent == page.resolve().parent
    code, output = said("close", LATER)
    assert (code, "zaten kapalı" in output) == (2, True)
    # September was made in English and is closed: it keeps its page and its language
    assert json.loads((home / "outputs" / PERIOD / "run.json").read_text())["parameters"]["01_first"]["language"] == "en"
    assert run_month(PERIOD, progress=False)


def test_a_command_speaks_the_language_of_the_pages(company):
    shown_in(company, "2026-08", "tr")
    assert "siparişler: 84 satır" in said("check")[1]  # 3 months of 28 orders
    assert "orders: 84 rows" in said("check", "--language", "en")[1]
    assert "daha eski bir şey yok" in said("prune", "--keep", "5")[1]
    for words, expected in (
        (("rollback", "2026-08"), "kapalı değil"),
        (("run", "--period", "2026-9"), "gibi bir ay"),
        (("run", "--period", "2026-09..2026-08"), "önce eski ay beklenir"),
        (("why", "1", "--period", "2026-07"), "sayfası olan bir ay beklenir"),
        (("mail", "--period", "2026-07"), "sayfası olan bir ay beklenir"),
        (("compare",), "iki beklenir"),
        (("export", "--channel", "email", "--period", "2026-08"), "biri beklenir"),
        (("forget", "nobody"), "bunlardan hiçbiri olmayan"),
        (("forget", "0532 111 22 33"), "böyle bir değer yok (bir telefon numarası)"),
        (("key", "backup", str(company.parent / "safe.tar.gz")), "yedeklenecek bir anahtar"),
        (("recheck", "--period", "2026-08"), "temas tablosu yok"),
        (("run", "--period", "2026-08", "--raw", "nowhere", "--language", "tr"), "bu bir klasör değil"),
    ):
        code, output = said(*words)
        assert code == 2 and expected in output, (words, output)


def test_a_month_without_orders_is_refused_before_anything_runs(company):
    code, output = said("run", "--period", "2030-01")
    assert code == 2 and "came 2030-01, but orders run from 2026-07 to 2026-09" in output
    code, output = said("run", "--period", "2026-08..2026-11", "--language", "tr")
    assert code == 2 and "2026-10, 2026-11 istendi" in output
    assert said("report", "--period", "2026-06")[0] == 2
    assert not list((company / "outputs").glob("2*")) and not list((company / "outputs" / ".runs").glob("[ab]"))
    newest.refuse_without_orders(open_workspace(), ["2026-07", "2026-09"])
    (company / "data" / "raw" / "orders.csv").write_text("nothing\n1\n", encoding="utf-8")
    newest.refuse_without_orders(open_workspace(), ["2026-07"])  # the first notebook says what is wrong with the files


@pytest.mark.parametrize(("today", "wanted"), [
    (date(2026, 10, 31), ""),  # September is the last whole month
    (date(2026, 11, 3), "The last whole month is 2026-10, but no order after 28 September 2026 was read: the page is of 2026-09."),
    (date(2026, 12, 1), "The last whole month is 2026-11, but no order after 28 September 2026 was read"),
])  # fmt: skip
def test_months_whose_files_never_came_are_told(company, today, wanted):
    """Orders run from July to the 28th of September; one dated 2031 is a slip of its file."""
    assert newest.month_of(open_workspace()) == "2026-09"
    told = newest.behind(open_workspace(), "2026-09", today)
    assert told.startswith(wanted) and bool(told) == bool(wanted)
    orders = company / "data" / "raw" / "orders.csv"
    orders.write_text(ORDERS + "A1,2031-01-05,3,10.00\n", encoding="utf-8")
    assert newest.month_of(open_workspace()) == "2026-09" and newest.behind(open_workspace(), "2026-09", today) == told
    begun = "".join(f"B{d},2026-10-{d:02d},{d},10.00\n" for d in (1, 2, 3, 4, 5))
    orders.write_text(ORDERS + begun, encoding="utf-8")
    few = newest.behind(open_workspace(), newest.month_of(open_workspace()), today)
    assert ("after 2026-09 were read (5 orders, the last of 5 October 2026)" in few) == bool(wanted) == bool(few)


@pytest.mark.parametrize("command", ["report", "run"])
def test_a_scheduler_is_told_of_files_that_never_came_and_the_page_is_made(company, monkeypatch, command):
    class November(date):
        today = classmethod(lambda cls: cls(2026, 11, 27))

    monkeypatch.setattr(commands, "date", November)
    monkeypatch.setattr(month, "run_month", lambda period, **_: company / period / "index.html")
    done = CliRunner().invoke(main, [command, "--quiet", "--language", "tr"])
    assert done.exit_code == 0 and done.stdout.split() == [str(company / "2026-09" / "index.html")]
    assert done.stderr.startswith("Son tam ay 2026-10, ama 28 Eylül 2026 gününden sonrasına ait sipariş okunmadı")
    assert done.stderr.count("\n") == 1
    assert CliRunner().invoke(main, [command, "--quiet", "--period", "2026-08"]).stderr == ""  # a month that was asked for


def test_of_the_sample_company_a_scheduler_hears_nothing_where_all_went_well(tmp_path, monkeypatch):
    """It ends in August 2026 because it was made so: no file of it is still to come. Its score card is no fault."""
    monkeypatch.setenv("SCRM_HOME", str(tmp_path))
    raw, truth = tmp_path / "data" / "sample" / "raw", tmp_path / "data" / "sample" / "truth"
    raw.mkdir(parents=True)
    truth.mkdir()
    (raw / "MADE_UP_DATA.json").write_text(json.dumps({"files": {}, "first_month": "2026-01", "last_month": "2026-08"}), encoding="utf-8")
    workspace = open_workspace()
    assert workspace.is_made_up and workspace.truth == truth and newest.behind(workspace, "2026-08", date(2026, 11, 27)) == ""
    monkeypatch.setattr(month, "run_month", lambda period, **_: tmp_path / period / "index.html")
    monkeypatch.setattr(commands, "write_score", lambda *_: tmp_path / "2026-08" / "score.html")
    done = CliRunner().invoke(main, ["report", "--quiet", "--language", "en"])
    wanted = [f"score card: {tmp_path / '2026-08' / 'score.html'}", str(tmp_path / "2026-08" / "index.html")]
    assert (done.exit_code, done.stderr, done.stdout.splitlines()) == (0, "", wanted)


def test_the_folder_that_was_given_is_the_one_to_put_orders_into(company):
    """Wherever it lies: data/raw/ stood there for every folder."""
    other = company.parent / "elsewhere"
    other.mkdir()
    (other / "orders.csv").write_text("nothing\n1\n", encoding="utf-8")
    for words, told in (
        (("report", "--raw", str(other)), f"Put an order or invoice export into {other}, or name a month"),
        (("report", "--raw", str(other), "--language", "tr"), f"Şu klasöre bir sipariş ya da fatura dışa aktarımı koyun: {other};"),
    ):
        code, output = said(*words)
        assert code == 2 and told in output, output
    (other / "orders.csv").unlink()
    assert f"No file was found. Put exports into {other} and run again." in said("check", "--raw", str(other))[1]
    with pytest.raises(ToldError, match=f"Put one into {other} and run again"):
        ingestion.read_all(open_workspace(str(other)), Store(open_workspace(str(other)), "2026-09"), as_of=date(2026, 10, 1))
    (company / "data" / "raw" / "orders.csv").write_text("nothing\n1\n", encoding="utf-8")
    assert "export into data/raw, or name a month" in said("report")[1]


def test_a_value_that_is_not_allowed_is_refused_before_anything_runs(company):
    wrong = ("csv=fransizca", "fiscal_start=13", "04_retention.window=0", "07_experiments.window=0")
    code, output = said("run", "--period", "2026-09", *(word for one in wrong for word in ("-p", one)))
    assert code == 2 and "09_board, csv: came 'fransizca', expected one of plain, turkish (form" in output
    assert "fiscal_start: came 13, expected a whole number from 1 to 12" in output
    assert "04_retention, window: came 0, expected a whole number from 1 to 3650 (days" in output
    assert "07_experiments, window: came 0, expected a whole number of at least 1 (months" in output
    code, output = said("run", "--period", "2026-09", "-p", "online=shopp")
    assert code == 2 and "06_campaigns, online: came 'shopp', expected one of shop, marketplace, store" in output
    assert output.rstrip().endswith("Did you mean 'shop'?")
    for name, books in (("window", "03_acquisition, 04_retention (days"), ("horizon", "03_acquisition (days after")):
        code, output = said("run", "--period", "2026-09", "-p", f"{name}=60")
        assert code == 2 and books in output and f"-p 03_acquisition.{name}=60" in output
    output = said("run", "--period", "2026-09", "-p", "window=60", "--language", "tr")[1]
    assert "03_acquisition, 04_retention; 07_experiments; 08_audiences" in output and "-p 03_acquisition.window=60" in output
    output = said("run", "--period", "2026-09", "-p", "csv=fransizca", "-p", "windw=3", "--language", "tr")[1]
    assert "beklenen: şunlardan biri: plain, turkish." in output and "Bunu mu demek istediniz: 'window'" in output
    assert "came" not in output and "expected" not in output
    for words, expected in ((("-p", "language=tr"), "--language"), (("-p", "01_ingestion.interactive=yes"), "the run itself sets")):
        code, output = said("run", "--period", "2026-09", *words)
        assert code == 2 and expected in output, output
    (company / "data" / "raw" / "parameters.yml").write_text("engine: spark\n", encoding="utf-8")
    assert "parameters.yml: came engine, which the command itself takes" in said("run", "--period", "2026-09")[1]
    assert not list((company / "outputs").glob("2*"))


def test_databases_are_told_in_turkish(tmp_path, monkeypatch):
    entry = 'company: {{currency: TRY, language: tr}}\nsources:\n  - {{name: erp, database: "{}", query: "{}", recipe: logo_lines}}\n'
    monkeypatch.setenv("SCRM_URL", "oracle://h/d")
    for place, (database, query, word) in enumerate([
        ("postgresql://u:secret@h/d", "SELECT 1", "bu dosyaya asla yazmayın"), ("${SCRM_NO_SUCH}", "SELECT 1", "değişkeni tanımlı değil"),
        ("${SCRM_URL}", "DELETE FROM x", "yalnız okuyan"), ("${SCRM_URL}", "SELECT 1", "ile başlıyor"),
    ]):  # fmt: skip
        found = checked(tmp_path / str(place), {}, sources=entry.format(database, query))["database:erp"]
        assert found["verdict"] == "refused" and word in found["message"], found["message"]


def test_a_notebook_tells_in_the_language_of_the_command(home, monkeypatch):  # noqa: F811
    seen = []

    class Seen(InProcess):
        def _fork(self, notebook, file, log):
            seen.append(self._environment()[texts.LANGUAGE_VARIABLE])
            return super()._fork(notebook, file, log)

    monkeypatch.setattr(month, "Job", Seen)
    with texts.speaking("tr"):
        run_month(LATER, progress=False)
    assert seen == ["tr"] * 3
    monkeypatch.setenv(texts.LANGUAGE_VARIABLE, "tr")
    assert texts.tell("told.none") == "yok"
    monkeypatch.setenv(texts.LANGUAGE_VARIABLE, "de")
    assert texts.tell("told.none") == "none"


@pytest.mark.parametrize(("words", "language", "first"), [
    ((), "tr", "data/raw boş: örnek şirket (uydurma veri) hazırlanıyor ... In English: python start.py report --language en"),
    (("--language", "en"), "en", "data/raw is empty: making the sample company (made-up data) ... Türkçesi: python start.py report"),
])  # fmt: skip
def test_the_first_report_of_all_speaks_the_sample_companys_language_before_it_is_made(tmp_path, monkeypatch, words, language, first):
    (tmp_path / "data" / "raw").mkdir(parents=True)
    monkeypatch.setenv("SCRM_HOME", str(tmp_path))
    write, spoken = commands.write_sample, []
    monkeypatch.setattr(commands, "write_sample", lambda workspace, **o: write(workspace, **o | {"people": 200, "months": 6}))
    monkeypatch.setattr(commands, "page_of", lambda *_: spoken.append(texts.spoken()) or tmp_path / "board.html")
    monkeypatch.setattr(commands, "write_score", lambda *_: tmp_path / "score.html")
    code, output = said("report", "--quiet", *words)
    assert (code, output.startswith(first), spoken) == (0, True, [language]), output
    assert language_of(open_workspace("")) == "tr"  # the company's own, whatever this report was asked for in


def test_every_command_on_a_companys_files_speaks_its_language():
    groups = [main, *(c for c in main.commands.values() if hasattr(c, "commands"))]
    commands = [c for g in groups for c in g.commands.values() if not hasattr(c, "commands")]
    asked = [c for c in commands if any(p.name == "raw" for p in c.params)]
    assert len(asked) >= 15 and all(isinstance(c, Spoken) for c in asked)


# Errors of those who write notebooks and analyses, and of tables between them: English, as the code is.
PROGRAMMERS = {
    "run/job.py", "run/notebooks.py", "store/months.py", "store/written.py", "store/upgrade.py", "ingestion/ledger.py",
}  # fmt: skip
MET = ("commands", "export", "ingestion", "privacy", "run", "store", "why", "compare.py", "mail.py")
TOLD = {"ToldError", "InputError", "WorkspaceError", "EngineError", "RunError", "ValueRefused", "Busy", "Closed"}


def test_what_a_person_at_the_keyboard_can_meet_stands_in_texts():
    """An error raised with a sentence in the code is in one language; those of commands, files, folders and months go through texts."""
    faults = []
    for path in sorted(p for top in MET for p in ([PACKAGE / top] if top.endswith(".py") else (PACKAGE / top).rglob("*.py"))):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            called = node.exc if isinstance(node, ast.Raise) else None
            if not (isinstance(called, ast.Call) and getattr(called.func, "id", "") in TOLD and called.args):
                continue
            if isinstance(called.args[0], ast.Constant | ast.JoinedStr | ast.BinOp):
                faults.append(f"{path.relative_to(PACKAGE).as_posix()}:{node.lineno}")
    assert [f for f in faults if f.rsplit(":", 1)[0] not in PROGRAMMERS] == []


LOST = "Order No,Date,Customer,Amount\nT1,2026-09-01,1,100.00\nT2,2026-09-02,2,50.00\nToplam,,,1151.50\n"


def test_tables_hold_sentences_without_a_language(company, monkeypatch):
    """The same raw files give the same bytes whatever language the run speaks; the words come where they are shown."""
    raw = company / "data" / "raw"
    (raw / "orders.csv").write_text(LOST, encoding="utf-8")
    (raw / "copy.csv").write_text("x;y\n1;2\n", encoding="utf-8")
    made_of = {}
    for language in texts.LANGUAGES:
        store = Store(open_workspace(), "2026-09")
        summary = ingestion.read_all(open_workspace(), store, as_of=store.as_of, language=language)
        made_of[language] = (store.path("files").read_bytes(), summary)
        told = received.in_words(store.frame("files"), language)
        assert told[["message", "totals"]].fillna("").values.tolist() == summary.files[["message", "totals"]].fillna("").values.tolist()
        assert not any("\x02" in m for m in summary.refused)
    assert made_of["en"][0] == made_of["tr"][0]
    english, turkish = (made_of[lang][1].files.set_index("source_file") for lang in ("en", "tr"))
    # 100 + 50 = 150.00, and the sheet says 1151.50
    more = "the total row says 1,001.50 more: rows may be missing"
    assert english.loc["orders.csv", "totals"] == f"Amount: total row 4 says 1151.50, the rows sum to 150.00; {more}"
    assert turkish.loc["orders.csv", "totals"].startswith("Amount: 4. satırdaki toplam 1151.50, satırların toplamı 150,00; ")
    assert "1.001,50" in turkish.loc["orders.csv", "totals"]
    assert "satırların toplamını tutmuyor (Amount: 4. satırdaki" in turkish.loc["orders.csv", "message"]
    assert english.loc["orders.csv", "reason"] == "sources.yml says so" and turkish.loc["orders.csv", "reason"] == "sources.yml öyle diyor"
    assert "no known form fits it" in english.loc["copy.csv", "message"] and "bilinen hiçbir biçime" in turkish.loc["copy.csv", "message"]
    (raw / "orders.csv").unlink()  # the other file, and the entry of sources.yml that no file matches: 2
    with pytest.raises(ToldError, match="sipariş okunamadı") as error:
        ingestion.read_all(open_workspace(), store, as_of=store.as_of, language="tr")
    assert "\x02" not in str(error.value) and "gelen dosya sayısı 2," in str(error.value)


def test_a_kept_sentence_holds_sentences_and_figures_within():
    with texts.unsaid():
        inner = texts.tell("told.and_more", name='a "b"', n=texts.figure(1234))
        told = f"{texts.tell('told.publish.contact', file=inner)} x"
    stored = texts.kept(told)
    assert texts.said(stored, "en") == texts.said(told, "en") == 'a "b" and 1,234 more: a contact of one of your customers x'
    assert texts.said(stored, "tr").startswith('a "b" ve 1.234 tane daha: müşterilerinizden')
    assert "\x02" not in stored and json.loads(stored)[1] == " x"
    assert texts.figure(1 / 3, "percent") == "33%" and texts.figure(1234.5, "till") == "1,234.50" and texts.kept("") == ""
    assert [texts.said(t, "tr") for t in ("plain, as stored before", "[a].csv: odd")] == ["plain, as stored before", "[a].csv: odd"]


@pytest.mark.parametrize(("words", "told"), [
    (("check",), "No file was found. Put exports into data/raw and run again."),
    (("run",), "Put an order or invoice export into data/raw,"),
])  # fmt: skip
def test_without_a_file_exports_are_sent_to_the_companys_own_folder_and_not_among_a_samples(tmp_path, monkeypatch, words, told):
    """`report` refuses what lies in data/sample/raw."""
    monkeypatch.setenv("SCRM_HOME", str(tmp_path))
    (tmp_path / "data" / "raw").mkdir(parents=True)
    code, output = said(*words)
    assert code == 2 and told in output and "sample" not in output

    def stop(workspace):
        raise ToldError(workspace.raw_word)

    monkeypatch.setattr(month, "settings_of", stop)
    with pytest.raises(ToldError, match="^data/raw$"):
        run_month("2026-10", progress=False)
    assert not (tmp_path / "data" / "sample").exists()
