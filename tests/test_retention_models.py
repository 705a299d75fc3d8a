"""Published figures reproduced: UCI cohorts, shifted beta-geometric; BG/NBD and gamma-gamma on CDNOW, planted and integrated."""

from datetime import date
from types import SimpleNamespace

import cdnow as cdnow_sample
import hand
import ibis
import numpy as np
import pandas as pd
import pytest
from scipy import special, stats

from scrm_helpers import retention
from scrm_helpers.findings import Context
from scrm_helpers.retention import models, projection, report_worth
from scrm_helpers.retention.models import bg_nbd, gamma_gamma, pareto_nbd
from scrm_helpers.store import month_bits

PUBLISHED = {"r": 0.243, "alpha": 4.414, "a": 0.793, "b": 2.426}  # Fader, Hardie, Lee 2005, CDNOW sample


# --- UCI Online Retail ---


@pytest.fixture(scope="module")
def uci(reference):
    """Purchases and customers: invoices of known customers, credit notes (InvoiceNo C...) left out. Grain: one invoice."""
    lines = pd.read_parquet(reference / "online_retail.parquet", columns=["InvoiceNo", "CustomerID", "InvoiceDate"])
    lines = lines[lines["CustomerID"].notna() & ~lines["InvoiceNo"].str.startswith("C")]
    at = lines.groupby(["InvoiceNo", "CustomerID"])["InvoiceDate"].min().reset_index()
    day = at["InvoiceDate"]
    rows = pd.DataFrame(
        {
            "person_id": at["CustomerID"].astype("int64"),
            "order_id": at["InvoiceNo"].astype("int64"),
            "ordered_at": day,
            "ordered_on": day.dt.date,
            "month": (day.dt.year * 12 + day.dt.month - 1).astype("int64"),
            "net": 1.0,
        }
    )
    people = pd.DataFrame({"person_id": rows["person_id"].unique(), "source": "unknown", "before_data": False})
    return ibis.memtable(rows), ibis.memtable(people)


def test_uci_december_cohort_and_month_six(uci):
    bought, people = uci
    through = retention.through(bought, as_of=date(2012, 1, 1))
    assert through == date(2011, 12, 1)  # the file ends on 9 December 2011
    sizes = retention.sizes(retention.activity(bought, people, bits=month_bits))
    cells = retention.triangle(sizes, through=through, as_of=date(2012, 1, 1))
    december = cells[cells["cohort"] == "2010-12"]
    assert december["retained"].tolist()[:4] == [885, 324, 286, 340] and december["before_data"].all()
    pooled = retention.pooled(cells)
    assert pooled.loc[pooled["age"] == 6, "value"].iloc[0] == pytest.approx(0.287, abs=5e-4)
    # the two wrong ways: the unfinished month counted (27.2%), cohorts not yet six months old counted as zero (18.5%)
    six, start = cells[cells["age"] == 6], cells[cells["age"] == 0]
    assert six["retained"].sum() / six["at_risk"].sum() == pytest.approx(0.272, abs=5e-4)
    assert six["retained"].sum() / start["at_risk"].sum() == pytest.approx(0.185, abs=5e-4)


def test_uci_second_order_within_180_days(uci):
    bought, people = uci
    found = retention.durations(bought, people, as_of=date(2011, 12, 10), with_first=True)
    whole = retention.curve(found, at=[180.0]).set_index("group").loc["all"]
    assert whole["share"] == pytest.approx(0.658, abs=5e-4)
    assert (found["event"] & (found["days"] <= 180)).mean() == pytest.approx(
        0.568, abs=5e-4
    )  # naive: the unwatched count as gone


# --- shifted beta-geometric (Fader, Hardie 2007: 1,000 customers, share alive after 1..7 renewals) ---

HIGH_END = (86.9, 74.3, 65.3, 59.3, 55.1, 51.7, 49.1)
REGULAR = (63.1, 46.8, 38.2, 32.6, 28.9, 26.2, 24.1)


@pytest.mark.parametrize(
    ("alive", "alpha", "beta", "log_likelihood", "later"),
    [
        (HIGH_END, 0.668, 3.806, -1611.16, (46.0, 43.6, 41.4, 39.5, 37.8)),
        (REGULAR, 0.704, 1.182, -1680.27, (22.0, 20.4, 19.1, 18.0, 17.0)),
    ],
)
def test_shifted_beta_geometric_as_published(alive, alpha, beta, log_likelihood, later):
    fit = models.fit_shifted_beta_geometric([1000, *(round(10 * share) for share in alive)])
    assert fit.parameters == pytest.approx({"alpha": alpha, "beta": beta}, abs=5e-4) and fit.converged
    assert fit.log_likelihood == pytest.approx(log_likelihood, abs=5e-3)
    assert 100 * models.contract_survival(fit, range(8, 13)) == pytest.approx(later, abs=0.05)


def test_survivors_that_rise_are_refused():
    with pytest.raises(ValueError, match="falling row"):
        models.fit_shifted_beta_geometric([100, 110])


# --- BG/NBD ---


@pytest.mark.parametrize(("x", "t_x", "t"), [(0, 0.0, 38.86), (1, 1.71, 38.86), (2, 30.43, 38.86), (7, 20.0, 31.0)])
def test_bg_nbd_likelihood_is_the_integral_over_rates_and_dropout(x, t_x, t):
    """The closed form against the model itself: buying rate gamma(r, alpha), dropout after each purchase beta(a, b)."""
    r, alpha, a, b = PUBLISHED.values()
    # rate = exp(s) and dropout = 1 / (1 + exp(-y)): smooth and flat at both ends, where plain sums are as good as any rule
    s, y = np.linspace(-90, 6, 3001)[:, None], np.linspace(-60, 40, 3001)[None, :]
    rate, drop, stay = np.exp(s), 1 / (1 + np.exp(-y)), 1 / (1 + np.exp(y))
    alive = stay**x * rate**x * np.exp(-rate * t)
    gone = drop * stay ** (x - 1) * rate**x * np.exp(-rate * t_x) if x else 0.0
    density = (
        stats.gamma(r, scale=1 / alpha).pdf(rate)
        * rate
        * np.exp(a * np.log(drop) + b * np.log(stay) - special.betaln(a, b))
    )
    step = (96 / 3000) * (100 / 3000)
    expected = np.log(((alive + gone) * density).sum() * step)
    one = np.array([1.0])
    found = models.bg_nbd_log_likelihood((r, alpha, a, b), one * x, one * t_x, one * t, one)
    assert found == pytest.approx(expected, abs=1e-6)


def test_bg_nbd_expected_purchases_as_published():
    fit = models.Fit(PUBLISHED, 0.0, 2357, True)
    # Fader, Hardie, Lee, "Implementing the BG/NBD model in Excel": x = 2, t_x = 30.43, T = 38.86, next 39 weeks: 1.226
    assert models.expected_purchases(fit, 2, 30.43, 38.86, 39.0) == pytest.approx(1.226, abs=2e-3)
    assert models.still_customer(fit, 0, 0.0, 38.86) == 1.0  # nobody drops out before a first repeat purchase


def simulated(n: int, seed: int, *, r, alpha, a, b, t=39.0) -> pd.DataFrame:
    """Histories drawn from the model itself."""
    rng = np.random.default_rng(seed)
    lam, p = rng.gamma(r, 1 / alpha, n), rng.beta(a, b, n)
    seen = t - rng.uniform(0, 12, n)
    x, last, now, alive = np.zeros(n), np.zeros(n), np.zeros(n), np.ones(n, bool)
    while alive.any():
        now = now + rng.exponential(1, n) / np.maximum(lam, 1e-12)
        bought = alive & (now <= seen)
        x, last = x + bought, np.where(bought, now, last)
        alive = bought & (rng.random(n) >= p)
    return pd.DataFrame({"x": x, "t_x": last, "t": seen})


def test_bg_nbd_finds_planted_parameters():
    planted = {"r": 0.8, "alpha": 6.0, "a": 0.9, "b": 2.5}
    rows = simulated(40_000, 5, **planted)
    fit = models.fit_bg_nbd(models.grouped(rows, "x", "t_x", "t"))
    assert fit.parameters == pytest.approx(planted, rel=0.12) and fit.converged and fit.n == 40_000
    ahead = simulated(
        40_000, 5, **planted, t=39.0
    )  # same seed, same people: their expected future is that of the model
    mean = models.expected_purchases(fit, ahead["x"], ahead["t_x"], ahead["t"], 26.0).mean()
    true = models.Fit(planted, 0.0, 0, True)
    assert mean == pytest.approx(
        models.expected_purchases(true, ahead["x"], ahead["t_x"], ahead["t"], 26.0).mean(), rel=0.03
    )


def test_grouping_equal_rows_changes_nothing():
    rows = simulated(500, 2, r=1.0, alpha=5.0, a=1.0, b=3.0).round(0)
    rows["t"] = 39.0
    many = models.fit_bg_nbd(rows.assign(customers=1))
    few = models.fit_bg_nbd(models.grouped(rows, "x", "t_x", "t"))
    assert few.log_likelihood == pytest.approx(many.log_likelihood, abs=1e-6) and few.n == many.n == 500


def test_impossible_histories_are_refused():
    with pytest.raises(ValueError, match="0 <= t_x <= t"):
        models.fit_bg_nbd(pd.DataFrame({"x": [1], "t_x": [9.0], "t": [5.0], "customers": [1]}))


@pytest.mark.parametrize("of", ["bg_nbd", "gamma_gamma"])
def test_exact_gradients_are_those_of_the_likelihood(of):
    """Central differences of the log-likelihood, parameter by parameter."""
    if of == "bg_nbd":
        x, t_x, t = np.array([0.0, 1, 2, 7, 0]), np.array([0.0, 3, 10, 20, 0]), np.array([30.0, 30, 39, 21, 5])
        slope, at = bg_nbd._slope(x, t_x, t, np.array([5.0, 1, 2, 1, 3]), 3.0), np.log([0.3, 2.0, 0.8, 2.4])
    else:
        slope, at = gamma_gamma._slope(np.array([1.0, 2, 5]), np.array([0.5, 1.2, 2.0])), np.log([2.0, 3.0, 1.5])
    steps = 1e-6 * np.eye(len(at))
    numeric = [(slope(at + e)[0] - slope(at - e)[0]) / 2e-6 for e in steps]
    assert slope(at)[1] == pytest.approx(numeric, rel=1e-6, abs=1e-6)


def test_a_large_fit_led_by_a_thinned_sample_ends_where_the_long_way_ends():
    rows = models.grouped(simulated(60_000, 3, r=0.8, alpha=6.0, a=0.9, b=2.5), "x", "t_x", "t")
    assert len(rows) > 2 * bg_nbd.THIN  # the short way is taken
    short, thin = models.fit_bg_nbd(rows), bg_nbd.THIN
    bg_nbd.THIN = len(rows)
    try:
        long = models.fit_bg_nbd(rows)
    finally:
        bg_nbd.THIN = thin
    assert short.converged and long.converged
    assert short.parameters == pytest.approx(long.parameters, rel=1e-6)
    assert short.log_likelihood == pytest.approx(long.log_likelihood, abs=1e-6)


def test_equal_rows_are_counted_whatever_their_unit():
    weeks = pd.DataFrame({"x": [1, 0, 1, 1], "t_x": [3 / 7, 0.0, 3 / 7, 0.5], "t": [10 / 7, 2.0, 10 / 7, 2.0]})
    found = models.grouped(weeks, "x", "t_x", "t")
    assert found.values.tolist() == [[0, 0.0, 2.0, 1], [1, 3 / 7, 10 / 7, 2], [1, 0.5, 2.0, 1]]
    assert models.grouped(weeks.iloc[:0], "x", "t_x", "t").empty


# --- gamma-gamma ---


def test_gamma_gamma_finds_planted_parameters_and_shrinks_to_the_mean():
    p, q, v = 6.25, 3.74, 15.44  # the published CDNOW figures, here planted
    rng = np.random.default_rng(9)
    n = 40_000
    x = rng.integers(1, 12, n)
    nu = rng.gamma(q, 1 / v, n)
    z = rng.gamma(p * x, 1 / (nu * x))
    fit = models.fit_gamma_gamma(x, z)
    assert fit.parameters == pytest.approx({"p": p, "q": q, "v": v}, rel=0.06)
    mean = p * v / (q - 1)  # 35.2
    assert models.expected_value(models.Fit({"p": p, "q": q, "v": v}, 0, 0, True), 0, 0.0) == pytest.approx(mean)
    pulled = models.expected_value(fit, np.array([1, 50]), np.array([100.0, 100.0]))
    assert mean < pulled[0] < pulled[1] < 100


def test_gamma_gamma_refuses_what_has_no_mean():
    with pytest.raises(ValueError, match="no mean"):
        models.expected_value(models.Fit({"p": 1.0, "q": 0.9, "v": 1.0}, 0, 0, True), 1, 5.0)
    with pytest.raises(ValueError, match="leave them out"):
        models.fit_gamma_gamma([1], [0.0])


# --- the 1/10 sample of CDNOW that the papers used ---


@pytest.fixture(scope="module")
def cdnow(reference) -> pd.DataFrame:
    """x, t_x, t in weeks and mean repeat value of the 2,357 customers, calibration to 30 September 1997."""
    days = cdnow_sample.purchases(reference)
    days = days[days["day"] <= cdnow_sample.END]
    people = days.groupby("person")
    first, last = people["day"].min(), people["day"].max()
    x = people.size() - 1
    z = (people["value"].sum() - people["value"].first()) / x.where(x > 0)
    weeks = {"t_x": (last - first).dt.days / 7, "t": (cdnow_sample.END - first).dt.days / 7}
    return pd.DataFrame({"x": x, **weeks, "z": z})


def test_the_sample_is_the_one_of_the_papers(cdnow):
    assert len(cdnow) == 2357 and (cdnow["x"] > 0).sum() == 946  # both published


def test_bg_nbd_on_cdnow_as_published(cdnow):
    fit = models.fit_bg_nbd(models.grouped(cdnow, "x", "t_x", "t"))
    assert fit.parameters == pytest.approx(PUBLISHED, abs=1e-3) and fit.converged
    assert fit.log_likelihood == pytest.approx(-9582.4, abs=0.05)


def test_pareto_nbd_on_cdnow_as_published(cdnow):
    fit = models.fit_pareto_nbd(models.grouped(cdnow, "x", "t_x", "t"))
    assert fit.parameters == pytest.approx({"r": 0.553, "alpha": 10.578, "s": 0.606, "beta": 11.669}, abs=1.5e-3)
    assert fit.log_likelihood == pytest.approx(-9595.0, abs=0.05) and fit.converged
    assert models.pareto_nbd_expected(fit, 52.0) == pytest.approx(1.473, abs=5e-4)


def test_gamma_gamma_on_cdnow_as_published(cdnow):
    again = cdnow[(cdnow["x"] > 0) & (cdnow["z"] > 0)]
    fit = models.fit_gamma_gamma(again["x"], again["z"])
    assert fit.parameters == pytest.approx({"p": 6.25, "q": 3.74, "v": 15.44}, abs=0.01) and fit.n == 946
    assert fit.log_likelihood == pytest.approx(-4055.92, abs=0.02)


@pytest.mark.parametrize(("alpha", "beta"), [(10.0, 11.0), (11.0, 10.0)])
def test_pareto_nbd_likelihood_is_the_integral_over_rates_and_dropout(alpha, beta):
    """The closed form against the model: rate gamma(r, alpha), dropout gamma(s, beta), summed over a grid of their logs."""
    r, s, x, t_x, t = 0.6, 0.7, 3, 20.0, 38.0
    u, v = np.linspace(-60, 5, 2001)[:, None], np.linspace(-60, 5, 2001)[None, :]
    lam, mu = np.exp(u), np.exp(v)
    both = lam + mu
    seen = lam**x * (mu / both * np.exp(-both * t_x) + lam / both * np.exp(-both * t))
    density = stats.gamma(r, scale=1 / alpha).pdf(lam) * lam * stats.gamma(s, scale=1 / beta).pdf(mu) * mu
    expected = np.log((seen * density).sum() * (65 / 2000) ** 2)
    row = pd.DataFrame({"x": [x], "t_x": [t_x], "t": [t], "customers": [1]})
    found = pareto_nbd._log_likelihood((r, alpha, s, beta), *(row[c].to_numpy(float) for c in ("x", "t_x", "t")))
    assert found[0] == pytest.approx(expected, abs=1e-6)


# --- projection on the company's own customers ---


def company(people: int = 600, seed: int = 4):
    """Purchases of a made-up company over 24 months from its own model; the first order within the first year."""
    rng = np.random.default_rng(seed)
    rows = []
    for person in range(1, people + 1):
        day, rate, stop = rng.uniform(35, 400), rng.gamma(1.0, 1 / 40), rng.beta(1, 4)
        while day < 730:
            rows.append(
                (
                    person,
                    (pd.Timestamp("2024-11-01") + pd.Timedelta(days=int(day))).date().isoformat(),
                    round(float(rng.gamma(4, 25)), 2),
                )
            )
            if rng.random() < stop:
                break
            day += rng.exponential(1 / max(rate, 1e-4))
    orders = hand.orders(*[(n, p, d, v) for n, (p, d, v) in enumerate(rows)])
    persons = hand.table("persons", [{"account_id": n, "person_id": n} for n in range(1, people + 1)])
    first = pd.DataFrame(rows, columns=["p", "d", "v"]).groupby("p")["d"].min()
    customers = hand.table(
        "customers", [{"person_id": int(p), "first_on": date.fromisoformat(d)} for p, d in first.items()]
    )
    return retention.purchases(orders, persons), customers


def test_projection_prints_its_error_on_months_kept_back():
    bought, customers = company()
    found = retention.project(bought, customers, through=date(2026, 11, 1), holdout=6)
    assert abs(found.error) < 0.25 and found.actual > 100 and found.customers == 600
    assert found.error == pytest.approx(found.predicted / found.actual - 1)
    assert 0 < found.still <= 600 and found.purchases > 0
    assert set(found.parameters["model"]) == {"bg_nbd", "gamma_gamma"}


def clockwork(people: int = 300):
    """Everybody buys every 30 days and nobody stops: rates do not differ, so that r and alpha have no end to run to."""
    days = [(p, d) for p in range(1, people + 1) for d in range(40 + p % 30, 730, 30)]
    day = lambda d: (pd.Timestamp("2024-11-01") + pd.Timedelta(days=d)).date().isoformat()  # noqa: E731
    orders = hand.orders(*[(n, p, day(d), 50.0) for n, (p, d) in enumerate(days)])
    persons = hand.table("persons", [{"account_id": n, "person_id": n} for n in range(1, people + 1)])
    first = [{"person_id": p, "first_on": date.fromisoformat(day(40 + p % 30))} for p in range(1, people + 1)]
    return retention.purchases(orders, persons), hand.table("customers", first)


def test_a_model_whose_parameters_ran_away_is_withheld_with_its_reason():
    found = retention.project(*clockwork(), through=date(2026, 11, 1), holdout=6)
    assert not found.settled and retention.project(*company(), through=date(2026, 11, 1), holdout=6).settled
    (told,) = report_worth._projection(Context("04_retention", "2026-10", "tr"), SimpleNamespace(projection=found))
    assert (told.state, told.value) == ("withheld", None) and "300 müşterinin" in told.text_tr and "bekledi" not in told.text_tr
    assert told.text_en.startswith("No projection:") and "kept back" not in told.text_en


def test_projection_needs_enough_customers():
    bought, customers = company(people=60)
    assert retention.project(bought, customers, through=date(2026, 11, 1)) is None


def test_histories_count_days_and_leave_out_customers_from_before_the_data():
    orders = hand.orders(
        (1, 1, "2026-01-01", 10),
        (2, 1, "2026-01-08", 20),
        (3, 1, "2026-01-08", 30),
        (4, 1, "2026-01-22", 10),
        (5, 2, "2026-01-01", 5),
    )
    persons = hand.table("persons", [{"account_id": n, "person_id": n} for n in (1, 2)])
    people = hand.table(
        "customers",
        [
            {"person_id": 1, "first_on": date(2026, 1, 1)},
            {"person_id": 2, "first_on": date(2026, 1, 1), "before_data": True},
        ],
    )
    found = projection.histories(retention.purchases(orders, persons), people, as_of=date(2026, 2, 1))
    # days 1, 8, 22 January: x = 2, last after 3 weeks, watched 30 days; repeats worth (20 + 30) and 10: mean 30
    assert found.to_dict("records") == [{"x": 2, "t_x": 3.0, "t": 30 / 7, "z": 30.0}]
