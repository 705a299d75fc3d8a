"""Mangled files: each ends in a table or in a clear refusal, never in a traceback, and every row that was in it is accounted for.

The slow lane takes 10,000 of them (`SCRM_FUZZ` says how many, `SCRM_FUZZ_SEED` where the dice start).
"""

import csv
import io
import os
import random
import re
from datetime import date
from pathlib import Path

import ibis
import pytest
from mangling import mangle

from scrm_helpers.ingestion import ledger, monthly, settle
from scrm_helpers.ingestion.passing import Ingestion
from scrm_helpers.store.workspace import Workspace

TOGETHER = 20  # files of one folder: what a pass costs by itself is shared
SEED = int(os.environ.get("SCRM_FUZZ_SEED", "1"))
OWN = {
    "logo.csv": "FICHENO;TRCODE;CARI_KOD;DATE_;SATIR_NET;STOK_KODU;MIKTAR\n0001;8;120 01 001;05.09.2026;1.250,50;STK-1;2\n"
    "0001;8;120 01 001;05.09.2026;99,90;STK-2;1\n0002;2;120 01 001;26.09.2026;99,90;STK-2;1\n",
    "shop.csv": "Name,Email,Financial Status,Paid at,Currency,Subtotal,Taxes,Total,Created at,Lineitem quantity,Lineitem name,Lineitem price,Id\n"  # noqa: E501
    '#1001,a@example.com,paid,2026-09-01 10:30:00 +0300,TRY,100.00,20.00,120.00,2026-09-01 10:30:00 +0300,1,"Cup, blue",50.00,77\n'
    "#1001,,,,,,,,2026-09-01 10:30:00 +0300,1,Spoon,50.00,\n#1002,b@example.com,refunded,,TRY,10.00,2.00,12.00,2026-09-02 11:00:00 +0300,1,Fork,10.00,78\n",  # noqa: E501
    "meta.csv": "Campaign name,Campaign ID,Day,Amount spent (TRY),Impressions,Reach\nFall,120210000000000001,2026-09-01,100.50,1000,800\n"
    "Fall,120210000000000001,2026-09-02,99.50,900,700\nTotal,,,200.00,1900,\n",
    "desk.csv": "Ticket ID,Subject,Status,Priority,Source,Created time,Resolved time,First response time (in hrs),Resolution time (in hrs)\n"  # noqa: E501
    "1,Where is it,Closed,Low,Email,2026-09-01 10:00:00,2026-09-02 10:00:00,00:30:00,24:00:00\n"
    "2,Broken,Open,High,Facebook,2026-09-03 09:00:00,,,\n",
}  # fmt: skip


TURKISH = {
    "ads_tr.csv": "Kampanya Adı;Gün;Harcanan Tutar (TRY);Gösterim\nYaz;2026-09-01;150,50;1.200\nGüz;2026-09-02;1.149,50;900\nToplam;;1.300,00;2.100\n",  # noqa: E501
    "orders_tr.csv": "Sipariş No;Sipariş Tarihi;Müşteri Adı;Tutar\n1;15.09.2026;Işık Şağ;1.200,50\n2;16.09.2026;İğde;60,00\n",
}  # fmt: skip


def _samples() -> list[tuple[str, bytes]]:
    found = [(name, text.encode()) for name, text in (OWN | TURKISH).items()]
    if reference := os.environ.get("SCRM_REFERENCE_DATA"):
        found += [(p.name, p.read_bytes()) for p in sorted((Path(reference) / "format_samples").glob("*.csv"))]
    return found


def run_of(home: Path, files: dict[str, bytes]) -> Ingestion:
    """One pass over the files, as `check` makes it: recognised, fed, settled."""
    raw = home / "data" / "raw"
    raw.mkdir(parents=True)
    for name, content in files.items():
        (raw / name).write_bytes(content)
    run = Ingestion(
        Workspace("data", raw, home), ibis.duckdb.connect(threads=1).con, as_of=date(2200, 1, 1), documents=True
    )
    run.load()
    run.recognise()
    run.feed()
    for name in sorted({f.table for f in run.feds}):
        settle.settle(run.con, name, [f for f in run.feds if f.table == name], "2200-01-01", "2200-01-01")
    return run


def records_of(data: bytes, encoding: str) -> set[int]:
    """Rows of a file as the standard library counts them, with each separator that it may have."""
    text = data.decode(encoding)
    if told := re.match(r'"?sep=(.)"?\r?\n', text):
        body = text[told.end() :]
        return {1 + sum(1 for _ in csv.reader(io.StringIO(body, newline=""), delimiter=told.group(1)))}
    return {sum(1 for _ in csv.reader(io.StringIO(text, newline=""), delimiter=s)) for s in ",;\t|"}


def clear(message: str, name: str) -> bool:
    """Whether a refusal names the file and ends as a sentence, or with the command that helps."""
    return message.startswith((name, "sources.yml")) and (
        message.endswith((".", "!")) or "start.py" in message or "git lfs" in message
    )


def accounted(run: Ingestion, files: dict[str, bytes]) -> list[str]:
    """What is wrong with the outcome of each file; empty where nothing is."""
    wrong = []
    frames = ledger.frames(run)  # raises where the fates of a file's rows do not add up
    monthly.restated(run.con)
    fates = frames["row_fates"].groupby("source_file")["rows"].sum().to_dict()
    by_file = {}
    for t in run.taken:
        by_file.setdefault(t.file, []).append(t)
    for name, data in files.items():
        parts = by_file.get(name, [])
        if not parts:
            wrong.append(f"{name}: nothing is said of it")
            continue
        for t in parts:
            if t.verdict not in ("read", "refused", "ignored"):
                wrong.append(f"{name}: verdict {t.verdict}")
            if t.verdict == "refused" and not clear(t.message, name):
                wrong.append(f"{name}: refused without a clear sentence: {t.message!r}")
            if "Traceback" in t.message or "Error:" in t.message:
                wrong.append(f"{name}: a fault of the program as a refusal: {t.message!r}")
        loaded = [t.part for t in parts if t.part is not None]
        if loaded and parts[0].part is not None:
            inside = sum(p.rows + len(p.dropped) for p in loaded)
            if fates.get(name, 0) != inside:
                wrong.append(f"{name}: {inside} rows were loaded, {fates.get(name, 0)} have a fate")
            if len(loaded) == 1:  # the rows above the header, the header itself, and the rest
                counted = records_of(data, loaded[0].encoding)
                whole = {loaded[0].header_row + inside, loaded[0].header_row + inside + 1}  # a header may take two rows
                if not whole & counted:
                    wrong.append(f"{name}: the file has {counted} rows, {loaded[0].header_row} + {inside} are told")
    return wrong


def batch(home: Path, seed: int) -> tuple[dict[str, bytes], list[str]]:
    """A folder of mangled files and what went wrong with them; a traceback is pinned on its file."""
    dice, files = random.Random(seed), {}
    samples = _samples()
    for number in range(TOGETHER):
        name, data = dice.choice(samples)
        files[f"m{number:02d}_{name}"] = mangle(data, dice)
    try:
        return files, accounted(run_of(home / "all", files), files)
    except Exception as error:
        for name, data in files.items():
            try:
                run = run_of(home / name, {name: data})
                accounted(run, {name: data})
            except Exception as alone:
                return files, [f"{name}: {type(alone).__name__}: {str(alone)[:400]}"]
        return files, [f"together only: {type(error).__name__}: {str(error)[:400]}"]


def _fuzz(home: Path, count: int) -> None:
    wrong, spoiled = [], 0
    for number in range(-(-count // TOGETHER)):
        files, found = batch(home / str(number), SEED * 1_000_000 + number)
        spoiled += len(files)
        wrong += [f"seed {SEED * 1_000_000 + number}: {w}" for w in found]
    assert spoiled >= count
    assert not wrong, f"{len(wrong)} of {spoiled}:\n" + "\n".join(wrong[:20])


def test_forty_mangled_files_end_in_a_table_or_a_refusal(tmp_path):
    _fuzz(tmp_path, 40)


@pytest.mark.slow
def test_many_mangled_files_end_in_a_table_or_a_refusal(tmp_path):
    _fuzz(tmp_path, int(os.environ.get("SCRM_FUZZ", "10000")))
