"""From CSV to checked Parquet, beside DuckDB's own copy of the same file to Parquet in the same run.

    python benchmarks/ingestion.py --rows 10000000
    python benchmarks/ingestion.py --csv sales.csv --map "Order=order_id,Day=ordered_at,Net=net" --decimal point --date-order DMY

Two ways are timed for the suite: once with every type decided by the values of the file, once with decimal sign and order of day
and month fixed (as a recipe does). Each way runs in a process of its own; CPU seconds and the peak of memory are its own too.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
COLUMNS = "Belge=order_id,Tarih=ordered_on,Urun=product_id,Adet=quantity,Net=net"
GOALS = {"copy": None, "evidence": 0.35, "fixed": 0.60}
MEMORY = 2048  # megabytes


def make(path: Path, rows: int) -> None:
    """Order lines: document, day, product, quantity, net; three lines a document, the same rows for the same number."""
    import duckdb

    duckdb.connect().execute(f"""COPY (SELECT 'F' || lpad((i // 3)::VARCHAR, 9, '0') AS Belge,
        strftime(DATE '2024-01-15' + ((i // 3) % 700)::INTEGER, '%d.%m.%Y') AS Tarih, 'STK-' || lpad((i * 7919 % 5000)::VARCHAR, 5, '0') AS Urun,
        1 + i % 4 AS Adet, printf('%.2f', 10 + (i * 104729 % 900000) / 100.0) AS Net FROM range({rows}) t(i)) TO '{path}' (HEADER)""")  # noqa: E501


def sources(options: argparse.Namespace, *, fixed: bool) -> str:
    """sources.yml for the file: the mapping, and the styles where they are fixed."""
    columns = dict(p.split("=", 1) for p in options.map.split(","))
    named = {"vat": "excluded", "currency": "TRY"} | (
        {"decimal": options.decimal, "date_order": options.date_order} if fixed else {}
    )
    entry = {"name": "lines", "file": options.file, "table": options.table, "columns": columns, "options": named}
    return json.dumps({"company": {"currency": "TRY"}, "sources": [entry]}, ensure_ascii=False)


def work(way: str, options: argparse.Namespace) -> dict:
    """One way, in this process: rows written, CPU seconds, wall seconds, peak memory."""
    folder = Path(options.folder)
    begun, cpu = time.perf_counter(), time.process_time()
    if way == "copy":
        import duckdb

        con = duckdb.connect()
        con.execute("SET enable_progress_bar = false")
        con.execute(
            f"COPY (SELECT * FROM read_csv('{folder / 'data' / 'raw' / options.file}')) TO '{folder / 'copy.parquet'}' (FORMAT parquet)"
        )
        rows = con.execute(f"SELECT count(*) FROM '{folder / 'copy.parquet'}'").fetchone()[0]
    else:
        sys.path.insert(0, str(ROOT))
        from datetime import date

        import ibis

        from scrm_helpers.ingestion import Ingestion, ledger, settle
        from scrm_helpers.store.workspace import Workspace

        workspace = Workspace("", folder / "data" / "raw", folder)
        (workspace.raw / "sources.yml").write_text(sources(options, fixed=way == "fixed"), encoding="utf-8")
        con = ibis.duckdb.connect().con
        con.execute(f"SET memory_limit = '1200MB'; SET temp_directory = '{folder / 'spill'}'")
        run = Ingestion(workspace, con, as_of=date(2200, 1, 1))
        run.load()
        run.recognise()
        run.feed()
        if refused := [t.message for t in run.taken if t.verdict == "refused"]:
            return {"way": way, "refused": refused[0]}
        made = settle.settle(con, options.table, run.feds, "2200-01-01", "2200-01-01")
        ledger.frames(run, con)  # every row has one fate, or it raises
        con.execute(
            f"COPY (SELECT * EXCLUDE (_feed, _exported, _kind_of_file) FROM {made}) TO '{folder / way}.parquet' (FORMAT parquet)"
        )
        rows = con.execute(f"SELECT count(*) FROM '{folder / way}.parquet'").fetchone()[0]
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1024 if sys.platform != "darwin" else 1024 * 1024)
    return {
        "way": way,
        "rows": rows,
        "cpu": time.process_time() - cpu,
        "wall": time.perf_counter() - begun,
        "peak": peak,
    }


def table(found: list[dict], rows_in: int) -> str:
    """The results as text: the suite's speed as a share of the copy's."""
    base = next(f for f in found if f["way"] == "copy")
    out = [
        f"{rows_in:,} rows",
        "",
        f"{'way':<10}{'rows out':>12}{'CPU s':>9}{'wall s':>9}{'of copy':>9}{'goal':>7}{'peak MB':>9}",
    ]
    for f in found:
        if "refused" in f:
            out.append(f"{f['way']:<10}refused: {f['refused']}")
            continue
        goal = GOALS[f["way"]]
        out.append(
            f"{f['way']:<10}{f['rows']:>12,}{f['cpu']:>9.1f}{f['wall']:>9.1f}{base['cpu'] / max(f['cpu'], 1e-9):>9.0%}"
            f"{f'{goal:.0%}' if goal else '-':>7}{f['peak']:>9,.0f}"
        )
    return "\n".join(out)


def main() -> None:
    """Makes or takes the file, runs the three ways one after another, prints and keeps the table."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--csv", default="", help="a file of your own; say its columns with --map")
    parser.add_argument("--map", default=COLUMNS, help="HEADER=column,...; columns of the contract --table")
    parser.add_argument("--table", default="order_lines", help="the contract that the file feeds")
    parser.add_argument("--decimal", default="point", choices=("point", "comma"))
    parser.add_argument("--date-order", default="DMY", choices=("DMY", "MDY"))
    parser.add_argument("--way", default="", help=argparse.SUPPRESS)
    parser.add_argument("--folder", default="", help=argparse.SUPPRESS)
    parser.add_argument("--file", default="lines.csv", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.way:
        print(json.dumps(work(options.way, options)))
        return
    if options.csv and not Path(options.csv).is_file():
        parser.error(f"--csv: came {options.csv!r}, expected a CSV file that is there.")
    with tempfile.TemporaryDirectory() as folder:
        raw = Path(folder) / "data" / "raw"
        raw.mkdir(parents=True)
        if options.csv:
            options.file = Path(options.csv).name
            os.symlink(Path(options.csv).resolve(), raw / options.file)
        else:
            make(raw / options.file, options.rows)
        found = []
        for way in GOALS:
            given = [
                "--way",
                way,
                "--folder",
                folder,
                "--file",
                options.file,
                "--map",
                options.map,
                "--table",
                options.table,
            ]
            given += ["--decimal", options.decimal, "--date-order", options.date_order]
            done = subprocess.run([sys.executable, "-W", "ignore", __file__, *given], capture_output=True, text=True)
            if done.returncode:
                raise SystemExit(f"{way}: {done.stderr.strip().splitlines()[-1] if done.stderr.strip() else 'stopped'}")
            found.append(json.loads(done.stdout.strip().splitlines()[-1]))
        rows_in = found[0].get("rows", 0)
        text = table(found, rows_in)
    print(text)
    if not options.csv:
        kept = ROOT / "benchmarks" / "results" / f"ingestion_{options.rows}.txt"
        kept.write_text(text + "\n", encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
