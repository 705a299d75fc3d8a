"""A first sources.yml from the files that were found: what is known stays out, what is guessed says so and where to change it."""

from scrm_helpers.ingestion.errors import InputError
from scrm_helpers.ingestion.evidence import Evidence
from scrm_helpers.ingestion.loading import Part
from scrm_helpers.ingestion.names import fold
from scrm_helpers.store import Settings

# contract column: words of a header that speak for it, best first
SIGNS = {
    "ordered_at": (
        "siparis tarihi",
        "fatura tarihi",
        "satis tarihi",
        "islem tarihi",
        "order date",
        "invoice date",
        "tarih",
        "date",
        "gun",
        "day",
    ),
    "order_id": (
        "siparis no",
        "siparis numarasi",
        "fatura no",
        "fis no",
        "belge no",
        "order no",
        "order number",
        "order id",
        "invoice no",
        "invoice number",
        "evrak no",
        "islem no",
        "no",
        "id",
    ),
    "net": (
        "net tutar",
        "toplam tutar",
        "satis tutari",
        "tutar",
        "ciro",
        "toplam",
        "net",
        "amount",
        "total",
        "revenue",
        "sales",
        "fiyat",
        "price",
    ),
    "account_id": (
        "musteri kodu",
        "musteri no",
        "cari kodu",
        "customer id",
        "customer no",
        "uye no",
        "musteri",
        "cari",
        "customer",
        "e posta",
        "email",
        "telefon",
        "phone",
    ),
    "store_id": ("magaza kodu", "magaza", "sube", "store", "branch", "bayi"),
}
CONTACTS = {
    "account_id": ("musteri kodu", "musteri no", "cari kodu", "customer id", "contact id", "uye no", "record id", "id", "no"),
    "email": ("e posta", "eposta", "email", "e mail", "mail"),
    "phone": ("telefon", "cep telefonu", "gsm", "phone", "mobile", "tel"),
    "first_name": ("ad", "adi", "first name", "given name"),
    "last_name": ("soyad", "soyadi", "last name", "surname", "family name"),
    "full_name": ("ad soyad", "adi soyadi", "full name", "musteri adi", "customer name", "name", "isim", "unvan"),
    "city": ("sehir", "il", "city"),
    "created_at": ("kayit tarihi", "olusturma tarihi", "created at", "create date", "created", "registered"),
}
MEANING = {
    "ordered_at": "order date",
    "order_id": "order number",
    "net": "amount",
    "account_id": "customer",
    "store_id": "store",
}


def draft(con, settings: Settings, taken) -> str:
    """The text of a sources.yml: the company, then one entry per file that no recipe knows but that looks like sales."""
    lines = [
        "company:",
        f"  name: {settings.name!r}" if settings.name else '  name: ""  # shown on the page',
        f"  currency: {settings.currency}",
        f"  time_zone: {settings.time_zone}",
        f"  country: {settings.country}",
        f"  language: {'tr' if settings.country == 'TR' else settings.language}  # language of the pages: en or tr",
        f"  vat_rate: {settings.vat_rate:g}  # used where a file has VAT in its amounts and no rate of its own",
        "sources:",
    ]
    written, people, system = 0, 0, _system(taken)
    for t in taken:
        if t.part is None:
            lines.append(f"  # {t.message}")
        elif t.verdict == "read" and t.recipe is not None and t.recipe.name:
            lines.append(f"  # {t.file}: read as {t.recipe.name}; nothing to say")
        elif t.code == "unknown" and (found := guessed(t.part)):
            written += 1
            lines += _entry(con, t.part, found, settings, written, len(lines), system)
        elif t.code == "unknown" and (found := guessed_contacts(t.part)):
            people += 1
            lines += _contacts(t.part, found, people, len(lines), system)
        elif t.verdict == "refused":
            lines.append(f"  # {t.message}")
    if not written + people:
        lines[lines.index("sources:")] = "sources: []"
        lines += [
            "# an entry looks like this:",
            '#  - {name: sales, file: "sales*.csv", table: orders, columns: {Tarih: ordered_at, Tutar: net, "Fiş No": order_id}, options: {vat: included}}',  # noqa: E501
        ]
    return "\n".join(lines) + "\n"


def guessed(part: Part) -> dict[str, int]:
    """Contract column -> place of the header that speaks for it; {} unless a day and an amount are there."""
    found = _places(part, SIGNS)
    return found if {"ordered_at", "net"} <= found.keys() else {}


def _places(part: Part, signs: dict[str, tuple[str, ...]]) -> dict[str, int]:
    """Contract column -> place of the first header that one of its words fits, each header once."""
    found: dict[str, int] = {}
    words = [fold(h).replace(".", "").replace("-", " ") for h in part.header]
    for target, known in signs.items():
        for sign in known:
            place = next(
                (
                    k
                    for k, w in enumerate(words)
                    if k not in found.values() and (w == sign or (len(sign) > 4 and w.startswith(sign)))
                ),
                None,
            )
            if place is not None:
                found[target] = place
                break
    return found


def guessed_contacts(part: Part) -> dict[str, int]:
    """Contract column of accounts -> place of its header; {} unless a customer's key and a way to know the person are there."""
    found = _places(part, CONTACTS)
    return found if "account_id" in found and found.keys() & {"email", "phone", "full_name", "last_name"} else {}


def _system(taken) -> str:
    """The system that orders and contacts share: customers are the same only within one system."""
    for t in taken:
        if t.verdict == "read" and t.recipe is not None and t.recipe.name == "orders_sheet":
            return t.options.get("system") or t.recipe.system
    sells = any(t.code == "unknown" and t.part and "account_id" in guessed(t.part) for t in taken)
    knows = any(t.code == "unknown" and t.part and not guessed(t.part) and guessed_contacts(t.part) for t in taken)
    return "own" if sells and knows else ""


def _contacts(part: Part, found: dict[str, int], number: int, before: int, system: str) -> list[str]:
    out = [f"  - name: contacts{number if number > 1 else ''}", f"    file: {_quoted(part.file)}", "    table: accounts", "    columns:"]
    for target, place in found.items():
        line = before + len(out) + 1
        out.append(f"      {_quoted(part.header[place])}: {target}  # {part.header[place]} = {target}; wrong? change line {line}")
    if system:
        line = before + len(out) + 1
        out.append(f"    options: {{system: {system}}}  # the system of the orders: their customers are these; wrong? change line {line}")
    return out


def _entry(con, part: Part, found: dict[str, int], settings: Settings, number: int, before: int, system: str = "") -> list[str]:
    options, notes = _style(con, part, found, settings)
    if system and "account_id" in found:
        options["system"] = system
        notes.append("customers are those of the contacts file, which has the same system")
    out = [
        f"  - name: sales{number if number > 1 else ''}",
        f"    file: {_quoted(part.file)}",
        "    table: orders",
        "    columns:",
    ]
    for target, place in found.items():
        line = before + len(out) + 1
        out.append(
            f"      {_quoted(part.header[place])}: {target}  # {part.header[place]} = {MEANING[target]}; wrong? change line {line}"
        )
    if "order_id" not in found:
        line = before + len(out) + 1
        out += [
            f"    derive: {{order_id: {{row: true}}}}  # no order number was found: each row is taken for an order; wrong? change line {line}"  # noqa: E501
        ]
    line = before + len(out) + 1
    out.append(
        f"    options: {{{', '.join(f'{k}: {v}' for k, v in options.items())}}}  # {'; '.join(notes)}; wrong? change line {line}"
    )
    return out


def _style(con, part: Part, found: dict[str, int], settings: Settings) -> tuple[dict, list[str]]:
    """Options of the file as its values show them; where nothing shows it, what is usual in the company's country, said as a guess."""
    options, notes = {}, []
    evidence = Evidence(con, part, {})
    try:
        evidence.order(found["ordered_at"])
    except InputError as error:
        usual = "MDY" if settings.country == "US" else "DMY"
        if "fit both" in str(error):
            options["date_order"] = usual
            notes.append(f"dates fit both orders: {usual} is a guess")
    try:
        evidence.style(found["net"])
    except InputError:
        usual = "comma" if settings.country in ("TR", "DE", "FR", "IT", "ES", "NL") else "point"
        options["decimal"] = usual
        notes.append(f"amounts fit both decimal signs: {usual} is a guess")
    options["vat"] = "included"
    notes.append("VAT is taken to be in the amounts")
    repeated = (
        "order_id" in found
        and con.execute(f"SELECT count(*) - count(DISTINCT c{found['order_id']}) FROM {part.table}").fetchone()[0]
    )
    if repeated:
        options["rows"] = "lines"
        notes.append("order numbers repeat, so each row is a line of an order")
    return options, notes


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
