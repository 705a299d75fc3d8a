"""What precision and recall may be where nobody reviewed a pair."""

import numpy as np
import pandas as pd
import pytest

from scrm_helpers.identity import expected, normalise


def two_systems(contacts: int) -> tuple[pd.DataFrame, np.ndarray]:
    """80 people with a record in each of two systems; all have an e-mail in the crm, the first `contacts` in the shop too, and those
    are linked."""
    rows = [{"account_id": k + 1, "system": "crm", "kind": "consumer", "email": f"kisi{k}@posta.example"} for k in range(80)]
    rows += [
        {"account_id": k + 81, "system": "shop", "kind": "consumer", "email": f"kisi{k}@posta.example" if k < contacts else None}
        for k in range(80)
    ]  # fmt: skip
    return normalise.records(pd.DataFrame(rows)), np.r_[0:80, 0:contacts, 100 : 180 - contacts]


NO_PAIRS = pd.DataFrame(
    {"account_id_left": [], "account_id_right": [], "match_probability": [], "linked": []}
).astype({"account_id_left": "int64", "account_id_right": "int64", "linked": bool})  # fmt: skip


def test_records_without_contacts_have_as_many_pairs_as_the_others():
    # the shop has a contact in half of its records, which make 40 links: 40 / (1 x .5) = 80 true pairs, of which half are missed
    records, label = two_systems(40)
    assert expected.unseen(records, NO_PAIRS, label) == (pytest.approx(0.5), pytest.approx(80.0))
    # two pairs with contacts on both sides are held for even odds and stand apart: (40 + 2 x .5) / .5 = 82
    doubt = pd.DataFrame(
        {"account_id_left": [1, 2], "account_id_right": [82, 81], "match_probability": [0.5, 0.5], "linked": [False, False]}
    )
    assert expected.unseen(records, doubt, label) == (pytest.approx(1 - 40 / 82), pytest.approx(82.0))
    # with contacts everywhere nothing is hidden; with 29 links too little is known
    assert expected.unseen(*_with(two_systems(80))) == (0.0, pytest.approx(80.0))
    assert expected.unseen(*_with(two_systems(29))) is None


def _with(found: tuple[pd.DataFrame, np.ndarray]) -> tuple[pd.DataFrame, pd.DataFrame, np.ndarray]:
    return found[0], NO_PAIRS, found[1]


def test_mistakes_are_known_up_to_a_factor_and_the_chance_of_a_count():
    # 100 of 10,000: the factor 3 and a Poisson count of 100 give exp(sqrt(ln(3)^2 + (1.645 / 10)^2)) = exp(1.1108) = 3.037
    share = expected.mistakes(0.01, 10_000, doubt=3.0)
    assert (share.low, share.high) == (pytest.approx(0.01 / 3.037, rel=1e-3), pytest.approx(0.03037, rel=1e-3))
    # none expected among 600 pairs: up to 3
    assert expected.mistakes(0.0, 600, doubt=3.0)[1:] == (0.0, pytest.approx(3 / 600))
