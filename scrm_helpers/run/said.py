"""What a page says that could be a customer's contact or handle, and which of it is one of the company's own customers'.

The words of the pages are few and the customers may be millions: so the customers are searched for the words, not the other way round.
"""

import re
from array import array
from collections.abc import Callable
from itertools import accumulate

from scrm_helpers.store.suppression import form
from scrm_helpers.store.workspace import Workspace

LEAST = 8  # characters of a contact that is looked for; shorter ones would be found by chance
TOKEN = re.compile(rf"[\w.+@-]{{{LEAST // 2},}}")  # a letter's lower case may be two: half as many could be enough
# both begin with a set of signs, which is sought fastest, and look back from there: a run writes megabytes
NUMBER = re.compile(r"[+\d](?<![\d.].)(?:(?<=\d)|\d)[\d ()-]{8,16}\d(?![\d.])")
# coordinates and looks of a drawing: no phone numbers, and most of what a page holds
DRAWN = re.compile(r'[dpstvxy](?<!\w.)(?:(?<=[dxy])|(?<=p)oints|(?<=s)tyle|(?<=t)ransform|(?<=v)iewBox)=\\?"[^"]*"')
AROUND = ".-@"  # of a word: the end of a sentence, or the sign before a handle
COLUMNS = ("email", "handle", "phone", "tax_no")  # of accounts
THINGS = {  # of the month's tables: what the company's systems number themselves
    "orders": ("order_no",), "campaigns": ("campaign_id", "name"), "spend": ("campaign_id", "campaign_name", "ad_id"),
    "products": ("product_id", "name"), "stores": ("store_id", "name"), "promo_codes": ("code",),
}  # fmt: skip
Among = Callable[[set[str]], set[str]]


def undrawn(text: str) -> str:
    """A text without the coordinates and looks of its drawings."""
    return DRAWN.sub("", text)


def words(text: str) -> set[str]:
    """Everything in an undrawn text that could be a contact, a handle or a number, in the forms in which `of_customers` compares."""
    found = {token.lower().strip(AROUND) for token in set(TOKEN.findall(text))}
    for run in NUMBER.findall(text):
        found |= {form("phone", run), _digits(run)}
    return {word for word in found if len(word) >= LEAST}


def of_customers(workspace: Workspace, period: str) -> Among:
    """A function that gives those of some words which are contacts, handles or tax numbers in the month's accounts."""
    path = workspace.private / period / "accounts.parquet"

    def among(said: set[str]) -> set[str]:
        if not said or not path.is_file():
            return set()
        import pyarrow.parquet as pq

        wanted, file, found = _texts(said), pq.ParquetFile(path), set()  # `read_table` would load pandas, longer than the gate takes
        for column in COLUMNS:
            for batch in file.iter_batches(batch_size=1 << 20, columns=[column]):  # a million accounts at a time
                found |= said & _alike(column, batch.column(0), wanted)
        return found

    return among


def of_things(workspace: Workspace, period: str) -> Among:
    """A function that gives those of some numbers which stand in the ids and names of the company's own things, such as its campaigns.

    Such an id can check as a number of a person by chance: one of a hundred of those with eleven digits does.
    """
    folder = workspace.processed / period

    def among(numbers: set[str]) -> set[str]:
        import pyarrow.compute as pc
        import pyarrow.parquet as pq

        found = set()
        for table, columns in THINGS.items():
            if (path := folder / f"{table}.parquet").is_file():
                for batch in pq.ParquetFile(path).iter_batches(batch_size=1 << 20, columns=list(columns)):
                    for values in batch.columns:
                        found |= {n for n in numbers if pc.any(pc.match_substring(values, n)).as_py()}
        return found

    return among


def _texts(words: set[str]):
    """The words as Arrow's texts, made from their bytes: `pyarrow.array` would load pandas."""
    import pyarrow as pa

    coded = [word.encode() for word in words]
    ends = array("i", accumulate(map(len, coded), initial=0))
    return pa.StringArray.from_buffers(len(coded), pa.py_buffer(ends), pa.py_buffer(b"".join(coded)))


def _alike(column: str, values, wanted) -> set[str]:
    """The values of a column that could be among the wanted words, as they are compared."""
    import pyarrow.compute as pc

    plain = pc.string_is_ascii(values)
    others = values.filter(pc.invert(plain)).to_pylist()  # Arrow's lower case and digits are Python's in ASCII alone
    values = values.filter(plain)
    if column in ("phone", "tax_no"):
        values = pc.replace_substring_regex(values, r"\D", "")
        values = pc.utf8_slice_codeunits(values, -10) if column == "phone" else values
    else:
        values = pc.ascii_lower(pc.replace_substring_regex(values, r"\s", "") if column == "email" else pc.ascii_ltrim(values, "@"))
    return {*values.filter(pc.is_in(values, value_set=wanted)).to_pylist(), *(_written(column, v) for v in others)}


def _written(column: str, value: str) -> str:
    if column in ("email", "phone"):
        return form(column, value)
    return _digits(value) if column == "tax_no" else value.lower().lstrip("@")


def _digits(value: str) -> str:
    return re.sub(r"\D", "", value)
