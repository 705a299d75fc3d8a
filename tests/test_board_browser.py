"""The pages in a real browser: nothing fetched, nothing wrong, nothing to push sideways, page one on one sheet of paper."""

import importlib.util
import re
from dataclasses import replace

import board_fixture as fixture
import pytest
from test_report import made

from scrm_helpers import charts, goals
from scrm_helpers.report import counted
from scrm_helpers.report.render import MOST_NUMBERS, MOST_WORDS
from scrm_helpers.units import Unit

pytestmark = pytest.mark.browser

PAGES = [(language, page) for language in ("en", "tr") for page in ("board", "appendix", "team")]


@pytest.fixture(scope="module")
def browser(chromium):
    sync_api = pytest.importorskip(
        "playwright.sync_api", reason="playwright is not installed: python start.py install test"
    )
    with sync_api.sync_playwright() as playwright:
        found = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        yield found
        found.close()


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """Address of each page, written side by side as a run does: with a chart of spend and an appendix of figures and tables."""
    out = {}
    for language in ("en", "tr"):
        folder = tmp_path_factory.mktemp(language)
        small, _ = fixture.small_tables()
        spend = charts.stacked(
            goals.spend_by_month(small.cost_ledger, period=fixture.PERIOD),
            time="month",
            part="purpose",
            value="amount",
            unit=Unit.MONEY,
            language=language,
            title="Spend",
        )
        blocks = [
            {"kind": "finding", "id": "x", "text": "412 TL per new customer."},
            {"kind": "figure", "id": "f", "file": "figures/f.svg", "alt": spend.alt, "svg": spend.svg()},
            {
                "kind": "table",
                "id": "n",
                "file": "tables/n.csv",
                "title": "Counts by source, by month and by much else",
                "rows": 1,
                "columns": [f"a rather long heading {k}" for k in range(9)],
                "numeric": [False] + [True] * 8,
                "cells": [["word"] + ["1,234,567 TL"] * 8],
            },
        ]
        kept = [{"notebook": "03_acquisition", "title": "What?", "blocks": blocks, "reads": [], "writes": []}]
        pages = made(language, sections=kept, spend_chart=spend)
        for name, html in pages._asdict().items():
            path = folder / f"{name}.html"
            path.write_text(html, encoding="utf-8")
            out[language, name] = path.as_uri()
    return out


@pytest.fixture
def page(browser):
    """A page of 1280 px that keeps every request, error and message of the console."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    shown = context.new_page()
    shown.asked, shown.faults = [], []
    shown.on("request", lambda r: shown.asked.append(r.url))
    shown.on("console", lambda m: shown.faults.append(m.text) if m.type in ("error", "warning") else None)
    shown.on("pageerror", lambda e: shown.faults.append(str(e)))
    yield shown
    context.close()


@pytest.mark.parametrize(("language", "name"), PAGES)
def test_no_request_and_no_fault(page, files, language, name):
    page.goto(files[language, name])
    assert page.asked == [files[language, name]] and page.faults == []


@pytest.mark.parametrize(("language", "name"), PAGES)
@pytest.mark.parametrize("width", [390, 1280])
def test_nothing_to_push_sideways(page, files, language, name, width):
    page.set_viewport_size({"width": width, "height": 844})
    page.goto(files[language, name])
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    # what is wider than the screen lies in a box of its own that scrolls; text stays at 9 px or more on a phone
    small = page.evaluate("""() => [...document.querySelectorAll('svg text')].map(t => {
        const box = t.ownerSVGElement.getBoundingClientRect(), view = t.ownerSVGElement.viewBox.baseVal;
        return parseFloat(getComputedStyle(t).fontSize) * box.width / view.width; }).filter(px => px < 7.5)""")
    assert small == []


@pytest.mark.parametrize("language", ["en", "tr"])
def test_page_one_in_the_browser_is_short(page, files, language):
    page.goto(files[language, "board"])
    words, numbers = counted(
        page.evaluate("document.querySelector('header').outerHTML + document.querySelector('#page-one').outerHTML")
    )
    assert 40 < words <= MOST_WORDS and 10 < numbers <= MOST_NUMBERS


def wordy(language: str) -> str:
    """The board page at its longest: measure first, last month's verb kept, one tile without a figure, long names and notes."""
    small, _ = fixture.small_tables()
    found = fixture.found_for(language=language)
    found["acquisition.cac"] = replace(
        found["acquisition.cac"], state="too_few", value=None, low=None, high=None, n=12, window="12m"
    )
    weak = small.traceability.assign(value=[0.90, 0.22, 0.35, 0.88])
    log = small.change_log.assign(note="extraordinarily long-winded descriptions everywhere")
    tables = small._replace(traceability=weak, change_log=log)
    return made(
        language, found=found, tables=tables, company="The Rather Wordy Trading Company Of Anatolia And Thrace"
    ).board


@pytest.mark.parametrize("kind", ["usual", "wordy"])
@pytest.mark.parametrize("language", ["en", "tr"])
def test_page_one_is_one_sheet_of_a4(page, files, language, kind):
    page.goto(files[language, "board"])
    if kind == "wordy":
        page.set_content(wordy(language))
    page.emulate_media(media="print")
    pdf = page.pdf(prefer_css_page_size=True)
    sizes = set(re.findall(rb"/MediaBox\s*\[\s*0 0 ([\d.]+) ([\d.]+)\s*\]", pdf))
    assert sizes and all(abs(float(w) - 595) < 2 and abs(float(h) - 842) < 2 for w, h in sizes)
    # page one alone: take page two away, and one sheet is left
    page.evaluate("document.querySelectorAll('#page-two, .foot').forEach(e => e.remove())")
    assert len(re.findall(rb"/Type\s*/Page\b", page.pdf(prefer_css_page_size=True))) == 1


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("language", "name"), PAGES)
def test_no_axe_violation(page, files, language, name, scheme):
    if importlib.util.find_spec("axe_playwright_python") is None:
        pytest.skip("axe-playwright-python is not installed: python start.py install test")
    from axe_playwright_python.sync_playwright import Axe

    page.emulate_media(color_scheme=scheme)
    page.goto(files[language, name])
    found = Axe().run(page).response["violations"]
    assert [(v["id"], [n["html"][:120] for n in v["nodes"]][:3]) for v in found] == []


def test_light_and_dark_differ(page, files):
    grounds = []
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        page.goto(files["en", "board"])
        grounds.append(page.evaluate("getComputedStyle(document.body).backgroundColor"))
    assert grounds[0] != grounds[1]


def test_it_works_without_javascript(browser, files):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(files["en", "board"])
    assert "Hold the social budget." in page.inner_text("h1")
    context.close()
