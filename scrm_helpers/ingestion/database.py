"""Rows of a database as if they were a file: one query over PostgreSQL, SQL Server or MySQL, by a URL from an environment variable.

An entry of sources.yml says `database: "${VARIABLE}"`, a `query:` and a recipe or a table. The URL is never written down, shown or
kept; the query only reads. SQLAlchemy and the database's driver are not part of the suite's own packages and are asked for by name.
"""

import datetime as dt
import hashlib
import importlib
import os
import re
from decimal import Decimal

import pyarrow as pa

from scrm_helpers.ingestion.errors import InputError
from scrm_helpers.ingestion.loading import Loader
from scrm_helpers.ingestion.names import fold
from scrm_helpers.ingestion.part import ROW, Part, arrive
from scrm_helpers.texts import tell

CHUNK = 50_000  # rows that are fetched at a time
DRIVERS = {"postgresql": "psycopg", "mssql": "pyodbc", "mysql": "pymysql"}  # pip install sqlalchemy and one of these
READS = re.compile(r"^\s*(select|with)\b", re.IGNORECASE)


def load(loader: Loader, name: str, variable: str, query: str) -> Part:
    """The rows of a query as a part; InputError where the variable, the package, the server or the query is at fault."""
    shown = f"database:{name}"
    url = _url(name, variable)
    if not READS.match(query) or ";" in query.strip().rstrip(";"):
        raise InputError(tell("told.database.reads_only", entry=name, came=query.strip()[:40]), "sources")
    engine = _engine(name, url)
    alchemy = importlib.import_module("sqlalchemy")
    tables, digest, exact, header = [], hashlib.sha256(), set(), []
    try:
        with engine.connect() as connection:
            found = connection.execution_options(stream_results=True).execute(alchemy.text(query.strip().rstrip(";")))
            header = [str(k) for k in found.keys()]  # noqa: SIM118 (a result, not a dict)
            kinds: list[set] = [set() for _ in header]
            while rows := found.fetchmany(CHUNK):
                columns = [[_text(row[k], kinds[k]) for row in rows] for k in range(len(header))]
                digest.update(repr(columns).encode())
                tables.append(
                    pa.table([pa.array(c, pa.string()) for c in columns], names=[f"c{k}" for k in range(len(header))])
                )
            exact = {k for k, kind in enumerate(kinds) if kind and str not in kind}
            connection.rollback()
    except alchemy.exc.SQLAlchemyError as error:
        reason = str(getattr(error, "orig", error)).strip().splitlines()[0][:160].replace(url, "...")
        told = tell("told.database.answered", shown=shown, reason=reason, variable=variable_of(variable))
        raise InputError(told, "database") from error
    finally:
        engine.dispose()
    if not tables:
        raise InputError(tell("told.database.no_rows", shown=shown), "empty")
    whole = pa.concat_tables(tables)
    numbers = pa.array(range(1, len(whole) + 1), pa.int64())
    table = arrive(loader.con, loader._name(), whole.append_column(ROW, numbers), trim=True)
    return Part(
        shown, "", header, [fold(h) for h in header], table, len(whole), digest.hexdigest(), exact=frozenset(exact)
    )


def variable_of(given: str) -> str:
    """The name in `${NAME}`; InputError where a URL stands in its place: a file is no place for a password."""
    found = re.fullmatch(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}", given.strip())
    if not found:
        raise InputError(tell("told.database.no_variable"), "sources")
    return found.group(1)


def _url(name: str, given: str) -> str:
    variable = variable_of(given)
    url = os.environ.get(variable, "")
    if not url:
        raise InputError(tell("told.database.not_set", entry=name, variable=variable), "variable")
    return url


def _engine(name: str, url: str):
    kind = url.split(":", 1)[0].split("+")[0]
    driver = DRIVERS.get(kind)
    if driver is None:
        raise InputError(tell("told.database.kind", entry=name, came=kind, known=", ".join(DRIVERS)), "database")
    try:
        alchemy = importlib.import_module("sqlalchemy")
        return alchemy.create_engine(url)
    except ModuleNotFoundError as error:
        told = tell("told.database.package", entry=name, package=str(error.name), driver=driver)
        raise InputError(told, "package") from error


def _text(value, kinds: set) -> str | None:
    """A value as a program would write it; the kind of what is no text is remembered, for it needs no evidence."""
    if value is None:
        return None
    if isinstance(value, bool):
        value = str(value).lower()
    elif isinstance(value, dt.datetime):
        kinds.add(dt.datetime)
        return value.isoformat(sep=" ")
    elif isinstance(value, dt.date | int | float | Decimal):
        kinds.add(type(value))
        return (
            value.isoformat()
            if isinstance(value, dt.date)
            else format(value, "f")
            if isinstance(value, Decimal)
            else str(value)
        )
    kinds.add(str)
    return str(value)
