"""The whole way, from raw files to the page: the sample company, a company with one sales sheet alone, and bad input."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pandas as pd
import printed
import pytest

from scrm_helpers import why
from scrm_helpers.run import digests, fork
from scrm_helpers.run.errors import RunError
from scrm_helpers.run.month import run_month
from scrm_helpers.store import open_workspace
from scrm_helpers.why.month import Month

ROOT = Path(__file__).resolve().parents[1]
PERIOD = "2026-10"
sys.path.insert(0, str(ROOT / "tools"))
import facts  # noqa: E402


@pytest.fixture(scope="module")
def home(tmp_path_factory, kept_warm):
    """A project folder of its own, with the suite's notebooks; whatever runs for it finds the network blocked.

    All runs have one warm process: what nine notebooks import is imported once.
    """
    folder = tmp_path_factory.mktemp("project")
    (folder / "data" / "raw").mkdir(parents=True)
    (folder / "notebooks").symlink_to(ROOT / "notebooks", target_is_directory=True)
    blocked = [str(ROOT / "tests" / "no_network"), str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])]
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SCRM_HOME", str(folder))
        patch.setenv("PYTHONPATH", os.pathsep.join(blocked))
        patch.setenv("SCRM_NETWORK_TRIES", str(folder / "tries.txt"))
        patch.setattr(fork, "Warm", kept_warm)
        yield folder


@pytest.fixture(scope="module")
def sample_page(home):
    """The board page of a small sample company."""
    return facts.company(home) / "board.html"


def bytes_of(page: Path) -> dict[str, str]:
    return digests.of_files(page.parent.resolve(), "**/*")


def test_the_sample_company_reaches_the_page(home, sample_page):
    page = sample_page.read_text(encoding="utf-8")
    assert "MADE-UP DATA" in page and "<html lang=\"en\"" in page
    assert {"appendix.html", "team.html", "run.json"} <= {p.name for p in sample_page.parent.iterdir()}
    index = (home / "outputs" / "sample" / "index.html").read_text(encoding="utf-8")
    assert "ÖRNEK (UYDURMA) VERİ" in index  # the index speaks the company's own language


def test_every_notebook_left_a_section_and_findings(sample_page):
    for path in sorted((ROOT / "notebooks").glob("[0-9]*.ipynb")):
        section = json.loads((sample_page.parent / path.stem / "section.json").read_text(encoding="utf-8"))
        assert section["blocks"], path.stem


def test_whoever_opens_a_notebook_sees_every_table_and_chart_that_its_section_keeps(sample_page):
    """A cell may hold several: left alone a notebook shows the last of each cell."""
    for path in sorted((ROOT / "notebooks").glob("[0-9]*.ipynb")):
        folder = sample_page.parent / path.stem
        kinds = [b["kind"] for b in json.loads((folder / "section.json").read_text(encoding="utf-8"))["blocks"]]
        cells = json.loads((folder / "notebook.ipynb").read_text(encoding="utf-8"))["cells"]
        shown = ["".join(o["data"].get("text/html", "")) for c in cells for o in c.get("outputs", []) if "data" in o]
        assert sum("<caption" in html for html in shown) == kinds.count("table"), path.stem
        assert sum(html.startswith("<figure") for html in shown) >= kinds.count("figure") > 0 or "figure" not in kinds, path.stem


@pytest.mark.slow  # in the fast lane nbval is the second run
def test_a_second_run_gives_the_same_bytes(home, sample_page):
    first = bytes_of(sample_page)
    again = run_month(PERIOD, raw=str(home / "data" / "sample" / "raw"), language="en", progress=False, again=True)
    assert bytes_of(again) == first


def test_every_number_of_pages_one_and_two_can_be_asked_for(home, sample_page):
    """`why`: no number stands without an id, each id answers with rows that add up, and what it gives is what the page prints."""
    month = Month(open_workspace(str(home / "data" / "sample" / "raw")), PERIOD)
    html = sample_page.read_text(encoding="utf-8")
    html = html[: html.index("<footer")]
    found = {i: why.answer(month, i) for p in why.places(html) for i in p.ids}
    assert len(found) > 25
    for place in why.places(html):
        if not place.ids:
            assert place.text.endswith("October 2026"), place.text  # the month of the page
        elif not set(place.ids) & set(printed.AXES):
            known = printed.tokens_of([found[i] for i in place.ids], "en") | {printed.ZERO, PERIOD[:4]}
            assert set(place.numbers) <= known, (place, set(place.numbers) - known)


def test_facts_cells_print_what_is_stored(sample_page):
    """The numbers of the small sample company, notebook by notebook; meant to change? python tools/facts.py stores them anew."""
    assert facts.differing(sample_page.parent) == [], "run: python tools/facts.py"


def test_nbval_runs_every_notebook_holds_its_facts_and_writes_the_same_bytes(home, sample_page):
    """`--nbval-lax` as an analyst would type it, strings hashed anew; the plugin forks kernels, so that nine notebooks cost one import."""
    processed = home / "data" / "sample" / "processed" / PERIOD
    before = digests.of_files(processed, "*.parquet")
    files = pd.read_parquet(processed / "files.parquet").drop(columns=["reason", "message"])
    line = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:xdist", "-p", "warm_kernels", "--nbval-lax"]
    path = os.pathsep.join([str(ROOT), str(ROOT / "tests")])
    environment = os.environ | {"PYTHONPATH": path, "PYTHONWARNINGS": "ignore", "PYTHONHASHSEED": "random"}
    books = [str(p) for p in sorted((ROOT / "notebooks").glob("[0-9]*.ipynb"))]
    done = subprocess.run([*line, *books], env=environment, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-2000:]
    assert " passed" in done.stdout and "skipped" not in done.stdout
    after = digests.of_files(processed, "*.parquet")
    # what was said of a file is written in the run's own language: English here, the company's Turkish under nbval
    del before["files.parquet"], after["files.parquet"]
    assert pd.read_parquet(processed / "files.parquet").drop(columns=["reason", "message"]).equals(files)
    assert len(before) > 40 and after == before


def test_the_suite_opens_no_connection(home, sample_page, tmp_path):
    """Nine notebooks ran with the network blocked and nobody tried; a try would have been refused and noted."""
    assert not (home / "tries.txt").exists(), (home / "tries.txt").read_text()
    noted = tmp_path / "tries.txt"
    for line in ("socket.create_connection(('203.0.113.7', 80))", "socket.getaddrinfo('example.com', 443)"):
        code = f"import socket; {line}"
        environment = os.environ | {"SCRM_NETWORK_TRIES": str(noted)}
        said = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=False)
        assert said.returncode and "the network is blocked" in said.stderr
    assert len(noted.read_text().splitlines()) == 2


def test_no_name_or_contact_of_the_sample_leaves_private(home, sample_page):
    """Every name, e-mail, phone, handle and token of the raw files is looked for in whatever was written outside `private`."""
    import personal

    sought = personal.of_sample(home / "data" / "sample" / "raw")
    assert all(len(sought[kind]) > least for kind, least in personal.LEAST.items()), {k: len(v) for k, v in sought.items()}
    written = personal.written(home)
    kinds = {p.suffix for p in written} | {p.name for p in written}
    assert len(written) > 200 and {".ipynb", ".json", ".html", ".parquet", ".xlsx", "run.json", "digests.json"} <= kinds
    assert not [p for p in written if {"raw", "private"} & set(p.relative_to(home).parts)]
    for path in {(p.name, digests.of_file(p)): p for p in written}.values():  # tables are kept once more as the page shows them
        found = personal.found(personal.text_of(path), sought)
        assert not found, f"{path.relative_to(home)} holds {found}"
    private = "\n".join(personal.text_of(p) for p in (home / "data" / "sample" / "private").rglob("*.parquet"))
    assert {"email", "phone", "name"} <= set(personal.found(private, sought))  # the search does find
    assert any("i" in name for name in sought["name"])


def test_the_search_finds_names_however_their_letters_are_written(tmp_path):
    """Python's lower case makes two signs of İ; a code is passed over in the one column that may hold it, nowhere else."""
    import personal

    sought = {"name": {personal.folded(n) for n in ("İpek Işık", "Ali Can Öz")}, "token": {"arkadas-1"}}
    for text in ("İpek Işık", "IPEK ISIK", "ipek ışık", "İPEK, IŞIK", "I\u0307pek Is\u0327ık"):
        assert personal.found(text, sought) == {"name": 1}, text
    assert personal.found("ali can öz; Ali Öz", sought) == {"name": 1} and personal.found("İpek Can Işık", sought) == {}
    rows = pd.DataFrame({"code": ["ARKADAS-1"], "note": ["x"]})
    for place, holds in (("processed", {}), ("outputs", {"token": 1})):
        (tmp_path / place).mkdir()
        rows.to_parquet(tmp_path / place / "referrals.parquet")
        assert personal.found(personal.text_of(tmp_path / place / "referrals.parquet"), sought) == holds
    rows.assign(note="ARKADAS-1").to_parquet(tmp_path / "processed" / "referrals.parquet")
    assert personal.found(personal.text_of(tmp_path / "processed" / "referrals.parquet"), sought) == {"token": 1}


def test_whatever_has_a_row_per_person_is_closed(home, sample_page):
    tops = [home / "data" / "sample" / "private", *(home / "outputs").rglob("restricted")]
    inside = [p for top in tops for p in (top, *top.rglob("*")) if not p.is_symlink()]
    assert len(tops) > 1 and len(inside) > 20
    assert [p.relative_to(home).as_posix() for p in inside if p.stat().st_mode & 0o077] == []


def test_every_heading_and_every_word_of_a_shown_table_has_its_text_in_both_languages(sample_page):
    """The tables hold words by their name; each is either a name of the company's own or has a Turkish and an English text."""
    import shown_words

    seen, faults = shown_words.walked(sample_page.parent.resolve())
    assert faults == []
    assert len(seen & set(shown_words.OWN)) > 30 and len(seen & shown_words.FREE) > 30


def test_no_figure_is_about_an_agent_or_a_handful_of_people(sample_page):
    """In every table that the pages show: no cell names an agent; a row about fewer than 5 people or cases carries no figure of theirs."""
    import personal

    tables = sorted(sample_page.parent.resolve().glob("*/tables/*.csv"))
    assert len(tables) > 30
    for path in tables:
        name = f"{path.parts[-3]}/{path.stem}"
        told = personal.small_groups(path, name)
        assert not told, f"{name}: {told}"
        assert not personal.agents(path), name


def test_with_one_sales_sheet_the_page_says_measure_first(home):
    """40 customers, a year of orders, nothing else: the suite runs, and says what is missing."""
    lines = ["Tarih;Müşteri No;Tutar"]
    for customer in range(40):
        for month in range(1, 13):
            if (customer + month) % 3 == 0:
                lines.append(f"{(customer % 27) + 1:02d}.{month:02d}.2025;M{customer:03d};{100 + customer},50")
    (home / "data" / "raw" / "satislar.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    (home / "data" / "raw" / "sources.yml").write_text(
        "company: {name: Tek Dosya, currency: TRY}\n"
        "sources:\n"
        "  - name: satislar\n"
        "    file: satislar.csv\n"
        "    table: orders\n"
        "    columns: {Tarih: ordered_at, Müşteri No: account_id, Tutar: net}\n"
        "    derive: {order_id: {row: true}}\n"
        "    options: {date_order: DMY, vat: included, currency: TRY}\n",
        encoding="utf-8",
    )
    page = run_month("2025-12", language="en", progress=False)
    text = page.read_text(encoding="utf-8")
    assert "Measure first" in text
    assert "MADE-UP DATA" not in text


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("orders.csv", b"", "empty"),
        # the same way for other content; what each is told is tested with the defects of files
        pytest.param("orders.csv", b"<!DOCTYPE html><html><body>Please sign in</body></html>", "page", marks=pytest.mark.slow),
        pytest.param("orders.csv", b"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n", "LFS", marks=pytest.mark.slow),
    ],
)
def test_bad_input_ends_in_one_sentence_and_keeps_the_last_page(home, sample_page, tmp_path, monkeypatch, name, content, words):
    raw = home / "bad_input"
    raw.mkdir(exist_ok=True)
    (raw / name).write_bytes(content)
    before = bytes_of(sample_page)
    with pytest.raises(RunError) as told:
        run_month(PERIOD, raw=str(home / "bad_input"), language="en", progress=False)
    assert words.lower() in str(told.value).lower() and "Traceback" not in str(told.value)
    assert bytes_of(sample_page) == before


def test_the_command_line_tells_and_exits_not_0(home):
    def command(*words: str) -> subprocess.CompletedProcess:
        environment = os.environ | {"PYTHONPATH": str(ROOT), "PYTHONWARNINGS": "ignore"}
        return subprocess.run(
            [sys.executable, "-m", "scrm_helpers", *words], capture_output=True, text=True, env=environment, check=False
        )

    for words, expected in (
        (("run", "--period", "2026-13"), "2026-10"),
        (("run", "--period", PERIOD, "--raw", "nowhere"), "nowhere"),
        (("run", "--period", PERIOD, "--raw", str(home / "data" / "sample" / "raw"), "-p", "windw=3"), "windw"),
    ):
        said = command(*words)
        assert said.returncode != 0 and expected in said.stderr and "Traceback" not in said.stderr, said.stderr


@pytest.mark.slow
@pytest.mark.parametrize(("example", "period"), [("complete_journey", "2017-12"), ("online_retail", "2011-11")])
def test_the_examples_reach_the_page(home, reference, example, period):
    page = run_month(period, raw=str(ROOT / "examples" / example), language="en", progress=False)
    assert "MADE-UP DATA" not in page.read_text(encoding="utf-8")
