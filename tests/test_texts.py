"""Every text in both languages, with the same values; nothing that does not belong on the board page."""

import json
import re

import pytest
import shown_words

from scrm_helpers import metrics, tables, texts
from scrm_helpers.goals import promised, verbs
from scrm_helpers.report.firewall import forbidden_in, names_to_tell

CATALOGUE = texts.catalogue()

@pytest.mark.parametrize(
    ("text", "language", "found"),
    [
        ("412 LIKES", "en", True),
        ("Likes rose", "en", True),
        ("like-for-like customers", "en", False),
        ("a cost like others'", "en", False),
        ("it reached many", "en", True),
        ("page views", "en", True),
        ("review", "en", False),
        ("p-value 0.03", "en", True),
        ("TAKİPÇİ", "tr", True),
        ("takipçilerimiz", "tr", True),
        ("GÖSTERİMLER", "tr", True),
        ("gösteremiyoruz", "tr", False),
        ("ERİŞİM", "tr", True),
        ("BEĞENİ", "tr", True),
        ("Duygu analizi", "tr", True),
        ("P DEĞERİ", "tr", True),
        ("TAKIPCI", "tr", True),  # written without Turkish letters
        ("begeni", "tr", True),
        ("TAKIPÇI kampanyası", "tr", True),
        ("girişim", "tr", False),
    ],
)
def test_the_search_finds_stems_and_turkish_letters(text, language, found):
    assert bool(forbidden_in(text, language)) is found


def named(text: str) -> set[str]:
    """Values that a text names; {range} is {low} and {high} written together."""
    fields = texts.fields(text)
    return fields - {"range"} | {"low", "high"} if "range" in fields else fields


def test_every_text_stands_in_both_languages_with_the_same_values():
    faults = [
        text_id
        for text_id, entry in CATALOGUE.items()
        if set(entry) != set(texts.LANGUAGES)
        or named(entry["en"]) != named(entry["tr"])
        or (not all(v.strip() for v in entry.values()) and not text_id.startswith("words."))  # a cell may say nothing
    ]
    assert faults == []


def test_board_texts_hold_no_word_that_supports_no_decision():
    # The team page and the notes beside it are where such words belong.
    faults = [
        (text_id, language, forbidden_in(entry[language], language))
        for text_id, entry in CATALOGUE.items()
        if text_id.startswith("board.") and not text_id.startswith(("board.team.", "board.input."))
        for language in texts.LANGUAGES
        if forbidden_in(entry[language], language)
    ]
    assert faults == []


# Findings whose sentences stand on page two; each may have several, told apart by what follows the name.
ON_PAGE_TWO = (
    "acquisition.cac", "acquisition.unknown", "campaigns.seen", "campaigns.touched", "campaigns.caused", "ingestion.reconciliation",
    "identity.precision", "identity.recall", "experiments.running", "service.cost", "service.csat", "service.saving", "service.better",
)  # fmt: skip


def test_sentences_of_other_notebooks_that_stand_on_page_two_hold_none_either():
    kept = [i for i in CATALOGUE if i.startswith(ON_PAGE_TWO) and ".title" not in i]
    assert len(kept) > 15
    faults = [(i, lang) for i in kept for lang in texts.LANGUAGES if forbidden_in(CATALOGUE[i][lang], lang)]
    assert faults == []


def test_a_name_that_a_company_gave_is_told_not_refused():
    assert names_to_tell(["Takipçilere özel", "Bahar", "Reach more", "Takipçilere özel", "BEĞENİ YAĞMURU"]) == [
        "Takipçilere özel", "Reach more", "BEĞENİ YAĞMURU",
    ]  # fmt: skip


def test_no_suffix_is_glued_to_a_value_in_turkish():
    # "{n}'i" or "{value}nin" would need the right vowel for every number.
    glued = [text_id for text_id, entry in CATALOGUE.items() if re.search(r"\}['’]?[a-zçğıöşü]", entry["tr"])]
    assert glued == []


@pytest.mark.parametrize("measure", sorted(metrics.MEASURES))
def test_every_measure_has_a_label_and_a_formula(measure):
    for language in texts.LANGUAGES:
        assert metrics.measure(measure).label(language) and metrics.measure(measure).formula(language)


def test_every_ingested_table_verdict_result_and_purpose_has_its_words():
    wanted = [f"board.input.{t}" for t in tables.INGESTED] + [f"board.verb.{v}" for v in verbs.VERBS]
    wanted += [f"words.result.{r}" for r in (promised.AHEAD, promised.BEHIND, promised.NOT_YET, *promised.UNTOLD)]
    wanted += [f"words.source.{s}" for s in tables.SOURCES] + [f"words.metric.{m}" for m in promised.DELIVERED]
    assert [w for w in wanted if not texts.has(w)] == []


def test_every_word_of_the_suite_that_a_shown_table_can_hold_has_its_text():
    assert len(shown_words.OWN["recipe"]) > 50 and shown_words.untold() == []
    coded = [i for i in CATALOGUE if i.startswith(("columns.", "words.")) and "_" in CATALOGUE[i]["tr"]]
    assert coded == []  # a name of the code is no Turkish


def test_the_walk_over_shown_tables_finds_a_cell_without_its_word_and_a_column_of_nobody(tmp_path):
    (tmp_path / "01_x").mkdir()
    (tmp_path / "01_x" / "t.csv").write_text("source,recipe,goal,n,colour\ninstagram,spreadsheet,Büyüme,5,red\n", encoding="utf-8")
    block = {"kind": "table", "id": "t", "file": "t.csv", "numeric": [False, False, False, True, False]}
    (tmp_path / "01_x" / "section.json").write_text(json.dumps({"blocks": [block]}), encoding="utf-8")
    seen, faults = shown_words.walked(tmp_path)
    assert seen == {"source", "recipe", "goal", "colour"}
    assert faults == ["01_x, t: recipe 'spreadsheet'", "01_x, t: colour has no heading", "01_x, t: colour is declared nowhere"]


def test_the_programme_is_called_social_crm_roi_and_never_otherwise():
    said = [t for entry in CATALOGUE.values() for t in entry.values() if re.search(r"\bROI\b", t)]
    assert any("Social CRM ROI" in t for t in said) and any("Sosyal CRM ROI" in t for t in said)
    wrong = [t for t in said if re.search(r"(?i)(?:social|sosyal) (?:media|medya)[^.]{0,12}ROI", t)]
    assert wrong == []


CAUSE = r"\b(because issues|because of social|led to|thanks to|due to|brought about|yol açt\w+|sayesinde|nedeniyle|would have brought)\b"


@pytest.mark.parametrize("language", texts.LANGUAGES)
def test_sentences_of_matched_customers_name_no_cause(language):
    """Service, acquisition, retention and audiences compare people who chose for themselves: only tests and stores may name a cause."""
    chosen = ("service", "acquisition", "retention", "audiences")
    named = [name for name, said in CATALOGUE.items() if name.split(".")[0] in chosen and re.search(CAUSE, said[language], re.I)]
    assert named == []
