"""Cells to values, as SQL over text columns: numbers, days, moments, flags. Nothing is guessed: see `evidence`."""

MISSING = (
    "-",
    "--",
    "---",
    "–",
    "—",
    "?",
    ".",
    "n/a",
    "na",
    "#n/a",
    "null",
    "none",
    "nan",
    "yok",
    "belirsiz",
    "bilinmiyor",
    "offered",
    "not offered",
    "unoffered",
    "no response",
    "(not set)",
    "henüz fatura kesilmemiştir.",
    "henuz fatura kesilmemistir.",
    "hesaplanıyor",
)
FIRST_DAY, END = "1900-01-02", "2101-01-01"  # 1900-01-01 is a system's word for no day
# names and short forms of months; one word means one month in all of these languages
_NAMES = (
    "ocak oca january jan januar janvier enero ene gennaio gen janeiro januari",
    "şubat subat şub february feb februar février fevrier févr fév febrero febbraio fevereiro fev februari",
    "mart mar march märz marz mär mars marzo março marco maart mrt",
    "nisan nis april apr avril avr abril abr aprile",
    "mayıs mayis may mai mayo maggio mag maio mei",
    "haziran haz june jun juni juin junio giugno giu junho",
    "temmuz tem july jul juli juillet juil julio luglio lug julho",
    "ağustos agustos ağu agu august aug août aout agosto ago augustus",
    "eylül eylul eyl september sep sept septembre septiembre settembre set setembro",
    "ekim eki october oct oktober okt octobre octubre ottobre ott outubro out",
    "kasım kasim kas november nov novembre noviembre novembro",
    "aralık aralik ara december dec dezember dez décembre decembre déc diciembre dic dicembre dezembro",
)
MONTHS = {word: number for number, words in enumerate(_NAMES, 1) for word in words.split()}

FOLD_FROM, FOLD_TO = "ıİIşŞğĞçÇöÖüÜþÞðÐýÝâÂîÎ", "iiissggccoouussggiiaaii"
_LIST = ", ".join("'" + m.replace("'", "''") + "'" for m in MISSING)
COMMA = r"^[+-]?(\d{1,3}(\.\d{3})+|\d+)(,\d+)?$"
POINT = r"^[+-]?(\d{1,3}(,\d{3})+|\d+)?(\.\d+)?([eE][+-]?\d+)?$"
SURE_COMMA = r"^[+-]?(\d{1,3}(\.\d{3})+,\d+|\d{1,3}(\.\d{3}){2,}|\d{4,},\d+|0\d*,\d+|\d+,(\d{1,2}|\d{4,}))$"
SURE_POINT = (
    r"^[+-]?(\d{1,3}(,\d{3})+\.\d+|\d{1,3}(,\d{3}){2,}|\d{4,}\.\d+|0\d*\.\d+|\d*\.(\d{1,2}|\d{4,})|[\d.]+[eE][+-]?\d+)$"
)
EITHER = r"^[+-]?[1-9]\d{0,2}[.,]\d{3}$"
OFFSET = r"\d{1,2}:\d{2}(:\d{2}(\.\d+)?)?\s*([+-]\d{2}:?\d{2}|Z|UTC)$"
WITH_OFFSET = r"\d{4}-\d{2}-\d{2}[ T]\d{2}:\d{2}:\d{2} ?[+-]\d{2}:?\d{2}"  # as programs write a moment: all of one length but for a sign
MARKED = r"(?i)[₺$€£]|(^|[^[:alpha:]])(TL|TRY|USD|EUR|GBP)([^[:alpha:]]|$)"
WORDED = r"\d{1,2}\.?[\s-]*\pL{3,}[.,]?[\s-]+\d{4}|\pL{3,}\.?\s+\d{1,2},?\s+\d{4}"  # 5 Eylül 2026, 05-Sep-2026, Sep 5, 2026
CLEAN = r"^[+-]?[0-9.,]+$"  # nothing that `scrm_bare` would take off
DASHES = "('-', '--', '—')"  # a cell that says there is no text
MENDED = r"[þðýÞÐÝ]|^''|\de0$"  # what `text` mends, as an SQL literal
NOT_PLAIN = "{0} IS NOT NULL AND NOT coalesce(isfinite(TRY_CAST({0} AS DOUBLE)), FALSE)"
# the same in fewer steps, blank or FALSE where not
NOT_READ = "(NOT isfinite(TRY_CAST({0} AS DOUBLE)) OR (TRY_CAST({0} AS DOUBLE) IS NULL AND {0} IS NOT NULL))"
ORDERED = r"^(\d{1,2})[./-](\d{1,2})[./-](\d{4}|\d{2})\b(.*)$"

MACROS = (
    # a cell that says "no value": a dash, `<5`, "Offered", text in place of an amount
    f"CREATE OR REPLACE MACRO scrm_gone(s) AS (s IS NULL OR lower(s) IN ({_LIST}) OR regexp_matches(s, '^<\\s*\\d+$'))",
    # a number without currency, spaces, per cent; brackets and a trailing minus mean negative
    r"CREATE OR REPLACE MACRO scrm_bare(s) AS regexp_replace(regexp_replace(regexp_replace(s, "
    r"'(?i)[\s\x{00a0}\x{202f}''’₺$€£%]|\b(TL|TRY|USD|EUR|GBP)\b|(TL|TRY|USD|EUR|GBP)$|^(TL|TRY|USD|EUR|GBP)', '', 'g'), "
    r"'^\((.*)\)$', '-\1'), '^(.*\d)-$', '-\1')",
    # the currency that an amount carries in its own cell; a text with a sign in it is no amount
    rf"CREATE OR REPLACE MACRO scrm_mark(s) AS CASE WHEN NOT coalesce(regexp_matches(s, '{MARKED}'), FALSE) OR NOT regexp_matches(scrm_bare(s), '^[+-]?[\d.,]+$') THEN NULL "  # noqa: E501
    r"WHEN regexp_matches(s, '(?i)€|EUR') THEN 'EUR' WHEN regexp_matches(s, '(?i)£|GBP') THEN 'GBP' WHEN regexp_matches(s, '(?i)₺|TL|TRY') THEN 'TRY' ELSE 'USD' END",  # noqa: E501
    rf"CREATE OR REPLACE MACRO scrm_comma(s) AS CASE WHEN regexp_matches(scrm_bare(s), '{COMMA}') "
    r"THEN TRY_CAST(replace(replace(scrm_bare(s), '.', ''), ',', '.') AS DOUBLE) WHEN regexp_matches(s, 'e0$') THEN TRY_CAST(s AS DOUBLE) END",  # noqa: E501
    rf"CREATE OR REPLACE MACRO scrm_point(s) AS CASE WHEN regexp_matches(scrm_bare(s), '{POINT}') "
    r"THEN TRY_CAST(replace(scrm_bare(s), ',', '') AS DOUBLE) END",
    rf"CREATE OR REPLACE MACRO scrm_mixed(s) AS CASE WHEN regexp_matches(scrm_bare(s), '^[+-]?\d+$') THEN TRY_CAST(scrm_bare(s) AS DOUBLE) "  # noqa: E501
    rf"WHEN regexp_matches(scrm_bare(s), '{SURE_COMMA}') THEN scrm_comma(s) WHEN regexp_matches(scrm_bare(s), '{SURE_POINT}') THEN scrm_point(s) END",  # noqa: E501
    # ISO text, yyyymmdd, a spreadsheet's day number: each has one reading
    r"CREATE OR REPLACE MACRO scrm_iso(s) AS CASE WHEN regexp_matches(s, '^\d{4}[-/.]\d{1,2}[-/.]\d{1,2}') "
    r"THEN TRY_CAST(regexp_replace(regexp_replace(regexp_replace(s, '\s*([+-]\d{2}:?\d{2}|Z|UTC)$', ''), '^(\d{4})[/.](\d{1,2})[/.]', '\1-\2-'), 'T', ' ') AS TIMESTAMP) "  # noqa: E501
    r"WHEN regexp_matches(s, '^(19|20)\d{6}$') THEN TRY_CAST(substr(s,1,4) || '-' || substr(s,5,2) || '-' || substr(s,7,2) AS TIMESTAMP) "
    r"WHEN regexp_matches(s, '^[2-6]\d{4}([.,]\d+)?(e0)?$') "
    r"THEN TIMESTAMP '1899-12-30' + to_microseconds((round(TRY_CAST(replace(s, ',', '.') AS DOUBLE) * 86400) * 1000000)::BIGINT) END",
    r"CREATE OR REPLACE MACRO scrm_clock(s) AS regexp_replace(s, '\s*([+-]\d{2}:?\d{2}|Z|UTC)$', '')",
    rf"CREATE OR REPLACE MACRO scrm_ordered(s, pattern) AS COALESCE("
    rf"TRY_CAST(rtrim(regexp_replace(scrm_clock(s), '{ORDERED}', pattern)) AS TIMESTAMP), "
    rf"try_strptime(rtrim(regexp_replace(scrm_clock(s), '{ORDERED}', pattern)), ['%Y-%m-%d %H:%M', '%Y-%m-%d %I:%M %p', '%Y-%m-%d %I:%M:%S %p', '%y-%m-%d', '%y-%m-%d %H:%M', '%y-%m-%d %H:%M:%S']))",  # noqa: E501
    rf"CREATE OR REPLACE MACRO scrm_dmy(s) AS CASE WHEN regexp_matches(s, '{ORDERED}') THEN scrm_ordered(s, '\3-\2-\1\4') END",
    rf"CREATE OR REPLACE MACRO scrm_mdy(s) AS CASE WHEN regexp_matches(s, '{ORDERED}') THEN scrm_ordered(s, '\3-\1-\2\4') END",
    r"CREATE OR REPLACE MACRO scrm_clock_of(s) AS (TRY_CAST(regexp_extract(s, '(\d{1,2}):\d{2}', 1) AS INTEGER) % "
    r"CASE WHEN regexp_matches(s, '(?i)[ap]m\b') THEN 12 ELSE 24 END + CASE WHEN regexp_matches(s, '(?i)pm\b') THEN 12 ELSE 0 END) * 3600 + "  # noqa: E501
    r"TRY_CAST(regexp_extract(s, '\d:(\d{2})', 1) AS INTEGER) * 60 + coalesce(TRY_CAST(nullif(regexp_extract(s, '\d:\d{2}:(\d{2})', 1), '') AS INTEGER), 0)",  # noqa: E501
    # a day with the name of its month, and the clock where there is one. The month stands behind its day, else it is the first word,
    # else it stands before a day and the year: `27 Ocak - 20 Mart 2025` begins in January
    "CREATE OR REPLACE MACRO scrm_named(word) AS MAP {"
    + ", ".join(f"'{w}': '{n}'" for w, n in MONTHS.items())
    + "}[lower(replace(word, 'İ', 'i'))]",
    r"CREATE OR REPLACE MACRO scrm_month(s) AS coalesce(scrm_named(regexp_extract(s, '(?:^|[^\d:])\d{1,2}\.?(?:\s+|-|)(\pL{3,})', 1)), "  # noqa: E501
    r"scrm_named(regexp_extract(s, '(\pL{3,})', 1)), scrm_named(regexp_extract(s, '(\pL{3,})[.,]?[\s-]+(?:\d{1,2},?\s+)?\d{4}', 1)))",
    r"CREATE OR REPLACE MACRO scrm_worded(s) AS TRY_CAST(regexp_extract(s, '(\d{4})', 1) || '-' || scrm_month(s) || '-' || "
    r"regexp_extract(s, '(?:^|[^\d:])(\d{1,2})(?:[^\d:]|$)', 1) AS TIMESTAMP) + to_seconds(CASE WHEN contains(s, ':') THEN coalesce(scrm_clock_of(s), 0) ELSE 0 END)",  # noqa: E501
    # the clock's own offset in seconds, where the cell carries one
    rf"CREATE OR REPLACE MACRO scrm_offset(s) AS CASE WHEN NOT regexp_matches(s, '{OFFSET}') THEN NULL "
    r"WHEN regexp_matches(s, '(Z|UTC)$') THEN 0 ELSE (CASE WHEN regexp_matches(s, '-\d{2}:?\d{2}$') THEN -1 ELSE 1 END) * "
    r"(TRY_CAST(regexp_extract(s, '[+-](\d{2}):?\d{2}$', 1) AS INTEGER) * 3600 + TRY_CAST(regexp_extract(s, '[+-]\d{2}:?(\d{2})$', 1) AS INTEGER) * 60) END",  # noqa: E501
    # a moment that can be meant: the days that systems write for "none" (1899-12-30, 0001-01-01, 9999-12-31 ...) lie outside
    f"CREATE OR REPLACE MACRO scrm_real(t) AS CASE WHEN t >= TIMESTAMP '{FIRST_DAY}' AND t < TIMESTAMP '{END}' THEN t END",
    r"CREATE OR REPLACE MACRO scrm_minutes(s) AS CASE WHEN regexp_matches(s, '^-?\d+:\d{2}(:\d{2})?$') THEN "
    r"(CASE WHEN s LIKE '-%' THEN -1 ELSE 1 END) * (TRY_CAST(regexp_extract(s, '(\d+):', 1) AS DOUBLE) * 60 + TRY_CAST(regexp_extract(s, ':(\d{2})', 1) AS DOUBLE) "  # noqa: E501
    r"+ coalesce(TRY_CAST(nullif(regexp_extract(s, ':\d{2}:(\d{2})', 1), '') AS DOUBLE), 0) / 60) END",
    # letters that are ASCII already, words with one space between them: most cells need nothing more, and that is quickly seen
    "CREATE OR REPLACE MACRO scrm_fold(s) AS CASE WHEN regexp_full_match(s, '[a-zA-Z0-9]+( [a-zA-Z0-9]+)*') THEN lower(s) "
    "WHEN strlen(s) = length(s) THEN trim(regexp_replace(lower(s), '[^a-z0-9]+', ' ', 'g')) "
    f"WHEN regexp_full_match(s, '[a-zA-Z0-9{FOLD_FROM}]+( [a-zA-Z0-9{FOLD_FROM}]+)*') THEN lower(translate(s, '{FOLD_FROM}', '{FOLD_TO}')) "
    f"ELSE trim(regexp_replace(lower(translate(s, '{FOLD_FROM}', '{FOLD_TO}')), '[^a-z0-9]+', ' ', 'g')) END",
    # the same in one round, for what is nobody's and no secret: a document's number stands beside its id
    "CREATE OR REPLACE MACRO scrm_number(s) AS ('0x' || substr(sha256(getvariable('scrm_key') || s), 1, 15))::BIGINT",
    # keyed digest of 60 bits: never 0, never negative, the same for the same key and value
    "CREATE OR REPLACE MACRO scrm_id(s) AS ('0x' || substr(sha256(getvariable('scrm_key') || sha256(getvariable('scrm_key') || s)), 1, 15))::BIGINT",  # noqa: E501
    # the id of a record, `system|the system's own id`; where somebody asked to be forgotten, `forgotten.prepare` makes it anew
    "CREATE OR REPLACE MACRO scrm_account(s) AS scrm_id('account|' || s)",
    "CREATE OR REPLACE MACRO scrm_digest(s) AS substr(sha256(getvariable('scrm_key') || sha256(getvariable('scrm_key') || s)), 1, 32)",
    # a fault `3=12,5` as what is known of fault number 3, and the value
    "CREATE OR REPLACE MACRO scrm_told(f, columns, reasons) AS CASE WHEN f IS NOT NULL THEN {'column': columns[split_part(f, '=', 1)::INTEGER], "  # noqa: E501
    "'reason': reasons[split_part(f, '=', 1)::INTEGER], 'value': CASE WHEN contains(f, '=') THEN substr(f, strpos(f, '=') + 1) END} END",
    "CREATE OR REPLACE MACRO scrm_mask(s) AS CASE WHEN s IS NULL THEN NULL ELSE left(s, 1) || '***(' || length(s) || ' characters)' END",  # noqa: E501
)


def text(cell: str, *, lost: bool = False) -> str:
    """Text with broken Turkish letters mended; an apostrophe that kept a spreadsheet from counting is taken off."""
    return f"regexp_replace(translate({cell}, 'þðýÞÐÝ', 'şğıŞĞİ'), '^''|(\\d)e0$', '\\1')"


PLAIN = ("order",)  # kinds of things whose id is no person's: millions of them, and a second round would hide nothing more


def digest(entity: str, system: str, text: str) -> str:
    """SQL: the id of a thing of a system, from the system's own id as text."""
    if entity == "account":
        return f"scrm_account({quote(f'{system}|')} || ({text}))"
    return f"{'scrm_number' if entity in PLAIN else 'scrm_id'}({quote(f'{entity}|{system}|')} || ({text}))"


def ident(name: str) -> str:
    """A column's name in SQL."""
    return f'"{name}"'


def quote(value) -> str:
    """A value as an SQL literal."""
    if value is None:
        return "NULL"
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, int | float):
        return repr(value)
    return "'" + str(value).replace("'", "''") + "'"
