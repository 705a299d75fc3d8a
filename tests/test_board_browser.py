"""The pages in a real browser: nothing fetched, nothing wrong, nothing to push sideways, page one on one sheet of paper."""

import gzip
import importlib.util
import re
from dataclasses import replace

import board_fixture as fixture
import pandas as pd
import pytest
from board_full import crowded, full_pages
from test_report import held_pages

from scrm_helpers import charts, goals
from scrm_helpers.html import counted
from scrm_helpers.report.appendix import MOST_COLUMNS, WIDE
from scrm_helpers.report.pages import MOST_NUMBERS, MOST_WORDS
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


def blocks(language: str, figures: int) -> list[dict]:
    """What a notebook keeps for the appendix: figures of three kinds in turn, and a wide table."""
    small, _ = fixture.small_tables()
    options = {"language": language, "currency": "TRY"}
    spend = goals.spend_by_month(small.cost_ledger, period=fixture.PERIOD)
    dots = pd.DataFrame(
        [("instagram", 412.0, 330.0, 540.0, 61), ("tiktok", 505.0, 400.0, 650.0, 22)], columns=["source", "value", "low", "high", "n"]
    )
    line = pd.DataFrame({"month": [f"2026-{m:02d}" for m in range(1, 13)], "value": [0.7 + 0.01 * (m % 3) for m in range(12)]})
    line = line.assign(low=line["value"] - 0.03, high=line["value"] + 0.03)
    out = [{"kind": "finding", "id": "x", "text": "412 TL per new customer."}]
    for k in range(figures):
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
    for name, many in (("widest", MOST_COLUMNS), ("narrower", WIDE)):
        out.append({
            "kind": "table", "id": name, "file": f"tables/{name}.csv", "title": name, "rows": 1,
            "columns": ["campaign", "compared with"] + [f"stores with it, after, number {k}" for k in range(many - 2)],
            "numeric": [False] * 2 + [True] * (many - 2),
            "cells": [["Sadakat Puanı Kampanyası", "stores without it"] + ["−1,234,567 TL"] * (many - 2)],
        })  # fmt: skip
    return out


@pytest.fixture(scope="module")
def pages_of():
    """language -> Pages at their fullest; the appendix holds twelve figures in English, three (one of each kind) in Turkish."""
    out = {}
    for language, figures in (("en", FIGURES), ("tr", 3)):
        kept = [{"notebook": "03_acquisition", "title": "What?", "blocks": blocks(language, figures), "reads": [], "writes": []}]
        out[language] = full_pages(language, sections=kept)
    return out


@pytest.fixture(scope="module")
def files(tmp_path_factory, pages_of):
    """Address of each page, written side by side as a run does."""
    out = {}
    for language, pages in pages_of.items():
        folder = tmp_path_factory.mktemp(language)
        for name, html in pages.html().items():
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


SEEN = """() => ({
    width: document.documentElement.scrollWidth,
    small: [...document.querySelectorAll('svg text')].map(t => {
        const box = t.ownerSVGElement.getBoundingClientRect(), view = t.ownerSVGElement.viewBox.baseVal;
        return parseFloat(getComputedStyle(t).fontSize) * box.width / view.width; }).filter(px => px < 7.5),
    cut: [...document.querySelectorAll('svg.pic text')].filter(t => { const b = t.getBBox(), v = t.ownerSVGElement.viewBox.baseVal;
        return b.x < v.x - 1 || b.x + b.width > v.x + v.width + 1; }).map(t => t.textContent),
    ground: getComputedStyle(document.body).backgroundColor,
})"""
SAID = """() => ({
    pictures: [...document.querySelectorAll('svg')].map(s => ({
        role: s.getAttribute('role'), alt: s.getAttribute('aria-label') || '', own: s.classList.contains('pic'),
        printed: [...s.querySelectorAll('text')].map(t => t.textContent) })),
    one: [...document.querySelectorAll('header, #page-one')].map(e => e.outerHTML).join(' '),
})"""


@pytest.mark.parametrize(("language", "name"), PAGES)
def test_nothing_fetched_nothing_wrong_nothing_to_push_sideways(page, files, language, name):
    """One visit: no request but the page's own, no message of the console; no sideways scroll at 390 and 1280 px, type in pictures stays
    readable there; every picture has words that hold its figures; page one is short; no axe violation, the colours of the dark page in
    English (they are the same in Turkish); light and dark differ."""
    page.goto(files[language, name])
    assert page.asked == [files[language, name]] and page.faults == []
    grounds = []
    for width in (390, 1280):
        page.set_viewport_size({"width": width, "height": 844})
        seen = page.evaluate(SEEN)
        assert seen["width"] <= width and seen["small"] == [] and seen["cut"] == []
    grounds.append(seen["ground"])
    said = page.evaluate(SAID)
    assert all(p["role"] == "img" and len(p["alt"]) > 30 for p in said["pictures"])
    assert name == "team" or said["pictures"]
    if name == "board":
        own = [p for p in said["pictures"] if p["own"]]
        assert len(own) == 5  # three tiles, two bridges
        for p in own:
            for text in p["printed"]:
                figure = re.search(r"\d[\d.,]*", text)
                assert figure is None or figure[0] in p["alt"] or text == "0", (text, p["alt"])
        words, numbers = counted(said["one"])
        assert 40 < words <= MOST_WORDS and 10 < numbers <= MOST_NUMBERS
    dark = {"runOnly": ["color-contrast"]}
    for scheme, options in (("light", None), ("dark", dark)) if language == "en" else (("light", None),):
        page.emulate_media(color_scheme=scheme)
        grounds.append(page.evaluate("getComputedStyle(document.body).backgroundColor"))
        assert violations(page, options) == [], scheme
    assert language != "en" or grounds[-1] != grounds[-2]


BROKEN = """() => {
    const figure = /[−+]?\\u2060?%?\\d[\\d.,]*%?(?:\\s(?:mn|m|milyon|mr|bn))?(?:\\s(?:TL|ay|months?|puan|points?)(?!\\p{L}))?/gu;
    const broken = [];
    const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (walk.nextNode()) {
        const node = walk.currentNode;
        if (node.parentElement.closest('svg, code, style')) continue;
        const head = node.parentElement.closest('thead');
        if (head && getComputedStyle(head).position === 'absolute') continue;  // cards on a phone: nobody sees it
        for (const m of node.data.matchAll(figure)) {
            const range = document.createRange(); range.setStart(node, m.index); range.setEnd(node, m.index + m[0].length);
            if (new Set([...range.getClientRects()].map(r => Math.round(r.top))).size > 1) broken.push(m[0]);
        }
    }
    return broken; }"""


@pytest.mark.parametrize("language", ["en", "tr"])
def test_no_line_ends_inside_a_figure(page, language):
    """Neither between a sign and its number, nor between a number and its unit: at every width of the fullest page, and in print."""
    page.set_content(crowded(language))
    for width in (320, 345, 390, 800, 1280):
        page.set_viewport_size({"width": width, "height": 844})
        assert page.evaluate(BROKEN) == [], width
    page.emulate_media(media="print")
    assert page.evaluate(BROKEN) == []


def violations(page, options) -> list:
    """What axe finds, where it is installed."""
    if importlib.util.find_spec("axe_playwright_python") is None:
        pytest.skip("axe-playwright-python is not installed: python start.py install test")
    from axe_playwright_python.sync_playwright import Axe

    found = Axe().run(page, options=options).response["violations"]
    return [(v["id"], [n["html"][:120] for n in v["nodes"]][:3]) for v in found]


def test_twelve_figures_weigh_at_most_150_kib(pages_of):
    assert pages_of["en"].appendix.count("<figure>") == FIGURES
    sizes = {name: len(gzip.compress(html.encode(), 9, mtime=0)) for name, html in pages_of["en"].html().items()}
    assert sum(sizes.values()) <= 150 * 1024, sizes


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
    return held_pages(
        language, found=found, tables=tables, company="The Rather Wordy Trading Company Of Anatolia And Thrace"
    ).board


A4 = 733  # px between the margins of page two: 210 mm less twice 8
PRINTED = """() => {
    const pt = px => 0.75 * px, two = document.querySelector('.two'), ground = two.getBoundingClientRect();
    const small = [...two.querySelectorAll('section :is(p, td, th), .top p')].map(e => pt(parseFloat(getComputedStyle(e).fontSize)));
    const pictured = [...document.querySelectorAll('svg.pic text')].map(t => { const s = t.ownerSVGElement;
        return pt(parseFloat(getComputedStyle(t).fontSize) * s.getBoundingClientRect().width / s.viewBox.baseVal.width); });
    const half = (ground.width - parseFloat(getComputedStyle(two).columnGap)) / 2;
    const wide = [...two.querySelectorAll('.scroll')].filter(s => s.querySelector('table').getBoundingClientRect().width
        > (getComputedStyle(s).columnSpan === 'all' ? ground.width : half) + 1).map(s => s.textContent.trim().slice(0, 40));
    return {smallest: Math.min(...small), pictured: Math.min(...pictured), wide};
}"""


@pytest.mark.parametrize("kind", ["full", "wordy", "crowded"])
@pytest.mark.parametrize("language", ["en", "tr"])
def test_page_one_is_one_sheet_of_a4_and_page_two_two_at_most(page, files, language, kind):
    """Page one breaks the sheet after it: three sheets in all leave two to page two with every section that it can have. Its type has 8
    points and more, on pictures too, and no table runs into the other column."""
    if kind == "full":
        page.goto(files[language, "board"])
    else:
        page.set_content({"wordy": wordy, "crowded": crowded}[kind](language))
        for width in (390, 1280):
            page.set_viewport_size({"width": width, "height": 844})
            assert page.evaluate(SEEN)["cut"] == []
    page.emulate_media(media="print")
    page.set_viewport_size({"width": A4, "height": 1060})
    seen = page.evaluate(PRINTED)
    assert seen["smallest"] >= 8 and seen["pictured"] >= 7.9 and seen["wide"] == [], seen
    assert page.evaluate(SEEN)["cut"] == []
    pdf = page.pdf(prefer_css_page_size=True)
    sizes = set(re.findall(rb"/MediaBox\s*\[\s*0 0 ([\d.]+) ([\d.]+)\s*\]", pdf))
    assert sizes and all(abs(float(w) - 595) < 2 and abs(float(h) - 842) < 2 for w, h in sizes)
    assert len(re.findall(rb"/Type\s*/Page\b", pdf)) <= 3


ACROSS = """() => [...document.querySelectorAll('.scroll')].map(d => [d.querySelector('table'), d]).map(([t, d]) =>
    [t.getBoundingClientRect().width - d.getBoundingClientRect().width, parseFloat(getComputedStyle(t).fontSize) * 0.75])"""


@pytest.mark.parametrize("language", ["en", "tr"])
def test_the_appendix_is_printed_across_in_type_that_can_be_read(page, files, language):
    """On A4 across, less its margins, no table is wider than the sheet: for one that is, a browser prints every page smaller."""
    page.emulate_media(media="print")
    page.set_viewport_size({"width": int((297 - 24) / 25.4 * 96), "height": 700})
    page.goto(files[language, "appendix"])
    tables = page.evaluate(ACROSS)
    assert len(tables) >= 6 and [t for t in tables if t[0] >= 1 or t[1] < 8] == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    sheets = re.findall(rb"/MediaBox\s*\[\s*0 0 ([\d.]+) ([\d.]+)\s*\]", page.pdf(prefer_css_page_size=True))
    assert sheets and all(abs(float(w) - 842) < 2 and abs(float(h) - 595) < 2 for w, h in sheets)


SMALLEST = """() => Math.min(...[...document.querySelectorAll('.two section :is(p, td, th)')]
    .map(e => parseFloat(getComputedStyle(e).fontSize)))"""


@pytest.mark.parametrize("kind", ["nothing", "orders"])
@pytest.mark.parametrize("language", ["en", "tr"])
def test_a_month_with_little_to_say_is_printed_in_type_of_an_ordinary_size(page, language, kind):
    """9 points are 12 px. Two sheets."""
    page.set_content(orders_alone(language, kept=kind == "orders"))
    page.emulate_media(media="print")
    assert page.evaluate(SMALLEST) >= 11.5
    assert len(re.findall(rb"/Type\s*/Page\b", page.pdf(prefer_css_page_size=True))) == 2


def orders_alone(language: str, *, kept: bool) -> str:
    """The board page of a company that has orders and nothing else; `kept`: of enough months to say who came back."""
    bare = goals.Tables(*(fixture.empty(name) for name in goals.Tables._fields))
    found = {i: f for i, f in fixture.found_for(language=language).items() if kept and i == "retention.kept"}
    past = {m: {i: f for i, f in each.items() if kept and i == "retention.kept"} for m, each in fixture.past_for(language=language).items()}
    return held_pages(language, found=found, past=past, tables=bare, coverage={}, margin=goals.Margin(None, 0.0, "")).board


def test_it_works_without_javascript(browser, files):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(files["en", "board"])
    assert "Hold the social budget." in page.inner_text("h1")
    context.close()
