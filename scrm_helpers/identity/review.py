"""Clerical review: which pairs to look at, and the view in JupyterLab in which a person answers same, different or unsure.

Answers are kept in the table `labels`, in `private`, with who gave them and when; the next run keeps to them.
"""

from collections.abc import Callable
from datetime import UTC, datetime
from html import escape

import numpy as np
import pandas as pd

from scrm_helpers import texts
from scrm_helpers.contacts import REGION
from scrm_helpers.errors import ToldError
from scrm_helpers.identity import normalise

ANSWERS = ("same", "different", "unsure")
CHECKED = 2  # every so many-th pair of the queue is drawn over all weights: those measure how good the matching is
SHOWN = (
    "system",
    "first_name",
    "last_name",
    "full_name",
    "company_name",
    "email",
    "phone",
    "address",
    "district",
    "postcode",
    "city",
    "birth_date",
    "tax_no",
)
LABEL_COLUMNS = ("account_id_left", "account_id_right", "answer", "by", "at")


def queue(
    pairs: pd.DataFrame, persons: pd.DataFrame, labels: pd.DataFrame | None = None, *, most: int = 100, seed: int = 1
) -> pd.DataFrame:
    """Pairs worth a look, best first. Grain: one row per pair of `match_pairs`, with `gain` (record pairs that may change) and `why`.

    What a label gains: how undecided the pair is, times the pairs of records that join or part with it. Every second pair is drawn
    evenly over match weight, linked and not, instead: pairs in doubt alone cannot say how good the sure ones are, nor what is missed.
    """
    records = persons.set_index("account_id").records
    rows = pairs[pairs.match_probability.notna()].copy()
    if labels is not None and len(labels):
        told = pd.MultiIndex.from_frame(labels[["account_id_left", "account_id_right"]])
        rows = rows[~pd.MultiIndex.from_frame(rows[["account_id_left", "account_id_right"]]).isin(told)]
    chance = rows.match_probability.to_numpy()
    size = rows.account_id_left.map(records).to_numpy() * rows.account_id_right.map(records).to_numpy()
    rows["gain"] = chance * (1 - chance) * np.where(rows.linked, 1, size)
    doubtful = rows.sort_values(["gain", "account_id_left", "account_id_right"], ascending=[False, True, True])
    checks = _even(rows, most // CHECKED, seed)
    person = persons.set_index("account_id").person_id
    between = doubtful.assign(a=doubtful.account_id_left.map(person), b=doubtful.account_id_right.map(person))
    # one pair of two persons says what the others of the two would
    doubtful = doubtful[~between[["a", "b"]].duplicated() | between.a.eq(between.b)]
    first = doubtful[~doubtful.index.isin(checks.index)].head(most - len(checks)).assign(why="undecided")
    place = np.r_[
        np.arange(len(first)) + np.arange(len(first)) // (CHECKED - 1), np.arange(len(checks)) * CHECKED + CHECKED - 1
    ]
    out = pd.concat([first, checks.assign(why="check")])
    return out.iloc[np.argsort(place, kind="stable")].reset_index(drop=True)


def add(labels: pd.DataFrame, left: int, right: int, answer: str, *, by: str, at: datetime) -> pd.DataFrame:
    """The labels with one more answer; an unknown answer or an unnamed reviewer is an error."""
    if answer not in ANSWERS:
        raise ToldError(f"answer: came {answer!r}, expected one of {', '.join(ANSWERS)}.")
    if not by.strip():
        raise ToldError("by: came empty, expected the reviewer's name: labels say who gave them.")
    row = pd.DataFrame([(min(left, right), max(left, right), answer, by.strip(), at)], columns=list(LABEL_COLUMNS))
    return row if labels.empty else pd.concat([labels[list(LABEL_COLUMNS)], row], ignore_index=True)


def side_by_side(accounts: pd.DataFrame, left: int, right: int, *, masked: bool = True, region: str = REGION) -> pd.DataFrame:
    """Both records of a pair. Grain: one row per field that either has; values masked unless told otherwise.

    A whole name stands beside the parts of the other record as one; `alike` is "=" where the match keys are equal, so that
    05321234567 and +90 532 123 45 67 are, and "≠" where both have a value and the keys differ. The system is never masked.
    """
    rows = accounts.set_index("account_id")
    shown = [{c: _written(rows.at[one, c]) for c in SHOWN if c in rows} for one in (left, right)]
    if not all(bool(record.get("full_name")) == bool(shown[0].get("full_name")) for record in shown):
        for record in shown:
            parts = " ".join(filter(None, (record.pop("first_name", ""), record.pop("last_name", ""))))
            record["full_name"] = record.get("full_name") or parts
    out = []
    for column in SHOWN:
        a, b = (record.get(column, "") for record in shown)
        if not (a or b):
            continue
        key = KEYS.get(column, normalise.fold) if column != "phone" else lambda v: normalise.phone(v, region=region).number
        equal = "" if not (a and b) or column == "system" else "=" if (key(a) or a) == (key(b) or b) else "≠"
        hidden = masked and column != "system"
        out.append((column, _masked(a) if hidden else a, equal, _masked(b) if hidden else b))
    return pd.DataFrame(out, columns=["field", "left", "alike", "right"])


KEYS = {
    "email": lambda v: normalise.email(v).key, "city": normalise.city,
    "district": normalise.district, "postcode": normalise.postcode, "address": normalise.address,
    "company_name": normalise.company_name,
}  # fmt: skip


def _written(value) -> str:
    return "" if pd.isna(value) else str(value)


def _masked(value: str) -> str:
    """The first letter and the length, in no language."""
    return f"{value[:1]}*** ({len(value)})" if value else ""


class Review:
    """The view: one pair at a time. `save` takes the whole labels frame after each answer (it writes to `private`)."""

    def __init__(
        self, queued: pd.DataFrame, accounts: pd.DataFrame, labels: pd.DataFrame, *, by: str, save: Callable[[pd.DataFrame], None],
        evidence: Callable[[pd.Series], pd.DataFrame] | None = None, language: str = "en",
        clock: Callable[[], datetime] = lambda: datetime.now(UTC).replace(tzinfo=None), region: str = REGION,
    ):  # fmt: skip
        self.queued, self.accounts, self.labels, self.by = queued, accounts, labels, by
        self._save, self._evidence, self._language, self._clock = save, evidence, language, clock
        self.at, self.masked, self.region = 0, True, region

    def widget(self):
        """The ipywidgets box."""
        import ipywidgets

        self._body = ipywidgets.HTML()
        self._buttons = [
            ipywidgets.Button(description=self._text(f"review.{a}"), button_style=s)
            for a, s in zip(ANSWERS, ("success", "danger", ""), strict=True)
        ]
        for button, answer in zip(self._buttons, ANSWERS, strict=True):
            button.on_click(lambda _, answer=answer: self.answer(answer))
        self._show = ipywidgets.ToggleButton(value=False, description=self._text("review.show"))
        self._show.observe(lambda change: self.reveal(change["new"]), names="value")
        self._draw()
        return ipywidgets.VBox([self._body, ipywidgets.HBox([*self._buttons, self._show])])

    def answer(self, answer: str) -> None:
        """Keeps an answer on the pair shown, masks again and goes on."""
        if self.at >= len(self.queued):
            return
        pair = self.queued.iloc[self.at]
        self.labels = add(
            self.labels, int(pair.account_id_left), int(pair.account_id_right), answer, by=self.by, at=self._clock()
        )
        self._save(self.labels)
        self.at += 1
        self.reveal(False)

    def reveal(self, shown: bool) -> None:
        """Shows the values as written, or masks them."""
        self.masked = not shown
        if hasattr(self, "_show") and self._show.value != shown:
            self._show.value = shown
        self._draw()

    def html(self) -> str:
        """The pair shown now, as HTML."""
        if self.at >= len(self.queued):
            return f"<p>{escape(self._text('review.done'))}</p>"
        pair = self.queued.iloc[self.at]
        head = self._text(
            "review.head", place=str(self.at + 1), total=str(len(self.queued)), chance=f"{pair.match_probability:.2f}"
        )
        records = side_by_side(self.accounts, int(pair.account_id_left), int(pair.account_id_right), masked=self.masked, region=self.region)
        records["field"] = [self._text(f"review.field.{field}") for field in records.field]
        parts = [f"<p>{escape(head)}</p>", records.to_html(index=False, header=False, border=0)]
        if self._evidence is not None:
            evidence = self._evidence(pair)
            if len(evidence):
                parts.append(evidence.round(1).to_html(index=False, header=False, border=0))
        return "".join(parts)

    def _draw(self) -> None:
        if hasattr(self, "_body"):
            self._body.value = self.html()

    def _text(self, text_id: str, **values: str) -> str:
        return texts.say(f"identity.{text_id}", self._language, **values)


def _even(rows: pd.DataFrame, n: int, seed: int) -> pd.DataFrame:
    """`n` pairs spread evenly over match probability, linked and not, drawn by a seed."""
    if not len(rows) or n < 1:
        return rows.head(0)
    rng = np.random.default_rng(seed)
    odds = np.log2(rows.match_probability.clip(1e-6, 1 - 1e-6) / (1 - rows.match_probability.clip(1e-6, 1 - 1e-6)))
    stratum = np.digitize(odds, np.arange(-9, 11, 1.5)) * 2 + rows.linked.to_numpy(bool)
    order = pd.DataFrame({"stratum": stratum, "luck": rng.random(len(rows))}, index=rows.index).sort_values(
        ["stratum", "luck"]
    )
    order["turn"] = order.groupby("stratum").cumcount()
    return rows.loc[order.sort_values(["turn", "stratum"]).index[:n]]
