"""A month, side by side: the runner against `papermill` + `jupyter nbconvert` one by one; skips, growth, kills.

    python benchmarks/suite.py                                   both ways on the default sample (12,000 people), then again, then refusals
    python benchmarks/suite.py --raw FOLDER --period 2026-10     the same on any folder of raw files
    python benchmarks/suite.py growth --sizes 10000,100000       how time and memory grow
    python benchmarks/suite.py kills --times 100 [--tiny]        kill -9 at random moments, resume, compare bytes

Everything runs in a project folder of its own below a temporary one (`--work` names another). Figures are CPU seconds of the whole tree of
processes, since a busy machine does not spoil them. What the cells themselves compute is measured inside every kernel, the same way
on both sides (CPU from the start to the end of each cell, imports not counted), and taken off: what is left is the price of
running and reporting. The table is printed and kept in results/.
"""

import argparse
import contextlib
import json
import os
import random
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

from suite_memory import watch

ROOT = Path(__file__).resolve().parents[1]
RESULTS = Path(__file__).resolve().parent / "results"
MONTHS = 24  # of the sample company, left alone
VOLATILE = ("execution_count", "id")
WORDS = ("--language", "en")  # progress is read off the screen, and both sides print the same words
MEASURE = '''
def _measure():
    import builtins, os, sys, time
    spent, imports, began, within, plain = 0.0, 0.0, None, False, builtins.__import__
    def counted(*words, **named):
        nonlocal within, imports
        if within or began is None:
            return plain(*words, **named)
        known, start, within = len(sys.modules), time.process_time(), True
        try:
            return plain(*words, **named)
        finally:
            within = False
            if len(sys.modules) > known:  # a library that imports inside its functions does its own work
                imports += time.process_time() - start
    def start(*_):
        nonlocal began
        began = time.process_time()
    def stop(*_):
        nonlocal began, spent
        if began is not None:
            spent += time.process_time() - began
            with open(os.path.join(os.environ["SCRM_BENCH"], f"{os.getpid()}.txt"), "w") as file:
                file.write(repr(max(spent - imports, 0.0)))
        began = None
    builtins.__import__ = counted
    get_ipython().events.register("pre_run_cell", start)
    get_ipython().events.register("post_run_cell", stop)
_measure()  # nothing of it stands in the kernel's own names: IPython empties those when the kernel ends
del _measure
'''


def main() -> None:
    """Runs what was asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", nargs="?", default="overhead", choices=["overhead", "growth", "kills"])
    parser.add_argument("--raw", default="", help="a folder of raw files; left out: the sample company")
    parser.add_argument("--period", default="2026-10")
    parser.add_argument("--people", type=int, default=12_000, help="customers of the sample company")
    parser.add_argument("--months", type=int, default=MONTHS, help="months of sales that the sample company has, up to 60")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--sizes", default="10000,100000", help="growth: customers, small to large")
    parser.add_argument("--times", type=int, default=100, help="kills: how many")
    parser.add_argument("--repeats", type=int, default=3, help="overhead: how often both ways are measured")
    parser.add_argument("--tiny", action="store_true", help="kills: on four tiny notebooks, to make many")
    parser.add_argument("--work", default="", help="folder for what is made; kept, and used again where it holds the company already")
    given = parser.parse_args()
    work = Path(given.work or tempfile.mkdtemp(prefix="scrm-bench-")).resolve()
    lines: list[str] = []

    def tell(line: str = "") -> None:
        print(line, flush=True)
        lines.append(line)

    {"overhead": overhead, "growth": growth, "kills": kills}[given.what](given, work, tell)
    RESULTS.mkdir(exist_ok=True)
    kind = "tiny" if given.tiny else str(given.people)
    of = {"overhead": kind, "kills": kind, "growth": f"{given.months}_months"}[given.what]
    name = f"suite_{given.what}_{of}.txt"
    if not given.raw:  # of a company's own files nothing is kept
        (RESULTS / name).write_text("\n".join(lines) + "\n", encoding="utf-8")
    if not given.work:
        shutil.rmtree(work, ignore_errors=True)


# --- what is measured ------------------------------------------------------------------------------------------------


def overhead(given, work: Path, tell) -> None:
    """Both ways on the same raw files, then nothing changed, one parameter changed, a wrong parameter."""
    home = project(work / "project", given)
    raw = raw_word(given)
    pairs = [
        (plain_way(home, raw, given.period), run(home, raw, given.period, "--workers", str(given.workers), "--again", measured=True))
        for _ in range(given.repeats)
    ]
    again = run(home, raw, given.period)
    changed = run(home, raw, given.period, "-p", "08_audiences.horizon=60")
    back = run(home, raw, given.period)
    wrong = run(home, raw, given.period, "-p", "horizn=60")
    tell(f"{given.raw and 'raw folder' or f'sample company, {given.people} people'}, {given.workers} workers; CPU s of all processes")
    tell(f"{'':34}{'CPU s':>9}{'cells':>9}{'rest':>9}{'wall s':>9}{'peak MB':>9}")
    for plain, ours in pairs:
        for name, found in (("papermill + nbconvert, one by one", plain), ("the runner", ours)):
            rest = found['cpu'] - found['cells']
            tell(f"{name:34}{found['cpu']:9.1f}{found['cells']:9.1f}{rest:9.1f}{found['wall']:9.1f}{found['peak']:9.0f}")
        tell(f"{'of the plain way, nbconvert':34}{plain['pages']:9.1f}{0.0:9.1f}{plain['pages']:9.1f}")
        rest, plainly = ours["cpu"] - ours["cells"], plain["cpu"] - plain["cells"]
        tell(f"{'the runner of plain, cells excluded':34}{rest / plainly:9.1%}")
        tell(f"{'of papermill alone, cells excluded':34}{rest / (plainly - plain['pages']):9.1%}")
    tell(f"{'nothing changed':34}{again['cpu']:9.1f}{'':18}{again['wall']:9.1f}")
    tell(f"{'one parameter of 08 changed':34}{changed['cpu']:9.1f}{'':18}{changed['wall']:9.1f}  ran: {', '.join(changed['ran'])}")
    tell(f"{'that parameter put back':34}{back['cpu']:9.1f}{'':18}{back['wall']:9.1f}  ran: {', '.join(back['ran'])}")
    tell(f"{'a wrong parameter':34}{wrong['cpu']:9.1f}{'':18}{wrong['wall']:9.1f}  exit code {wrong['code']}")
    tell(f"{'of that, the check itself':34}{refusal(home, raw, given.period) * 1000:9.0f} ms of CPU")
    different = compare(work / "plain", shown(home))
    tell(f"cells whose output differs from plain papermill's: {different or 'none'}")


def growth(given, work: Path, tell) -> None:
    """Time and memory by size of the sample company."""
    tell(f"{'people':>10}{'orders':>12}{'raw MB':>9}{'CPU s':>9}{'wall s':>9}{'peak MB':>9}  slowest notebooks (wall s); highest (MB)")
    for people in map(int, given.sizes.split(",")):
        given.people = people
        home = project(work / f"project{people}{'' if given.months == MONTHS else f'x{given.months}'}", given)
        found = run(home, raw_word(given), given.period, "--workers", str(given.workers), "--again")
        size = sum(f.stat().st_size for f in (home / "data/sample/raw").rglob("*") if f.is_file()) / 1e6
        slow = ", ".join(f"{n} {s:.0f}" for n, s in sorted(found["took"].items(), key=lambda p: -p[1])[:4])
        high = ", ".join(f"{n} {mb:.0f}" for n, mb in sorted(found["heights"].items(), key=lambda p: -p[1])[:4])
        figures = "".join(f"{found[name]:9.0f}" for name in ("cpu", "wall", "peak"))
        tell(f"{people:10}{orders(home, given.period):12}{size:9.0f}{figures}  {slow}; {high}")
        if found["code"]:
            tell(found["said"][-600:])


def kills(given, work: Path, tell) -> None:
    """Kills a run at a random moment, checks the page that is shown, resumes, compares every byte with an undisturbed run's."""
    home = tiny(work / "project") if given.tiny else project(work / "project", given)
    changed = ("-p", "02_second.window=30") if given.tiny else ("-p", "08_audiences.horizon=60", "-p", "02_identity.draws=10")
    raw, chance = raw_word(given), random.Random(given.seed)
    run(home, raw, given.period)
    old = digest(home)
    whole = run(home, raw, given.period, *changed, "--again")
    new = digest(home)
    assert old != new and not whole["code"], whole["said"]
    redone, torn, other, early = [], 0, 0, 0
    while len(redone) < given.times:
        wanted, values = ((old, ()), (new, changed))[len(redone) % 2]
        before = digest(home)
        command = line(home, raw, given.period, *values, "--again")
        process = subprocess.Popen(command, cwd=home, env=environment(home), stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(timeout=chance.uniform(0.1, whole["wall"]))
            early += 1  # it had ended by itself, which is no kill
            continue
        process.send_signal(signal.SIGKILL)
        process.wait()
        torn += digest(home) not in (before, wanted)
        while (found := run(home, raw, given.period, *values))["code"] and "another run" in found["said"]:
            time.sleep(0.2)  # kernels of the killed run hold the lock until they have seen that it is gone
        redone.append(len(found["ran"]))
        other += digest(home) != wanted
        if found["code"] or digest(home) != wanted:
            print(f"exit code {found['code']}: {found['said'][-1500:]}", flush=True)
        said = f"{len(found['ran'])} notebooks run on resume, {torn} torn, {other} other bytes"
        print(f"{len(redone)} of {given.times}: {said}", flush=True)
    what = "four tiny notebooks" if given.tiny else f"sample company, {given.people} people"
    tell(f"{what}: {len(redone)} kills at a random moment of a run of {whole['wall']:.0f} s; {early} more had ended by themselves")
    tell(f"page neither the old nor the new one, whole: {torn}")
    tell(f"resume ended in other bytes: {other}")
    tell(f"notebooks run on resume: {sum(redone) / len(redone):.1f} on average")


# --- how it is run ---------------------------------------------------------------------------------------------------


def project(home: Path, given) -> Path:
    """A project folder with the suite's notebooks and, unless raw files are given, a sample company."""
    home.mkdir(parents=True, exist_ok=True)
    shutil.copytree(ROOT / "notebooks", home / "notebooks", dirs_exist_ok=True)
    (home / "data" / "raw").mkdir(parents=True, exist_ok=True)
    if not given.raw and not (home / "data/sample/raw/MADE_UP_DATA.json").is_file():
        words = ["sample", "--people", str(given.people), "--seed", str(given.seed)]
        words += ["--months", str(given.months), "--last-month", given.period]
        subprocess.run([sys.executable, "-m", "scrm_helpers", *words], env=environment(home), check=True, stdout=subprocess.DEVNULL)
    return home


def tiny(home: Path) -> Path:
    """Four notebooks that write tables with the suite's own store, wait a little, and write a page: the first reads a file, two read
    what it wrote, the last what all wrote."""
    head = [f"{n}: {t}  # given by the runner" for n, t in (("period", 'str = ""'), ("raw", 'str = ""'), ("language", 'str = ""'))]
    head += ['engine: str = "duckdb"  # given by the runner', "interactive: bool = True  # given by the runner", "window: int = 28  # days"]
    book = "import time, pandas as pd\nfrom scrm_helpers import tables\nfrom scrm_helpers.store import open_book\n"
    book += "book = open_book('{0}', raw=raw, period=period)"
    rates = "book.write('traceability', pd.DataFrame([{{'measure': '{0}', 'part': float(window), 'whole': 9, 'value': 0.5}}]), part='{0}')"
    files = "book.write('files', pd.DataFrame(columns=[c.name for c in tables.contract('files').columns], dtype=object))"
    page = "saved = book.page('board.html', book.frame('traceability').to_html())"
    for name, reads, writes, last in (
        ("01_ingestion", ["raw"], ["files", "traceability"], f"{files}\n{rates}"), ("02_second", ["files"], ["traceability"], rates),
        ("03_third", ["files"], ["traceability"], rates), ("09_last", ["traceability"], [], page),
    ):  # fmt: skip
        cells = ["\n".join(head), book.format(name), "time.sleep(0.3)", last if last is page else last.format(name), "time.sleep(0.3)"]
        made = [
            {"cell_type": "code", "id": f"c{n}", "metadata": {"tags": ["parameters"] * (n == 0)}, "source": c, "outputs": [],
             "execution_count": None} for n, c in enumerate(cells)
        ]  # fmt: skip
        kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
        scrm = {"reads": reads, "writes": writes}
        (home / "notebooks").mkdir(parents=True, exist_ok=True)
        content = {"cells": made, "metadata": {"kernelspec": kernel, "scrm": scrm}, "nbformat": 4, "nbformat_minor": 5}
        (home / "notebooks" / f"{name}.ipynb").write_text(json.dumps(content), encoding="utf-8")
    (home / "data" / "raw").mkdir(parents=True, exist_ok=True)
    (home / "data" / "raw" / "orders.csv").write_text("a,b\n1,2\n", encoding="utf-8")
    return home


def raw_word(given) -> str:
    return str(Path(given.raw).resolve()) if given.raw else ""


def environment(home: Path) -> dict[str, str]:
    """The same for both sides."""
    path = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH", "")]))
    return os.environ | {
        "SCRM_HOME": str(home), "PYTHONPATH": path, "OPENBLAS_NUM_THREADS": "1", "PYTHONWARNINGS": "ignore", "SCRM_THREADS": "2",
    }  # fmt: skip


def line(home: Path, raw: str, period: str, *words: str) -> list[str]:
    return [sys.executable, "-m", "scrm_helpers", "run", "--period", period, *WORDS, *(["--raw", raw] if raw else []), *words]


def run(home: Path, raw: str, period: str, *words: str, measured: bool = False) -> dict:
    """One run of the suite's own command."""
    with measuring(home if measured else None) as extra:
        found = watched([line(home, raw, period, *words)], home, environment(home) | extra)
        found["cells"] = cells_of(extra)
    told = [x.split() for x in found["said"].splitlines()]
    found["ran"] = [x[0] for x in told if len(x) > 1 and x[1] == "done"]
    return found


def plain_way(home: Path, raw: str, period: str) -> dict:
    """papermill and nbconvert, one notebook after the other, as their documentation shows. `pages`: CPU seconds of nbconvert."""
    out = home.parent / "plain"
    out.mkdir(exist_ok=True)
    runs, pages = [], []
    for path in sorted((home / "notebooks").glob("[0-9]*.ipynb")):
        done = out / path.name
        values = ["-p", "period", period, "-p", "raw", raw or "data/sample/raw", "-p", "interactive", "False", "-p", "language", WORDS[1]]
        runs.append([sys.executable, "-m", "papermill", str(path), str(done), "--cwd", str(path.parent), *values])
        pages.append([sys.executable, "-m", "nbconvert", "--to", "html", str(done)])
    with measuring(home) as extra:
        found = watched(runs, home, environment(home) | extra)
        found["cells"] = cells_of(extra)
        made = watched(pages, home, environment(home) | extra)
    for each in (found, made):
        assert not each["code"], each["said"][-2000:]
    both = {name: found[name] + made[name] for name in ("cpu", "wall")} | {"peak": max(found["peak"], made["peak"])}
    return found | both | {"pages": made["cpu"]}


@contextlib.contextmanager
def measuring(home: Path | None):
    """A start-up file for kernels that writes the CPU of their cells, imports left out."""
    if home is None:
        yield {}
        return
    with tempfile.TemporaryDirectory() as folder:
        start = Path(folder) / "ipython" / "profile_default" / "startup"
        start.mkdir(parents=True)
        (start / "00-measure.py").write_text(MEASURE, encoding="utf-8")
        notes = Path(folder) / "notes"
        notes.mkdir()
        yield {"IPYTHONDIR": str(Path(folder) / "ipython"), "SCRM_BENCH": str(notes)}


def cells_of(extra: dict) -> float:
    return sum(float(f.read_text()) for f in Path(extra["SCRM_BENCH"]).glob("*.txt")) if extra else 0.0


def watched(commands: list[list[str]], home: Path, env: dict[str, str]) -> dict:
    """CPU, wall time and peak memory (of the tree, shared pages counted once) of commands one after the other.

    `took`: seconds by notebook; `heights`: peak memory by the notebooks that ran at the time, '' where none did.
    """
    before, began, said, code, took = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic(), "", 0, {}
    heights: dict[str, float] = {}
    for command in commands:
        process = subprocess.Popen(command, cwd=home, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        starts: dict[str, float] = {}
        watcher = threading.Thread(target=watch, args=(process, starts, heights), daemon=True)
        watcher.start()
        for told in process.stdout:
            said += told
            words = told.split()
            if len(words) == 2 and words[1] == "...":
                starts[words[0]] = time.monotonic()
            elif len(words) > 1 and words[1] == "done" and words[0] in starts:
                took[words[0]] = time.monotonic() - starts.pop(words[0])
        code = process.wait() or code
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    wall, peak = time.monotonic() - began, max(heights.values(), default=0.0)
    return {"cpu": cpu, "wall": wall, "peak": peak, "heights": heights, "said": said, "code": code, "took": took}


def refusal(home: Path, raw: str, period: str) -> float:
    """CPU seconds from the call to the refusal of a wrong parameter, imports done."""
    code = (
        "import time; from scrm_helpers.run import RunError, run_month\n"
        "from scrm_helpers.run import reached, digests, notebooks, parameters\n"
        f"start = time.process_time()\ntry: run_month({period!r}, raw={raw!r}, values={{'horizn': 60}})\n"
        "except RunError: print(time.process_time() - start)"
    )
    done = subprocess.run([sys.executable, "-c", code], env=environment(home), cwd=home, capture_output=True, text=True, check=True)
    return float(done.stdout)


def digest(home: Path) -> str:
    """One digest of every published file; '' where nothing is published."""
    sys.path.insert(0, str(ROOT))
    from scrm_helpers.run import digests

    folder = shown(home)
    return digests.combined(digests.of_files(folder, "**/*")) if folder else ""


def shown(home: Path) -> Path | None:
    """The folder of the run that the month shows."""
    # the month's name is a link, which `**` does not follow: it is named
    pages = sorted(home.glob("outputs/**/[0-9][0-9][0-9][0-9]-[0-9][0-9]/board.html"))
    pages = (p for p in pages if not {".runs", ".draft"} & {*p.parts})  # plain papermill writes to .draft
    return next((p.parent.resolve() for p in pages), None)


def orders(home: Path, period: str) -> int:
    import pyarrow.parquet as pq

    path = home / "data" / "sample" / "processed" / period / "orders.parquet"
    return pq.read_metadata(path).num_rows if path.is_file() else 0


def compare(plain: Path, outputs: Path) -> str:
    """Cells whose outputs differ between the executed notebooks of both ways."""
    found = []
    for path in sorted(plain.glob("*.ipynb")):
        other = outputs / path.stem / "notebook.ipynb"
        pairs = zip(*(json.loads(p.read_text(encoding="utf-8"))["cells"] for p in (path, other)), strict=True)
        for n, (a, b) in enumerate(pairs):
            if [_plain(o) for o in a.get("outputs", [])] != [_plain(o) for o in b.get("outputs", [])]:
                found.append(f"{path.stem} cell {n + 1}")
    return ", ".join(found)


def _plain(output: dict) -> dict:
    return {k: v for k, v in output.items() if k not in VOLATILE}


if __name__ == "__main__":
    main()
