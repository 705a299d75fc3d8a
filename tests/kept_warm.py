"""A warm process that many runs use one after another: to start one and have it import costs more than three tiny notebooks."""

from scrm_helpers.run import fork


class Kept(fork.Warm):
    """Stands for `fork.Warm` in runs that are not about it: begun by the first, ended by `end`. It holds no run's lock."""

    def __init__(self, lock: int | None, environment: dict[str, str]):
        if not hasattr(self, "process"):
            super().__init__(None, environment)
        self.environment = environment | {"MPLBACKEND": self.environment["MPLBACKEND"]}

    def begin(self, *given) -> "Kept":
        """What a run calls where it would start one of its own."""
        self.__init__(*given)
        return self

    def close(self) -> None:
        """At the end of a run it goes on; what the run still had under way was ended by the run."""

    def end(self) -> None:
        """At the end of the tests."""
        if hasattr(self, "process"):
            super().close()
