"""What is missing, in words: the export that brings a contract table, or what the rows of one that came lack."""

from collections.abc import Sequence

from scrm_helpers import texts
from scrm_helpers.goals.refused import Refused, came

# what rows lack -> the tables whose files would have brought it
BROUGHT_BY = {"campaign_ids": "campaigns", "source_field": "accounts", "order_contacts": "accounts", "cost_campaigns": "costs"}


def input_words(inputs: str, language: str, refused: Sequence[Refused] = ()) -> str:
    """The inputs' words (`board.input.<name>`), joined where there are several; `inputs` with a space between them, or ''.

    An input whose file came and was refused (`refused`) says so: it is there already.
    """
    said = [_one(i, language, refused) for i in inputs.split() or ["none"]]
    for k in range(1, len(said)):
        said[k] = texts.say("board.input.both", language, first=said[k - 1], second=said[k])
    return said[-1]


def _one(name: str, language: str, refused: Sequence[Refused]) -> str:
    known = f"board.input.{name}"
    words = texts.say(known if texts.has(known) else "board.input.none", language)
    files = came(refused, name) or came(refused, BROUGHT_BY.get(name, ""))
    return texts.say("board.input.refused", language, input=words, files=files) if files else words
