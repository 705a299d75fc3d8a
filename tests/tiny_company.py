"""A tiny company of four customers by hand, read in and given persons: made once a session, copied for each test."""

import os
import shutil
from pathlib import Path
from types import SimpleNamespace

import pandas as pd

from scrm_helpers import ingestion
from scrm_helpers.store import Store, key_of, open_workspace
from scrm_helpers.store.keys import account_id
from scrm_helpers.store.workspace import closed_folder

CONTACTS = """Record ID,First Name,Last Name,Email,Phone Number,Original Source,Create Date,Lifecycle Stage
1,Ayşe,Yılmaz,Ayse.Yilmaz@example.com,0532 111 22 33,Paid Social,2026-01-05 10:00,Customer
2,Can,Demir,can.demir@example.com,0533 222 33 44,Direct Traffic,2026-01-06 10:00,Customer
3,Ece,Kaya,ece.kaya@example.com,0534 333 44 55,Direct Traffic,2026-01-07 10:00,Customer
4,Efe,Kaya,efe.kaya@example.com,0534 333 44 55,Direct Traffic,2026-01-08 10:00,Customer
"""
ORDERS = """Order No,Date,Customer,Amount
A1,2026-02-01,1,100.00
A2,2026-02-03,1,50.00
A3,2026-02-04,2,30.00
"""
CONSENTS = """Alıcı;Alıcı Tipi;İzin Kanalı;İzin Durumu;İzin Tarihi;İzin Kaynağı
ayse.yilmaz@example.com;BIREYSEL;EPOSTA;ONAY;2026-01-05 10:00:00;HS_WEB
+905321112233;BIREYSEL;MESAJ;ONAY;2026-01-05 10:00:00;HS_WEB
can.demir@example.com;BIREYSEL;EPOSTA;ONAY;2026-01-06 10:00:00;HS_WEB
"""
SOURCES = """company: {name: Küçük, currency: TRY, language: en}
sources:
  - name: till
    file: orders.csv
    table: orders
    columns: {Order No: order_id, Date: ordered_at, Customer: account_id, Amount: net}
    options: {system: hubspot, date_order: YMD, vat: excluded, currency: TRY}
"""
MONTH = "2026-02"


def read_in(month=MONTH):
    """Reads the raw folder for a month; gives workspace and store."""
    workspace = open_workspace("")
    store = Store(workspace, month)
    summary = ingestion.read_all(workspace, store, as_of=store.as_of)
    assert not [m for m in summary.refused if m], summary.refused
    return workspace, store


def people_of(store):
    """A map of persons as identity would leave it: records 1 and 2 of the CRM are one person each, 3 and 4 too."""
    accounts = store.read("accounts").to_pandas().account_id
    rows = pd.DataFrame({"account_id": accounts, "person_id": range(100_000_000_000_001, 100_000_000_000_001 + len(accounts)),
                         "kind": "consumer", "match_probability": 1.0, "records": 1, "usable": True, "is_internal": False})  # fmt: skip
    store.write("persons", rows)
    store.write("registry", rows[["account_id", "person_id"]].assign(first_period=MONTH))
    store.write("labels", pd.DataFrame({"account_id_left": accounts.iloc[:1], "account_id_right": accounts.iloc[1:2].to_numpy(),
                                        "answer": "different", "by": "me", "at": pd.Timestamp("2026-02-02")}))  # fmt: skip
    return rows.set_index("account_id").person_id


def make(folder: Path) -> None:
    """Writes the company's raw files below `folder` (SCRM_HOME) and reads them in."""
    raw = folder / "data" / "raw"
    raw.mkdir(parents=True)
    for name, text in (("hubspot_contacts.csv", CONTACTS), ("orders.csv", ORDERS), ("iys.csv", CONSENTS), ("sources.yml", SOURCES)):
        (raw / name).write_text(text, encoding="utf-8")
    workspace, store = read_in()
    people = people_of(store)
    restricted = workspace.outputs / MONTH / "restricted" / "08_audiences"
    closed_folder(restricted.parent, restricted.name)
    mine, other = (people[account_id(key_of(workspace), "hubspot", native)] for native in ("1", "2"))
    (restricted / "top.csv").write_text(f"person_id,net\n{mine},150\n{other},30\n")
    (restricted / "list.csv").write_text("email,why\nAYSE.YILMAZ@example.com,top\ncan.demir@example.com,top\n")


def copied(made: Path, home: Path) -> SimpleNamespace:
    """A copy of its own for one test: home, workspace, store, `people` (account to person) and `mine` (number of the first customer)."""
    shutil.copytree(made, home, dirs_exist_ok=True)
    os.environ["SCRM_HOME"] = str(home)
    workspace = open_workspace("")
    store = Store(workspace, MONTH)
    people = store.frame("persons").set_index("account_id").person_id
    mine = people[account_id(key_of(workspace), "hubspot", "1")]
    restricted = workspace.outputs / MONTH / "restricted" / "08_audiences"
    return SimpleNamespace(home=home, workspace=workspace, store=store, people=people, mine=mine, restricted=restricted)
