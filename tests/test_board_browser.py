"""The pages in a real browser: nothing fetched, nothing wrong, nothing to push sideways, page one on one sheet of paper."""

import gzip
import importlib.util
import re
from dataclasses import replace

import board_fixture as fixture
import pandas as pd
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


FIGURES = 12


def blocks(language: str) -> list[dict]:
    """What a notebook keeps for the appendix: twelve figures of different kinds and a wide table."""
    small, _ = fixture.small_tables()
    options = {"language": language, "currency": "TRY"}
    spend = goals.spend_by_month(small.cost_ledger, period=fixture.PERIOD)
    dots = pd.DataFrame(
        [("instagram", 412.0, 330.0, 540.0, 61), ("tiktok", 505.0, 400.0, 650.0, 22)], columns=["source", "value", "low", "high", "n"]
    )
    line = pd.DataFrame({"month": [f"2026-{m:02d}" for m in range(1, 13)], "value": [0.7 + 0.01 * (m % 3) for m in range(12)]})
    line = line.assign(low=line["value"] - 0.03, high=line["value"] + 0.03)
    out = [{"kind": "finding", "id": "x", "text": "412 TL per new customer."}]
    for k in range(FIGURES):
        drawn = (
            charts.stacked(spend, time="month", part="purpose", value="amount", unit=Unit.MONEY, title=f"Spend {k}", **options),
            charts.interval_bars(dots.assign(value=dots["value"] + k), label="source", value="value", low="low", high="high", n="n",
                                 unit=Unit.MONEY_PER_CUSTOMER, title=f"Cost {k}", **options),
            charts.over_time(line, time="month", value="value", low="low", high="high", unit=Unit.SHARE, title=f"Kept {k}", **options),
        )[k % 3]  # fmt: skip
        out.append({"kind": "figure", "id": f"f{k}", "file": f"figures/f{k}.svg", "alt": drawn.alt, "svg": drawn.svg()})
    out.append({
        "kind": "table", "id": "n", "file": "tables/n.csv", "title": "Counts by source, by month and by much else", "rows": 1,
        "columns": [f"a rather long heading {k}" for k in range(9)], "numeric": [False] + [True] * 8,
        "cells": [["word"] + ["1,234,567 TL"] * 8],
    })  # fmt: skip
    return out


@pytest.fixture(scope="module")
def pages_of():
    """language -> Pages, with the bridge, a chart of spend and an appendix of twelve figures."""
    out = {}
    for language in ("en", "tr"):
        small, _ = fixture.small_tables()
        spend = goals.spend_by_month(small.cost_ledger, period=fixture.PERIOD)
        chart = charts.stacked(spend, time="month", part="purpose", value="amount", unit=Unit.MONEY, language=language, title="Spend")
        kept = [{"notebook": "03_acquisition", "title": "What?", "blocks": blocks(language), "reads": [], "writes": []}]
        tables = small._replace(history=fixture.history_for())
        out[language] = made(language, sections=kept, spend_chart=chart, tables=tables)
    return out


@pytest.fixture(scope="module")
def files(tmp_path_factory, pages_of):
    """Address of each page, written side by side as a run does."""
    out = {}
    for language, pages in pages_of.items():
        folder = tmp_path_factory.mktemp(language)
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
def test_nothing_fetched_nothing_wrong_nothing_to_push_sideways(page, files, language, name):
    """One visit: no request but the page's own, no message of the console; no sideways scroll at 390 and 1280 px; no axe violation
    in light and dark; every picture has a text alternative; type in pictures stays readable on a phone."""
    page.goto(files[language, name])
    assert page.asked == [files[language, name]] and page.faults == []
    for width in (1280, 390):
        page.set_viewport_size({"width": width, "height": 844})
        assert page.evaluate("document.documentElement.scrollWidth") <= width
    small = page.evaluate("""() => [...document.querySelectorAll('svg text')].map(t => {
        const box = t.ownerSVGElement.getBoundingClientRect(), view = t.ownerSVGElement.viewBox.baseVal;
        return parseFloat(getComputedStyle(t).fontSize) * box.width / view.width; }).filter(px => px < 7.5)""")
    assert small == []
    said = page.evaluate("[...document.querySelectorAll('svg')].map(s => [s.getAttribute('role'), s.getAttribute('aria-label') || ''])")
    assert all(role == "img" and len(text) > 30 for role, text in said)
    assert name == "team" or said
    if importlib.util.find_spec("axe_playwright_python") is None:
        pytest.skip("axe-playwright-python is not installed: python start.py install test")
    from axe_playwright_python.sync_playwright import Axe

    page.set_viewport_size({"width": 1280, "height": 900})
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        found = Axe().run(page).response["violations"]
        assert [(v["id"], [n["html"][:120] for n in v["nodes"]][:3]) for v in found] == [], scheme


def test_every_figure_printed_in_a_picture_of_the_board_page_stands_in_its_words(page, files):
    page.goto(files["en", "board"])
    pictures = page.evaluate("""() => [...document.querySelectorAll('svg.pic')].map(s =>
        [s.getAttribute('aria-label'), [...s.querySelectorAll('text')].map(t => t.textContent)])""")
    assert len(pictures) == 5  # three tiles, two bridges
    for alt, printed in pictures:
        for text in printed:
            figure = re.search(r"\d[\d.,]*", text)
            assert figure is None or figure[0] in alt or text == "0", (text, alt)


@pytest.mark.parametrize("language", ["en", "tr"])
def test_twelve_figures_weigh_at_most_150_kib(pages_of, language):
    assert pages_of[language].appendix.count("<figure>") == FIGURES
    sizes = {name: len(gzip.compress(html.encode(), 9, mtime=0)) for name, html in pages_of[language]._asdict().items()}
    assert sum(sizes.values()) <= 150 * 1024, sizes


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
