"""Write locks/*.txt from the ranges in pyproject.toml.

Exact versions with hashes, for Python 3.11 to 3.14 on Linux, macOS and Windows.

    python tools/lock.py             keep every locked version that its range still admits
    python tools/lock.py --upgrade   take the newest versions that the ranges admit

Four files, so that a verb installs only what it needs: `build` and `report` (always), `test` and `spark` (what they
add to `report`). Needs uv, on PATH or in the running Python.
"""

import importlib.util
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LOCKS = ROOT / "locks"

# Not asked for by us, held back all the same.
CONSTRAINTS = {
    "argon2-cffi-bindings<26": "26 has no wheel for Macs with Intel processors, where it would need a compiler",
}


def uv() -> list[str]:
    """The command that runs uv."""
    if shutil.which("uv"):
        return ["uv"]
    if importlib.util.find_spec("uv"):
        return [sys.executable, "-m", "uv"]
    raise SystemExit("Writing locks needs uv; it is neither on PATH nor in this Python. Do: python -m pip install uv")


def entries(text: str) -> dict[str, str]:
    """Lock text -> {"name==version ; marker": the entry with its hashes}, in file order."""
    lines = [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
    found: dict[str, list[str]] = {}
    key = ""
    for line in lines:
        if line.startswith(" "):
            found[key].append(line)
        else:
            key = line.removesuffix("\\").strip()
            found[key] = [line]
    return {key: "\n".join(block) for key, block in found.items()}


def problems(text: str) -> list[str]:
    """What must not be in a lock: an entry without hashes, a host, a path, an option."""
    faults = []
    for key, block in entries(text).items():
        if not re.match(r"^[A-Za-z0-9._-]+==[^ ;]+( ;.*)?$", key):
            faults.append(f"not name==version: {key}")
        if not re.search(r"--hash=sha256:[0-9a-f]{64}\b", block):
            faults.append(f"no hash: {key}")
        if "://" in block or " @ " in block:
            faults.append(f"names a host or a path: {key}")
    return faults


def compile_lock(source: list[str], known: str, constraints: list[str], upgrade: bool) -> str:
    """The resolved lock text of one source; `known` holds the versions to keep."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "out.txt"
        out.write_text(known, encoding="utf-8")
        limits = Path(folder) / "constraints.txt"
        limits.write_text("\n".join([*CONSTRAINTS, *constraints]) + "\n", encoding="utf-8")
        command = [*uv(), "pip", "compile", *source, "--universal", "--python-version", "3.11", "--generate-hashes"]
        command += ["--no-header", "--no-annotate", "--constraints", str(limits), "--output-file", str(out), "--quiet"]
        subprocess.run([*command, *(["--upgrade"] if upgrade else [])], cwd=ROOT, check=True)
        return out.read_text(encoding="utf-8")


def write(name: str, blocks: dict[str, str], note: str) -> None:
    """One lock file; refuses to write one that a stranger could not install from."""
    text = f"# {note}\n# Written by `make lock` from pyproject.toml; do not edit.\n" + "\n".join(blocks.values()) + "\n"
    if faults := problems(text):
        raise SystemExit(f"locks/{name}.txt not written:\n  " + "\n  ".join(faults))
    (LOCKS / f"{name}.txt").write_text(text, encoding="utf-8", newline="\n")
    print(f"locks/{name}.txt: {len(blocks)} entries")


def main(upgrade: bool) -> None:
    LOCKS.mkdir(exist_ok=True)
    known = {name: (LOCKS / f"{name}.txt").read_text(encoding="utf-8") if (LOCKS / f"{name}.txt").exists() else ""
             for name in ("build", "report", "test", "spark")}  # fmt: skip
    build = entries(compile_lock(["--group", "build"], known["build"], [], upgrade))
    write("build", build, "What builds this package and pyspark, so that no build fetches anything.")
    pins = list(build)
    report = entries(compile_lock(["pyproject.toml"], known["report"], pins, upgrade))
    write("report", report, "Everything that `report`, `lab` and the other commands need.")
    pins += list(report)
    for name, note in (("test", "What `test` adds to report.txt."), ("spark", "What Apache Spark adds to report.txt.")):
        source = ["pyproject.toml", "--extra", name]
        full = entries(compile_lock(source, known["report"] + known[name], pins, upgrade))
        # What differs from report.txt by its marker alone is the same package at the same version: pip takes the union.
        write(name, {key: block for key, block in full.items() if key not in report and key not in build}, note)


if __name__ == "__main__":

    main(upgrade="--upgrade" in sys.argv[1:])
