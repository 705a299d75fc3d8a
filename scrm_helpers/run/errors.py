"""What a run tells when it cannot go on."""

from scrm_helpers.errors import ToldError


class RunError(ToldError):
    """A run failed on its way; the message says what came, what was expected, what to do."""

    exit_code = 1


class Mend(RunError):
    """A notebook says what the user has to mend: a file, or a value that does not fit the data. The last good page stays."""

    exit_code = 2


class ValueRefused(RunError):
    """A value of the user's (a parameter) is wrong; nothing was started."""

    exit_code = 2


class Busy(RunError):
    """Another run of the same data is under way; nothing is wrong, a later try will do."""

    exit_code = 3


class Closed(ValueRefused):
    """The month is closed: its page stands, and nothing was run."""
