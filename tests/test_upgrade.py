"""Contracts that change: older tables are refused in one sentence or moved on; newer ones are refused."""

import pandas as pd
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner

from scrm_helpers import tables
from scrm_helpers.__main__ import main
from scrm_helpers.store import Store, kept, open_workspace, versions
from scrm_helpers.store.upgrade import upgrade
from scrm_helpers.store.versions import SHAPES, VERSION, Step, shape, version_of
from scrm_helpers.store.workspace import PUBLISHED, WorkspaceError
from scrm_helpers.tables.schema import Table, count, ident, personal, text

PERIOD = "2026-09"
V1 = Table("points", "one account", ("account_id",), (
    ident("account_id", "account"), text("club", "club"), count("scans", "scans"), personal("nick", "nickname"), text("old", "no more"),
), ingested=False)  # fmt: skip
V2 = Table("points", "one account", ("account_id",), (
    ident("account_id", "account"), text("club_name", "club"), count("scans", "scans"), personal("nick", "nickname"),
    personal("mood", "mood"), text("level", "level", required=True),
), ingested=False)  # fmt: skip
STEP = Step(
    added={"points": {"level": "none yet", "mood": None}}, renamed={"points": {"club": "club_name"}}, dropped={"points": ("old",)},
    gone=("stamps",),
)  # fmt: skip


@pytest.fixture
def store(tmp_path, monkeypatch):
    """A month with two tables of this version, published."""
    monkeypatch.setenv("SCRM_HOME", str(tmp_path))
    (tmp_path / "data" / "raw").mkdir(parents=True)
    (tmp_path / "data" / "raw" / "sources.yml").write_text("company: {name: X}\n")
    monkeypatch.setitem(tables.TABLES, "points", V1)
    monkeypatch.setitem(tables.TABLES, "stamps", Table("stamps", "one", ("account_id",), (ident("account_id", "account"),), ingested=False))
    store = Store(open_workspace(), PERIOD)
    store.write("points", pd.DataFrame({"account_id": [1, 2], "club": ["a", "b"], "scans": [3, 4], "nick": ["x", "y"], "old": ["o", "o"]}))
    store.write("stamps", pd.DataFrame({"account_id": [1]}))
    kept.keep(store.workspace, PERIOD)
    return store


@pytest.fixture
def newer(store, monkeypatch):
    """The same under a suite of the next version."""
    monkeypatch.setattr(versions, "VERSION", VERSION + 1)
    monkeypatch.setitem(versions.STEPS, VERSION + 1, STEP)
    monkeypatch.setitem(tables.TABLES, "points", V2)
    monkeypatch.delitem(tables.TABLES, "stamps")
    return store


def test_the_shape_of_the_contracts_is_that_of_their_version():
    """A changed contract: raise VERSION, write its Step and add the shape (or, before a release kept a month with it, mend the shape)."""
    assert SHAPES[VERSION] == shape(tables.TABLES.values()), f"scrm_helpers/store/versions.py: {shape(tables.TABLES.values())}"
    assert sorted(SHAPES) == list(range(1, VERSION + 1)) and set(versions.STEPS) <= set(range(2, VERSION + 1))


def test_every_table_says_its_version_and_one_without_is_of_the_first(store):
    path = store.path("points")
    assert version_of(path) == VERSION and version_of(store.path("points", private=True)) == VERSION
    bare = pq.read_table(path).replace_schema_metadata(None)
    pq.write_table(bare, path)
    assert version_of(path) == 1


def test_an_older_table_is_refused_with_what_to_do(newer):
    told = f"{PERIOD}/points.parquet: came in contract version {VERSION}, expected {VERSION + 1}.*start.py upgrade"
    with pytest.raises(WorkspaceError, match=told):
        newer.read("points")


def test_a_newer_table_is_refused(newer, monkeypatch):
    newer.write("points", pd.DataFrame({"account_id": [1], "level": ["gold"]}))
    monkeypatch.setattr(versions, "VERSION", VERSION)
    with pytest.raises(WorkspaceError, match=f"version {VERSION + 1}, expected {VERSION}: a newer version of the suite wrote it"):
        newer.read("points")


def test_upgrade_moves_every_kept_table_on(newer):
    """Each half of the table and what was published of it: a column renamed, one added (in its own half), one gone; a table gone."""
    said = CliRunner().invoke(main, ["upgrade"])
    # points: processed and private, each with its published name; stamps: processed with its published name
    assert said.exit_code == 0 and said.output.split("\n")[:3] == [
        "points: moved on, 2 files", "stamps: taken out, 2 files", "points: moved on, 2 files",
    ], said.output  # fmt: skip
    assert newer.frame("points").to_dict("list") == {
        "account_id": [1, 2], "club_name": ["a", "b"], "scans": [3, 4], "level": ["none yet", "none yet"],
    }  # fmt: skip
    private = newer.read("points", private=True).to_pandas()
    assert private.nick.tolist() == ["x", "y"] and private.mood.isna().all() and list(private) == ["account_id", "nick", "mood"]
    assert Store(newer.workspace, PERIOD, published=True).frame("points").equals(newer.frame("points"))
    path = newer.path("points")
    assert path.samefile(path.parent / PUBLISHED / path.name)  # one file still
    assert newer.path("points", private=True).stat().st_mode & 0o777 == 0o600
    assert not list(newer.workspace.processed.rglob("stamps*")) and not list(newer.workspace.root.rglob("*.half"))
    assert CliRunner().invoke(main, ["upgrade"]).output == "every table is of this version\n"


def test_a_version_without_a_step_sends_back_to_raw(newer, monkeypatch):
    monkeypatch.delitem(versions.STEPS, VERSION + 1)
    before = newer.path("points").read_bytes()
    with pytest.raises(WorkspaceError, match="changed what its rows mean.*Run the months again"):
        upgrade(newer.workspace)
    assert newer.path("points").read_bytes() == before


def test_a_step_that_forgets_a_column_is_told(newer, monkeypatch):
    monkeypatch.setitem(versions.STEPS, VERSION + 1, STEP._replace(added={}))
    with pytest.raises(WorkspaceError, match=r"lacks \['level'\] and has \[\]"):
        upgrade(newer.workspace)


def test_nothing_is_changed_where_one_table_cannot_be_moved_on(newer, monkeypatch):
    """The step gives the private half no `mood`: every processed table could be moved on, and none may be."""
    monkeypatch.setitem(versions.STEPS, VERSION + 1, STEP._replace(added={"points": {"level": "none yet"}}))
    files = lambda: {p: p.read_bytes() for p in newer.workspace.root.rglob("*") if p.is_file()}  # noqa: E731
    before = files()
    with pytest.raises(WorkspaceError, match=r"lacks \['mood'\]"):
        upgrade(newer.workspace)
    assert files() == before
    monkeypatch.setitem(versions.STEPS, VERSION + 1, STEP)
    assert len(upgrade(newer.workspace)) == 3 and files() != before


def test_a_quarantine_of_the_first_version_is_moved_on(tmp_path, monkeypatch):
    """Version 2 says of each row whether its money cannot be read; version 1 counted rows with too few fields so, where money was meant."""
    monkeypatch.setenv("SCRM_HOME", str(tmp_path))
    (tmp_path / "data" / "raw").mkdir(parents=True)
    store = Store(open_workspace(), PERIOD)
    row = {"source_file": "a.csv", "source_row": 2, "table": "orders", "column": "net", "reason": "no_number", "value": "x"}
    told = [{}, {"source_row": 3, "reason": "ragged"}, {"source_row": 4, "reason": "ragged", "table": "cases"}]
    store.write("quarantine", pd.DataFrame([row | {"amount": None, "unread": True} | each for each in told]))
    path = store.path("quarantine")
    pq.write_table(pq.read_table(path).drop_columns(["unread"]).replace_schema_metadata({versions.MARK: "1"}), path)
    with pytest.raises(WorkspaceError, match="came in contract version 1"):
        store.frame("quarantine")
    upgrade(store.workspace)
    assert store.frame("quarantine")[["source_row", "unread"]].values.tolist() == [[2, False], [3, True], [4, False]]
