"""A gap between members and others, where membership is read through imperfect matches: planted and recovered."""

import numpy as np
import pytest

from scrm_helpers.stats import Estimate, binomial_gate, difference, kept_of_gap, undiluted, wilson


def test_what_imperfect_matches_leave_of_a_gap():
    # 1,000 units, 256 seen as members, precision .90, recall .65: 230.4 true members seen of 354.5, so 124.1 stand among the 744 others
    # (16.7%). Seen: 30 x (.900 - .167) = 22.0
    assert 30 * kept_of_gap(0.256, 0.90, 0.65) == pytest.approx(22.0, abs=0.05)
    assert kept_of_gap(0.256, 1, 1) == 1
    sure = [Estimate(v, v, v, 0.9, 100, "planted") for v in (0.90, 0.65)]
    found = undiluted(Estimate(22.0, 20.0, 25.0, 0.9, 100, "seen"), share=0.256, precision=sure[0], recall=sure[1])
    assert (found.value, found.low, found.high) == tuple(pytest.approx(v / 0.7332, abs=0.02) for v in (22.0, 20.0, 25.0))
    # a doubtful recall widens the range, to the far side more
    doubt = undiluted(
        Estimate(22.0, 20.0, 25.0, 0.9, 100, "seen"), share=0.256, precision=sure[0], recall=Estimate(0.65, 0.5, 0.8, 0.9, 100, "")
    )
    assert doubt.low < found.low and doubt.high > found.high
    # a gap below 0 is the mirror of one above
    turned = undiluted(
        Estimate(-22.0, -25.0, -20.0, 0.9, 100, ""), share=0.256, precision=sure[0], recall=Estimate(0.65, 0.5, 0.8, 0.9, 100, "")
    )
    assert (turned.low, turned.high) == (pytest.approx(-doubt.high), pytest.approx(-doubt.low))
    # nothing is said where the matches may leave nothing, or precision is not known
    assert undiluted(Estimate(22.0, 20.0, 25.0, 0.9, 9, ""), share=0.9, precision=sure[0], recall=sure[1]).value is None
    assert undiluted(Estimate(None, None, None, 0.9, 9, ""), share=0.2, precision=sure[0], recall=sure[1]).value is None
    with pytest.raises(ValueError, match="above 0"):
        undiluted(Estimate(1.0, 0.0, 2.0, 0.9, 9, ""), share=0.0, precision=sure[0], recall=sure[1])


def test_the_corrected_gap_holds_the_truth_where_the_seen_one_does_not():
    # 2,000 people, 35% follow and spend 30 more (noise 60); 65% of followers are matched, and 10% of those matched do not follow.
    # Precision and recall are themselves read from 400 reviewed matches and 400 true followers
    rng, level, rounds = np.random.default_rng(8), 0.90, 300
    hits = naive = 0
    for _ in range(rounds):
        follows = rng.random(2_000) < 0.35
        spend = 100 + 30 * follows + rng.normal(0, 60, 2_000)
        seen = follows & (rng.random(2_000) < 0.65)
        wrong = seen.sum() / 0.9 * 0.1 / (~follows).sum()
        seen |= ~follows & (rng.random(2_000) < wrong)
        precision, recall = wilson(rng.binomial(400, 0.9), 400, level), wilson(rng.binomial(400, 0.65), 400, level)
        raw = difference(spend[seen], spend[~seen], level)
        gap = Estimate(raw.value, raw.low, raw.high, level, 2_000, "seen")
        found = undiluted(gap, share=float(seen.mean()), precision=precision, recall=recall)
        hits += found.low <= 30 <= found.high
        naive += gap.low <= 30 <= gap.high
    assert binomial_gate(hits, rounds, level).passed
    assert naive / rounds < 0.4
