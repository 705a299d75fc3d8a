"""Where tables live, on which engine; checked in and out. Hands paths to the rest: nothing else but `run` names one.

Names are imported when first asked for: the runner needs folders and settings alone, and the engine costs a second.
"""

from importlib import import_module

_HOME = {
    "Book": "book", "open_book": "book", "ENGINES": "engine", "EngineError": "engine", "connect": "engine",
    "Settings": "settings", "settings_of": "settings", "sources_of": "settings", "Store": "tables_io", "to_frame": "tables_io",
    "key_of": "keys", "Workspace": "workspace", "WorkspaceError": "workspace", "home": "workspace", "open_workspace": "workspace",
    "month_bits": "months", "flat_bits": "months",
}  # fmt: skip

__all__ = sorted(_HOME)


def __getattr__(name: str):
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOME[name]}"), name)
