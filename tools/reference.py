"""Writes docs/sources.md and docs/sources.tr.md, every word that a user types, from the code: `python tools/reference.py`.

A test keeps pages and code in step.
"""

from dataclasses import fields
from pathlib import Path

from scrm_helpers import metrics, segmentation, tables, units
from scrm_helpers.export.lists import OWN_LISTS
from scrm_helpers.export.uploads import PLATFORMS
from scrm_helpers.goals import verbs
from scrm_helpers.ingestion import drafting, generic, vocabulary
from scrm_helpers.ingestion.faults import MADE_LATER
from scrm_helpers.ingestion.recipe import load_recipes
from scrm_helpers.sample.settings import MESS
from scrm_helpers.store import Settings
from scrm_helpers.texts import LANGUAGES, say

DOCS = Path(__file__).resolve().parents[1] / "docs"
PAGES = {"en": "sources.md", "tr": "sources.tr.md"}
MONTH, FIGURE = ("open", "provisional", "closed"), ("ok", "too_few", "withheld", "missing")


def page(language: str) -> str:
    """The whole page in one language."""

    def t(text_id: str, **values: str) -> str:
        return say(f"reference.{text_id}", language, **values)

    def rows(heads: tuple[str, ...], lines) -> list[str]:
        found = ["| " + " | ".join(t(f"head.{h}") for h in heads) + " |", "|" + "---|" * len(heads)]
        return [*found, *("| " + " | ".join(c.replace("|", "\\|") for c in line) + " |" for line in lines)]

    def part(name: str, *lines: str) -> list[str]:
        return ["", f"## {t(f'part.{name}')}", "", *lines]

    def share(value: float) -> str:
        return units.percent(value, language)

    limits, coded = verbs.LIMITS, lambda names: ", ".join(f"`{n}`" for n in names)
    told = {
        "traced": share(limits.traced), "walk": units.percent(limits.walk, language, 1), "far": share(limits.far_below),
        "months": units.integer(limits.longest_test, language),
    }  # fmt: skip
    formula = metrics.measure("traceability").formula(language)
    own = {f.name: f"`{f.default}`" if f.default != "" else "-" for f in fields(Settings) if f.name != "made_up"}
    company = [(f"`{name}`", default, t(f"company.{name}")) for name, default in own.items()]
    fed = [(f"`{n}`", coded(drafting.needed(n)), coded(_may(n))) for n in tables.INGESTED]
    taking: dict[tuple[str, ...], list[str]] = {}
    for table, c in ((n, c) for n in tables.INGESTED for c in tables.contract(n).columns if c.allowed):
        taking.setdefault(c.allowed, []).append(f"{table}.{c.name}")
    fixed = [(coded(columns), coded(words)) for words, columns in taking.items()]
    recipes = [
        (f"`{r.name}`", r.system, "; ".join(need[0] for need in r.needs), coded(dict.fromkeys(f.table for f in r.made())))
        for r in sorted(load_recipes().values(), key=lambda r: r.name)
    ]  # fmt: skip
    groups = [(f"`{n}`", coded(m.names) if m.names else t("segments_own")) for n, m in segmentation.MODELS.items()]
    verdicts = [(say(f"board.verb.{v}", language).rstrip("."), t(f"verdict.{v}", **told)) for v in verbs.VERBS]
    figures = [(say(f"words.state.{s}", language), t(f"figure.{s}", least=units.integer(metrics.LEAST_N, language))) for s in FIGURE]
    lists = t("lists", lists=coded(OWN_LISTS), platforms=coded(PLATFORMS))
    lines = [
        f"# {t('title')}", "", t("made"),
        *part("company", *rows(("word", "default", "means"), company)),
        *part("entry", *rows(("word", "means"), ((f"`{w}`", t(f"entry.{w}")) for w in generic.ENTRY))),
        *part("options", t("options_note"), "", *rows(("word", "means"), ((f"`{w}`", t(f"option.{w}")) for w in generic.OPTIONS))),
        *part("expressions", t("derive_note"), "", *rows(("written", "means"), _written(vocabulary.EXPRESSIONS, "expression", t))),
        *part("tests", *rows(("written", "means"), _written(vocabulary.TESTS, "test", t))),
        *part("tables", *rows(("table", "needed", "may"), fed)),
        *part("allowed", *rows(("column", "words"), fixed)),
        *part("recipes", *rows(("form", "system", "known_by", "feeds"), recipes), "", t("listed")),
        *part("segments", *rows(("dimension", "words"), groups), "", lists),
        *part("mess", coded(MESS)),
        *part("month", *rows(("word", "means"), ((say(f"board.state.{s}", language), t(f"month.{s}")) for s in MONTH))),
        *part("figure", *rows(("word", "means"), figures)),
        *part("traceability", t("traced", formula=formula, limit=share(limits.traced))),
        *part("verdict", t("verdict_note", hurdle=share(verbs.HURDLE)), "", *rows(("word", "means"), verdicts)),
    ]  # fmt: skip
    return "\n".join(lines) + "\n"


def _written(known: dict[str, str], kind: str, t) -> list[tuple[str, str]]:
    return [(f"`{how}`", t(f"{kind}.{word}")) for word, how in known.items()]


def _may(table: str) -> list[str]:
    needed = {*drafting.needed(table), *MADE_LATER}
    return [c.name for c in tables.contract(table).columns if c.name not in needed]


if __name__ == "__main__":
    for language in LANGUAGES:
        (DOCS / PAGES[language]).write_text(page(language), encoding="utf-8", newline="\n")
