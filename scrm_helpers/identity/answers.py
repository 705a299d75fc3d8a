"""What 02_identity says and shows: findings and tidy frames from a Resolution. Nothing here names a person."""

import pandas as pd

from scrm_helpers import findings
from scrm_helpers.findings import Context, Finding
from scrm_helpers.identity import model
from scrm_helpers.identity.resolve import Resolution
from scrm_helpers.metrics import LEVEL
from scrm_helpers.person_maps import LOOSE
from scrm_helpers.stats import Estimate
from scrm_helpers.units import Unit


def say(context: Context, resolution: Resolution) -> list[Finding]:
    """Findings: how many persons, precision, recall, and what cannot be matched."""
    persons, quality = resolution.persons, resolution.match_quality
    if persons.empty:
        return [findings.missing(context, "identity.none", export="accounts")]
    people = int(persons.person_id.nunique())
    alone, unlinkable = _value(quality, "unmatched_share"), _value(quality, "unlinkable_share")
    # where all records are of one system, none could meet another: a share of them would say something else
    said = "identity.persons" if _systems(quality) > 1 else "identity.persons_one_system"
    out = [
        findings.say(
            context, said, id="identity.persons", estimate=Estimate(float(people), None, None, LEVEL, len(persons), "count"),
            values={"people": (people, Unit.COUNT), "alone": (alone, Unit.SHARE), "unlinkable": (unlinkable, Unit.SHARE)},
        )
    ]  # fmt: skip
    for measure in ("precision", "recall"):
        row = _row(quality, measure)
        if row is None or pd.isna(row.value):
            out.append(findings.too_few(context, f"identity.{measure}_unknown", None, measure=f"match_{measure}"))
        else:
            estimate = Estimate(float(row.value), float(row.low), float(row.high), LEVEL, int(row.n), str(row.method))
            out.append(findings.say(context, f"identity.{measure}", measure=f"match_{measure}", estimate=estimate))
    return out


def by_system(resolution: Resolution) -> pd.DataFrame:
    """Grain: one row per system: records, share that met no other system (blank where there is no other), share without a usable key."""
    rows = resolution.match_quality
    wide = rows[rows.measure.isin(("unmatched_share", "unlinkable_share"))].pivot(
        index="group", columns="measure", values="value"
    )
    counts = rows[rows.measure == "unmatched_share"].set_index("group").n
    out = wide.assign(records=counts).reset_index().rename(columns={"group": "system"})
    if _systems(rows) < 2:
        out["unmatched_share"] = float("nan")
    return out.reindex(columns=["system", "records", "unmatched_share", "unlinkable_share"])


def _systems(quality: pd.DataFrame) -> int:
    groups = quality.loc[quality.measure == "unmatched_share", "group"]
    return int(groups[groups != "all"].nunique())


def sizes(resolution: Resolution) -> pd.DataFrame:
    """Grain: one row per number of records (6 and more together): how many persons have so many."""
    rows = resolution.match_quality[resolution.match_quality.measure == "cluster_size"]
    return pd.DataFrame(
        {"records": rows.group.to_numpy(), "persons": rows.n.to_numpy(), "share": rows.value.to_numpy()}
    )


def figures(resolution: Resolution) -> pd.DataFrame:
    """Grain: one row per pair of systems (and all): precision of the links with range and count."""
    rows = resolution.match_quality[resolution.match_quality.measure == "precision"].dropna(subset=["value"])
    return rows.rename(columns={"group": "systems", "n": "links"})[
        ["systems", "value", "low", "high", "links"]
    ].reset_index(drop=True)


def example(resolution: Resolution) -> pd.DataFrame:
    """The evidence of the pair nearest to even odds, in bits by comparison, its sum last: no value of a record. Empty without a model."""
    pairs = resolution.scored.pairs
    if not resolution.scored.trained or pairs.empty:
        return pd.DataFrame({"clue": pd.Series(dtype="str"), "weight": pd.Series(dtype="float64")})
    far = (pairs.probability - 0.5).abs()
    near = pairs[far == far.min()].sort_values(["left", "right"]).iloc[0]
    rows = model.waterfall(resolution.scored, near)
    rows = rows[(rows.weight != 0) | (rows.clue == "prior")]
    return pd.concat([rows, pd.DataFrame({"clue": ["sum"], "weight": [rows.weight.sum()]})], ignore_index=True)


def facts(resolution: Resolution) -> dict[str, int]:
    """Whole numbers of a run that must not change by themselves."""
    persons = resolution.persons
    return {
        "records": len(persons), "persons": int(persons.person_id.nunique()),
        "largest person": int(persons.records.max()) if len(persons) else 0,
        "records without a usable key": int((~persons.usable.astype(bool)).sum()),
        "draws": int(resolution.person_draws.draw[resolution.person_draws.draw.between(1, LOOSE)].nunique()),
    }  # fmt: skip


def _row(quality: pd.DataFrame, measure: str, group: str = "all"):
    rows = quality[(quality.measure == measure) & (quality.group == group)]
    return rows.iloc[0] if len(rows) else None


def _value(quality: pd.DataFrame, measure: str) -> float | None:
    row = _row(quality, measure)
    return None if row is None or pd.isna(row.value) else float(row.value)
