"""What is missing, in words: the export that brings a contract table, or what the rows of one that came lack."""

from scrm_helpers import texts


def input_words(inputs: str, language: str) -> str:
    """The inputs' words (`board.input.<name>`), joined where there are several; `inputs` with a space between them, or ''."""
    known = [f"board.input.{i}" for i in inputs.split()] or ["board.input.none"]
    said = [texts.say(k if texts.has(k) else "board.input.none", language) for k in known]
    for k in range(1, len(said)):
        said[k] = texts.say("board.input.both", language, first=said[k - 1], second=said[k])
    return said[-1]
