"""Raw files that lie outside the raw folder, and raw rows that are no file."""

import os
from collections.abc import Mapping
from pathlib import Path


def outside_files(sources: Mapping) -> list[Path]:
    """Files outside the raw folder that sources.yml names (`package:NAME/path`, `${VARIABLE}/path`).

    What is missing is ingestion's to tell.
    """
    found = []
    for source in sources.get("sources") or []:
        word = str(source.get("file", "")) if isinstance(source, Mapping) else ""
        if word.startswith("package:"):
            from importlib.util import find_spec

            package, _, rest = word.removeprefix("package:").partition("/")
            spec = find_spec(package)
            if spec and spec.submodule_search_locations:
                found += sorted(Path(spec.submodule_search_locations[0]).glob(rest))
        elif "${" in word:
            path = Path(os.path.expandvars(word))
            found += sorted(path.parent.glob(path.name)) if path.parent.is_dir() else []
    return found


def has_database(sources: Mapping) -> bool:
    """Whether sources.yml names a database: whether its rows have changed is not known without asking for them."""
    return any(isinstance(source, Mapping) and source.get("database") for source in sources.get("sources") or [])
