"""The sheets that a company fills in: as committed, filled in by their own example row, read back by their recipe in both languages."""

import io
from pathlib import Path

import openpyxl
import pytest
from ingestion_files import checked

from scrm_helpers.ingestion import templates

FOLDER = Path(__file__).resolve().parents[1] / "data" / "templates"
ROWS = {"cost_sheet": 1, "survey_answers": 2}  # one answer per question


@pytest.fixture(scope="module")
def told(tmp_path_factory):
    """Every committed template twice: untouched, and with the mark of its example row taken off."""
    files = {}
    for path in sorted(FOLDER.glob("*/*.xlsx")):
        files[f"{path.parent.name}_{path.stem}_untouched.xlsx"] = path.read_bytes()
        book = openpyxl.load_workbook(path)
        book.active.cell(2, book.active.max_column).value = None
        stream = io.BytesIO()
        book.save(stream)
        files[f"{path.parent.name}_{path.stem}.xlsx"] = stream.getvalue()
    return checked(tmp_path_factory.mktemp("templates"), files)


def test_committed_templates_are_what_the_tool_writes(tmp_path):
    made = templates.write(tmp_path)
    assert len(made) == 26  # thirteen sheets, two languages
    for path in made:
        assert path.read_bytes() == (FOLDER / path.parent.name / path.name).read_bytes(), (
            "run: python tools/templates.py"
        )


@pytest.mark.parametrize("recipe", templates.TEMPLATES)
def test_a_filled_template_is_read_back_the_same_in_both_languages(told, recipe):
    names, _ = templates.TEMPLATES[recipe]
    english, turkish = (
        told[f"{language}_{name}.xlsx"] for language, name in zip(templates.LANGUAGES, names, strict=True)
    )
    for found in (english, turkish):
        assert (found["recipe"], found["rows_kept"], found["rows_quarantined"]) == (recipe, 1, 0), found["message"]
        assert found["cells_left_blank"] == {}
    shared = [{t: s for t, s in f["sums"].items()} for f in (english, turkish)]
    assert shared[0] == shared[1]


@pytest.mark.parametrize("recipe", templates.TEMPLATES)
def test_an_example_row_left_in_the_sheet_is_not_read(told, recipe):
    for language, name in zip(templates.LANGUAGES, templates.TEMPLATES[recipe][0], strict=True):
        found = told[f"{language}_{name}_untouched.xlsx"]
        assert (found["recipe"], found["rows_kept"], found["dropped"]) == (recipe, 0, {"example": 1})


def test_every_choice_of_a_drop_down_is_understood(tmp_path):
    """One file per template and language with a row for each choice of each drop-down: nothing is set aside for its word."""
    files = {}
    for names, fields in templates.TEMPLATES.values():
        for place, language in enumerate(templates.LANGUAGES):
            book = openpyxl.Workbook()
            book.active.append([f.head[place] for f in fields])
            for k, field in enumerate(fields):
                for choice in field.choices[place]:
                    row = [f.example[place] for f in fields]
                    row[k] = choice
                    book.active.append(row)
            stream = io.BytesIO()
            book.save(stream)
            if book.active.max_row > 1:
                files[f"{language}_{names[place]}.xlsx"] = stream.getvalue()
    for found in checked(tmp_path, files).values():
        assert (found["verdict"], found["rows_quarantined"], found["cells_left_blank"]) == ("read", 0, {}), found[
            "file"
        ]
