"""What a revision lists of the page itself: cells and sentences that no finding holds, planted on two small pages."""

from collections import Counter
from html.parser import HTMLParser

import pytest
from board_full import full_pages

from scrm_helpers import findings
from scrm_helpers.report import on_page
from scrm_helpers.report.files import PAGE_FILE
from scrm_helpers.report.reader import Reader, told
from scrm_helpers.report.revision import Changed, as_changed, changes, printed
from scrm_helpers.report.revision import page as revision_page
from scrm_helpers.report.section import section
from scrm_helpers.run.revisions import _on_page
from scrm_helpers.stats import Estimate
from scrm_helpers.store.closings import Revision

OLD = {"won": "41.308", "wonyear": "405.123", "all": "50.808", "year": "490.623", "bar": "2.565", "name": "hizmet"}
NEW = OLD | {"won": "41.843", "wonyear": "405.658", "all": "51.343", "year": "491.158", "bar": "2.575"}
ONE = {
    "company": "Örnek", "month": "Eylül 2026", "verb": "Bütçeyi koruyun.", "lead": "", "rule": "Kural.", "decision": "Karar.",
    "tiles": [{"title": "Maliyet", "number": "412", "unit": "TL", "range": "330 – 540", "note": "3 ay", "sentence": "", "svg": "<svg/>",
               "alt": "Maliyet 412 TL, geçen ay 400 TL.", "why": "acquisition.cac"}],
    "legend": "", "trust": "Sınanan: 3.", "trust_why": "board.traceability", "change": "Olağan sınırlar içinde.",
    "marks": [{"sign": "¹", "note": "Fiyat arttı"}], "data_to": "Son veri: 30 Eylül",
}  # fmt: skip


def page(of: dict, language: str = "tr", one: dict | None = None) -> on_page.Page:
    """A page with a sentence that is a finding's, one that is nobody's, a picture and a table; as the report's sections have them."""
    rows = [["kazanmak", f"{of['won']} TL", f"{of['wonyear']} TL"], [of["name"], "9.500 TL", "85.500 TL"],
            ["tümü", f"{of['all']} TL", f"{of['year']} TL"]]  # fmt: skip
    table = {"caption": "Harcama", "columns": [{"text": t} for t in ("amaç", "bu ay", "yıl")], "rows": rows, "why": "board.spend"}
    year = f"Mali yıl başından bu yana: {of['year']} TL harcandı. Hedef defterinde karşılaştırılacak tutar yok."
    picture = {"title": "Maliyet", "svg": "<svg/>", "alt": f"Maliyet: bu ay {of['bar']} TL.", "said": "Tutar.", "why": "board.bridge.x"}
    spent = section(
        "Harcama", "spend", lead=[told(f"Programın maliyeti {of['all']} TL.", "board.cost"), told(year, "board.budget")],
        pictures=[picture], tables=[table], figures=[{"svg": "<svg/>", "alt": "Aylara göre harcama.", "why": "board.spend_by_month"}],
        paragraphs=["Tutarlar kendi ayının fiyatlarıyla."],
    )  # fmt: skip
    return on_page.printed(one or ONE, [spent], language)


def moved(old: dict, new: dict, **options) -> list[on_page.Moved]:
    return on_page.moved(page(old).places, page(new, **options).places)


def cost(value: float) -> dict:
    context, exact = findings.Context("09_board", "2026-09", "tr", "TRY"), Estimate(value, value, value, 0.9, 50, "")
    return {"board.cost": findings.say(context, "board.cost", measure="programme_cost", estimate=exact, window="1m")}


def test_every_printed_number_that_a_revision_moved_is_listed_once():
    """Cost alone is a finding: its line stands once, without a range of equal ends, and the four cells, the bar and the sentence follow."""
    old, new = cost(50808.0), cost(51343.0)
    said = moved(OLD, NEW)
    shown = printed(changes(old, new, {}, {}), old, new, Reader(new, language="tr", currency="TRY"), said)
    assert shown == [
        ["Program maliyeti, 1 ay", "50.808 TL", "51.343 TL"],
        ["Bir cümle", "… başından bu yana: 490.623 TL harcandı. Hedef …", "… başından bu yana: 491.158 TL harcandı. Hedef …"],
        ["Bir cümle", "Maliyet: bu ay 2.565 TL. Tutar.", "Maliyet: bu ay 2.575 TL. Tutar."],
        ["Harcama: kazanmak, bu ay", "41.308 TL", "41.843 TL"], ["Harcama: kazanmak, yıl", "405.123 TL", "405.658 TL"],
        ["Harcama: tümü, bu ay", "50.808 TL", "51.343 TL"], ["Harcama: tümü, yıl", "490.623 TL", "491.158 TL"],
    ]  # fmt: skip
    listed = [tuple(c) for c in as_changed(said)]
    assert ("board.html", "Harcama: tümü, yıl", "board.spend", "490.623 TL", "491.158 TL") in listed and len(listed) == 7


def test_a_row_that_came_or_went_is_listed_and_what_stayed_is_not():
    assert [(m.name, m.old, m.new) for m in moved(OLD, OLD | {"name": "elde tutmak"})] == [
        ("elde tutmak, bu ay", "", "9.500 TL"), ("elde tutmak, yıl", "", "85.500 TL"),
        ("hizmet, bu ay", "9.500 TL", ""), ("hizmet, yıl", "85.500 TL", ""),
    ]  # fmt: skip
    assert moved(OLD, OLD) == []


def test_a_place_is_told_by_a_line_only_where_the_line_has_its_words_and_each_of_its_numbers():
    place = lambda old, new: on_page.Moved(("x",), "", "", old, new)  # noqa: E731
    words, again = place("goal met", "goal missed"), place("up 5 in July", "up 5 in July, missed 5")
    figures, sentence = {"x": ("5", "6")}, {"x": ("The goal met.", "So: goal missed.")}
    assert on_page.untold([words], figures) == [words] and on_page.untold([words], sentence) == []
    assert on_page.untold([again], {"x": ("5", "4")}) == [again]
    assert on_page.untold([place("up 5", "up 6")], figures) == []


@pytest.mark.parametrize(("language", "wanted"), [("tr", ("0,600917", "0,599542", "0,1234568")), ("en", ("0.600917", "0.599542"))])
def test_the_page_writes_cells_in_its_language_and_lets_sentences_wrap(language, wanted):
    """Cells as far as they differ, whole numbers as they are; a column of sentences is no column of numbers, which would not wrap."""
    old, new = cost(50808.0), cost(51343.0)
    cells = [("0.600917431193", "0.599542334096"), ("0.1234567", "0.1234568"), ("2107", "2108.0"), ("", "-3")]
    cells += [("a.csv", "b.csv"), ("nan", "inf")]
    rows = changes(old, new, {}, {}) + [Changed("04_retention/x", "all", f"c{n}", *pair) for n, pair in enumerate(cells)]
    made = Revision(2, "a/x", "2026-10-26", "Düzeltme", 1, 7)
    html = revision_page(rows, old, new, period="2026-09", revision=made, language=language, currency="TRY", page_rows=moved(OLD, NEW))
    figures, table = html.split("<table")[1:3]
    figures = figures[: figures.index("</table>")]
    assert 'class="num' not in figures and "491.158\N{NO-BREAK SPACE}TL" in figures and 'class="num' in table
    assert all(f">{text}<" in table for text in (*wanted, "2107", "2108", "–", "-3", "a.csv", "b.csv"))


def test_page_one_is_listed_with_its_tiles_in_figures_and_in_words():
    tile = ONE["tiles"][0] | {"number": "415", "alt": "Maliyet 415 TL, geçen ay 400 TL."}
    found = moved(OLD, OLD, one=ONE | {"tiles": [tile], "state": "sürüm 2", "change": "Değişti."})
    assert [(m.ids, m.old, m.new) for m in found] == [
        (("acquisition.cac",), "Maliyet: 412 TL 330 – …", "Maliyet: 415 TL 330 – …"),
        (("acquisition.cac",), "Maliyet 412 TL, geçen ay …", "Maliyet 415 TL, geçen ay …"),
        (("board.change_log",), "Olağan sınırlar içinde. ¹ Fiyat arttı", "Değişti. ¹ Fiyat arttı"),
    ]


def test_a_page_is_kept_and_read_again_as_it_was():
    """Quotes, new lines and a text that a spreadsheet would take for a formula come back."""
    odd = on_page.Page("tr", (on_page.Place(("a.b", "c"), "Ad \"x\"\n", "=1+1, +5", "−3 TL"), on_page.Place((), "", "", "Söz")))
    assert on_page.read(on_page.written(odd)) == odd and on_page.read(on_page.written(page(OLD))) == page(OLD)


@pytest.mark.parametrize(("before", "untold"), [
    ("other", "two_languages"),  # each word would count as a change
    ("older", "not_kept"),  # a page that an earlier version made, which kept no list
    ("none", ""),  # no page at all
    ("same", ""),
])  # fmt: skip
def test_pages_that_cannot_be_compared_are_said_to_be_so(tmp_path, before, untold):
    old, new = tmp_path / "old", tmp_path / "new"
    for folder in (old, new):
        folder.mkdir()
    if before != "none":
        (old / "board.html").write_text("<html></html>", encoding="utf-8")
    if before in ("other", "same"):
        (old / PAGE_FILE).write_text(on_page.written(page(OLD, "en" if before == "other" else "tr")), encoding="utf-8")
    (new / PAGE_FILE).write_text(on_page.written(page(NEW)), encoding="utf-8")
    said, why = _on_page(old, new)
    assert why == untold and len(said) == (7 if before == "same" else 0)


class Shown(HTMLParser):
    """Pieces of text that pages one and two print, those of pictures apart; without links and the number of the revision."""

    def __init__(self, board: str):
        super().__init__()
        self.open, self.text, self.drawn = [], [], []
        self.feed(board[board.index("<main>") : board.index("</main>")])

    def handle_starttag(self, tag, attrs):
        self.open.append("nav" if dict(attrs).get("class") == "pill" else tag)

    def handle_startendtag(self, tag, attrs):
        pass

    def handle_endtag(self, tag):
        self.open.pop()

    def handle_data(self, data):
        if not {"nav", "title", "desc"} & set(self.open):
            (self.drawn if "svg" in self.open else self.text).append(data)


@pytest.mark.parametrize("language", ["en", "tr"])
def test_what_is_kept_of_a_page_holds_every_number_that_the_page_prints(language):
    """Each piece of text has its numbers in one place of the list, as often as they stand there; each picture in its words."""
    made = full_pages(language)
    places = made.printed.places
    shown, kept = Shown(made.board), [numbers(f"{p.name}: {p.text}") for p in places]
    assert len(kept) > 80 and {"board.spend", "board.bridge.acquisition.cac"} <= {i for p in places for i in p.ids}
    pieces = [t for t in shown.text if numbers(t)]
    assert len(pieces) > 100 and [t for t in pieces if not any(numbers(t) <= k for k in kept)] == []
    printed_once = Counter(n for t in pieces for n in numbers(t).elements()) - numbers(places[0].text)  # the head stands on both pages
    assert printed_once <= sum(kept, Counter())
    ticks = {f"{k}{',' if language == 'en' else '.'}000" for k in (100, 200)}  # of the axis of spend: no figures
    assert set(numbers("|".join(shown.drawn))) - set(sum(kept, Counter())) == ticks


def numbers(text: str) -> Counter:
    return Counter(on_page.NUMBER.findall(text))
