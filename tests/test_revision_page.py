"""What a revision lists of the page itself: cells and sentences that no finding holds, planted in two small pages."""

import pytest

from scrm_helpers import findings
from scrm_helpers.report.reader import Reader
from scrm_helpers.report.revision import as_changed, changes, on_page, printed
from scrm_helpers.stats import Estimate

PAGE = """<html lang="{lang}"><body><main><article><p class="pill" data-why="board.revision">kapalı · düzeltme {n}</p>
<p data-why="board.cost">Programın maliyeti {all} TL.</p>
<p data-why="board.budget">Mali yıl başından bu yana: {year} TL harcandı. Hedef defterinde karşılaştırılacak tutar yok.</p>
<ul><li data-why="board.bridge.x"><h4>Maliyet</h4><svg><title>{n}</title>
<text>Bu ay {bar} TL</text><path d="M {n}"/></svg><p>Tutar.</p></li></ul>
<table data-why="board.spend"><caption>Harcama</caption><thead><tr><th>amaç</th><th>bu ay</th><th>yıl</th></tr></thead><tbody>
<tr><th>kazanmak</th><td>{won} TL</td><td>{wonyear} TL</td></tr><tr><th>hizmet</th><td>9.500 TL</td><td>85.500 TL</td></tr>
<tr><th>tümü</th><td>{all} TL</td><td>{year} TL</td></tr></tbody></table>
<p>Sınanan: 3.</p></article></main><footer><p>Bu ayın {n}. düzeltmesi.</p></footer></body></html>"""
OLD = {"lang": "tr", "n": "1", "won": "41.308", "wonyear": "405.123", "all": "50.808", "year": "490.623", "bar": "2.565"}
NEW = OLD | {"n": "2", "won": "41.843", "wonyear": "405.658", "all": "51.343", "year": "491.158", "bar": "2.575"}


def cost(value: float) -> dict:
    context, exact = findings.Context("09_board", "2026-09", "tr", "TRY"), Estimate(value, value, value, 0.9, 50, "")
    return {"board.cost": findings.say(context, "board.cost", measure="programme_cost", estimate=exact, window="1m")}


def test_every_printed_number_that_a_revision_moved_is_listed_once():
    """Cost alone is a finding: its line stands once, without a range of equal ends, and the four cells, the bar and the sentence follow."""
    old, new = cost(50808.0), cost(51343.0)
    said = on_page(PAGE.format(**OLD), PAGE.format(**NEW))
    shown = printed(changes(old, new, {}, {}), old, new, Reader(new, language="tr", currency="TRY"), said)
    assert shown == [
        ["Program maliyeti, 1 ay", "50.808 TL", "51.343 TL"],
        ["Bir cümle", "… başından bu yana: 490.623 TL harcandı. Hedef …", "… başından bu yana: 491.158 TL harcandı. Hedef …"],
        ["Bir cümle", "Maliyet Bu ay 2.565 TL Tutar.", "Maliyet Bu ay 2.575 TL Tutar."],
        ["Harcama: kazanmak, bu ay", "41.308 TL", "41.843 TL"], ["Harcama: kazanmak, yıl", "405.123 TL", "405.658 TL"],
        ["Harcama: tümü, bu ay", "50.808 TL", "51.343 TL"], ["Harcama: tümü, yıl", "490.623 TL", "491.158 TL"],
    ]  # fmt: skip
    listed = [tuple(c) for c in as_changed(said)]
    assert ("board.html", "Harcama: tümü, yıl", "board.spend", "490.623 TL", "491.158 TL") in listed and len(listed) == 7


def test_a_row_that_came_or_went_is_listed_and_what_stayed_is_not():
    old, new = PAGE.format(**OLD), PAGE.format(**OLD).replace("<tr><th>hizmet</th>", "<tr><th>elde tutmak</th>")
    assert [(m.name, m.old, m.new) for m in on_page(old, new)] == [
        ("elde tutmak, bu ay", "", "9.500 TL"), ("elde tutmak, yıl", "", "85.500 TL"),
        ("hizmet, bu ay", "9.500 TL", ""), ("hizmet, yıl", "85.500 TL", ""),
    ]  # fmt: skip
    assert on_page(old, PAGE.format(**OLD | {"n": "2"})) == []


@pytest.mark.parametrize("before", [PAGE.format(**OLD | {"lang": "en"}), ""])
def test_pages_in_two_languages_are_not_compared(before):
    """Each word would count as a change; a run without a page has nothing that could have changed in two languages."""
    found = on_page(before, PAGE.format(**NEW))
    assert found is None if before else len(found) == 4 + 3 * 2  # sentences, cells
