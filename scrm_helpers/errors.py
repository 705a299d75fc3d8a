"""Errors that are told: what came, what was expected, what to do. They are known by their class, never by their words.

Whatever else is raised is a fault of the suite and keeps its traceback: the commands let it through, a notebook's goes into the run's
closed folder.
"""


class ToldError(ValueError):
    """Something the reader can mend came wrong; the message says what came, what was expected and what to do."""

    exit_code = 2


class InputError(ToldError):
    """A raw file, or its description in sources.yml, cannot be used. `code` names the kind of fault."""

    def __init__(self, message: str, code: str = "input"):
        super().__init__(message)
        self.code = code


class ContractError(ToldError):
    """A table breaks its contract; the message lists every breach, what was expected and where to look."""


class MetricClassError(ToldError):
    """A measure stands where its class may not."""


class WorkspaceError(ToldError):
    """A folder is not what it must be."""


class EngineError(ToldError):
    """The engine asked for is not there."""


# a notebook runs in another process, from which an error comes as the name of its class
NAMES = frozenset(c.__name__ for c in (ToldError, InputError, ContractError, MetricClassError, WorkspaceError, EngineError))
