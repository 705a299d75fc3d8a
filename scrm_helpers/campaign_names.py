"""Which campaign of the campaign calendar a row means: by its id, else by its name written alike. One rule for every table and engine.

Names are compared as `folding.fold` writes them: "Yaz İndirimi", "YAZ INDIRIMI " and "yaz  indirimi" are one name. Where the calendar has
several campaigns of a name, those written to the letter are meant, of these those that ran on the row's day, of these those of its
channel (last, since an export may not say its platform). Where that still leaves several nobody can tell: the row belongs to no
campaign, rather than to all of them or to any.
"""

from collections.abc import Iterable

import ibis
import ibis.expr.types as ir
import pandas as pd
import pyarrow as pa

from scrm_helpers.folding import fold

KEYS = ("campaign_id", "campaign_name", "source", "on")
FOUND = {"calendar_id": pa.string(), "several": pa.bool_(), "purpose": pa.string()}


def meant(rows: pd.DataFrame, campaigns: pd.DataFrame) -> pd.Series:
    """Campaigns that each row can mean, a tuple of ids: one where that is known, several where nobody can tell, else ().

    `rows`: `campaign_id`, and where there are any `campaign_name`, `source` (channel) and `on` (day); a file without ids has the name as
    its id. `campaigns`: the table of that name. An id counts before a name.
    """
    calendar = _Calendar(campaigns)
    names, sources = (rows[c] if c in rows else [None] * len(rows) for c in ("campaign_name", "source"))
    days = pd.to_datetime(rows["on"]) if "on" in rows else [None] * len(rows)
    known: dict[tuple, tuple[str, ...]] = {}
    out = []
    for code, name, source, day in zip(rows["campaign_id"], names, sources, days, strict=True):
        key = (_text(code), _text(name))
        if key not in known:
            known[key] = calendar.by_id(key[0]) or calendar.by_name(key[1]) or calendar.by_name(key[0])
        found = known[key]
        out.append(calendar.narrowed(found, _text(source), day) if len(found) > 1 else found)
    return pd.Series(out, index=rows.index, dtype=object)


def one(found: Iterable[tuple[str, ...]]) -> list[str]:
    """The campaign of each row that `meant` found; '' where there is none or nobody can tell."""
    return [ids[0] if len(ids) == 1 else "" for ids in found]


def with_campaign(spend: ir.Table, campaigns: ir.Table) -> ir.Table:
    """The rows of spend with `calendar_id` ('' where the calendar has no such campaign, or several), `several` and `purpose`.

    `several`: it has more than one and nobody can tell which is meant. `purpose`: the one that all of these share, else blank. Names are
    looked at once per different id, name, channel and day; the rows themselves stay with the engine.
    """
    plan = campaigns.to_pandas()
    keys = spend.select(*KEYS).distinct().to_pyarrow()
    found = meant(keys.to_pandas(), plan)
    said = plan.dropna(subset="purpose")
    purpose = dict(zip(said["campaign_id"], said["purpose"], strict=True))
    shared = [{purpose[i] for i in ids if i in purpose} for ids in found]
    columns = (one(found), [len(ids) > 1 for ids in found], [next(iter(p)) if len(p) == 1 else None for p in shared])
    for (name, kind), values in zip(FOUND.items(), columns, strict=True):
        keys = keys.append_column(name, pa.array(values, kind))
    known = ibis.memtable(keys).rename({f"key_{k}": k for k in KEYS})
    alike = [spend[k].identical_to(known[f"key_{k}"]) for k in KEYS]
    return spend.left_join(known, alike).drop(*(f"key_{k}" for k in KEYS))


class _Calendar:
    """The campaigns of a calendar by what rows may call them: their id or their name."""

    def __init__(self, campaigns: pd.DataFrame):
        self.ids: dict[str, str] = {}
        self.alike: dict[str, dict[str, None]] = {}
        self.letters: dict[str, set[str]] = {}
        self.run: dict[str, tuple] = {}  # channel, first day, last day
        rows = campaigns.reindex(columns=["campaign_id", "name", "source", "starts_on", "ends_on", "status"])  # a file may lack some
        first, last = (pd.to_datetime(rows[c]) for c in ("starts_on", "ends_on"))
        first = first.mask(rows["status"] == "cancelled")
        for own, name, *run in zip(rows["campaign_id"], rows["name"], rows["source"], first, last, strict=True):
            self.ids[_text(own)] = own
            self.run[own] = tuple(run)
            for text in (_text(own), _text(name)):
                self.alike.setdefault(fold(text), {})[own] = None
                self.letters.setdefault(text, set()).add(own)
        self.alike.pop("", None)  # a name without a letter or digit names nothing

    def by_id(self, text: str) -> tuple[str, ...]:
        return (self.ids[text],) if text and text in self.ids else ()

    def by_name(self, text: str) -> tuple[str, ...]:
        found = tuple(self.alike.get(fold(text), ()))
        exact = tuple(i for i in found if i in self.letters.get(text, ()))
        return exact or found

    def narrowed(self, found: tuple[str, ...], source: str, day) -> tuple[str, ...]:
        """Those that ran on the day, of these those of the channel; each only where that leaves any."""
        found = tuple(i for i in found if self._ran(i, day)) or found
        return tuple(i for i in found if source and self.run[i][0] == source) or found

    def _ran(self, campaign: str, day) -> bool:
        _, first, last = self.run[campaign]
        return first <= day and not last < day if pd.notna(day) and pd.notna(first) else False  # without a last day it still runs


def _text(value) -> str:
    return "" if value is None or pd.isna(value) else str(value).strip()
