"""The way in: locks, pyproject.toml and environment.yml agree; start.py makes, keeps and repairs .venv. No network."""

import ast
import json
import os
import re
import signal
import subprocess
import sys
import threading
import tomllib
from pathlib import Path

import psutil
import pytest
import yaml
from packaging.markers import default_environment
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name
from packaging.version import Version

import start
from scrm_helpers.store.workspace import CALLER
from tools import lock

ROOT = Path(__file__).resolve().parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
PYTHONS = ("3.11", "3.12", "3.13", "3.14")
PLATFORMS = (  # sys_platform, os_name, platform_system
    ("linux", "posix", "Linux"),
    ("darwin", "posix", "Darwin"),
    ("win32", "nt", "Windows"),
)
LOCKS = ("build", "report", "test", "spark")


def lock_text(name):
    return (ROOT / "locks" / f"{name}.txt").read_text(encoding="utf-8")


def locked(names, python, platform):
    """{package: version} that the named locks install on one Python and platform."""
    environment = default_environment() | {"python_version": python, "python_full_version": f"{python}.1"}
    environment |= dict(zip(("sys_platform", "os_name", "platform_system"), platform, strict=True))
    found = {}
    for name in names:
        for key in lock.entries(lock_text(name)):
            requirement = Requirement(key)
            if requirement.marker is None or requirement.marker.evaluate(environment):
                (only,) = requirement.specifier
                package = canonicalize_name(requirement.name)
                assert found.setdefault(package, only.version) == only.version, f"{package} is locked twice on {python}"
    return found


# --- the files agree


def asked_for(name):
    """Requirements that pyproject.toml states for one lock."""
    if name == "build":
        return PROJECT["dependency-groups"]["build"]
    return PROJECT["project"]["dependencies"] if name == "report" else PROJECT["project"]["optional-dependencies"][name]


@pytest.mark.parametrize("platform", PLATFORMS, ids=lambda platform: platform[0])
@pytest.mark.parametrize("python", PYTHONS)
@pytest.mark.parametrize("name", LOCKS)
def test_every_direct_dependency_is_locked_inside_its_range(name, python, platform):
    there = locked([*start.ALWAYS, name], python, platform)
    for text in asked_for(name):
        wanted = Requirement(text)
        version = there.get(canonicalize_name(wanted.name))
        assert version, f"{wanted.name} is in pyproject.toml but not in locks/{name}.txt: make lock"
        assert wanted.specifier.contains(version), f"{text} does not admit the locked {version}: make lock"


def test_every_range_has_a_floor_and_a_ceiling():
    for name in ("report", "test", "spark"):
        for text in asked_for(name):
            operators = {specifier.operator for specifier in Requirement(text).specifier}
            bounded = "==" in operators or {">=", "<"} <= operators
            assert bounded or Requirement(text).name == "packaging", f"{text}: expected a floor and a ceiling"


def test_the_build_backend_is_locked():
    locked_backend = locked(["build"], "3.11", PLATFORMS[0])
    for text in PROJECT["build-system"]["requires"]:
        requirement = Requirement(text)
        assert requirement.specifier.contains(locked_backend[canonicalize_name(requirement.name)])


@pytest.mark.parametrize("name", LOCKS)
def test_a_lock_has_hashes_and_names_no_host_and_no_path(name):
    assert lock.problems(lock_text(name)) == []
    # Said again without the parser: no option but --hash, no "scheme://", no line that starts with a path.
    for line in lock_text(name).splitlines():
        assert not re.search(r"(?<!\S)--(?!hash=sha256:)|://|^\s*[./~]|^-| @ ", line), line


def test_a_lock_covers_the_platforms_of_compiled_packages():
    # A wheel for each of 4 Pythons x (Linux on x86 and on ARM, macOS, Windows): 4 x 4 = 16 hashes or more.
    numpy = next(block for key, block in lock.entries(lock_text("report")).items() if key.startswith("numpy=="))
    assert numpy.count("--hash=sha256:") >= 16


@pytest.mark.parametrize(
    "line, fault",
    [
        ("a==1", "no hash: a==1"),
        ("a>=1 \\\n    --hash=sha256:" + "0" * 64, "not name==version: a>=1"),
        ("--index-url https://x.example/simple", "not name==version: --index-url https://x.example/simple"),
        ("a @ file:///tmp/a.whl \\\n    --hash=sha256:" + "0" * 64, "names a host or a path: a @ file:///tmp/a.whl"),
    ],
)
def test_a_bad_lock_line_is_named(line, fault):
    assert fault in lock.problems(line)


def test_conda_environment_uses_the_same_locks_and_pythons():
    dependencies = yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))["dependencies"]
    (pip,) = [entry["pip"] for entry in dependencies if isinstance(entry, dict)]
    assert pip == [f"-r locks/{name}.txt" for name in start.ALWAYS]
    conda = {entry.split()[0]: entry.split()[1:] for entry in dependencies if isinstance(entry, str)}
    assert set(conda) == {"python", "pip"}
    assert SpecifierSet(conda["python"][0]) == SpecifierSet(PROJECT["project"]["requires-python"])


def test_pythons_agree_everywhere():
    admitted = SpecifierSet(PROJECT["project"]["requires-python"])
    for minor in range(8, 20):
        assert admitted.contains(f"3.{minor}.1") == (start.refusal((3, minor)) is None), f"Python 3.{minor}"
    assert f"{start.OLDEST[0]}.{start.OLDEST[1]}" == PYTHONS[0]
    assert f"{start.NEWEST[0]}.{start.NEWEST[1]}" == PYTHONS[-1]


def test_version_is_the_packages():
    assert Version(PROJECT["project"]["version"]) == Version("0.1.0")
    assert PROJECT["project"]["name"] == "scrm_helpers"


# --- start.py itself


def test_old_and_too_new_pythons_get_one_sentence():
    assert start.refusal((3, 10)) == (
        "This is Python 3.10; the suite is tested on 3.11 to 3.14: "
        "start it with one of those, e.g. python3.11 start.py report"
    )
    assert start.refusal((3, 15)).startswith("This is Python 3.15;")
    assert start.refusal((3, 11)) is None
    assert start.refusal((3, 14)) is None


def test_main_refuses_before_anything_else(monkeypatch, capsys):
    monkeypatch.setattr(start.sys, "version_info", (3, 9, 7))
    monkeypatch.setattr(start, "prepare", lambda *a: pytest.fail("went on with Python 3.9"))
    assert start.main(["report"]) == 2
    assert capsys.readouterr().err == start.refusal((3, 9)) + "\n"


@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGTERM")
@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGINT, 130)])
def test_an_installation_that_is_ended_from_outside_says_so(monkeypatch, capsys, number, code):
    heard = [signal.getsignal(signal.SIGTERM), signal.signal(signal.SIGINT, signal.default_int_handler)]
    step = "import time; time.sleep(600)"

    def install(*_):
        threading.Timer(0.3, signal.pthread_kill, (threading.main_thread().ident, number)).start()
        start.run([sys.executable, "-c", step], "nothing")

    monkeypatch.setattr(start, "prepare", install)
    assert start.main(["report"]) == code
    assert capsys.readouterr().err == "Stopped. The next start begins the installation afresh.\n"
    assert signal.getsignal(signal.SIGTERM) is heard[0]
    signal.signal(signal.SIGINT, heard[1])
    assert not [p for p in psutil.Process().children() if step in p.cmdline()]


@pytest.mark.parametrize(
    ("words", "where"), [(["run", "--raw", "files"], "here"), (["check", "--raw", "files"], "here"), (["test"], "")]
)
def test_commands_are_told_where_the_user_stands(tmp_path, monkeypatch, words, where):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv(start.CALLER, "")
    monkeypatch.setattr(start, "prepare", lambda *_: "use")
    told = []
    monkeypatch.setattr(start, "hand_on", lambda line: told.append(os.environ[start.CALLER]) or 0)
    assert start.main(words) == 0
    assert told == [str(tmp_path) if where else ""]


def test_key_is_told_where_the_user_stands(tmp_path, monkeypatch):
    """hand_on goes to ROOT: without this a back-up named `safe.tar.gz` would lie in the repository."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv(start.CALLER, "")
    monkeypatch.setattr(start, "prepare", lambda *_: "use")
    told = []
    monkeypatch.setattr(start, "hand_on", lambda line: told.append((line[3:], os.environ[start.CALLER])) or 0)
    assert start.main(["key", "backup", "safe.tar.gz"]) == 0
    assert told == [(["key", "backup", "safe.tar.gz"], str(tmp_path))] and start.CALLER == CALLER


def test_start_is_standard_library_only_and_parses_on_old_pythons():
    tree = ast.parse((ROOT / "start.py").read_text(encoding="utf-8"))
    names = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name.split(".")[0] for alias in node.names}
        if isinstance(node, ast.ImportFrom):
            names.add(node.module.split(".")[0])
        # Syntax that Python 2.7 or 3.5 would stumble over before it reaches the refusal.
        assert not isinstance(node, (ast.JoinedStr, ast.NamedExpr, ast.AnnAssign, ast.Match, ast.AsyncFunctionDef))
        if isinstance(node, ast.FunctionDef):
            arguments = node.args.args + node.args.kwonlyargs
            assert node.returns is None and all(argument.annotation is None for argument in arguments), node.name
            assert not node.args.kwonlyargs and not node.args.posonlyargs, node.name
        if isinstance(node, ast.Raise):
            assert node.cause is None
    assert names <= sys.stdlib_module_names
    assert not {"pathlib", "tomllib", "dataclasses"} & names  # missing on some of the Pythons that it refuses


@pytest.mark.parametrize(
    "verb, rest, java, extras",
    [
        ("report", [], 17, []),
        ("lab", [], 21, []),
        ("run", ["--period", "2026-10"], 17, []),
        ("test", [], 17, ["test", "spark"]),
        ("test", [], 21, ["test", "spark"]),
        ("test", [], 11, ["test"]),
        ("test", [], None, ["test"]),
        ("install", ["spark", "test"], None, ["test", "spark"]),
        ("install", ["report"], None, []),
    ],
)
def test_a_verb_installs_only_what_it_needs(monkeypatch, verb, rest, java, extras):
    monkeypatch.delenv("SCRM_NO_SPARK", raising=False)
    assert start.needed(verb, rest, java) == ["build", "report", *extras]


def test_spark_can_be_left_out(monkeypatch):
    monkeypatch.setenv("SCRM_NO_SPARK", "1")
    assert start.needed("test", [], 17) == ["build", "report", "test"]


def test_an_unknown_extra_is_named():
    with pytest.raises(start.Refused, match=r"install: came sparc, expected report, test or spark\."):
        start.needed("install", ["sparc"], None)
    assert start.main(["install", "sparc"]) == 2  # a word is wrong and nothing was begun; a step that fails ends with 1


@pytest.mark.parametrize("words", [["tests/nope.py"], ["tests/test_start.py", "tests/nope.py"], ["tests/nope.py::test_x"]])
def test_a_test_file_that_is_not_there_is_named(words, capsys, monkeypatch):
    """With one such file pytest runs none of the others and ends with 5."""
    monkeypatch.setattr(start, "hand_on", lambda line: pytest.fail("the tests were begun"))
    assert start.main(["test", *words]) == 2 and "tests/nope.py" in capsys.readouterr().err
    assert start.needed("test", ["tests/test_start.py::test_x", "-k", "nope.py", "--ignore=nope.py"], None)


@pytest.mark.skipif(os.name == "nt", reason="the stand-in for Java is a shell script")
@pytest.mark.parametrize(
    "says, code, major",
    [
        ('openjdk version "17.0.15" 2025-04-15', 0, 17),
        ('java version "1.8.0_392"', 0, 8),
        ('openjdk version "21" 2023-09-19', 0, 21),
        ("Unable to locate a Java Runtime.", 1, None),  # the stand-in that macOS ships
    ],
)
def test_java_version_is_read_from_what_java_says(tmp_path, monkeypatch, says, code, major):
    java = tmp_path / "bin" / "java"
    java.parent.mkdir()
    java.write_text(f"#!/bin/sh\necho '{says}' >&2\nexit {code}\n")
    java.chmod(0o755)
    monkeypatch.setenv("JAVA_HOME", str(tmp_path))
    assert start.java_major() == major


def test_no_java_is_none(tmp_path, monkeypatch):
    monkeypatch.setenv("JAVA_HOME", str(tmp_path))
    assert start.java_major() is None


def test_test_is_the_fast_lane_and_the_rest_goes_to_the_package():
    assert start.command("py", "test", ["-k", "x"])[:5] == ["py", "-m", "pytest", "-m", "not slow"]
    assert start.command("py", "test", ["-k", "x"])[-2:] == ["-k", "x"]
    assert start.command("py", "run", ["--draft"]) == ["py", "-m", "scrm_helpers", "run", "--draft"]


# --- .venv: made once, kept, repaired


class FakeInstaller:
    """Writes what a real one would leave behind; `fail_at` breaks the step of that name."""

    def __init__(self, fail_at=None, error=start.Stop):
        self.calls, self.fail_at, self.error = [], fail_at, error

    def step(self, name):
        self.calls.append(name)
        if name == self.fail_at:
            raise self.error(f"{name} failed")

    def create(self, venv):
        self.step("create")
        python = Path(start.venv_python(venv))
        python.parent.mkdir(parents=True)
        python.write_text("")
        (Path(venv) / "pyvenv.cfg").write_text(f"home = {Path(venv).parent}\n", encoding="utf-8")

    def locked(self, venv, files):
        self.step(Path(files[-1]).stem)

    def package(self, venv, root):
        self.step("package")


@pytest.fixture
def tree(tmp_path):
    """A repository of locks only: (root, venv)."""
    (tmp_path / "locks").mkdir()
    for name in LOCKS:
        (tmp_path / "locks" / f"{name}.txt").write_text(f"{name}==1\n")
    (tmp_path / "pyproject.toml").write_text("[project]\n")
    return str(tmp_path), str(tmp_path / ".venv")


REPORT, TEST = ["build", "report"], ["build", "report", "test"]


def test_a_first_start_installs_and_a_second_reuses(tree):
    first, second = FakeInstaller(), FakeInstaller()
    assert start.prepare(*tree, REPORT, first) == "build"
    assert first.calls == ["create", "build", "report", "package"]
    assert start.prepare(*tree, REPORT, second) == "use"
    assert second.calls == []
    assert not os.path.exists(os.path.join(tree[1], start.MAKING))


def test_test_adds_to_what_report_made(tree):
    start.prepare(*tree, REPORT, FakeInstaller())
    add = FakeInstaller()
    assert start.prepare(*tree, TEST, add) == "add"
    assert add.calls == ["test", "package"]
    # and `report` goes on using it
    assert start.prepare(*tree, REPORT, FakeInstaller(fail_at="create")) == "use"


@pytest.mark.parametrize("step", ["create", "build", "report", "package"])
@pytest.mark.parametrize("error", [start.Stop, KeyboardInterrupt])
def test_a_failed_first_installation_is_made_afresh(tree, step, error):
    with pytest.raises(error):
        start.prepare(*tree, REPORT, FakeInstaller(fail_at=step, error=error))
    debris = Path(tree[1]) / "debris"
    debris.write_text("half a package")
    again = FakeInstaller()
    assert start.prepare(*tree, REPORT, again) == "build"
    assert again.calls == ["create", "build", "report", "package"]
    assert not debris.exists()


def test_an_orderly_failure_of_an_extra_keeps_what_was_there(tree):
    start.prepare(*tree, REPORT, FakeInstaller())
    with pytest.raises(start.Stop):
        start.prepare(*tree, TEST, FakeInstaller(fail_at="test"))
    assert start.prepare(*tree, REPORT, FakeInstaller(fail_at="create")) == "use"
    assert start.prepare(*tree, TEST, FakeInstaller()) == "add"


def test_a_killed_installation_of_an_extra_is_made_afresh(tree):
    start.prepare(*tree, REPORT, FakeInstaller())
    with pytest.raises(KeyboardInterrupt):
        start.prepare(*tree, TEST, FakeInstaller(fail_at="test", error=KeyboardInterrupt))
    assert start.prepare(*tree, REPORT, FakeInstaller()) == "build"


def test_a_changed_lock_means_a_new_venv(tree):
    start.prepare(*tree, REPORT, FakeInstaller())
    (Path(tree[0]) / "locks" / "test.txt").write_text("test==2\n")  # not installed: of no concern
    assert start.prepare(*tree, REPORT, FakeInstaller(fail_at="create")) == "use"
    (Path(tree[0]) / "locks" / "report.txt").write_text("report==2\n")
    assert start.prepare(*tree, REPORT, FakeInstaller()) == "build"


def test_line_ends_of_a_checkout_do_not_change_a_lock(tree):
    start.prepare(*tree, REPORT, FakeInstaller())
    (Path(tree[0]) / "locks" / "report.txt").write_bytes(b"report==1\r\n")
    assert start.plan(*tree, REPORT)[0] == "use"


def test_a_changed_pyproject_registers_the_package_alone(tree):
    start.prepare(*tree, REPORT, FakeInstaller())
    (Path(tree[0]) / "pyproject.toml").write_text("[project]\nname = 'x'\n")
    again = FakeInstaller()
    assert start.prepare(*tree, REPORT, again) == "package"
    assert again.calls == ["package"]
    assert start.plan(*tree, REPORT)[0] == "use"


def test_a_moved_folder_or_a_vanished_python_means_a_new_venv(tree):
    root, venv = tree
    start.prepare(root, venv, REPORT, FakeInstaller())
    assert start.plan(root + "/", venv, REPORT) == ("build", "The folder has moved; making .venv afresh.")
    (Path(venv) / "pyvenv.cfg").write_text("home = " + os.path.join(root, "gone") + "\n")
    assert start.plan(root, venv, REPORT)[0] == "build"
    start.prepare(root, venv, REPORT, FakeInstaller())
    os.remove(start.venv_python(venv))
    assert start.plan(root, venv, REPORT)[0] == "build"


def test_a_foreign_venv_is_filled_and_never_deleted(tree, monkeypatch):
    root, venv = tree
    FakeInstaller().create(venv)
    own = Path(venv) / "mine.txt"
    own.write_text("kept")
    monkeypatch.setattr(start, "venv_python", lambda venv: sys.executable)
    with pytest.raises(start.Stop):
        start.prepare(root, venv, REPORT, FakeInstaller(fail_at="report"))
    fill = FakeInstaller()
    assert start.prepare(root, venv, REPORT, fill) == "adopt"
    assert fill.calls == ["build", "report", "package"]
    assert own.read_text() == "kept"
    assert start.plan(root, venv, REPORT)[0] == "use"


def test_a_foreign_venv_without_a_python_is_refused(tree):
    Path(tree[1]).mkdir()
    (Path(tree[1]) / "notes.txt").write_text("")
    with pytest.raises(start.Stop, match="was not made by start.py and holds no Python that runs"):
        start.prepare(*tree, REPORT, FakeInstaller())
    assert os.listdir(tree[1]) == ["notes.txt"]


def test_a_broken_ready_file_is_not_taken_for_good(tree):
    start.prepare(*tree, REPORT, FakeInstaller())
    ready = Path(tree[1]) / start.READY
    for broken in ("", "{", "[]", json.dumps({"locks": {}})):
        ready.write_text(broken)
        assert start.plan(*tree, REPORT)[0] == "adopt"


def test_a_second_start_waits_for_the_first(tmp_path):
    through = threading.Event()

    def second():
        with start.one_at_a_time(str(tmp_path)):
            through.set()

    waiting = threading.Thread(target=second, daemon=True)
    with start.one_at_a_time(str(tmp_path)):
        waiting.start()
        assert not through.wait(0.3)
    assert through.wait(10)


@pytest.fixture
def calls(tmp_path, monkeypatch):
    """A .venv with nothing in it but the name of its Python, and the installation lines that were run, by uv or pip."""
    venv = tmp_path / ".venv"
    (venv / "bin").mkdir(parents=True)
    (venv / "bin" / "python").symlink_to(sys.executable)
    lines = []
    monkeypatch.setattr(start, "run", lambda line, what: lines.append(line))
    monkeypatch.setattr(start, "venv_python", lambda venv: os.path.join(venv, "bin", "python"))
    monkeypatch.setattr(start, "pip_index", lambda python: ["--default-index", "there"])
    monkeypatch.setattr(start.shutil, "which", lambda name: None)
    return str(venv), lines


def test_pip_takes_over_where_uv_fails_and_hashes_are_always_required(calls, monkeypatch):
    venv, lines = calls

    def run(line, what):
        lines.append(line)
        if line[0] == "uv":
            raise start.Stop("no")

    monkeypatch.setattr(start, "run", run)
    monkeypatch.setattr(start.shutil, "which", lambda name: "uv")
    installer = start.Installer()
    installer.locked(venv, ["a.txt", "b.txt"])
    installer.locked(venv, ["c.txt"])
    # uv once, then pip, and pip from there on
    python = start.venv_python(venv)
    assert [line[0] for line in lines] == ["uv", python, python]
    assert all("--require-hashes" in line and "--no-build-isolation" in line for line in lines)
    assert lines[1][-4:] == ["-r", "a.txt", "-r", "b.txt"]
    lines.clear()
    installer.package(venv, "root")
    assert lines[0][0] == python and {"--no-deps", "--no-index", "--no-build-isolation"} <= set(lines[0])


def test_pip_brings_uv_and_uv_does_the_rest_and_leaves_no_files(calls):
    venv, lines = calls
    own = Path(venv, "bin", "uv.exe" if os.name == "nt" else "uv")
    installer = start.Installer()
    installer.locked(venv, ["build.txt"])
    own.touch()
    installer.locked(venv, ["report.txt"])
    assert [line[0] for line in lines] == [start.venv_python(venv), str(own)]
    kept = Path(lines[1][lines[1].index("--cache-dir") + 1])
    assert kept.is_relative_to(venv) and {"--default-index", "there", "--require-hashes"} <= set(lines[1])
    kept.mkdir()
    installer.package(venv, "root")
    assert lines[2][0] == str(own) and "there" not in lines[2] and not kept.exists()


@pytest.mark.parametrize("source", ["environment", "settings", "nothing"])
def test_uv_is_told_the_index_that_pip_was_told(source, tmp_path, monkeypatch):
    settings = tmp_path / "pip.conf"
    settings.write_text(
        "[global]\nindex-url = https://here.example/simple\n" if source == "settings" else "", encoding="utf-8"
    )
    # no settings at all, or these above all others that the machine may have
    monkeypatch.setenv("PIP_CONFIG_FILE", str(settings) if source == "settings" else os.devnull)
    monkeypatch.setenv("PIP_INDEX_URL", "https://there.example/simple" if source == "environment" else "")
    wanted = {"environment": ["--default-index", "https://there.example/simple"], "nothing": [],
              "settings": ["--default-index", "https://here.example/simple"]}  # fmt: skip
    assert start.pip_index(sys.executable) == wanted[source]


# --- handing on, with a real process


@pytest.mark.skipif(os.name == "nt", reason="hands on through exec")
def test_the_exit_code_and_the_arguments_are_handed_through(tmp_path):
    package = tmp_path / "scrm_helpers"
    package.mkdir()
    (package / "__init__.py").write_text("")  # else the installed package would come first
    (package / "__main__.py").write_text("import sys; print(sys.argv[1:]); sys.exit(int(sys.argv[-1]))\n")
    ask = (
        "import sys, start; start.ROOT = sys.argv[1];"
        "sys.exit(start.hand_on(start.command(sys.executable, 'run', ['--period', '2026-10', '7'])))"
    )
    done = subprocess.run([sys.executable, "-c", ask, str(tmp_path)], cwd=ROOT, capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (7, "['run', '--period', '2026-10', '7']\n"), done.stderr


@pytest.mark.skipif(os.name == "nt", reason="hands on through exec")
def test_compiled_modules_are_kept_whatever_the_machine_says():
    """With PYTHONDONTWRITEBYTECODE each of a month's processes compiled its 3,000 modules anew: 10 seconds and more each time."""
    ask = "import sys, start; sys.exit(start.hand_on([sys.executable, '-c', 'import sys; sys.exit(3 + sys.dont_write_bytecode)']))"
    done = subprocess.run([sys.executable, "-c", ask], cwd=ROOT, env=os.environ | {"PYTHONDONTWRITEBYTECODE": "1"})
    assert done.returncode == 3


def test_a_failing_step_stops_with_a_sentence():
    with pytest.raises(start.Stop, match="Installing with pip failed; the lines above say why"):
        start.run([sys.executable, "-c", "raise SystemExit(3)"], "Installing with pip")
    start.run([sys.executable, "-c", ""], "Nothing")


# --- how the locks are called on


def test_make_calls_start():
    rules = re.findall(r"^(\w+):\n\t(.+)$", (ROOT / "Makefile").read_text(encoding="utf-8"), re.M)
    assert rules == [(verb, f"$(PYTHON) start.py {verb} $(ARGS)") for verb in ("report", "test", "lab", "lock")]
