"""Accounts, labels and the registry of earlier periods in; persons, golden records, draws, pairs and quality out."""

import dataclasses
import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np
import pandas as pd
import pyarrow as pa

from scrm_helpers import tables
from scrm_helpers.errors import ToldError
from scrm_helpers.folding import abreast, among
from scrm_helpers.identity import (
    calibration,
    cluster,
    evidence,
    fields,
    golden,
    keys,
    learn,
    loosen,
    model,
    normalise,
    quality,
    registry,
    settle,
    strong,
)
from scrm_helpers.store import engine

DRAWS = 20
SEED = 20_111  # of the model's random sample and of the draws: the same records give the same result
READ = ("system", "kind", "created_at", "source", *golden.OPEN, *normalise.WRITTEN)  # of accounts, besides account_id and is_internal
KEYS_ALONE = "exact keys alone"
STRENGTH = {normalise.TRADER: 1, "consumer": 2, "business": 3}  # of kinds within a person
MODEL = "Fellegi-Sunter model, average linkage"


@dataclass(frozen=True)
class Resolution:
    """Everything that 02_identity writes (the contracts say what each table holds), and what its charts need besides."""

    persons: pd.DataFrame
    golden: pd.DataFrame
    person_draws: pd.DataFrame
    match_pairs: pd.DataFrame
    match_quality: pd.DataFrame
    registry: pd.DataFrame
    registry_log: pd.DataFrame
    records: pd.DataFrame  # account_id by row number, which is what `scored` names
    scored: model.Scored
    shared_keys: pd.DataFrame
    method: str


def resolve(
    accounts: pd.DataFrame | Callable[[], pd.DataFrame], *, period: str, as_of, key: bytes, labels: pd.DataFrame | None = None,
    before: pd.DataFrame | None = None, exclusions: pd.DataFrame | None = None, region: str = "TR", draws: int = DRAWS, seed: int = SEED,
    opened: Callable = engine.bare, buying: frozenset[str] = frozenset(),
) -> Resolution:  # fmt: skip
    """One person per cluster of accounts. Grain in: one row per account, both parts of the table joined (or what gives it: then a column
    goes as soon as it was used).

    `labels` are a reviewer's answers on pairs; `before` is the registry of an earlier period; `key` is the workspace's secret;
    `opened` gives a connection to the engine on which pairs are scored; `buying` are the systems whose accounts carry orders; `region`
    is the company's country, as which phones without one are read.
    """
    accounts = accounts() if callable(accounts) else accounts
    if accounts.empty:
        return _nobody(_before(before))
    accounts = _ready(accounts)
    plain = normalise.records(accounts, region=region)
    accounts = accounts[["account_id", "is_internal", *golden.WRITTEN]]
    records, shared = keys.strip_shared(plain)
    scored, tied = abreast(partial(model.score, records, seed=seed, opened=opened), partial(strong.pairs, records))
    if scored.trained and not scored.identified:
        scored = settle.settled(scored, records, tied)
    answers = _answers(labels, records)
    learnt = scored.pairs
    if len(answers) and scored.trained and not scored.settled:  # settled weights have learnt more from groups than trees can from answers
        learnt = learn.taught(scored.pairs, fields.columns(records), answers)
    taught = learnt is not scored.pairs
    scored = dataclasses.replace(scored, pairs=learnt)
    pairs = evidence.guarded(records, learnt[["left", "right", "weight", "probability", "rule"]])
    certain = evidence.certain(tied, pairs, answers)
    found = settle.groups(records, pairs, certain, answers) if scored.settled else cluster.groups(
        records, pairs, certain, different=answers[answers.answer == "different"], unseen=cluster.UNSEEN_IDENTIFIED,
    )  # fmt: skip
    best = cluster.link(found)
    calibrate = cluster.probability if taught else calibration.fit(pairs, answers)
    account = records.account_id.to_numpy()
    kept, maps, all_pairs = abreast(
        partial(registry.assign, account, best.label, _before(before), period=period, as_of=as_of, key=key),
        partial(cluster.draws, found, best, count=draws, seed=_draw_seed(seed, period), calibrate=calibrate, by_lot=scored.settled),
        partial(_pairs, records, pairs, certain, best.label),
    )
    persons = _persons(accounts, plain, records, kept.person, best, exclusions, region)
    method = MODEL if scored.trained else f"{KEYS_ALONE}: {scored.why}"
    gone = loosen.leavers(best.label, seed=_draw_seed(seed, period))
    left_out = evidence.guarded(records, scored.left_out) if len(scored.left_out) else scored.left_out
    # the widest table comes last, when what nobody needs any more has gone
    plain, records = plain[list(golden.NORMALISED)], records[list(quality.READ)]
    del pairs, certain, found, tied
    pa.default_memory_pool().release_unused()
    kind = persons.drop_duplicates("person_id").set_index("person_id").kind
    measured, whole, drawn, loose = abreast(
        partial(
            quality.measure, records, persons, all_pairs, best.label, maps, answers, left_out=left_out, gone=gone, buying=buying,
            method=method, trained=scored.trained,
        ),
        partial(golden.golden, accounts, plain, persons.set_index("account_id").person_id, kind),
        partial(_draws, account, kept, best.label, maps, period=period, key=key),
        partial(loosen.persons, account, kept, gone, period=period, key=key),
    )  # fmt: skip
    return Resolution(
        persons=persons, golden=whole, person_draws=pd.concat([drawn, loose], ignore_index=True), match_pairs=all_pairs,
        match_quality=measured, registry=kept.registry, registry_log=kept.log, records=records[["account_id"]], scored=scored,
        shared_keys=shared, method=method,
    )  # fmt: skip


def _nobody(before: pd.DataFrame) -> Resolution:
    """The resolution of a month without accounts: empty tables; the registry goes on as it was."""
    names = ("persons", "golden", "person_draws", "match_pairs", "match_quality", "registry_log")
    empty = {name: pd.DataFrame(columns=[c.name for c in tables.contract(name).columns], dtype=object) for name in names}
    scored = model.untrained("no records")
    return Resolution(
        **empty, registry=before, records=pd.DataFrame(columns=["account_id"]), scored=scored, shared_keys=pd.DataFrame(),
        method=f"{KEYS_ALONE}: {scored.why}",
    )  # fmt: skip


def _ready(accounts: pd.DataFrame) -> pd.DataFrame:
    """Accounts in the order of their id, with every column of the contract; a doubled id is an error."""
    if accounts.account_id.duplicated().any():
        doubled = int(accounts.account_id.duplicated().sum())
        raise ToldError(
            f"accounts: {doubled} account_id value(s) came more than once, expected one row per account. Mend 01_ingestion's recipe."
        )
    out = accounts.sort_values("account_id", ignore_index=True)
    for column in READ:
        if column not in out:
            out[column] = None
    out["is_internal"] = out["is_internal"].fillna(False).astype(bool) if "is_internal" in out else False
    return out


def _answers(labels: pd.DataFrame | None, records: pd.DataFrame) -> pd.DataFrame:
    """The last answer on each pair whose records are both here, as row numbers."""
    if labels is None or labels.empty:
        return pd.DataFrame(
            {"left": pd.Series(dtype="int64"), "right": pd.Series(dtype="int64"), "answer": pd.Series(dtype=object)}
        )
    rows = labels.sort_values(["at", "by"], kind="stable").drop_duplicates(
        ["account_id_left", "account_id_right"], keep="last"
    )
    place = pd.Series(records.index, index=records.account_id)
    out = pd.DataFrame(
        {"a": rows.account_id_left.map(place), "b": rows.account_id_right.map(place), "answer": rows.answer}
    ).dropna()
    low, high = out[["a", "b"]].min(axis=1).astype("int64"), out[["a", "b"]].max(axis=1).astype("int64")
    return pd.DataFrame({"left": low, "right": high, "answer": out.answer.astype(object)}).reset_index(drop=True)


def _before(before: pd.DataFrame | None) -> pd.DataFrame:
    if before is None or before.empty:
        return pd.DataFrame(
            {
                "account_id": pd.Series(dtype="int64"),
                "person_id": pd.Series(dtype="int64"),
                "first_period": pd.Series(dtype="str"),
            }
        )
    return before[["account_id", "person_id", "first_period"]]


def _persons(accounts, plain, records, person, best, exclusions, region) -> pd.DataFrame:
    """Grain: one row per account. A person is internal as soon as one of its records is; its kind is the one that a system gave.

    A firm that is one person by its own words (`normalise.TRADER`) is a consumer where a consumer's record was found to be the same.
    """
    of, people = pd.factorize(person)
    kind, kinds = pd.factorize(plain.kind)
    strongest = np.zeros(len(people), dtype="int64")
    np.maximum.at(strongest, of, np.array([STRENGTH.get(k, 0) for k in kinds] + [0])[kind])
    internal = np.zeros(len(people), dtype=bool)
    internal[of[accounts.is_internal.to_numpy() | plain.collector.to_numpy() | _excluded(accounts, plain, exclusions, region)]] = True
    return pd.DataFrame({
        "account_id": records.account_id, "person_id": person, "match_probability": best.sure,
        "kind": np.array(["unknown", "business", "consumer", "business"], dtype=object)[strongest[of]], "records": np.bincount(of)[of],
        "usable": keys.usable(records).to_numpy(), "is_internal": internal[of],
    })  # fmt: skip


def _excluded(accounts: pd.DataFrame, plain: pd.DataFrame, exclusions: pd.DataFrame | None, region: str) -> np.ndarray:
    """Accounts that the exclusion sheet names, by native id, e-mail, phone or domain."""
    out = np.zeros(len(accounts), dtype=bool)
    if exclusions is None or exclusions.empty:
        return out
    rows = exclusions[exclusions.value.notna()]
    told = {kind: values.astype(str).tolist() for kind, values in rows.groupby("kind").value}
    numbers = [normalise.phone(value, region=region).number for value in told.get("phone", ())]
    keys_of = {
        "native_id": [value.strip() for value in told.get("account", ())], "phone": numbers, "phone_other": numbers,
        "email_address": [normalise.email(value).address for value in told.get("email", ())],
    }  # fmt: skip
    for column, values in keys_of.items():
        out |= among(plain[column], [v for v in values if v is not None])
    for value in told.get("domain", ()):
        out |= plain.email_address.str.endswith("@" + value.strip().lstrip("@").casefold()).eq(True).to_numpy()  # noqa: FBT003
    return out


def _pairs(records: pd.DataFrame, pairs: pd.DataFrame, certain: pd.DataFrame, label: np.ndarray) -> pd.DataFrame:
    """Grain: one row per pair kept. A strong key's name stands as the rule where one tied the pair."""
    out = pairs.merge(
        certain[["left", "right", "rule", "probability"]], on=["left", "right"], how="outer", suffixes=("", "_certain")
    )
    account = records.account_id.to_numpy()
    left, right = out.left.to_numpy("int64"), out.right.to_numpy("int64")
    chance = out.probability_certain.fillna(out.probability)
    return pd.DataFrame({
        "account_id_left": account[left], "account_id_right": account[right], "match_weight": out.weight,
        "match_probability": chance, "rule": ("same " + out.rule_certain).fillna(out.rule), "linked": label[left] == label[right],
    }).sort_values(["account_id_left", "account_id_right"], ignore_index=True)  # fmt: skip


def _draws(account, kept, best, maps, *, period: str, key: bytes) -> pd.DataFrame:
    """Draw 0 names every account; the others name the accounts that they move, and the first one, so that each draw is there."""
    parts = [pd.DataFrame({"draw": 0, "account_id": account, "person_id": kept.person})]
    taken = pd.Index(pd.unique(kept.registry.person_id))
    for number, drawn in enumerate(maps, start=1):
        moved, person = cluster.moved(best, drawn), kept.person.copy()
        person[moved] = registry.identifiers(
            drawn[moved], kept.person[moved], account[moved], period=period, key=key, draw=number, taken=taken
        )
        told = person != kept.person
        told[0] = True
        parts.append(pd.DataFrame({"draw": number, "account_id": account[told], "person_id": person[told]}))
    return pd.concat(parts, ignore_index=True)


def _draw_seed(seed: int, period: str) -> int:
    return int.from_bytes(hashlib.sha256(f"{seed}|{period}".encode()).digest()[:8], "big")
