"""Pages from templates: one file each, no address of anything outside it, the same input gives the same bytes."""

import functools
import re
from html.parser import HTMLParser

import jinja2

from scrm_helpers import texts, theme
from scrm_helpers.units import held

TEXT = re.compile(r"(<style.*?</style>|<[^>]*>)|([^<]+)", re.S)  # what no reader reads, or what one does


@functools.cache
def _environment() -> jinja2.Environment:
    return jinja2.Environment(
        loader=jinja2.PackageLoader("scrm_helpers.html"),
        autoescape=jinja2.select_autoescape(default=True, default_for_string=True),
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
        keep_trailing_newline=True,
    )


def render(template: str, *, language: str, **values) -> str:
    """HTML of a template, with the style sheet inside."""
    environment = _environment()
    style = environment.get_template("style.css.j2").render(theme=theme)
    html = environment.get_template(template).render(
        language=texts.check_language(language), style=style, banner=texts.say("board.made_up", language), **values
    )
    return TEXT.sub(lambda m: m[1] or held(m[2]), html)


class _Text(HTMLParser):
    def __init__(self):
        super().__init__()
        self.parts, self.skipped = [], 0

    def handle_starttag(self, tag, attrs):
        self.skipped += tag in ("style", "script")

    def handle_endtag(self, tag):
        self.skipped -= tag in ("style", "script")

    def handle_data(self, data):
        if not self.skipped:
            self.parts.append(data)


def counted(html: str) -> tuple[int, int]:
    """Words (tokens with a letter) and numbers (tokens with a digit; a footnote's sign is none) that a reader sees in HTML."""
    parser = _Text()
    parser.feed(html)
    tokens = " ".join(parser.parts).split()
    return sum(any(c.isalpha() for c in t) for t in tokens), sum(any(c.isdecimal() for c in t) for t in tokens)
