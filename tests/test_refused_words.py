"""What Click refuses of a command's words is told in the reader's language, as the suite tells its own errors."""

import click
import pytest
from click.testing import CliRunner

from scrm_helpers.__main__ import main

WORDS = {  # words -> the sentence in Turkish, the sentence in English
    "run --wokers 3": (
        "--wokers diye bir seçenek yok. Bunu mu demek istediniz: '--workers'?", "There is no option --wokers. Did you mean '--workers'?",
    ),
    "run --workers 99": (
        "--workers: '99' geldi. Beklenen, 1 ile 16 arası bir tam sayı.", "--workers: came '99'. Expected a whole number from 1 to 16.",
    ),
    "run --workers=iki": (
        "--workers: 'iki' geldi. Beklenen, 1 ile 16 arası bir tam sayı.", "--workers: came 'iki'. Expected a whole number from 1 to 16.",
    ),
    "run 2026 10": ("2026 10 geldi; komutta yeri yok.", "Came 2026 10, which the command has no place for."),
    "run --period": ("--period bir değer ister.", "--period needs a value."),
    "run --quiet=3": ("--quiet değer almaz.", "--quiet takes no value."),
    "close": ("PERIOD eksik. Yardım: python start.py close --help", "PERIOD is missing. Help: python start.py close --help"),
    "export": ("--channel eksik. Beklenen, bunlardan biri: email, sms, call, social.", "--channel is missing. Expected one of: email, sms"),
    "prune --keep 0": (
        "--keep: '0' geldi. Beklenen, 1 ya da daha büyük bir tam sayı.", "--keep: came '0'. Expected a whole number from 1 on.",
    ),
    "chek": ("chek diye bir komut yok. Bunu mu demek istediniz: 'check'?", "There is no command chek. Did you mean 'check'?"),
    "key bakup": ("bakup diye bir komut yok. Bunu mu demek istediniz: 'backup'? Bilinenler: backup", "There is no command bakup."),
    "--foo": ("--foo diye bir seçenek yok. Yardım: python start.py --help", "There is no option --foo. Help: python start.py --help"),
}  # fmt: skip


@pytest.fixture
def company(tmp_path, monkeypatch):
    """A home whose company speaks a language."""
    monkeypatch.setenv("SCRM_HOME", str(tmp_path))
    raw = tmp_path / "data" / "raw"
    raw.mkdir(parents=True)

    def speaks(language: str) -> None:
        (raw / "sources.yml").write_text(f"company: {{language: {language}}}\n", encoding="utf-8")

    return speaks


def said(*words: str) -> str:
    done = CliRunner().invoke(main, words, prog_name="python start.py")
    assert done.exit_code == 2 and done.stdout == "" and isinstance(done.exception, SystemExit)
    return done.stderr


@pytest.mark.parametrize("words", WORDS)
@pytest.mark.parametrize(("language", "first"), [("tr", "Tamamlanmadı. "), ("en", "Not done. ")])
def test_refused_words_are_told_in_the_company_s_language(company, words, language, first):
    company(language)
    found = said(*words.split())
    assert found.startswith(first) and WORDS[words][language == "en"] in found
    assert "Usage" not in found and "Try" not in found and "Error" not in found  # Click's own frame is English


def test_the_language_asked_for_on_the_line_is_spoken(company):
    company("tr")
    assert "There is no option --wrong." in said("run", "--language", "en", "--wrong")
    company("en")
    assert "--wrong diye bir seçenek yok." in said("run", "--wrong", "--language", "tr")
    assert "--language: came 'fr'. Expected one of: en, tr." in said("check", "--language", "fr")  # no empty one is offered


def test_a_sources_yml_at_fault_does_not_hide_what_is_refused(company):
    company("klingon")
    assert "There is no option --wrong." in said("run", "--wrong")


@pytest.mark.parametrize("words", [["lab", "--help"], ["key"], ["run", "--help"]])
def test_help_is_click_s_own(company, words):
    company("tr")
    done = CliRunner().invoke(main, words, prog_name="python start.py")
    assert "Usage: python start.py" in done.output and "Tamamlanmadı" not in done.output


def test_every_refusal_that_a_command_of_the_suite_can_give_is_told():
    """A type that tells its refusals otherwise (a file that has to be there, a moment) needs a sentence first."""
    def every(command):
        yield command
        for name in getattr(command, "commands", {}):
            yield from every(command.commands[name])

    kinds = {type(p.type) for c in every(main) for p in c.params}
    plain = {type(click.STRING), type(click.BOOL), type(click.UNPROCESSED), click.Path}
    assert kinds <= plain | {click.Choice, click.IntRange, type(click.INT)}
    assert not any(p.type.exists for c in every(main) for p in c.params if isinstance(p.type, click.Path))


def test_the_company_of_the_raw_folder_named_is_asked(company, tmp_path):
    company("en")
    other = tmp_path / "other"
    other.mkdir()
    (other / "sources.yml").write_text("company: {language: tr}\n", encoding="utf-8")
    assert "--wrong diye bir seçenek yok." in said("run", "--wrong", f"--raw={other}")
