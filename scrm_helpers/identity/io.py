"""What 02_identity reads from the store and writes to it. Names and contacts come from `private` and go nowhere else."""

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from scrm_helpers import texts
from scrm_helpers.identity import model
from scrm_helpers.identity import review as clerical
from scrm_helpers.identity.resolve import READ as READ_OF_ACCOUNTS
from scrm_helpers.identity.resolve import Resolution, resolve
from scrm_helpers.store import WorkspaceError, key_of
from scrm_helpers.store.keys import judge_by_reading
from scrm_helpers.store.settings import settings_of
from scrm_helpers.texts import tell

READ = ("accounts", "exclusions")
PIECE = 500_000  # rows
AGAIN = frozenset((  # texts of accounts that come again and again
    "system", "kind", "source", "city", "region", "gender", "first_name", "last_name", "full_name", "company_name", "district",
))  # fmt: skip
WRITTEN = ("persons", "golden", "person_draws", "match_pairs", "match_quality", "registry", "registry_log")


def read(store) -> dict:
    """The arguments of `resolve`: accounts and exclusions of the month, systems that carry its orders, labels and registry of earlier
    ones, the workspace's key, and the engine."""
    _, labels = store.before("labels")
    known, registry = store.before("registry")
    published, _ = store.before("findings")
    if published is not None and known != published:
        raise WorkspaceError(tell("told.keys.registry", period=published))
    wanted = ("account_id", "is_internal", *READ_OF_ACCOUNTS)
    accounts, before, key = _whole(store, "accounts", "account_id", columns=wanted), registry.to_pandas(), key_of(store.workspace)
    judge_by_reading(store.workspace, accounts["account_id"], before["account_id"])
    return {
        "accounts": accounts, "exclusions": _whole(store, "exclusions", "value_digest", "kind"),
        "labels": labels.to_pandas(), "before": before, "period": store.period, "as_of": store.as_of,
        "key": bytes.fromhex(key), "opened": store.bare, "buying": _buying(store), "region": settings_of(store.workspace).country,
    }  # fmt: skip


def _buying(store) -> frozenset[str]:
    """The systems whose accounts carry orders."""
    buyers = store.read("orders").select("account_id")
    named = store.read("accounts").select("account_id", "system").semi_join(buyers, "account_id").select("system").distinct()
    return frozenset(named.to_pandas()["system"].astype(str))


def resolved(store, *, draws: int) -> Resolution:
    """`resolve` of what `read` gives. Nothing else holds the accounts, so that they go as they are used: millions fill memory."""
    inputs = read(store)
    held = [inputs.pop("accounts")]
    return resolve(held.pop, **inputs, draws=draws)


def write(book, found: Resolution) -> None:
    """Writes every table of the resolution, each checked against its contract, and notes what it was made from."""
    book.noted(*READ)
    for name in WRITTEN:
        book.write(name, getattr(found, name))


def figure(book, rows: pd.DataFrame, draw, name: str, **options):
    """A chart of `rows`, titled from texts; nothing where there are no rows (exact keys alone have no ranges and no weights)."""
    if rows.empty:
        return None
    title = texts.say(f"identity.chart.{name}", book.language)
    return book.figure(draw(rows, language=book.language, title=title, **options), name)


def review(store, found: Resolution, inputs: dict, *, by: str, language: str, most: int = 100):
    """The review view: its answers are added to those of earlier months and kept with this one."""
    held = store.read("labels").to_pandas() if store.has("labels") else inputs["labels"]
    queued = clerical.queue(found.match_pairs, found.persons, held, most=most)
    row = {account: place for place, account in enumerate(found.records.account_id.tolist())}
    scored = found.scored.pairs.set_index(["left", "right"]) if found.scored.trained else None

    def evidence(pair: pd.Series) -> pd.DataFrame:
        left, right = sorted((row[int(pair.account_id_left)], row[int(pair.account_id_right)]))
        if scored is None or (left, right) not in scored.index:
            return pd.DataFrame()
        steps = model.waterfall(found.scored, scored.loc[(left, right)])
        return steps.assign(
            clue=[texts.say(f"words.clue.{c}", language) if texts.has(f"words.clue.{c}") else c for c in steps.clue]
        )

    def save(labels: pd.DataFrame) -> None:
        store.write("labels", labels)

    return clerical.Review(
        queued, inputs["accounts"], held, by=by, save=save, evidence=evidence, language=language, region=inputs["region"],
    ).widget()


def _whole(store, name: str, *keys: str, columns: tuple[str, ...] = ()) -> pd.DataFrame:
    """Both parts of a table joined, as pandas, in the order of its keys; of its columns those of `columns`, where given.

    Of a table of one key the texts of `AGAIN` come as categoricals: a number per row, each different text once.
    """
    open_, private = store.read(name), store.read(name, private=True)
    if columns:
        open_, private = (part.select([c for c in part.columns if c in (*keys, *columns)]) for part in (open_, private))
    rows = _side_by_side(open_, private, keys[0]) if len(keys) == 1 else None
    if rows is None:
        both = open_.left_join(private, list(keys)).drop(*[f"{k}_right" for k in keys]).order_by(list(keys))
        rows = _coded(both) if len(keys) == 1 else both.to_pyarrow()
    # Ibis' own way to pandas makes an object of every text on its way
    return rows.to_pandas(date_as_object=False, split_blocks=True, self_destruct=True)


def _side_by_side(open_, private, key: str) -> pa.Table | None:
    """The two parts as they lie in their files, where both name the same keys in order, each once (a run writes them so): to join and
    sort millions of rows takes several times as long, and twice the room. None where they do not."""
    out, more = _coded(open_), _coded(private)
    ids = out[key].combine_chunks()
    if ids.null_count or not ids.equals(more[key].combine_chunks()) or not pc.all(pc.less(ids[:-1], ids[1:]), min_count=0).as_py():
        return None
    for column in (c for c in more.column_names if c != key):
        out = out.append_column(column, more[column])
    return out


def _coded(rows) -> pa.Table:
    """The rows, read piece by piece so that what comes again (`AGAIN`) never stands there for every row."""
    pieces = rows.to_pyarrow_batches(chunk_size=PIECE) if rows.get_backend().name == "duckdb" else rows.to_pyarrow().to_batches()
    coded = [
        pa.RecordBatch.from_arrays(
            [c.dictionary_encode() if name in AGAIN else c for name, c in zip(piece.schema.names, piece.columns, strict=True)],
            names=piece.schema.names,
        )
        for piece in pieces
    ]  # fmt: skip
    return pa.Table.from_batches(coded).unify_dictionaries() if coded else rows.to_pyarrow()
