"""The recheck of a hand-kept source: rows drawn by the suite, answered by a person, and the error that they show.

The sheet lies in the closed private folder, for it names people. A row is right, wrong or not answered; what is not answered
counts for nothing, and the range says how little fifty answers tell.
"""

import random
from pathlib import Path

import openpyxl
import pandas as pd
from openpyxl.worksheet.datavalidation import DataValidation

from scrm_helpers import units
from scrm_helpers.ingestion.errors import InputError
from scrm_helpers.stats import Estimate
from scrm_helpers.stats.checks import LEVEL
from scrm_helpers.stats.counts import clopper_pearson
from scrm_helpers.store import Store, Workspace
from scrm_helpers.store.written import neutral
from scrm_helpers.texts import spoken, tell

FILE = "recheck.xlsx"  # in data/private/
ROWS = 50
HEAD = ("touch_id", "on", "customer", "phone", "said", "right? (yes/no)", "right source")
YES, NO = ("yes", "evet", "e", "y"), ("no", "hayır", "hayir", "h", "n")


def draw(touches: pd.DataFrame, contacts: pd.DataFrame, *, rows: int = ROWS, seed: int = 1) -> pd.DataFrame:
    """A plain random sample of hand-kept touches with the name and phone to ask: the same rows for the same touches and seed.

    `touches`: touch_id, account_id, on, source, hand_kept. `contacts`: account_id, full_name, phone. Grain: one touch.
    """
    kept = touches[touches["hand_kept"]].sort_values("touch_id", ignore_index=True)
    if kept.empty:
        raise InputError(tell("told.recheck.no_row"), "recheck")
    places = sorted(random.Random(seed).sample(range(len(kept)), min(rows, len(kept))))
    known = contacts.drop_duplicates("account_id")[["account_id", "full_name", "phone"]]
    return kept.iloc[places].merge(known, on="account_id", how="left")[["touch_id", "on", "full_name", "phone", "source"]]


def write(drawn: pd.DataFrame, path: Path) -> None:
    """The drawn rows as a sheet to answer; ids as text, for a spreadsheet keeps 15 digits only. An answered sheet is not replaced."""
    if path.exists():
        raise InputError(tell("told.recheck.there", file=path.name), "recheck")
    book = openpyxl.Workbook()
    page = book.active
    page.append(HEAD)
    for row in drawn.astype(object).where(drawn.notna(), None).itertuples(index=False):
        page.append([str(row[0]), str(row[1])[:10], *(neutral(v) for v in row[2:]), None, None])
    listed = DataValidation(type="list", formula1='"yes,no"', allow_blank=True)
    page.add_data_validation(listed)
    listed.add(f"F2:F{len(drawn) + 1}")
    page.freeze_panes = "A2"
    book.save(path)


def answers(path: Path) -> pd.DataFrame:
    """The answered rows: touch_id, said, right, corrected. InputError naming the row whose answer is neither yes nor no."""
    rows = list(openpyxl.load_workbook(path, read_only=True).active.iter_rows(values_only=True))
    if not rows or tuple(rows[0][: len(HEAD)]) != HEAD:
        raise InputError(tell("told.recheck.header", file=path.name, known=", ".join(HEAD)), "recheck")
    found = []
    for number, row in enumerate(rows[1:], 2):
        said = str(row[5] or "").strip().lower()
        if said and said not in YES + NO:
            raise InputError(tell("told.recheck.answer", file=path.name, row=str(number), came=said), "recheck")
        if said:
            found.append((int(row[0]), row[4], said in YES, row[6] if said in NO else row[4]))
    return pd.DataFrame(found, columns=["touch_id", "said", "right", "corrected"])


def error(answered: pd.DataFrame, *, level: float = LEVEL) -> Estimate:
    """Share of wrong rows with its exact range: nothing answered gives no value."""
    return clopper_pearson(int((~answered["right"].astype(bool)).sum()), len(answered), level)


def result(workspace: Workspace) -> pd.DataFrame | None:
    """The table `rechecks` (see its contract) out of the answered sheet; None where nothing is answered yet."""
    path = workspace.private / FILE
    answered = answers(path) if path.is_file() else pd.DataFrame()
    if answered.empty:
        return None
    wrong = error(answered)
    counts = {"sheet": "who_sent_me", "answered": len(answered), "wrong": int((~answered["right"].astype(bool)).sum())}
    return pd.DataFrame([{**counts, "wrong_low": wrong.low, "wrong_high": wrong.high}])


def turn(store: Store) -> tuple[str, Path]:
    """Draws the rows where there is no sheet yet, else reads what was answered. A sentence, and the sheet.

    Raises InputError where the month was not run, where nothing is kept by hand, or naming the row of an answer that is none.
    """
    path = store.workspace.private_folder() / FILE
    if not path.exists():
        if not store.has("touches"):
            raise InputError(tell("told.recheck.not_run", period=store.period), "recheck")
        contacts = store.frame("accounts", private=True)
        drawn = draw(store.frame("touches"), contacts.reindex(columns=["account_id", "full_name", "phone"]))
        write(drawn, path)
        path.chmod(0o600)
        return tell("told.recheck.drawn", n=str(len(drawn))), path
    found = result(store.workspace)
    if found is None:
        return tell("told.recheck.no_answer"), path
    row = found.iloc[0]
    ends = {end: units.percent(row[f"wrong_{end}"], spoken(), 1) for end in ("low", "high")}
    return tell("told.recheck.found", wrong=str(row["wrong"]), answered=str(row["answered"]), **ends), path
