"""How a number, a date and a month are written, in English ("en") and Turkish ("tr").

The value handed in is always the plain one of the tables: shares, probabilities and gaps of shares 0-1, rates as
events per one person, money in whole currency. The unit does the scaling (0.74 -> 74%, 0.045 -> 45 per 1,000).

How many digits are shown:

1. With a range: the last digit stands for the largest power of ten not above a quarter of the range's width, so that
   rounding moves a figure by an eighth of its range at most, and a digit that chance decides is not shown.
2. Whole units stay as long as everything shown is below 1,000: 412 TL (330 to 540), not 410 TL. Three digits are read
   at a glance, and they let the reader check a sum.
3. Without a range: two leading digits for shares and ratios, whole units for money and counts (money below 10 with
   cents); money from a million on in millions, from a billion on in billions, with one decimal below 100.
4. A bound ("at least", "at most": a value that is its own low or high end, or the one end that is known) is not decided by
   chance: it has the digits of rule 3 whatever its range, and is rounded down or up, so that what is said of it is true. Two
   bounds then stand in the order that they have.
5. A share or a chance above 0 that is smaller than the last digit that can be shown is said to be below it: <0.01%, "< %0,01".
   "0.00%" would say that it is none; 0 itself is 0%.

Ties are rounded half up (away from zero), on the shortest decimal form of a float: 0.125 -> 12.5% -> 13%. Python's own
rounding takes ties to the even digit, which readers with a pocket calculator take for a mistake.
"""

from scrm_helpers.units.dates import date, month, short_date, short_month
from scrm_helpers.units.forms import LANGUAGES, Unit, currency_sign, unit_label
from scrm_helpers.units.held import held
from scrm_helpers.units.numbers import (
    MINUS,
    STEADY,
    compact,
    csv_number,
    exact,
    integer,
    percent,
    steady,
    till,
    write,
    write_all,
    write_ends,
    write_range,
)

__all__ = [
    "LANGUAGES",
    "MINUS",
    "STEADY",
    "Unit",
    "compact",
    "csv_number",
    "currency_sign",
    "date",
    "exact",
    "held",
    "integer",
    "month",
    "percent",
    "steady",
    "short_date",
    "short_month",
    "till",
    "unit_label",
    "write",
    "write_all",
    "write_ends",
    "write_range",
]
