"""Writes the data map into docs/data_protection.md and .tr.md, from the contracts: `python tools/data_map.py`. A test holds it."""

from pathlib import Path

from scrm_helpers import tables
from scrm_helpers.tables import Privacy, Table
from scrm_helpers.tables.schema import LINEAGE

DOCS = Path(__file__).resolve().parents[1] / "docs"
PAGES = {"en": DOCS / "data_protection.md", "tr": DOCS / "data_protection.tr.md"}
BEGIN, END = "<!-- data map: made by tools/data_map.py -->", "<!-- end of the data map -->"
# What a table with a row per person, record or order is kept for: a new table of that kind must be given one.
PURPOSE = {
    "who": ("know one person under several records", "birkaç kayıttaki aynı kişiyi tanımak"),
    "consent": ("speak only to people who agreed", "yalnızca izin verenlere seslenmek"),
    "source": ("tell where a customer came from, and what that cost", "müşterinin nereden geldiğini ve maliyetini bulmak"),
    "sales": ("count revenue, returns and who stays", "geliri, iadeleri ve kalan müşterileri saymak"),
    "care": ("count solved problems, their cost and satisfaction", "çözülen sorunları, maliyetini ve memnuniyeti saymak"),
    "test": ("compare the groups of a test", "bir testin gruplarını karşılaştırmak"),
    "left out": ("leave out staff, test and collector accounts", "çalışan, deneme ve toplayıcı hesaplarını dışarıda bırakmak"),
    "goal": ("name who owns a goal", "bir hedefin sahibini bilmek"),
    "books": ("put costs into the ledger; no row is about a customer", "maliyetleri deftere işlemek; satırlar müşteriyle ilgili değildir"),
}
KEPT_FOR = {
    "accounts": "who", "golden": "who", "persons": "who", "person_draws": "who", "match_pairs": "who", "labels": "who",
    "registry": "who", "registry_log": "who", "consents": "consent", "leads": "source", "touches": "source", "follows": "source",
    "referrals": "source", "customers": "source", "orders": "sales", "order_lines": "sales", "subscriptions": "sales",
    "cases": "care", "case_events": "care", "surveys": "care",
    "assignments": "test", "exclusions": "left out", "goals": "goal", "costs": "books",
}  # fmt: skip
HEADINGS = {
    "en": ("Table", "One row is", "In `data/private/` alone (personal)", "Ids of the suite (pseudonymous)", "Other columns", "Kept for"),
    "tr": ("Tablo", "Bir satır (İngilizce)", "Yalnızca `data/private/` içinde (kişisel)", "Uygulamanın kimlikleri (takma adlı)",
           "Diğer sütunlar", "Amaç"),
}  # fmt: skip
WORDS = {
    "en": ("every column: the whole table", "Tables without a row per person, record or order, and without any such column"),
    "tr": ("her sütun: tablonun tamamı", "Kişi, kayıt veya sipariş başına satırı ve böyle bir sütunu olmayan tablolar"),
}


def about_people(table: Table) -> bool:
    """Whether a table has a personal or pseudonymous column, or lies in `private` as a whole."""
    return table.secret or any(c.privacy is not Privacy.PUBLIC for c in table.columns)


def data_map(language: str) -> str:
    """The map as Markdown: one row per table that speaks of people, then the names of the rest."""
    whole, rest = WORDS[language]
    place = list(WORDS).index(language)
    lines = [f"| {' | '.join(HEADINGS[language])} |", f"|{'---|' * len(HEADINGS[language])}"]
    lineage = {c.name for c in LINEAGE}
    for t in filter(about_people, tables.TABLES.values()):
        others = [c.name for c in t.columns if c.privacy is Privacy.PUBLIC and c.name not in lineage]
        personal = whole if t.secret else _names(t.named(Privacy.PERSONAL))
        cells = (f"`{t.name}`", t.grain, personal, _names(t.named(Privacy.PSEUDONYMOUS)), _names(others), PURPOSE[KEPT_FOR[t.name]][place])
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join([*lines, "", f"{rest}: {_names([t.name for t in tables.TABLES.values() if not about_people(t)])}."])


def replaced(text: str, language: str) -> str:
    """The page with the map as it is now."""
    head, _, rest = text.partition(BEGIN)
    _, _, tail = rest.partition(END)
    return f"{head}{BEGIN}\n\n{data_map(language)}\n\n{END}{tail}"


def _names(names: list[str]) -> str:
    return ", ".join(f"`{n}`" for n in names) or "–"


if __name__ == "__main__":
    for named, path in PAGES.items():
        path.write_text(replaced(path.read_text(encoding="utf-8"), named), encoding="utf-8", newline="\n")
