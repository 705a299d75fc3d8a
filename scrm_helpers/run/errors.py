"""What a run tells when it cannot go on."""


class RunError(Exception):
    """A run was refused or failed; the message says what came, what was expected, what to do."""


class ValueRefused(RunError):
    """A value of the user's (a parameter) is wrong; nothing was started."""


class Busy(RunError):
    """Another run of the same data is under way; nothing is wrong, a later try will do."""


class Closed(ValueRefused):
    """The month is closed: its page stands, and nothing was run."""
