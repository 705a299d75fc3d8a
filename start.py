"""The way in: makes .venv from the locks, once, and hands on to the suite.

    python start.py report           the board page (on the sample company while data/raw/ is empty)
    python start.py check            what each file of data/raw/ is taken for, before anything runs
    python start.py run              the nine notebooks for a month and its page; `close` closes a month
    python start.py lab              the notebooks, in JupyterLab
    python start.py test [...]       the fast tests; what follows goes to pytest, e.g. tests/test_start.py or -m slow
    python start.py install NAME...  only fill .venv; NAME is report, test or spark
    python start.py lock [--upgrade] write locks/ anew from pyproject.toml (needs uv)
    python start.py VERB [...]       any other command; `run --help` and the like say more of each

Exit codes: 0 done; 1 a fault; 2 something of yours must be mended first; 3 another run is under way; 130 stopped by Ctrl-C;
143 by SIGTERM.

Standard library only. The file parses on every Python back to 2.7 (no f-strings, no annotations), so that an old one
gets a sentence and not a syntax error. Everything runs with this folder as the working directory.
"""

import contextlib
import hashlib
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time

ROOT = os.path.dirname(os.path.abspath(__file__))
OLDEST, NEWEST = (3, 11), (3, 14)  # Python versions that the locks were resolved for
EXTRAS = ("test", "spark")  # locks on top of the two that every verb needs
ALWAYS = ("build", "report")
READY, MAKING = "scrm_ready.json", "scrm_making"  # marks inside .venv: finished; begun by us and not finished
CALLER = "SCRM_CALLER"  # tells the commands the folder that they were called from
SPARK_JAVA = 17  # oldest Java that Spark 4 runs on


class Stop(Exception):
    """A sentence for the person at the keyboard."""

    code = 1


class Refused(Stop):
    """The same, where a word that was given is wrong and nothing was begun."""

    code = 2


def say(text):
    print(text)
    sys.stdout.flush()


def refusal(version):
    """The sentence that refuses a Python outside the tested range, or None. `version` is (major, minor)."""
    if OLDEST <= version <= NEWEST:
        return None
    return (
        "This is Python {}.{}; the suite is tested on {}.{} to {}.{}: "
        "start it with one of those, e.g. python{}.{} start.py report"
    ).format(*(tuple(version) + OLDEST + NEWEST + OLDEST))


# --- what there is, what is needed -----------------------------------------------------------------------------------


def digest(path):
    with open(path, "rb") as file:
        # Line ends differ by how git checked the file out; what it asks for does not.
        return hashlib.sha256(file.read().replace(b"\r\n", b"\n")).hexdigest()


def lock_path(root, name):
    return os.path.join(root, "locks", name + ".txt")


def java_major():
    """Major version of the Java that would run Spark (JAVA_HOME first, then PATH), or None."""
    home = os.environ.get("JAVA_HOME")
    java = os.path.join(home, "bin", "java") if home else "java"
    try:
        answer = subprocess.run([java, "-version"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=30)
    except (OSError, subprocess.TimeoutExpired):
        return None
    found = re.search(r'version "(?:1\.)?(\d+)', answer.stdout.decode("utf-8", "replace"))
    return int(found.group(1)) if answer.returncode == 0 and found else None


def needed(verb, rest, java):
    """Names of the locks that a verb needs, in installing order. `java` is a major version or None."""
    if verb == "install":
        unknown = sorted(set(rest) - set(EXTRAS) - {"report"})
        if unknown:
            raise Refused("install: came {}, expected report, test or spark.".format(", ".join(unknown)))
        return list(ALWAYS) + [name for name in EXTRAS if name in rest]
    if verb != "test":
        return list(ALWAYS)
    for at, word in enumerate(rest):
        file = word.split("::")[0]
        named = file.endswith(".py") and not word.startswith("-") and rest[at - 1] not in ("-k", "--ignore", "--deselect")
        if named and not os.path.exists(os.path.join(ROOT, file)):
            raise Refused("test: came {}, which is no file. Expected one such as tests/test_start.py.".format(word))
    with_spark = java is not None and java >= SPARK_JAVA and os.environ.get("SCRM_NO_SPARK", "") in ("", "0")
    return list(ALWAYS) + ["test"] + (["spark"] if with_spark else [])


def venv_python(venv):
    return os.path.join(venv, "Scripts", "python.exe") if os.name == "nt" else os.path.join(venv, "bin", "python")


def read_ready(venv):
    """What a finished installation wrote down, or None."""
    try:
        with open(os.path.join(venv, READY), encoding="utf-8") as file:
            ready = json.load(file)
    except (OSError, ValueError):
        return None
    return ready if isinstance(ready, dict) and "locks" in ready and "root" in ready else None


def write_ready(venv, ready):
    draft = os.path.join(venv, READY + ".new")
    with open(draft, "w", encoding="utf-8") as file:
        json.dump(ready, file, indent=1, sort_keys=True)
    os.replace(draft, os.path.join(venv, READY))


def plan(root, venv, names):
    """What to do with .venv, and why: ("use"|"package"|"add"|"build"|"adopt", sentence).

    Exactly the locked versions give the same bytes, so a changed lock means a new .venv and not a mended one.
    """
    if not os.path.isdir(venv) or not os.listdir(venv):
        return "build", "Making the Python environment .venv."
    if os.path.exists(os.path.join(venv, MAKING)):
        return "build", "An earlier installation did not finish; making .venv afresh."
    ready = read_ready(venv)
    if ready is None:
        return "adopt", ".venv is there but was not made by start.py; installing the locked versions into it."
    if not os.path.exists(venv_python(venv)) or not os.path.isdir(base_folder(venv)):
        return "build", "The Python that .venv was made with is gone; making .venv afresh."
    if ready["root"] != root:
        return "build", "The folder has moved; making .venv afresh."
    for name, was in ready["locks"].items():
        if not os.path.exists(lock_path(root, name)) or digest(lock_path(root, name)) != was:
            return "build", "locks/{}.txt has changed; making .venv afresh.".format(name)
    missing = [name for name in names if name not in ready["locks"]]
    if missing:
        return "add", "Adding to .venv: {}.".format(", ".join(missing))
    if ready.get("package") != digest(os.path.join(root, "pyproject.toml")):
        return "package", "pyproject.toml has changed; registering the package again."
    return "use", ""


def base_folder(venv):
    """The folder of the Python that a .venv was made with, as pyvenv.cfg says."""
    try:
        with open(os.path.join(venv, "pyvenv.cfg"), encoding="utf-8") as file:
            found = re.search(r"^home\s*=\s*(.+?)\s*$", file.read(), re.M)
    except OSError:
        return ""
    return found.group(1) if found else ""


# --- installing ------------------------------------------------------------------------------------------------------


def run(command, what):
    """Run one installation step; a sign of life every half minute; Stop with a sentence if it fails."""
    astray = ("PYTHONPATH", "PYTHONHOME", "PIP_USER")  # would let packages come from, or go to, elsewhere
    environment = {key: value for key, value in os.environ.items() if key not in astray}
    # As pip does: trust the certificates that the machine trusts (a company's proxy has its own).
    environment.setdefault("UV_SYSTEM_CERTS", "1")
    begun = time.monotonic()
    process = subprocess.Popen(command, cwd=ROOT, env=environment)
    while True:
        try:
            code = process.wait(timeout=30)
            break
        except subprocess.TimeoutExpired:
            say("    still at it, {:.0f} seconds".format(time.monotonic() - begun))
        except BaseException:
            process.kill()
            process.wait()
            raise
    if code != 0:
        raise Stop("{} failed; the lines above say why. Mend that (often the network) and start again.".format(what))


class Installer(object):
    """uv: the one on PATH, else the one of locks/build.txt once pip has put it into .venv. Where uv fails, pip goes on.

    uv installs everything in a fifth of pip's time. Tests put their own installer in its place.
    """

    def __init__(self):
        self.uv = shutil.which("uv")
        self.may_use_uv = True

    def create(self, venv):
        # Asked from inside a virtual environment, the Python below it is the one that lasts.
        base = getattr(sys, "_base_executable", None) or sys.executable
        # Without pip, venv works on a Debian that lacks python3-venv; with uv no pip is needed.
        run([base, "-m", "venv"] + (["--without-pip"] if self.uv else []) + [venv], self.hint("Making .venv"))

    def hint(self, what):
        return what if self.uv else what + " (on Debian and Ubuntu it needs the package python3-venv)"

    def pip(self, venv):
        python = venv_python(venv)
        if subprocess.call([python, "-m", "pip", "--version"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL):
            run([python, "-m", "ensurepip"], self.hint("Putting pip into .venv"))
        return [python, "-m", "pip", "--disable-pip-version-check", "--no-input", "install", "--quiet"]

    def uv_install(self, venv):
        """How uv is called, or None. The one in .venv keeps its files there too: nothing is left in the user's home."""
        if not self.may_use_uv:
            return None
        if self.uv:
            return [self.uv, "pip", "install", "--quiet", "--python", venv_python(venv)]
        own = os.path.join(os.path.dirname(venv_python(venv)), "uv.exe" if os.name == "nt" else "uv")
        if not os.path.exists(own):
            return None
        line = [own, "pip", "install", "--quiet", "--python", venv_python(venv), "--cache-dir", uv_files(venv)]
        return line

    def locked(self, venv, files):
        """Install lock files: every download checked against its hash, every build with locked tools."""
        common = ["--require-hashes", "--no-build-isolation"]
        for file in files:
            common += ["-r", file]
        uv = self.uv_install(venv)
        if uv:
            index = [] if self.uv else pip_index(venv_python(venv))  # a uv of the user's own has settings of its own
            try:
                run(uv + index + common, "Installing with uv")
                return
            except Stop:
                say("  uv failed (see above); going on with pip")
                self.may_use_uv = False
        # Even where an old pip would still call setup.py itself.
        run(self.pip(venv) + ["--use-pep517"] + common, "Installing with pip")

    def package(self, venv, root):
        """Register the package itself, editable; without network."""
        common = ["--no-deps", "--no-build-isolation", "--no-index", "--editable", root]
        run((self.uv_install(venv) or self.pip(venv)) + common, "Registering the package")
        # What is installed are links to these files or copies of them: either stays.
        shutil.rmtree(uv_files(venv), ignore_errors=True)


def uv_files(venv):
    """Where the uv of .venv unpacks: on the same disk, so that files can be linked and need no second copy."""
    return os.path.join(venv, ".uv-files")


def pip_index(python):
    """The option that names the package index pip was told to use (a company's own): uv does not read pip's settings."""
    found = os.environ.get("PIP_INDEX_URL", "")
    if not found:
        asked = subprocess.run(
            [python, "-m", "pip", "config", "list"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        )
        lines = re.findall(r"^\S+\.index-url='(.*)'\s*$", asked.stdout.decode("utf-8", "replace"), re.M)
        found = lines[-1] if lines else ""
    return ["--default-index", found] if found else []


STEPS = {  # what is said while a lock is installed; sizes are downloads
    "build": "build tools, 30 MB",
    "report": "about 170 packages, 270 MB; about a minute the first time",
    "test": "test tools, 100 MB; some seconds",
    "spark": "Apache Spark, 460 MB, because Java is here (SCRM_NO_SPARK=1 leaves it out); about a minute",
}


def install(root, venv, names, installer):
    """Install the locks that are not yet in .venv one after the other, then the package; note each when it is done."""
    ready = read_ready(venv) or {"root": root, "locks": {}}
    for name in [name for name in names if name not in ready["locks"]]:
        say("  installing {}: {}".format(name, STEPS[name]))
        # report.txt goes along with an extra: its pins decide what the extra may bring.
        together = ["report", name] if name in EXTRAS else [name]
        installer.locked(venv, [lock_path(root, one) for one in together])
        ready["locks"][name] = digest(lock_path(root, name))
    installer.package(venv, root)
    ready["package"] = digest(os.path.join(root, "pyproject.toml"))
    write_ready(venv, ready)


def empty(venv):
    """A new folder in place of an old .venv, marked as unfinished from before the first file goes."""
    if os.path.isdir(venv):
        mark(venv)
        shutil.rmtree(venv, ignore_errors=True)  # judged by what is left
        if os.path.isdir(venv):
            raise Stop(".venv could not be removed. Close what uses it (JupyterLab, an editor) and start again.")
    os.makedirs(venv)
    mark(venv)


def mark(venv):
    with open(os.path.join(venv, MAKING), "w"):
        pass


def prepare(root, venv, names, installer):
    """Bring .venv to hold `names`. A failure leaves it marked as unfinished, or as it was."""
    action, why = plan(root, venv, names)
    if action == "use":
        return action
    say(why)
    if action == "package":
        installer.package(venv, root)
        write_ready(venv, dict(read_ready(venv), package=digest(os.path.join(root, "pyproject.toml"))))
        return action
    if action == "adopt":
        check_foreign(venv)
        install(root, venv, names, installer)
        return action
    # Killed while the mark is there, the next start begins afresh.
    if action == "build":
        empty(venv)
        installer.create(venv)
        install(root, venv, names, installer)
    else:
        mark(venv)
        try:
            install(root, venv, names, installer)
        except Stop:
            os.remove(os.path.join(venv, MAKING))  # an orderly failure: what was there before is still whole
            raise
    os.remove(os.path.join(venv, MAKING))
    return action


def check_foreign(venv):
    """A .venv that somebody else made is filled, never deleted: refuse one that cannot be filled."""
    ask = "import sys; print('%d.%d' % sys.version_info[:2])"
    try:
        asked = subprocess.run([venv_python(venv), "-c", ask], stdout=subprocess.PIPE, timeout=60)
        answer = asked.stdout.decode().strip()
    except (OSError, subprocess.TimeoutExpired):
        answer = ""
    version = tuple(int(part) for part in answer.split(".")) if re.match(r"^\d+\.\d+$", answer) else None
    if version is None or refusal(version):
        came = "Python " + answer if version else "no Python that runs"
        sentence = "The folder .venv was not made by start.py and holds {}. Rename or delete it, then start again."
        raise Stop(sentence.format(came))


@contextlib.contextmanager
def one_at_a_time(root):
    """Two starts must not fill the same .venv: the second waits. The system frees the lock when a process dies."""
    with open(os.path.join(root, ".start.lock"), "a+") as file:
        if os.name == "nt":
            import msvcrt

            file.seek(0)
            while True:
                try:
                    msvcrt.locking(file.fileno(), msvcrt.LK_LOCK, 1)
                    break
                except OSError:  # gives up after ten tries; a first installation takes longer
                    continue
        else:
            import fcntl

            fcntl.flock(file, fcntl.LOCK_EX)
        yield


# --- handing on ------------------------------------------------------------------------------------------------------


def command(python, verb, rest):
    """The command line that a verb stands for."""
    if verb == "test":
        # What the user adds comes last: pytest takes the last -m and the last -n.
        # Files go to the workers in tests/conftest.py's order, the longest first: a long one begun last would run alone.
        # One worker more than the two cores that are reckoned with: tests often wait for a process of their own.
        spread = ["-n", "3", "--dist", "loadfile", "--no-loadscope-reorder"]
        return [python, "-m", "pytest", "-m", "not slow"] + spread + rest
    return [python, "-m", "scrm_helpers", verb] + rest


def hand_on(line):
    """Become the command; its exit code is ours."""
    sys.stdout.flush()
    # The compiled modules lie in .venv, which is ours alone: without them each kernel compiles 3,000 modules anew, 10 s.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    os.chdir(ROOT)
    if os.name != "nt":
        os.execv(line[0], line)
    try:
        return subprocess.call(line)
    except KeyboardInterrupt:
        return 130


class Ended(KeyboardInterrupt):
    """SIGTERM came: an installation stops as at Ctrl-C, and the step under way with it."""


def end(number, _):
    raise Ended()


def main(arguments):
    sentence = refusal(tuple(sys.version_info[:2]))
    if sentence:
        sys.stderr.write(sentence + "\n")
        return 2
    if not arguments or arguments[0] in ("-h", "--help", "help"):
        say(__doc__.strip())
        return 0 if arguments else 2
    verb, rest = arguments[0], arguments[1:]
    if verb == "lock":
        return hand_on([sys.executable, os.path.join(ROOT, "tools", "lock.py")] + rest)
    venv = os.path.join(ROOT, ".venv")
    heard = signal.signal(signal.SIGTERM, end)
    try:
        names = needed(verb, rest, java_major() if verb == "test" else None)
        begun = time.monotonic()
        with one_at_a_time(ROOT):
            if prepare(ROOT, venv, names, Installer()) != "use":
                say("Ready after {:.0f} seconds.".format(time.monotonic() - begun))
    except Stop as stop:
        sys.stderr.write(str(stop) + "\n")
        return stop.code
    except KeyboardInterrupt as stop:
        sys.stderr.write("Stopped. The next start begins the installation afresh.\n")
        return 143 if isinstance(stop, Ended) else 130
    finally:
        signal.signal(signal.SIGTERM, heard)
    if verb == "install":
        return 0
    if verb != "test":
        os.environ[CALLER] = os.getcwd()  # FILE and --raw are meant from where the user stands, not from ROOT
    return hand_on(command(venv_python(venv), verb, rest))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
