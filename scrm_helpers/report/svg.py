"""A saved chart made ready to stand inside a page: scales to its column, carries its text alternative, shares no id with another."""

import re
from html import escape


def inline(svg: str, *, key: str, alt: str) -> str:
    """The <svg> element of a chart's file, with role and label; ids that nothing refers to are dropped, others get `key` before them."""
    body = svg[svg.index("<svg") :].strip()
    # matplotlib's style rule speaks of every element: inside a page it would speak of the page's own, so style.css has it for charts
    body = re.sub(r"<metadata>.*?</metadata>\s*|<style.*?</style>\s*", "", body, flags=re.S)
    used = set(re.findall(r'(?:url\(#|href="#)([^)"]+)', body))
    body = re.sub(r' id="([^"]+)"', lambda m: f' id="{key}-{m[1]}"' if m[1] in used else "", body)
    body = re.sub(r"url\(#([^)]+)\)", rf"url(#{key}-\1)", body)
    body = re.sub(r'href="#([^"]+)"', rf'href="#{key}-\1"', body)
    body = re.sub(r"<!--.*?-->\s*", "", body, flags=re.S)
    body = re.sub(r"\n\s*", "\n", body)
    # a hundredth of a point cannot be seen; numbers that a reader sees are text, not attributes, and stay as they are
    body = re.sub(r' (?:d|x|y|transform)="[^"]+"', lambda m: re.sub(r"\d+\.\d{3,}", _rounded, m[0]), body)
    head, rest = body.split(">", 1)
    box = re.search(r'viewBox="[^"]+"', head)
    return f'<svg class="chart" {box[0] if box else ""} role="img" aria-label="{escape(alt, quote=True)}">{rest}'


def _rounded(number: re.Match) -> str:
    return f"{float(number[0]):.2f}".rstrip("0").rstrip(".")
