"""Guards shared by the statistics: what came, what was expected, what to do."""

import numpy as np

from scrm_helpers.errors import ToldError

LEVEL = 0.90  # ranges that management reads: nine in ten


def check_level(level: float) -> float:
    """A confidence level strictly between 0 and 1."""
    if isinstance(level, bool) or not isinstance(level, (int, float, np.floating)) or not 0 < level < 1:
        raise ToldError(f"level came as {level!r}; expected a number between 0 and 1. Write 0.90 for nine in ten.")
    return float(level)


def as_floats(values, name: str, *, least: int = 1) -> np.ndarray:
    """A one-dimensional array of finite floats with at least `least` entries; money as Decimal is welcome."""
    try:
        array = np.asarray(values, dtype=float)
    except (TypeError, ValueError):
        raise TypeError(f"{name} holds something that is not a number; expected numbers only. "
                        "Drop or fill missing values before, and report how many.") from None
    if array.ndim != 1:
        raise ToldError(f"{name} came with {array.ndim} dimensions; expected one. Hand in one column.")
    if array.size < least:
        raise ToldError(f"{name} came with {array.size} values; expected at least {least}. "
                         "Say 'too few to say' instead of asking for a range.")
    check_finite(array, name)
    return array


def check_finite(array: np.ndarray, name: str) -> None:
    """No NaN and no infinity."""
    bad = int(array.size - np.isfinite(array).sum())
    if bad:
        raise ToldError(f"{name} holds {bad} missing or infinite values of {array.size}; expected finite numbers. "
                         "Drop or fill them before, and report how many.")


def check_same_length(a: np.ndarray, b: np.ndarray, names: str) -> None:
    """Two columns of the same rows."""
    if len(a) != len(b):
        raise ToldError(f"{names} came with {len(a)} and {len(b)} values; expected the same rows. "
                         "Take both from one table.")


def as_number(value, name: str, *, above: float | None = None, least: float | None = None) -> float:
    """One finite number, optionally above or at least a bound."""
    try:
        number = float(value)
    except (TypeError, ValueError):
        raise TypeError(f"{name} came as {value!r}; expected one number. Hand in a single value.") from None
    if not np.isfinite(number):
        raise ToldError(f"{name} came as {value!r}; expected a finite number. Look where it was made.")
    if above is not None and number <= above:
        raise ToldError(f"{name} came as {value!r}; expected more than {above:g}. Look where it was made.")
    if least is not None and number < least:
        raise ToldError(f"{name} came as {value!r}; expected at least {least:g}. Look where it was made.")
    return number


def as_count(value, name: str, *, least: int = 0) -> int:
    """One whole number, at least `least`."""
    number = as_number(value, name, least=least)
    if number != int(number):
        raise ToldError(f"{name} came as {value!r}; expected a whole number. Counts are not weighted or averaged.")
    return int(number)


def as_draws(draws: int) -> int:
    """Number of random draws."""
    return as_count(draws, "draws", least=100)
