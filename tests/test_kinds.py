"""What the gate takes for personal or secret, what it lets pass, and where it says that it stands."""

import json
from datetime import date

import pandas as pd
import pytest
from test_board_notebook import contract_rows

from scrm_helpers.run import kinds, publish
from scrm_helpers.run.errors import RunError
from scrm_helpers.run.said import of_things

ID = "10000000146"  # 7 x (1 + 1) - 0 = 14, so 4; 1 + 1 + 4 = 6
CARD = "4111111111111111"  # a test number that card networks publish, as 5555555555554444 is
KEY_ID = "AKIA" + "IOSFODNN7EXAMPLE"  # of the provider's own manual


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        (f"T.C. {ID}", "national_id"), (f"{ID}.", "national_id"), (f"<td>{ID}</td>", "national_id"), (f"a,{ID}", "national_id"),
        (f"7,{ID},2", "national_id"), (f"{ID},2", "national_id"), (f"7,{CARD},2", "card"), ("ayse,05327153491", "mobile"),
        (f"{KEY_ID}", "access_key"), (f"id={KEY_ID}", "access_key"), ("ghp_" + "aB3d" * 9, "access_key"),
        ("sk_live_" + "aB3d" * 6, "access_key"), ("EAA" + "aB3d" * 30, "access_key"),
        ("eyJ" + "hbGciOiJIUzI1" + ".eyJ" + "zdWIiOiIxMjM0" + ".abc", "access_key"),
        ("{'password': 'abcdef1234567890'}", "secret"), ('{"api_key": "abcdef1234567890"}', "secret"),
        (r'"{\"api_key\": \"abcdef1234567890\"}\n"', "secret"), ("{&#39;password&#39;: &#39;abcdef1234567890&#39;}", "secret"),
        ("parola: Gizli1234", "secret"), ("şifre=Gizli1", "secret"), ("ŞİFRE = Gizli1", "secret"), ("sifreniz: gizli.99", "secret"),
        ("AWS_SECRET_ACCESS_KEY=wJalrXUtnFEMI/K7MDENG", "secret"), ("{'secret_key': 'abcdef1234567890'}", "secret"),
        ("pwd=kedi42!", "secret"), ("password=Gizli1234!", "secret"), ("Authorization: Bearer eyJhbGciOiJIUzI1NiJ9", "secret"),
        (CARD, "card"), ("4111 1111 1111 1111", "card"), ("5555-5555-5555-4444", "card"),
        ("+90 (532) 715-34-91", "mobile"),
        ("905327153491", "mobile"), ("wa.me/905327153491", "mobile"), ("tr330006100519786457841326", "iban"),
        ("iban: tr33 0006 1005 1978 6457 8413 26", "iban"),
        ("0212 345 67 89", "phone"), ("(0212) 345 67 89", "phone"), ("0 (212) 345 67 89", "phone"), ("0 212 345 67 89", "phone"),
        ("0216-345-67-89-90", "phone"), ("0212/345 6789", "phone"), (r'"one\n0312 345 67 89"', "phone"), ("7,0212 345 67 89", "phone"),
        ("+90 212 345 67 89", "phone"), ("+902123456789", "phone"), ("+90 212 345 67 89-90", "phone"), ("+49 170 1234567", "phone"),
        ("+491701234567", "phone"), ("0049 170 1234567", "phone"), ("+49 (0)170 1234567", "phone"), ("+1 (212) 345-6789", "phone"),
        ("+33 6 12 34 56 78", "phone"), ("+33.6.12.34.56.78", "phone"), ("+44 20 7946 0958", "phone"), ("+44 7911 123456", "phone"),
        ("+7 495 123-45-67", "phone"), ("+994 50 123 45 67", "phone"), ("+34 612 345 678", "phone"), ("+372 5123 4567", "phone"),
    ],
)  # fmt: skip
def test_what_is_personal_or_secret_is_found_and_masked(tmp_path, text, kind):
    (tmp_path / "a.txt").write_text(f"one\n{text}\n", encoding="utf-8")
    with pytest.raises(RunError, match=rf"a\.txt, line 2: {kinds.in_words(kind)}") as told:
        publish.gate(tmp_path)
    assert str(told.value).count("a.txt") == 1  # said once: no number is both a mobile's and another phone's
    assert kinds.in_words(kind) in kinds.masked(f"{text} came")


@pytest.mark.parametrize("text", [
    "10000000147 and 20000000146 are order numbers", f"1{ID} {ID}1 0.{ID} 0,{ID}; {ID}.5 {ID[:5]}.{ID[5:]}",
    f"WEB-{ID} #{ID} x{ID} {ID}-1 {ID}/2",
    "person 100000000000146, account 411111111111111", f"4{CARD} {CARD}1 0.{CARD} 4111111111111112 1111111111111117",
    "2016 2017 2018 2019", "4111 1111 1111 1111 1111",
    "1905327153491 905327153491.5 0.905327153491 0,905327153491 905127153491a 9.05327153491",
    "token of thanks; bearer of good tidings to everybody_in_1999", "password: required; parola: unuttum; şifreleme: AES",
    'connect(password=os.environ["DB1_PASSWORD"], pwd=settings.db1)', "pwd=${DB_1_PASSWORD} PWD=/home/user1", "şifre: 2 gün, parola: 12 ay",
    "class=sk-estimator-doc-link-and-more-1 risk-abcdefghijklmnopqrstuvwxyz0123456789", "high weight eyJ0 ghp_short <tr12>",
    "0 212 345; 10212 345 67 89; 12 0 212 345 67 89 14; 0.212 345 67 89; 0212 2026-10-27; 0312-0412; 02123456789",
    "(212) 345; (346) 2345678; (346) 123.4567",
    "+1.234.567.890 TL, +34.612.345.678 TL, +12,345,678, +1 234 567 890, +44.123456789, +3 10000000147, +1 212 345",
    "+12 2026-10-27, +49 2026-10-27, +49 27-10-2026, +49 27.10.2026, +44 2025-2026, +7 2026-10 2026-11-12, 2026-10-27T20:24:00+03:00",
    "+20 %, +30 %; +90.5%; +12 345–13 456; +90 120-150 200-240; run 20261027-202459-0212345; person 100000000000146 of 30",
])  # fmt: skip
def test_what_is_neither_passes(tmp_path, text):
    (tmp_path / "a.html").write_text(f"<p>{text}</p>", encoding="utf-8")
    publish.gate(tmp_path)
    assert kinds.masked(text) == text


def test_the_check_digits_of_a_national_id_by_hand():
    """12345678950: odd places 1+3+5+7+9 = 25, even places 2+4+6+8 = 20; 7 x 25 - 20 = 155, so 5; the first ten add up to 50, so 0."""
    assert kinds.CHECKED["national_id"]("12345678950")
    one_of_hundred = [n for n in range(12345678900, 12345679000) if kinds.CHECKED["national_id"](str(n))]
    assert one_of_hundred == [12345678950]
    assert sum(kinds.CHECKED["card"](f"411111111111111{n}") for n in range(10)) == 1


def test_numbers_of_the_companys_own_things_are_nobodys(tmp_path, monkeypatch):
    """A campaign's id of eleven digits checks by chance; a person's beside it is found all the same."""
    from scrm_helpers.store import Store, open_workspace

    monkeypatch.setenv("SCRM_HOME", str(tmp_path / "home"))
    store = Store(open_workspace(), "2026-10")
    rows = pd.DataFrame({"campaign_id": [ID, "2"], "name": ["A", f"Cards {CARD} of May"], "status": "done", "is_social": True})
    store.write("campaigns", contract_rows("campaigns", rows))
    order = {"order_id": [1], "order_no": ["11111111110"], "ordered_on": [date(2026, 10, 1)], "kind": "sale", "status": "completed",
             "channel": "shop", "net": 1.0, "currency": "TRY", "is_internal": False}  # fmt: skip
    store.write("orders", contract_rows("orders", pd.DataFrame(order).assign(ordered_at=pd.Timestamp("2026-10-01"))))
    ours, page = of_things(store.workspace, "2026-10"), tmp_path / "a"
    page.mkdir()
    (page / "a.html").write_text(f"<td>{ID}</td><td>{CARD}</td><td>11111111110</td>")
    publish.gate(page, None, ours)
    with pytest.raises(RunError, match="national id"):
        publish.gate(page, None, of_things(store.workspace, "2026-09"))
    (page / "a.html").write_text(f"<td>{ID}</td>\n<td>12345678950</td>")
    with pytest.raises(RunError, match=r"a\.html, line 2: a Turkish national id"):
        publish.gate(page, None, ours)


def test_a_number_after_a_drawing_is_told_with_its_line_in_the_file(tmp_path):
    (tmp_path / "a.html").write_text(f'<path d="M 1\nL 2\nL 3"/>\n<p>{ID}</p>\n<path d="M {CARD} 1"/>')
    with pytest.raises(RunError) as told:
        publish.gate(tmp_path)
    assert "a.html, line 4: a Turkish national id" in str(told.value) and "card" not in str(told.value)


def test_of_a_notebook_the_cell_is_named_as_jupyterlab_numbers_it(tmp_path):
    """A heading, the parameters, the runner's values, then two cells: JupyterLab knows no cell of the runner's values."""

    def cell(kind, source, tags=(), said=()):
        outputs = {"outputs": [{"output_type": "stream", "name": "stdout", "text": [*said]}]} if kind == "code" else {}
        return {"cell_type": kind, "metadata": {"tags": [*tags]}, "source": [source], **outputs}

    cells = [
        cell("markdown", "# İ: a heading"), cell("code", "a: int = 1", ["parameters"]), cell("code", "a = 2", ["injected-parameters"]),
        cell("code", "print(a)", said=["one\n"]), cell("code", "print(who)", said=["{'password': 'abcdef1234567890'}\n", f"{ID}\n"]),
    ]  # fmt: skip
    (tmp_path / "08_a").mkdir()
    (tmp_path / "08_a" / "notebook.ipynb").write_text(json.dumps({"cells": cells}, ensure_ascii=False, indent=1), encoding="utf-8")
    with pytest.raises(RunError) as told:
        publish.gate(tmp_path)
    assert "08_a/notebook.ipynb, cell [3]: a secret" in str(told.value)
    assert "08_a/notebook.ipynb, cell [3]: a Turkish national id" in str(told.value) and "line" not in str(told.value)
