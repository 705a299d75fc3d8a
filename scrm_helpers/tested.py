"""The tested gap beside a like-for-like one: which test speaks of the question, and how it is said. One place for 07 and 08."""

import pandas as pd

from scrm_helpers import texts, units
from scrm_helpers.errors import ToldError
from scrm_helpers.metrics import SOCIAL
from scrm_helpers.units import Unit

QUESTIONS = ("follow", "social")
# in the name or the treatment of a test that makes people follow; a follow-up message does not
FOLLOWING = r"\bfollow(?![ -]*up)|takip et|takipçi|takibe"
ON_SOCIAL = (*SOCIAL, "social", "sosyal", "sosyal medya")


def gap(gaps: pd.DataFrame, *, about: str) -> pd.Series | None:
    """The newest valid test of spend, overall, that speaks of the question; None where none does. `gaps`: the table `tested_gaps`.

    `follow`: its treatment makes people follow (its name or treatment says so): a reminder sent on WhatsApp says nothing of following.
    `social`: its treatment ran on a social channel; it is one treatment, and the sentence names it.
    """
    if about not in QUESTIONS:
        raise ToldError(f"about came as {about!r}; expected one of {', '.join(QUESTIONS)}.")
    fit = gaps[(gaps["segment"] == "all") & (gaps["metric"] == "spend") & gaps["value"].notna() & gaps["grade"].isin(["A", "B"])]
    if about == "social":
        fit = fit[_plain(fit["channel"]).isin(ON_SOCIAL)]
    else:
        said = pd.Series("", index=fit.index, dtype="str")
        for column in ("name", "arm"):
            if column in fit:
                said = said + " " + _plain(fit[column])
        fit = fit[said.str.contains(FOLLOWING)]
    return None if fit.empty else fit.sort_values("experiment_id").iloc[-1]


def on_social(channel: str | None) -> bool:
    """Whether a test's channel is one of the programme's: a social one, by whatever capitals."""
    return channel is not None and bool(_plain(pd.Series([channel])).isin(ON_SOCIAL).iloc[0])


def line(gaps: pd.DataFrame, *, about: str) -> list[tuple]:
    """The row of a comparison table: ('tested', value, low, high, units of the smaller arm); no row where no test speaks."""
    row = gap(gaps, about=about)
    if row is None:
        return []
    return [("tested", row["value"], row["low"], row["high"], int(min(row["n_control"], row["n_treated"])))]


def words(gaps: pd.DataFrame, *, about: str, currency: str) -> dict[str, str]:
    """The tested gap in both languages, with the treatment and the days of its test; or that no test speaks of the question."""
    row, out = gap(gaps, about=about), {}
    for language in texts.LANGUAGES:
        if row is None:
            out[language] = texts.say(f"tested.none_{about}", language)
            continue
        money = {"currency": currency}
        days = [row.get(c) for c in ("starts_on", "stops_on")]
        known = all(d is not None and pd.notna(d) for d in days)
        first, last = (units.date(pd.Timestamp(d).date(), language) if known else "" for d in days)
        out[language] = texts.say(
            "tested.some" if known else "tested.some_undated",
            language,
            value=units.write(row["value"], Unit.MONEY, language, low=row["low"], high=row["high"], **money),
            range=units.write_range(row["low"], row["high"], Unit.MONEY, language, **money),
            treatment=_treatment(row),
            first=first,
            last=last,
        )
    return out


def _treatment(row: pd.Series) -> str:
    """How the registry names the test, with its treatment: 'T1 WhatsApp reminder: hatirlatma'."""
    name = row.get("name")
    head = f"{row['experiment_id']} {name}" if isinstance(name, str) and name else str(row["experiment_id"])
    arm = row.get("arm")
    return f"{head}: {arm}" if isinstance(arm, str) and arm else head


def _plain(column: pd.Series) -> pd.Series:
    """Lower case that knows the dotted capital of Turkish."""
    return column.fillna("").astype("str").str.replace("İ", "i").str.replace("I", "i").str.lower()
