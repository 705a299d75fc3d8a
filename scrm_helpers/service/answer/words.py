"""Words that the sentences of 05 share: a subject, a channel, in every language."""

from scrm_helpers import texts


def words(text_id: str, **values: dict[str, str]) -> dict[str, str]:
    """A text of service in every language; `values` by name and language."""
    return {lang: texts.say(f"service.{text_id}", lang, **{n: v[lang] for n, v in values.items()}) for lang in texts.LANGUAGES}

def subject(name: str) -> dict:
    """What is too few to say something about."""
    return {"subject": words(f"subject.{name}")}

def channel_words(side: str) -> dict:
    """The channel as a sentence names it."""
    return {"channel": {lang: texts.say(f"words.channel.{side}", lang) for lang in texts.LANGUAGES}}
