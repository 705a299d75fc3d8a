"""The one error of ingestion: what came, what was expected, what to do."""


class InputError(ValueError):
    """A raw file, or its description in sources.yml, cannot be used. `code` names the kind of fault."""

    def __init__(self, message: str, code: str = "input"):
        super().__init__(message)
        self.code = code
