"""The real nine notebooks over months of a small company: many months in one command, closings, a person forgotten. Slow."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

from scrm_helpers.run import digests
from scrm_helpers.store.workspace import CLOSED_FILE, PUBLISHED

ROOT = Path(__file__).resolve().parents[1]
pytestmark = pytest.mark.slow
FIRST, LAST, MONTHS = "2025-10", "2026-10", 13
GONE = ("gizem.ozturk", "5391110700", "gizem", "öztürk")  # customer 7, in the forms that a search would use

# with no network at all where the system lets us (Linux), since code beneath Python could open a connection unseen
ALONE = ["unshare", "-rn", sys.executable, str(ROOT / "tests" / "no_network" / "alone.py")]
if shutil.which("unshare") is None or subprocess.run([*ALONE, sys.executable, "-c", ""], capture_output=True, check=False).returncode:
    ALONE = []


def company(home: Path) -> None:
    """30 customers with contacts, and orders of 16 months: customer c buys in the months m where (c + m) % 3 is 0."""
    raw = home / "data" / "raw"
    raw.mkdir(parents=True)
    (home / "notebooks").symlink_to(ROOT / "notebooks", target_is_directory=True)
    names = ["Ada", "Baran", "Ceren", "Deniz", "Ela", "Gonca", "Ferhat", "Hale", "Ilgaz", "Jale"]
    contacts = ["Record ID,First Name,Last Name,Email,Phone Number,Original Source,Create Date,Lifecycle Stage"]
    for c in range(30):
        first, last, mail = names[c % 10], f"Soyad{chr(65 + c)}lar", f"musteri{c}.{chr(65 + c).lower()}lar@example.com"
        if c == 7:
            first, last, mail = "Gizem", "Öztürk", "Gizem.Ozturk@example.com"
        source = ("Paid Social", "Direct Traffic", "Organic Search")[c % 3]
        contacts.append(f"{c},{first},{last},{mail},0539 111 {c:02d} 00,{source},2025-0{c % 8 + 1}-05 10:00,Customer")
    orders = ["Order No,Date,Customer,Amount"]
    for m, month in enumerate(pd.period_range("2025-07", LAST, freq="M")):
        orders += [f"A{m:02d}{c:02d},{month}-{c % 27 + 1:02d},{c},{100 + c + m}.50" for c in range(30) if (c + m) % 3 == 0]
    (raw / "hubspot_contacts.csv").write_text("\n".join(contacts) + "\n", encoding="utf-8")
    (raw / "orders.csv").write_text("\n".join(orders) + "\n", encoding="utf-8")
    (raw / "sources.yml").write_text(
        "company: {name: Küçük, currency: TRY, language: en}\n"
        "sources:\n"
        "  - name: till\n"
        "    file: orders.csv\n"
        "    table: orders\n"
        "    columns: {Order No: order_id, Date: ordered_at, Customer: account_id, Amount: net}\n"
        "    options: {system: hubspot, date_order: YMD, vat: excluded, currency: TRY}\n",
        encoding="utf-8",
    )


def command(home: Path, *words: str, fails: bool = False) -> subprocess.CompletedProcess:
    """A command of the suite, with the network blocked for it and for all that it starts."""
    tries = home / "tries.txt"
    path = os.pathsep.join([str(ROOT / "tests" / "no_network"), str(ROOT)])
    environment = os.environ | {"SCRM_HOME": str(home), "PYTHONPATH": path, "SCRM_NETWORK_TRIES": str(tries)}
    line = [*ALONE, sys.executable, "-m", "scrm_helpers", *words]
    said = subprocess.run(line, capture_output=True, text=True, env=environment, check=False)
    assert (said.returncode != 0) == fails, said.stdout + said.stderr
    assert not tries.exists(), tries.read_text()
    return said


def made(home: Path, period: str) -> dict[str, str]:
    """Digest of all that a month is: pages, tables, what is published, private tables. The key is the company's own: fixed here."""
    held = digests.of_files((home / "outputs" / period).resolve(), "**/*")
    for top in ("processed", "private"):
        folder = home / "data" / top / period
        held |= {f"{top}/{k}": v for k, v in digests.of_files(folder, "*.parquet", "*.json", f"{PUBLISHED}/*").items()}
    held.pop(f"processed/{CLOSED_FILE}", None)  # the record of closings goes on: it tells what was taken back
    return held


def text_of(home: Path, *, private: bool) -> str:
    """All that the suite wrote, as one text in lower case; tables written out."""
    tops = ("data/processed", "outputs", *(("data/private",) if private else ()))
    found = []
    for path in sorted(p for top in tops for p in (home / top).rglob("*") if p.is_file() and "forgotten" not in p.parts):
        content = pd.read_parquet(path).to_csv() if path.suffix == ".parquet" else path.read_bytes().decode("utf-8", "replace")
        found.append(f"{path.relative_to(home)}\n{content}")
    return "\n".join(found).lower()


def with_key(home: Path) -> Path:
    """A company of its own with the fixed key that makes two of them comparable."""
    home.mkdir()
    company(home)
    private = home / "data" / "private"
    private.mkdir(mode=0o700)
    (private / "key").write_bytes(b"k" * 32)
    return home


def test_thirteen_months_in_one_command_equal_months_run_one_by_one(tmp_path):
    together, single = with_key(tmp_path / "together"), with_key(tmp_path / "single")
    said = command(together, "run", "--quiet", "--period", f"{FIRST}..{LAST}")
    months = [str(m) for m in pd.period_range(FIRST, LAST, freq="M")]
    assert sum(line.endswith(".html") for line in said.stdout.splitlines()) == len(months) == MONTHS
    for month in months:
        command(single, "run", "--quiet", "--period", month)
        ours, theirs = made(together, month), made(single, month)
        assert {k for k in ours.keys() | theirs.keys() if ours.get(k) != theirs.get(k)} == set(), month


def test_a_month_is_closed_revised_and_rolled_back_and_a_person_is_forgotten(tmp_path):
    home = with_key(tmp_path / "home")
    month, after = "2026-08", "2026-09"
    command(home, "run", "--quiet", "--period", month)
    command(home, "close", month, "--quiet")  # both files reach beyond the month: nothing is late
    assert "is closed already (revision 1)" in command(home, "close", month, fails=True).stderr
    page = (home / "outputs" / month / "board.html").read_text(encoding="utf-8")
    assert "closed · as first closed" in page and "as it was first closed (revision 1)" in page
    before = made(home, month)
    orders = home / "data" / "raw" / "orders.csv"
    orders.write_text(orders.read_text(encoding="utf-8") + "B1,2026-08-20,3,5000.00\n", encoding="utf-8")
    assert "is closed (revision 1" in command(home, "run", "--quiet", "--period", month, fails=True).stderr
    assert made(home, month) == before
    command(home, "run", "--quiet", "--period", month, "--revise", "an invoice came late")
    page = (home / "outputs" / month / "board.html").read_text(encoding="utf-8")
    assert "closed · revision 2" in page and "Reason: an invoice came late." in page and "revision.html" in page
    listed = pd.read_csv(home / "outputs" / month / "revision.csv", dtype=str)
    assert len(listed) > 10 and (listed.old != listed.new).all()
    command(home, "rollback", month)
    assert made(home, month) == before
    command(home, "run", "--quiet", "--period", after)
    assert GONE[1] in text_of(home, private=True).replace(" ", "")
    made_list = command(home, "forget", "gizem.ozturk@example.com").stdout
    assert "hubspot_contacts.csv: 9" in made_list  # customer 7: the header is row 1, customer 0 row 2
    # she is back in next month's files, under a new record of her own and with new orders
    contacts = home / "data" / "raw" / "hubspot_contacts.csv"
    back = "77,Gizem,Öztürk,GIZEM.OZTURK@example.com,+90 539 111 07 00,Paid Social,2026-10-02 10:00,Customer\n"
    contacts.write_text(contacts.read_text(encoding="utf-8") + back, encoding="utf-8")
    orders.write_text(orders.read_text(encoding="utf-8") + "B2,2026-10-20,77,60.00\nB3,2026-10-21,7,61.00\n", encoding="utf-8")
    command(home, "run", "--quiet", "--period", LAST)
    text = text_of(home, private=True)
    for word in GONE:
        assert word not in text, word
    assert GONE[1] not in text.replace(" ", "")
