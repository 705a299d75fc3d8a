"""Size, seed and mess of a made-up company, and its named streams of random numbers."""

import zlib
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from scrm_helpers.errors import ToldError

# kind of mess: (rate at level 1, rate at level 2). Level 0 has none. A rate of 1 means that the habit is always there.
MESS: dict[str, tuple[float, float]] = {
    "email_typos": (0.04, 0.08),
    "phone_slips": (0.03, 0.06),
    "initials": (0.06, 0.12),
    "upper_names": (1, 1),
    "phone_forms": (1, 1),
    "excel_phones": (0.003, 0.01),
    "double_accounts": (0.05, 0.10),
    "shared_contacts": (0.03, 0.06),
    "foreign_phones": (0.02, 0.04),
    "marketplace_mask": (1, 1),
    "company_person": (0.01, 0.02),
    "late_returns": (0.25, 0.4),
    "restated_ads": (1, 1),
    "cancelled_campaign": (1, 1),
    "store_changes": (1, 1),
    "split_store": (0, 1),
    "two_currencies": (1, 1),
    "vat_mix": (0.35, 0.5),
    "price_rises": (1, 1),
    "header_change": (0, 1),
    "utc_stamps": (1, 1),
    "spam_cases": (0.08, 0.25),
    "abandoned_block": (1, 1),
    "contaminated_store": (1, 1),
    "withdrawn_consent": (0.06, 0.1),
    "source_missing": (1, 1),
    "source_spelling": (1, 1),
    "test_rows": (1, 1),
    "future_rows": (1, 1),
    "cancelled_rows": (0.004, 0.01),
    "hours_missing": (1, 1),
    "follow_dates_missing": (0.25, 0.4),
    "sheet_habits": (1, 1),
    "who_sent_errors": (0.05, 0.1),
}


@dataclass(frozen=True)
class Settings:
    """What to make: `people` consumers who buy in the window, `prospects` who never do, `months` up to `last_month`."""

    seed: int = 1
    people: int = 12_000
    prospects: int = 20_000
    months: int = 24
    last_month: str = "2026-10"
    mess: int = 1
    switches: dict[str, bool] = field(default_factory=dict)
    block: int = 25_000  # people made at a time; a larger company is written block by block

    def __post_init__(self) -> None:
        if self.mess not in (0, 1, 2):
            raise ToldError(f"mess came as {self.mess!r}; expected 0 (clean), 1 (realistic) or 2 (hostile).")
        unknown = sorted(set(self.switches) - set(MESS))
        if unknown:
            raise ToldError(f"unknown kinds of mess {unknown}; expected some of {', '.join(MESS)}.")
        if self.people < 50 or self.prospects < 50 or self.months < 3:
            raise ToldError(
                f"came people={self.people}, prospects={self.prospects}, months={self.months}; "
                "expected at least 50, 50 and 3: campaigns and tests need people to run on."
            )

    def rate(self, kind: str) -> float:
        """How often a kind of mess happens: by its switch where one is set (at least level 1's rate), else by the level."""
        one, two = MESS[kind]
        if kind in self.switches:
            return (two if self.mess == 2 else one or two) if self.switches[kind] else 0.0
        return (0.0, one, two)[self.mess]

    def on(self, kind: str) -> bool:
        """Whether a kind of mess happens at all."""
        return self.rate(kind) > 0

    def rng(self, topic: str, block: int = 0) -> np.random.Generator:
        """A stream of its own for each topic and block, so that one kind of mess never moves another's numbers."""
        return np.random.default_rng([self.seed, block, zlib.crc32(topic.encode())])

    @property
    def blocks(self) -> int:
        return -(-self.people // self.block)

    def share_of(self, total: int, block: int) -> int:
        """The part of a total that one block makes; the parts add up to the total."""
        return total * (block + 1) // self.blocks - total * block // self.blocks

    @property
    def first_day(self) -> np.datetime64:
        return np.datetime64((pd.Period(self.last_month, "M") - (self.months - 1)).start_time.date())

    @property
    def end_day(self) -> np.datetime64:
        """The first day after the window."""
        return np.datetime64((pd.Period(self.last_month, "M") + 1).start_time.date())

    @property
    def first_year(self) -> int:
        return int(str(self.first_day)[:4])

    @property
    def days(self) -> int:
        return int((self.end_day - self.first_day).astype(int))

    @property
    def month_names(self) -> list[str]:
        last = pd.Period(self.last_month, "M")
        return [str(last - k) for k in range(self.months - 1, -1, -1)]


def settings(switches=None, **given) -> Settings:
    """Settings from keywords; `switches` may be a dict (kind: on or off) or a set of kinds to switch on."""
    chosen = dict(switches) if isinstance(switches, dict) else dict.fromkeys(switches or (), True)
    return Settings(switches=chosen, **given)
