"""One rule says which campaign of the calendar a row means, in Python, in Ibis and where files are read; counted by hand."""

import unicodedata
from datetime import date

import duckdb
import hand
import ibis
import pandas as pd
import pytest

from scrm_helpers import acquisition, campaign_names
from scrm_helpers.campaigns import plain
from scrm_helpers.findings import Context
from scrm_helpers.ingestion import joins, received, settle

SUMMER = ("2025-06-01", "2025-08-31")
ALIKE = (  # all of them the calendar's "Yaz İndirimi"
    "Yaz İndirimi", "YAZ İNDİRİMİ", "YAZ INDIRIMI ", "yaz ındırımı", "yaz  indirimi", " Yaz\u00a0İndirimi", "“Yaz” İndirimi",
    "'Yaz İndirimi'", "yaz_indirimi", "Yaz-İndirimi", unicodedata.normalize("NFD", "YAZ İNDİRİMİ"), "K-1",
)  # fmt: skip
OTHERS = ("Yaz", "Yaz İndirimi 2", "Kış İndirimi", "Yazindirimi", "—", "عرض الصيف", "")
OCTOBER = Context("01_ingestion", "2025-10", "en")


def plan(*rows: tuple) -> list[dict]:
    """(id, name, first day, last day) with further columns as a fifth, a dict."""
    out = []
    for code, name, first, last, *more in rows:
        days = {"starts_on": date.fromisoformat(first), "ends_on": date.fromisoformat(last)}
        out.append({"campaign_id": code, "name": name, "source": "instagram", **days, **(more[0] if more else {})})
    return out


def spend(*rows: tuple) -> list[dict]:
    """(day, id, name, amount) with further columns as a fifth, a dict; `ad_id` keeps the key of alike rows apart."""
    out = []
    for k, (day, code, name, amount, *more) in enumerate(rows):
        row = {"on": date.fromisoformat(day), "source": "instagram", "campaign_id": code, "campaign_name": name, "amount": amount}
        out.append(row | {"ad_id": str(k)} | (more[0] if more else {}))
    return out


def found(rows: list[dict], calendar: list[dict]) -> list[str]:
    """Campaign of each row: '' none, '?' several. By Ibis and by Python; both have to say the same."""
    money, known = hand.table("spend", rows), hand.table("campaigns", calendar)
    with_one = campaign_names.with_campaign(money, known).to_pandas().assign(n=lambda f: f["ad_id"].astype(int)).sort_values("n")
    by_ibis = ["?" if several else one for one, several in zip(with_one["calendar_id"], with_one["several"], strict=True)]
    ids = campaign_names.meant(pd.DataFrame(rows), known.to_pandas())
    assert by_ibis == ["?" if len(i) > 1 else "".join(i) for i in ids] and len(by_ibis) == len(rows)
    return by_ibis


def settled(texts: tuple[str, ...], calendar: list[dict]) -> list[str]:
    """What campaign_id becomes in a table of orders where files are read."""
    con = duckdb.connect()
    con.register("known", hand.table("campaigns", calendar).to_pandas())
    con.register("given", pd.DataFrame({"k": range(len(texts)), "campaign_id": texts}))
    con.execute("CREATE TABLE made_campaigns AS SELECT * FROM known; CREATE TABLE made_orders AS SELECT * FROM given")
    settle.rename(con, "orders", {"campaigns", "orders"})
    return [v for (v,) in con.execute("SELECT campaign_id FROM made_orders ORDER BY k").fetchall()]


def test_every_way_to_write_a_name_is_one_campaign_in_python_ibis_and_sql():
    calendar = plan(("K-1", "Yaz İndirimi", *SUMMER), ("K-2", "Bahar", *SUMMER), ("K-3", "…", *SUMMER))
    texts = ALIKE + OTHERS
    expected = ["K-1"] * len(ALIKE) + [""] * len(OTHERS)
    assert found(spend(*(("2025-07-01", t, None, 1) for t in texts)), calendar) == expected  # a file without ids: its name is the id
    assert found(spend(*(("2025-07-01", "777", t, 1) for t in texts)), calendar) == expected
    assert settled(texts, calendar) == [e or t for e, t in zip(expected, texts, strict=True)]


def test_an_id_counts_before_a_name():
    calendar = plan(("K-1", "Yaz", *SUMMER), ("K-2", "Bahar", *SUMMER))
    assert found(spend(("2025-07-01", "K-2", "Yaz", 1)), calendar) == ["K-2"]
    swapped = plan(("Kış", "Yaz", *SUMMER), ("Yaz", "Kış", *SUMMER))
    assert settled(("Kış", "Yaz", "KIŞ "), swapped) == ["Kış", "Yaz", "KIŞ "]  # the last may be either


TWICE = plan(
    ("Y-24", "Yaz İndirimi", "2024-06-01", "2024-06-30"), ("Y-25", "YAZ INDIRIMI", "2025-06-01", "2025-06-30"),
    ("Y-25b", "Yaz indirimi", "2025-06-20", "2025-07-10"),
)  # fmt: skip


@pytest.mark.parametrize(
    ("day", "name", "expected"),
    [
        ("2025-06-05", "yaz indirimi!", "Y-25"),  # the one that ran on the day
        ("2024-06-05", "yaz indirimi!", "Y-24"),
        ("2025-06-25", "yaz indirimi!", "?"),  # two of them ran
        ("2025-12-01", "yaz indirimi!", "?"),  # none of them ran
        ("2025-06-25", "YAZ INDIRIMI ", "Y-25"),  # written to the letter
    ],
)
def test_names_that_become_one_are_told_apart_or_left_alone(day, name, expected):
    assert found(spend((day, "777", name, 1)), TWICE) == [expected]


def test_of_two_campaigns_of_a_name_the_channel_tells_and_a_cancelled_one_never_ran():
    two = plan(("F", "Yaz", *SUMMER, {"source": "facebook"}), ("I", "Yaz", *SUMMER))
    rows = spend(("2025-07-01", "7", "YAZ", 1), *(("2025-07-01", "7", "YAZ", 1, {"source": s}) for s in ("facebook", "search")))
    assert found(rows, two) == ["I", "F", "?"]
    # Meta's export without platforms is booked to Facebook: what ran on the day is the one of Instagram
    apart = plan(("F", "Yaz", "2025-09-01", "2025-09-30", {"source": "facebook"}), ("I", "Yaz", *SUMMER))
    assert found(spend(("2025-07-01", "7", "YAZ", 1, {"source": "facebook"})), apart) == ["I"]
    gone = plan(("A", "Yaz", *SUMMER, {"status": "cancelled"}), ("B", "Yaz", *SUMMER))
    assert found(spend(("2025-07-01", "7", "YAZ", 1)), gone) == ["B"]
    endless = plan(("A", "Yaz", *SUMMER), ("B", "Yaz", "2025-09-01", "2025-09-02", {"ends_on": None}))
    assert found(spend(("2025-07-01", "7", "YAZ", 1), ("2025-12-01", "7", "YAZ", 1)), endless) == ["A", "B"]


# A company: 100 by id, 200 + 300 + 400 of a name written three ways, 50 of two campaigns of one name, 25 that the calendar lacks
CALENDAR = plan(
    ("K-1", "Yaz İndirimi", "2025-07-01", "2025-10-31", {"purpose": "keep"}),
    ("K-2", "Kış", "2025-10-01", "2025-10-31", {"purpose": "serve"}), ("K-3", "KIŞ!", "2025-10-01", "2025-10-31", {"purpose": "keep"}),
)  # fmt: skip
SPENT = spend(
    ("2025-10-02", "K-1", None, 100),
    *((f"2025-10-0{k}", n, n, v) for k, (n, v) in enumerate((("YAZ INDIRIMI ", 200), ("yaz  ındırımı", 300), ("“Yaz” İndirimi", 400)), 2)),
    ("2025-10-04", "kis", "kis", 50), ("2025-10-05", "Deneme", "Deneme", 25),
)  # fmt: skip


def test_a_company_that_writes_its_campaigns_in_many_ways_has_one_answer_everywhere():
    money, known = hand.table("spend", SPENT), hand.table("campaigns", CALENDAR)
    people = hand.table("accounts").mutate(**dict.fromkeys(("email", "phone", "external_id"), ibis.null("string")))
    nothing = [*(hand.table(n) for n in ("costs", "orders", "cases")), people]
    # 03: 1,000 keeps customers; what may be K-2 (serve) or K-3 (keep) stands with what nobody names
    ledger = acquisition.cost_ledger(money, nothing[0], known, period="2025-10").rows
    assert ledger.groupby("purpose")["amount"].sum().to_dict() == {"keep": 1000.0, "acquire": 75.0}
    # 06: the same 1,000 under K-1
    spent = pd.DataFrame(SPENT).assign(campaign=lambda f: plain.named(f, known.to_pandas())).groupby("campaign")["amount"].sum()
    assert spent.to_dict() == {"K-1": 1000, "": 75}
    # 01: 1,000 of 1,075 is traced; four of six rows meet the calendar; what does not is named with its reason
    traced = received.traced(money, *nothing, known, period="2025-10").set_index("measure")
    assert traced.loc["spend", ["part", "whole", "input"]].tolist() == [1000.0, 1075.0, "calendar_names"]
    there = {"spend": money, "campaigns": known}
    rate = joins.join_rates(type("Book", (), {"has": there.__contains__, "read": there.__getitem__}))
    assert rate[["rows", "tied", "unmatched"]].values.tolist() == [[6, 4, "Deneme, kis"]]
    lacking = received.unlisted(money, known, period="2025-10")
    assert lacking.values.tolist() == [["kis", True, 50.0], ["Deneme", False, 25.0]]
    unlisted, several = received.unlisted_said(OCTOBER, lacking)
    assert (unlisted.id, unlisted.value, several.id, several.value) == ("ingestion.unlisted", None, "ingestion.several", None)
    assert "25 TL belongs to campaigns that the campaign calendar lacks: Deneme." in unlisted.text_en
    assert "50 TL names campaigns that the campaign calendar has more than once" in several.text_en and ": kis." in several.text_en


def test_campaigns_of_one_name_and_one_purpose_keep_that_purpose():
    """Which of the two is meant nobody can tell, what for both are: 70 to keep."""
    both = [c | {"purpose": "keep"} for c in CALENDAR]
    ledger = acquisition.cost_ledger(
        hand.table("spend", spend(("2025-10-04", "kis", None, 70))), hand.table("costs"), hand.table("campaigns", both), period="2025-10"
    ).rows
    assert ledger[["purpose", "amount"]].values.tolist() == [["keep", 70.0]]
