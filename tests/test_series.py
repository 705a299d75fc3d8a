"""Thirteen months of a small company, one after the other: what a page knows of the months before it. The slow lane."""

import json
import os
import re
from pathlib import Path

import openpyxl
import pytest

from scrm_helpers import findings, periods, sample, units
from scrm_helpers.compare import compare, published
from scrm_helpers.ingestion.loading import sha256
from scrm_helpers.run.month import run_month
from scrm_helpers.store import open_workspace
from scrm_helpers.store.workspace import MARKER
from scrm_helpers.units import Unit

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[1]
FIRST, LAST, PERIOD = "2025-10", "2026-09", "2026-10"
RAW = Path("data") / "sample" / "raw"
TITLES = {"acquisition.cac": "Cost to win a customer", "retention.kept": "Customers kept", "campaigns.seen": "Sales seen from social",
          "campaigns.caused": "Revenue contribution"}  # fmt: skip


def late_invoice(home: Path, month: str = LAST, amount: float = 60_000.0) -> None:
    """An invoice for content on Instagram of a month that was published already."""
    path = home / RAW / "maliyet" / "maliyet.xlsx"
    book = openpyxl.load_workbook(path)
    book.active.append([month, "Kazan", "İçerik", "Instagram", amount, None, None, None])
    book.save(path)
    marker = home / RAW / MARKER  # the file stays one of the made-up company's
    held = json.loads(marker.read_text(encoding="utf-8"))
    held["files"]["maliyet/maliyet.xlsx"] = sha256(path)
    marker.write_text(json.dumps(held), encoding="utf-8")


class Series:
    """The published months of a folder: findings by month as they were printed, and the newest board page."""

    def __init__(self, home: Path):
        self.home, self.workspace = home, open_workspace(str(home / RAW))
        self.board = (self.workspace.outputs / PERIOD / "board.html").read_text(encoding="utf-8")
        self.printed = {m: published(self.workspace, m) for m in periods.between(FIRST, PERIOD)}

    def told(self, month: str, name: str) -> findings.Finding | None:
        f = self.printed[month].get(name)
        return f if f is not None and f.state == "ok" and f.value is not None else None

    def same_scale(self, month: str, name: str) -> findings.Finding | None:
        """The figure of an earlier month, where it stands on the scale of this month's."""
        now, then = self.told(PERIOD, name), self.told(month, name)
        return then if now is not None and then is not None and now.window == then.window else None


@pytest.fixture(scope="module")
def series(tmp_path_factory) -> Series:
    home = tmp_path_factory.mktemp("series")
    (home / "data" / "raw").mkdir(parents=True)
    (home / "notebooks").symlink_to(ROOT / "notebooks", target_is_directory=True)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SCRM_HOME", str(home))
        sample.write(home / "data" / "sample", seed=5, people=600, months=38)
        for month in periods.between(FIRST, PERIOD):
            if month == PERIOD:
                late_invoice(home)
            run_month(month, raw=str(home / RAW), language="en", progress=False)
        yield Series(home)


def written(f: findings.Finding) -> str:
    return units.write(f.value, Unit(f.unit), "en", low=f.low, high=f.high)


def bridge(board: str, name: str) -> str:
    """Words of the bridge of a figure, its text alternative and what stands beside it."""
    found = re.search(rf'data-why="board\.bridge\.{re.escape(name)}"><h4>.*?</li>', board, re.S)
    return found[0] if found else ""


def test_all_months_stand_in_the_list_and_keep_their_pages(series):
    index = (series.workspace.outputs / "index.html").read_text(encoding="utf-8")
    for month in periods.between(FIRST, PERIOD):
        assert f"{month}/board.html" in index and (series.workspace.outputs / month / "appendix.html").is_file()


def test_the_bridge_begins_at_what_last_months_page_printed(series):
    told = {n: series.same_scale(LAST, n) for n in TITLES}
    assert told["acquisition.cac"] is not None and told["campaigns.seen"] is not None
    for name, then in told.items():
        words = bridge(series.board, name)
        if then is not None and words:
            alt = re.search(r'aria-label="([^"]+)"', words)[1]
            assert f"Last month {units.write(then.value, Unit(then.unit), 'en')}" in alt, (name, alt)
            assert f"This month {units.write(series.told(PERIOD, name).value, Unit(then.unit), 'en')}" in alt


def test_the_same_month_last_year_stands_beside(series):
    said = 0
    for name in TITLES:
        then, words = series.same_scale(FIRST, name), bridge(series.board, name)
        if then is not None and words:
            assert f"Same month last year: {units.write(then.value, Unit(then.unit), 'en')}." in words, name
            said += 1
    assert said >= 1


def test_a_restated_past_figure_is_named_with_both_values(series):
    then = series.same_scale(LAST, "acquisition.cac")
    named = re.findall(r"Restated past figure: Cost to win a customer, September 2026: printed (\S+ TL), now (\S+ TL)\.", series.board)
    assert len(named) == 1 and named[0][0] == written(then) != named[0][1]
    # 60,000 TL more for the same customers of September: the whole of it stands in the bar of restated data
    alt = re.search(r'aria-label="([^"]+)"', bridge(series.board, "acquisition.cac"))[1]
    moved = re.search(r"Restated data \+([\d,]+) TL", alt)
    assert moved and float(moved[1].replace(",", "")) > 0
    assert "Past figures restated." in series.board


def test_page_one_keeps_its_limits_after_a_year(series):
    from scrm_helpers.html import counted
    from scrm_helpers.report.pages import MOST_NUMBERS, MOST_WORDS

    one = series.board[series.board.index('id="page-one"') : series.board.index('id="page-two"')]
    words, numbers = counted("<p " + one)
    assert words <= MOST_WORDS and numbers <= MOST_NUMBERS and 'class="line"' in one


def test_any_two_months_can_be_set_side_by_side(series):
    html = compare(series.workspace, FIRST, PERIOD, language="en").read_text(encoding="utf-8")
    assert "October 2025" in html and "October 2026" in html and "acquisition.cac" in html
    assert os.path.getsize(series.workspace.outputs / PERIOD / "board.html") < 150 * 1024
