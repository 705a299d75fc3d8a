"""What wrong and missed links do to the numbers: companies read as the notebooks read them, and with person maps that people use today.

    python benchmarks/identity_numbers.py --people 800 --seeds 8 --mess 1 2

Each company is made, read by 01 and 02, and then read by 03, 04 and 08 once per way: `suite` as 02 left it; `alone` with every account a
person of its own; `email` with accounts joined on the same e-mail address alone; `true` with the planted persons, whose misses are no
matter of matching. All but `suite` are told as certain: one draw, precision and recall of 1. Only the map differs: what 02 said of an
account beside (kind, our own people) stays. Lines stay in results/identity_numbers_<people>.jsonl, so that a later start goes on.
"""

import argparse
import json
import os
import sys
import tempfile
import time
from pathlib import Path

import pandas as pd

ROOT = Path(__file__).resolve().parents[1]
RESULTS = Path(__file__).resolve().parent / "results"
sys.path[:0] = [str(ROOT), str(Path(__file__).resolve().parent)]
WAYS = ("suite", "alone", "email", "true")
READERS = ("03_acquisition", "04_retention", "08_audiences")
FIGURES = ("cac", "cac_other", "cac_all", "kept", "kept_social", "kept_other", "repurchase", "ltv", "follower_gap", "follower_spend")
SHOWN = ("figure", "way", "said", "of", "bias", "half_range", "ranges", "coverage", "low_99", "high_99", "verdict")
STRENGTH = {"unknown": 0, "consumer": 1, "business": 2}


def mapped(accounts: pd.DataFrame, persons: pd.DataFrame, group: pd.Series) -> pd.DataFrame:
    """The table persons with a person per value of `group` (rows as `accounts`; blank: a person of its own), told as certain.

    Kind, own people and usable records stay as `persons` has them for each account; a new person takes the strongest of its accounts.
    """
    alone = "alone " + accounts["account_id"].astype(str)
    person = pd.Series(pd.factorize(group.astype(object).where(group.notna(), alone))[0] + 1, index=accounts["account_id"])
    out = persons.assign(person_id=persons["account_id"].map(person).astype("int64"), match_probability=1.0)
    by = out.groupby("person_id")
    kind = out["kind"].map(STRENGTH).groupby(out["person_id"]).transform("max").map({v: k for k, v in STRENGTH.items()})
    return out.assign(kind=kind, records=by["account_id"].transform("size"), is_internal=by["is_internal"].transform("max").astype(bool))


def groups(way: str, accounts: pd.DataFrame, true_id: pd.Series) -> pd.Series:
    """What makes accounts one person. `true_id` by account; accounts that the truth cannot place stay persons of their own."""
    if way == "alone":
        return pd.Series(None, index=accounts.index, dtype=object)
    if way == "email":
        mail = accounts["email"].str.strip().str.lower()
        return mail.where(mail != "")
    return accounts["account_id"].map(true_id)


def place(store, persons: pd.DataFrame) -> None:
    """Writes a person map and all that 02 says of it: golden records, one draw, and a quality without doubt."""
    from scrm_helpers.identity import golden, io, normalise

    accounts = io.read(store)["accounts"].sort_values("account_id", ignore_index=True)
    one = persons.drop_duplicates("person_id").set_index("person_id")["kind"]
    store.write("persons", persons)
    store.write("golden", golden.golden(accounts, normalise.records(accounts), persons.set_index("account_id")["person_id"], one))
    store.write("person_draws", persons[["account_id", "person_id"]].assign(draw=0))
    sure = {"group": "all", "value": 1.0, "low": 1.0, "high": 1.0, "n": len(persons), "method": "taken as certain"}
    store.write("match_quality", pd.DataFrame([{"measure": m, **sure} for m in ("precision", "recall")]))


def follower_gap(said, truth):
    """Spend of the last 12 months, followers minus other customers, as 08 sees it, with what links hide put back; against true persons.

    08 gives this gap raw where too few follows are dated to compare like with like, as in most small companies.
    """
    from scrm_helpers import segmentation
    from scrm_helpers.audiences import followers
    from scrm_helpers.audiences.groups import people
    from scrm_helpers.metrics import LEVEL
    from scrm_helpers.scorecard.rows import Row
    from scrm_helpers.stats import Estimate, difference, undiluted
    from scrm_helpers.units import Unit

    read, day = said.store.read, said.as_of.date()
    tables = [read(name) for name in ("orders", "persons", "golden", "order_lines", "products")]
    facts = segmentation.facts(*tables, as_of=day, customers=read("customers"))
    seen = people(facts, read("golden"), read("follows"), read("persons"), as_of=day)
    fans, ends = seen["follows"].to_numpy(), (None, None, None)
    if min(fans.sum(), (~fans).sum()) >= 2:
        gap = difference(seen.loc[fans, "value"], seen.loc[~fans, "value"], LEVEL)
        seen_gap = Estimate(gap.value, gap.low, gap.high, LEVEL, len(seen), gap.method)
        precision, recall = followers.links(said.frame("match_quality"))
        found = undiluted(seen_gap, share=float(fans.mean()), precision=precision, recall=recall)
        ends = (found.value, found.low, found.high)
    return Row("numbers", "follower_gap", Unit.MONEY_PER_PERSON.value, *ends, true_gap(said, truth), window="12m")


def true_gap(said, truth) -> float:
    """The same gap of true customers, by who truly follows (of those tied to a customer with their consent)."""
    from scrm_helpers import periods

    end, bought = periods.index(said.period) + 1, truth.bought
    year = bought[bought["at"].between(end - 12, end - 1)].groupby("person_id")["kept"].sum()
    spent = year.reindex(bought.loc[bought["at"] < end, "person_id"].unique(), fill_value=0.0)
    fans = spent.index.isin(truth.table("followers")["person_id"])
    return float(spent[fans].mean() - spent[~fans].mean())


def company(home: Path, seed: int, people: int, mess: int) -> dict:
    """One company: by way the lines of the score card, and how right the map really is."""
    from scorecard import PERIOD, run_cells

    from scrm_helpers import sample
    from scrm_helpers.scorecard import links, numbers
    from scrm_helpers.scorecard.rows import frame
    from scrm_helpers.scorecard.truth import Said, Truth, true_accounts
    from scrm_helpers.store import open_workspace

    os.environ |= {"SCRM_HOME": str(home), "SCRM_RUN": str(home / "run"), "SCRM_THREADS": "1", "PYTHONHASHSEED": "0"}
    (home / "data" / "raw").mkdir(parents=True)
    sample.write(home / "data" / "sample", seed=seed, people=people, last_month=PERIOD, mess=mess)
    for notebook in ("01_ingestion", "02_identity"):
        run_cells(notebook)
    truth, first = Truth(open_workspace("")), Said(open_workspace(""), PERIOD)
    persons, accounts = first.frame("persons"), first.accounts.sort_values("account_id", ignore_index=True)
    true_id = true_accounts(first, truth).drop_duplicates("account_id").set_index("account_id")["true_id"]
    out = {}
    for way in WAYS:
        if way != "suite":
            place(first.store, mapped(accounts, persons, groups(way, accounts, true_id)))
        for notebook in READERS:
            run_cells(notebook)
        said = Said(open_workspace(""), PERIOD)
        given = (*numbers.cost_of_a_customer(said, truth), *numbers.retention(said, truth), *numbers.lifetime(said, truth),
                 *numbers.buyers(said, truth), numbers.followers(said, truth), follower_gap(said, truth))  # fmt: skip
        kept = sorted((r for r in given if r.id in FIGURES), key=lambda r: FIGURES.index(r.id))
        right = {r.id: r.truth for r in links.rows(said, truth, true_accounts(said, truth)) if r.id in ("precision", "recall")}
        out[way] = {**right, "rows": json.loads(frame(kept).drop(columns=["unit"]).to_json(orient="records"))}
    return out


def report(lines: list[dict]) -> str:
    """By mess: how right each map is, and a line per figure and way. Bias and half a range as shares of the mean truth."""
    from scorecard import table

    parts = []
    for mess, mine in pd.DataFrame(lines).sort_values("seed").groupby("mess"):  # a seed is one company at any mess: never pooled
        seeds = ", ".join(map(str, mine["seed"]))
        parts.append(f"mess {mess}: {len(mine)} companies of {mine['people'].iloc[0]} people (seeds {seeds})")
        found = []
        for way in WAYS:
            given = [one[way] for one in mine["ways"]]
            right = " and ".join(_mean(given, of) for of in ("precision", "recall"))
            parts.append(f"  {way:<6} true precision and recall of pairs, mean: {right}")
            rows = pd.DataFrame([r for one in given for r in one["rows"]])
            sums = table([{"seed": s, "rows": one["rows"]} for s, one in zip(mine["seed"], given, strict=True)]).set_index("figure")
            size = rows.groupby("id")["truth"].mean().abs()
            gap, half = ((a / size) for a in (_by(rows, rows["value"] - rows["truth"]), _by(rows, (rows["high"] - rows["low"]) / 2)))
            found.append(sums.assign(way=way, bias=gap, half_range=half).reset_index())
        shown = pd.concat(found)[list(SHOWN)]
        order = shown["figure"].map(FIGURES.index) * len(WAYS) + shown["way"].map(WAYS.index)
        shown = shown.iloc[order.argsort(kind="stable")]
        parts += ["", shown.to_string(index=False, float_format=lambda v: f"{v:.3f}", na_rep="-"), ""]
    return "\n".join(parts)


def _mean(given: list[dict], name: str) -> str:
    known = [one[name] for one in given if one[name] is not None]
    return f"{sum(known) / len(known):.3f}" if known else "no pair"


def _by(rows: pd.DataFrame, values: pd.Series) -> pd.Series:
    return values.groupby(rows["id"]).mean()


def main(arguments: list[str] | None = None) -> int:
    """Runs the companies that are missing and prints the table."""
    ask = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ask.add_argument("--people", type=int, default=800)
    ask.add_argument("--seeds", type=int, default=8)
    ask.add_argument("--first", type=int, default=1, help="first seed")
    ask.add_argument("--mess", type=int, nargs="+", default=[1, 2], choices=(0, 1, 2))
    told = ask.parse_args(arguments)
    import matplotlib as mpl
    from scorecard import digest, kept

    mpl.use("Agg")
    path, code = RESULTS / f"identity_numbers_{told.people}.jsonl", digest()
    lines = [line for line in kept(path) if line["code"] == code]
    done = {(line["mess"], line["seed"]) for line in lines}
    for seed in range(told.first, told.first + told.seeds):
        for mess in (m for m in told.mess if (m, seed) not in done):
            started = time.process_time()
            with tempfile.TemporaryDirectory(prefix="scrm-numbers-") as home:
                ways = company(Path(home), seed, told.people, mess)
            spent = round(time.process_time() - started)
            line = {"mess": mess, "seed": seed, "people": told.people, "code": code, "cpu": spent, "ways": ways}
            lines.append(line)
            with path.open("a", encoding="utf-8") as file:
                file.write(json.dumps(line) + "\n")
            print(f"mess {mess}, seed {seed}: {line['cpu']} CPU s", flush=True)
    text = report(lines)
    path.with_suffix(".txt").write_text(text, encoding="utf-8")
    print(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
