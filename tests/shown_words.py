"""Text columns of the tables that pages show: whose words they hold, the suite's own or a company's; and what has no text."""

import csv
import json
from pathlib import Path

from scrm_helpers import metrics, tables, texts
from scrm_helpers.acquisition import customer_cost, firsts, stages
from scrm_helpers.audiences import referrals
from scrm_helpers.campaigns import answer as credited
from scrm_helpers.experiments import reading, units
from scrm_helpers.goals import ledger, promised
from scrm_helpers.goals.bridge import MEASURE_OF
from scrm_helpers.ingestion import joins, monthly, received
from scrm_helpers.ingestion.recipe import load_recipes
from scrm_helpers.ingestion.recipes.ga4 import MEASURES
from scrm_helpers.segmentation import places
from scrm_helpers.service import before_after, touchpoints

RECIPES = load_recipes()


def _allowed(table: str, column: str) -> tuple[str, ...]:
    return tables.contract(table).by_name[column].allowed


# Columns whose cells are words of the suite, with all values that the code can put there. `True`, `False`: a flag.
OWN = {
    "answer": reading.VERDICTS,
    "before_data": ("True", "False"),
    "buyer": ("business", "consumer"),
    "case": (*credited.CREDITED, "caused"),
    "cause": ("rating", "reopened", "slow"),
    "changed": [c for c in ledger.ENTRY if c not in ("programme_purpose", "month")],
    "channel": {*tables.CONTACT_CHANNELS, *touchpoints.POINTS},
    "comparison": ("raw", "matched", "robust", "change", "placebo", "tested"),
    "complete": ("True", "False"),
    "converged": ("True", "False"),
    "declared": ("in_time", "late", "unjudged", "not_due", "rewritten", "removed"),
    "design": ("stores", "web", "company", "accounts", "store", "region", "city"),
    "fate": referrals.FATES,
    "field": {*(c for link in joins.LINKS for c in (link[1], link[3])), *(c for _, c in received.KEY_FIELDS),
              *(c for columns in monthly.FIGURES.values() for c in columns)},
    "figure": MEASURE_OF.values(),
    "group": {*customer_cost.GROUPS, *firsts.GROUPS, "other"},
    "holds": ("True", "False", "unsure"),
    "judged_by": units.METRICS,
    "kind": {*_allowed("costs", "kind"), *_allowed("change_log", "kind"), "holiday", "half_day", "religious", "season", "launch", "other",
             "store", "dealer", "web"},
    "measure": ("spend", "customers", "revenue", "contacts", "visits", *MEASURES, "directions", "calls", "site_clicks", "csat", "effort",
                "first_contact_resolution", "first_reply_hours", "resolution_hours"),
    "metric": promised.DELIVERED,
    "model": ("bg_nbd", "gamma_gamma"),
    "outcome": before_after.OUTCOMES,
    "partner": {link[2] for link in joins.LINKS},
    "prices": ("real", "nominal", "refused"),
    "purpose": _allowed("costs", "purpose"),
    "reason": ("no_export", "not_additive", "never_filled"),
    "recipe": {*RECIPES, "sources.yml", "refused"},
    "result": (promised.AHEAD, promised.BEHIND, promised.NOT_YET, *promised.UNTOLD),
    "segment": ("value", "life_stage", "source_group", "region", "city", "category"),
    "source": tables.SOURCES,
    "stage": stages.STAGES,
    "state": (*_allowed("findings", "state"), "cancelled", "no_dates", "planned", "too_short", "no_history", "no_year", "few_placebos",
              "not_separable", "no_controls", "few_units", "few_people", "prices", "no_store_sales",
              "unknown_place"),
    "status": _allowed("campaigns", "status"),
    "suppressed": ("few", "followers", "beside"),
    "table": tables.INGESTED,
    "test_stage": ("planned", "running", "ended"),
    "trait": ("gender", "age"),
    "variant": ("net", "gross"),
    "verdict": _allowed("files", "verdict"),
    "why": ("blank", "unreadable", "not_allowed", "out_of_range", "no_rate", "digits_lost", "letters_lost", "group",
            *(received.CELL + r for r in ("unreadable", "not_allowed", "out_of_range", "no_rate", "digits_lost"))),
    "window": metrics.WINDOWS,
}  # fmt: skip
# Columns that hold both: a company may have names of its own there.
MIXED = {
    "level_of": ("all", "best", "good", "middle", "low", "none", *places.REGIONS),
    "place": ("unknown",),
    "system": {r.system for r in RECIPES.values()},
    "totals": ("equal",),
}
# Names, codes and sentences of a company, its files and its days; letters and symbols that are the same in both languages.
FREE = {
    *("action", "arm", "campaign", "category", "changes", "code", "declared_segments", "earlier_file", "events", "goal", "goal_id"),
    *("hypothesis", "message", "new_words", "note", "offered", "old_words", "overlaps", "owned", "programme_purpose", "source_file"),
    *("source_raw", "strategy", "test", "tool", "unit", "unmatched"),
    *("cohort", "declared_on", "due_on", "ends_on", "first_on", "first_seen", "from_on", "last_on", "month", "months", "on", "seen_on"),
    *("starts_on", "stops_on", "to_on"),
    *("grade", "parameter", "records"),
}  # fmt: skip


def untold() -> list[str]:
    """Values that the code can show and that have no text."""
    return [f"words.{c}.{v}" for c, values in (OWN | MIXED).items() for v in sorted(map(str, values)) if not texts.has(f"words.{c}.{v}")]


def walked(run: Path) -> tuple[set[str], list[str]]:
    """Text columns of every table that a run shows; and what is wrong with them: no heading, a cell without its word, nobody's column."""
    seen, faults = set(), []
    for section in sorted(run.glob("*/section.json")):
        for block in json.loads(section.read_text(encoding="utf-8"))["blocks"]:
            if block["kind"] != "table":
                continue
            with (section.parent / block["file"]).open(encoding="utf-8", newline="") as file:
                head, *rows = csv.reader(file)
            for k, column in enumerate(head):
                where = f"{section.parent.name}, {block['id']}: {column}"
                faults += [] if texts.has(f"columns.{column}") else [f"{where} has no heading"]
                if block["numeric"][k]:
                    continue
                seen.add(column)
                cells = {row[k] for row in rows} - {""}
                if column in OWN:
                    faults += [f"{where} {c!r}" for c in sorted(cells) if not texts.has(f"words.{column}.{c}")]
                elif column not in FREE | set(MIXED) and cells:
                    faults.append(f"{where} is declared nowhere")
    return seen, faults
