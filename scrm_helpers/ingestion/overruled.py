"""What sources.yml says of a file that a known form reads: it overrules the form, or the file's line says that it was of no use."""

from dataclasses import replace

from scrm_helpers import tables
from scrm_helpers.ingestion import declared, generic, taxed
from scrm_helpers.ingestion.errors import InputError
from scrm_helpers.ingestion.expressions import Const, HasElse
from scrm_helpers.ingestion.meant import SOLD
from scrm_helpers.ingestion.recipe import Feed
from scrm_helpers.ingestion.taken import Taken
from scrm_helpers.ingestion.vocabulary import Builder, unknown
from scrm_helpers.texts import tell

READING = ("decimal", "date_order", "time_zone", "system", "sheet", "exported_on", "months")  # heard of every file, in whatever form
MAPPING = ("columns", "derive", "where")  # of an entry with a table


def feeds(t: Taken, lookups: dict) -> list[Feed]:
    """The feeds of a part's recipe as its entries of sources.yml have them: `t.heard` names what was taken, `t.unheard` what was not.

    InputError where a word is not understood. `lookups`: see `Builder`.
    """
    made = t.recipe.feeds_of(t.part)
    t.unheard, t.taxed = [], ("", "")
    if all(e.options.get("vat", "") == "" for e in t.entries):  # else the file's own headers are not asked
        made = [_as_headed(t, f) for f in made]
    for e in (e for e in t.entries if not e.table):
        build, idle = Builder(e, lookups, t.part.header), [word for word in MAPPING if getattr(e, word)]
        for word, given in e.options.items():
            if word in READING or given == "" or (word == "year" and t.options.get("months") == generic.ACROSS[1]):
                continue
            new = [_OPTIONS[word](f, given, build) if word in _OPTIONS else None for f in made]
            if any(new):
                t.heard.add(word)
                e.heard.add(word)
            else:
                idle.append(word)
            made = [f or old for f, old in zip(new, made, strict=True)]
        t.unheard.append((e, idle))
    return made


def notices(t: Taken) -> list[str]:
    """What is said of every file of the part's recipe, of its VAT only where sources.yml is silent; and what of sources.yml no form of
    the files that it speaks of has a use for (a workbook has customers beside orders).
    """
    said = [tell(text) for text in (t.recipe.notice, "" if "vat" in t.heard or t.taxed[1] else t.recipe.vat_notice) if text]
    if t.taxed[1]:
        said.append(tell(f"console.notice.headed_{t.taxed[1]}", column=repr(t.taxed[0])))
    for e, idle in t.unheard:
        if words := ", ".join(w if w in MAPPING else f"options.{w}" for w in idle if w not in e.heard):
            said.append(tell("told.option.unheard", where=f"sources.yml, {e.name}", words=words, recipe=t.recipe.name))
    return said


def _as_headed(t: Taken, feed: Feed) -> Feed:
    """The feed, freed of VAT as the header of its amount says, where it does: the file knows better than the form."""
    head, meant = taxed.told(t.part.header, feed)
    if not meant or (meant == feed.vat and not t.recipe.vat_notice):
        return feed
    t.taxed = head, meant
    return replace(feed, vat=meant)


def _vat(feed: Feed, given, build: Builder) -> Feed | None:
    """None also where the form takes amounts from columns that are without VAT: no word makes others of them, but their own header's."""
    meant = declared.vat(given, build)
    headed = bool(taxed.told(build.header, feed)[1])
    if not headed and (feed.table not in SOLD or (feed.vat == "excluded" and meant != "excluded")):
        return None
    return replace(feed, vat=meant)


def _currency(feed: Feed, given, build: Builder) -> Feed | None:
    """The file's own column is asked first, as in a mapped file; a form that has one currency is overruled."""
    if not _has_money(feed):
        return None
    own = feed.currency.column if isinstance(feed.currency, HasElse) else feed.currency  # what else there is, is for want of a word
    own = None if isinstance(own, Const) else own
    currency = generic.currency_of(given, own, build)
    return replace(feed, currency=currency, columns=feed.columns | ({"currency": currency} if "currency" in feed.columns else {}))


def _rate(feed: Feed, given, build: Builder) -> Feed | None:
    return replace(feed, rate=declared.rate(given, build)) if _has_money(feed) else None


def _rows(feed: Feed, given, build: Builder) -> Feed | None:
    """A form of lines knows what its lines say, so only one of whole orders is made lines."""
    if given not in generic.ROWS:
        raise InputError(unknown(str(given), generic.ROWS, f"sources.yml, {build.entry.name}, options, rows"), "sources")
    if feed.table != "orders":
        return None
    is_lines = feed.group is not None
    if is_lines or "order_id" not in feed.columns:
        own = "orders" if not is_lines else "lines" if feed.sums else "totals"
        return feed if given == own else None
    return generic.as_lines(feed, given)


_OPTIONS = {"vat": _vat, "currency": _currency, "rate": _rate, "rows": _rows}


def _has_money(feed: Feed) -> bool:
    by_name = tables.contract(feed.table).by_name
    return any(by_name[c].kind is tables.Kind.MONEY for c in feed.columns if c in by_name)
