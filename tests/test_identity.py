"""Who is the same person: guards by tiny hand-made records, clusters, ids that stay, golden records."""

import datetime
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from scrm_helpers.findings import Context
from scrm_helpers.identity import answers, cluster, keys, linkage, normalise, registry, resolve

KEY, NOVEMBER = b"a key of the tests", datetime.date(2026, 11, 1)


def accounts(*rows: dict) -> pd.DataFrame:
    """Accounts numbered from 1 in the order given; consumers of one shop unless a row says otherwise."""
    return pd.DataFrame(
        [
            {"account_id": k, "system": "shop", "kind": "consumer", "created_at": pd.Timestamp(2025, 1, k), **row}
            for k, row in enumerate(rows, 1)
        ]
    )


def person(rows: pd.DataFrame, **options) -> list[int]:
    """The person of each account, as the number of the first account that has it: [1, 1, 3] says that 1 and 2 are one."""
    found = resolve(rows, period=options.pop("period", "2026-10"), as_of=NOVEMBER, key=KEY, **options)
    ids = found.persons.sort_values("account_id").person_id.tolist()
    return [ids.index(i) + 1 for i in ids]


def named(first: str, last: str, **more) -> dict:
    return {"first_name": first, "last_name": last, **more}


MAIL, PHONE = {"email": "yilmaz@posta.example"}, {"phone": "0532 123 45 67"}


def test_exact_keys_with_fitting_names_link():
    rows = accounts(named("Ayşe", "Yılmaz", **MAIL), named("AYŞE", "YILMAZ", system="erp", email="YILMAZ@POSTA.EXAMPLE"), named("A.",
        "Yılmaz", **MAIL),
                    named("Ayşe", "Kaya", **PHONE))  # fmt: skip
    assert person(rows) == [1, 1, 1, 4]


@pytest.mark.parametrize(("left", "right", "one"), [
    (named("Ayşe", "Yılmaz"), named("Ayşe", "Kaya"), True),  # married: the given name is equal in full
    (named("Mehmet", "Kaya"), named("Mehmed", "Kaya"), True),
    (named("Ayşe Nur", "Kaya"), named("Nur", "Kaya"), True),
    (named("Kaya", "Mehmet"), named("Mehmet", "Kaya"), True),  # fields swapped
    (named("Ayşe", "Kaya"), named("Mehmet", "Kaya"), False),  # one family
    (named("A.", "Yılmaz"), named("A.", "Kaya"), False),  # an initial proves nothing where the family names differ
    (named("Ali", "Kaya"), named("Ali", "Koç"), True),
])  # fmt: skip
def test_household_guard(left, right, one):
    assert person(accounts(left | MAIL | PHONE, right | MAIL | PHONE)) == ([1, 1] if one else [1, 2])


def test_a_record_without_a_name_joins_nobody_where_two_share_the_phone():
    couple = accounts(named("Ayşe", "Kaya", **PHONE), named("Mehmet", "Kaya", **PHONE), PHONE)
    assert person(couple) == [1, 2, 3]
    assert person(couple.drop(index=1)) == [1, 1]


def test_a_nameless_record_does_not_chain_two_people():
    # Ayşe - (mail, no name) - Mehmet: each link alone is possible, both together would merge two given names
    rows = accounts(named("Ayşe", "Kaya", **MAIL), MAIL | PHONE, named("Mehmet", "Kaya", **PHONE))
    assert person(rows) == [1, 1, 3]


def test_switchboard_guard():
    # seven names on one number are an office; six are still taken for people who share a phone, and equal names link
    names = ["Ali Kaya", "Banu Demir", "Cem Koç", "Derya Şen", "Ece Ak", "Filiz Taş", "Gül Su"]
    office = accounts(*[named(*n.split(), **PHONE) for n in names], named("Ali", "Kaya", **PHONE))
    assert person(office) == [1, 2, 3, 4, 5, 6, 7, 8]
    assert person(office.drop(index=6).reset_index(drop=True)) == [1, 2, 3, 4, 5, 6, 1]
    _, taken = keys.strip_shared(normalise.records(office))
    assert taken[["column", "names", "records"]].to_numpy().tolist() == [["phone", 7, 8]]


def test_call_centre_relay_and_role_addresses_link_nobody():
    for shared in (
        {"phone": "444 0 555"},
        {"email": "pf+1@trendyolmail.com"},
        {"email": "info@ornek.example"},
        {"phone": "5,32E+09"},
    ):
        assert person(accounts(named("Ali", "Kaya", **shared), named("Ali", "Kaya", **shared))) == [1, 2]


def test_consumer_and_business_never_merge():
    firm = {"kind": "business", "company_name": "Kaya Tekstil Ltd. Şti.", **MAIL, **PHONE}
    rows = accounts(
        named("Ali", "Kaya", **MAIL, **PHONE),
        firm,
        firm | {"system": "erp", "company_name": "KAYA TEKSTİL"},
        {**MAIL, "kind": "unknown"},
    )
    found = person(rows)
    assert found[1] == found[2] == 2 and found[0] == 1
    kinds = resolve(rows, period="2026-10", as_of=NOVEMBER, key=KEY).persons.kind.tolist()
    assert kinds[:3] == ["consumer", "business", "business"]


def test_a_person_whom_the_ledger_keeps_as_a_firm_is_a_consumer_again_where_a_consumer_is_the_same():
    card = {"kind": "business", "company_name": "KAYA TİCARET", "system": "erp"} | named("ALİ", "KAYA", **MAIL)
    buyer = named("Ali", "Kaya", **MAIL)

    def kinds(*rows):
        found = resolve(accounts(*rows), period="2026-10", as_of=NOVEMBER, key=KEY).persons
        return person(accounts(*rows)), found.sort_values("account_id").kind.tolist()

    assert kinds(buyer, card) == ([1, 1], ["consumer", "consumer"])
    assert kinds(buyer, card | {"tax_no": "12345678950"}) == ([1, 1], ["consumer", "consumer"])  # 11 digits: a person's number
    assert kinds(card) == ([1], ["business"])  # nobody says otherwise
    apart = ([1, 2], ["consumer", "business"])
    assert kinds(buyer, card | {"tax_no": "1234567895"}) == apart  # 10 digits: a firm's number
    assert kinds(buyer, card | {"company_name": "KAYA TİCARET LTD. ŞTİ."}) == apart
    assert kinds(buyer, card | {"company_name": "YILDIZ TİCARET"}) == apart  # an employee's card


def test_a_link_kept_on_purpose_counts_and_a_chance_number_does_not():
    crm, desk = (
        named("Ali", "Kaya", system="crm", native_id="1001"),
        {"system": "desk", "native_id": "77", "external_id": "1001"},
    )
    assert person(accounts(crm, desk)) == [1, 1]
    assert person(accounts(crm, desk | named("Ayşe", "Demir"))) == [1, 2]
    # 1001 is a record in two other systems: which one is meant cannot be told
    assert person(accounts(crm, desk, named("Banu", "Su", system="erp", native_id="1001"))) == [1, 2, 3]


def test_records_without_a_usable_key_stay_alone_and_are_counted():
    found = resolve(
        accounts(named("Ali", "Kaya"), named("Ali", "Kaya"), named("PERAKENDE", "MÜŞTERİ", **MAIL), MAIL),
        period="2026-10",
        as_of=NOVEMBER,
        key=KEY,
    )
    assert found.persons.usable.tolist() == [False, False, False, True]
    assert found.persons.person_id.nunique() == 4
    assert found.persons.is_internal.tolist() == [False, False, True, False]
    unlinkable = found.match_quality.query("measure == 'unlinkable_share' and group == 'all'")
    assert unlinkable.value.tolist() == [0.75]  # 3 of 4
    assert found.method.startswith("exact keys alone")


def test_excluded_people_are_internal_with_all_their_records():
    rule = pd.DataFrame(
        {"kind": ["email", "domain"], "value_digest": ["a", "b"], "value": ["YILMAZ@posta.example", "@ornek.example"]}
    )
    rows = accounts(
        named("Ayşe", "Yılmaz", **MAIL),
        named("Ayşe", "Yılmaz", **MAIL, system="erp"),
        named("Can", "Su", email="can@ornek.example"),
        named("Ece", "Ak", **PHONE),
    )
    assert resolve(rows, period="2026-10", as_of=NOVEMBER, key=KEY, exclusions=rule).persons.is_internal.tolist() == [
        True,
        True,
        True,
        False,
    ]


# --- clusters ---------------------------------------------------------------------------------------------------------------


def linked(weights: list[tuple[int, int, float]], n: int, *, different=None) -> list[int]:
    records = normalise.records(accounts(*[{"kind": "consumer"} for _ in range(n)]))
    pairs = pd.DataFrame(weights, columns=["left", "right", "weight"])
    certain = pd.DataFrame({"left": [], "right": [], "strength": [], "probability": []}).astype(
        {"left": int, "right": int}
    )
    return cluster.link(cluster.groups(records, pairs, certain, different=different)).label.tolist()


def test_one_bad_link_does_not_chain():
    # two triples, every pair inside at +10 bits, and one link of +6 bits across: the average over the 9 pairs across is
    # (6 + 8 x -2) / 9 = -1.1 bits, so the triples stay apart (connected components would merge all six)
    inside = [(0, 1, 10.0), (0, 2, 10.0), (1, 2, 10.0), (3, 4, 10.0), (3, 5, 10.0), (4, 5, 10.0)]
    assert linked([*inside, (2, 3, 6.0)], 6) == [0, 0, 0, 3, 3, 3]
    # three links across of +10: (30 - 6 x 2) / 9 = +2.0
    assert linked([*inside, (0, 3, 10.0), (1, 4, 10.0), (2, 5, 10.0)], 6) == [0] * 6


def test_average_linkage_by_hand():
    # 0-1 at +8 join first; 2 hangs on 1 by +5 and is -2 from 0: (5 - 2) / 2 = +1.5, it joins. By +1.5: (1.5 - 2) / 2 = -0.25, it stays
    assert linked([(0, 1, 8.0), (1, 2, 5.0), (0, 2, -2.0)], 3) == [0, 0, 0]
    assert linked([(0, 1, 8.0), (1, 2, 1.5), (0, 2, -2.0)], 3) == [0, 0, 2]
    # a pair that shares a key says no more against than one never compared (-2): at -6 it joins all the same, and a guard's -12 counts
    # whole: (5 - 12) / 2 = -3.5
    assert linked([(0, 1, 8.0), (1, 2, 5.0), (0, 2, -6.0)], 3) == [0, 0, 0]
    assert linked([(0, 1, 8.0), (1, 2, 5.0), (0, 2, -12.0)], 3) == [0, 0, 2]


def test_joining_all_best_pairs_at_once_gives_what_one_at_a_time_gives():
    # 30 groups of 1 to 3 records, 150 random edges of -4 to +6 bits, some pairs forbidden; held against the plain way
    rng = np.random.default_rng(6)
    for _ in range(20):
        size = rng.integers(1, 4, 30).astype("int64")
        code = np.sort(rng.choice(30 * 29 // 2, 150, replace=False))
        left, right = (index[code] for index in np.triu_indices(30, 1))
        average, apart = rng.uniform(-4, 6, 150), {tuple(sorted(rng.choice(30, 2, replace=False).tolist())) for _ in range(25)}
        held = {g: {g} for g in range(30)}

        def barred(a: int, b: int, held=held, apart=apart) -> bool:
            return any(tuple(sorted((x, y))) in apart for x in held[a] for y in held[b])

        def joined(kept, other, evidence, held=held) -> None:
            for a, b in zip(kept.tolist(), other.tolist(), strict=True):
                held[a] |= held.pop(b)

        root = linkage.join(
            left, right, average, size=size, component=np.zeros(30, dtype="int64"), unseen=-2.0, joined=joined,
            forbids=lambda a, b, barred=barred: np.array([barred(x, y) for x, y in zip(a.tolist(), b.tolist(), strict=True)], dtype=bool),
        )  # fmt: skip
        assert root.tolist() == one_at_a_time(size, dict(zip(zip(left.tolist(), right.tolist(), strict=True), average, strict=True)), apart)


def one_at_a_time(size: np.ndarray, average: dict, apart: set) -> list[int]:
    """Average linkage as it is defined: the best pair of all joins, until none is left at 0 or above."""
    groups = {g: [g] for g in range(len(size))}

    def mean(a: int, b: int) -> float:
        total = sum(average.get(tuple(sorted((x, y))), -2.0) * size[x] * size[y] for x in groups[a] for y in groups[b])
        return total / (sum(size[x] for x in groups[a]) * sum(size[y] for y in groups[b]))

    while True:
        pairs = [
            (mean(a, b), a, b)
            for a in groups for b in groups
            if a < b and not any(tuple(sorted((x, y))) in apart for x in groups[a] for y in groups[b])
        ]  # fmt: skip
        best = max(pairs, default=(-1.0, 0, 0))
        if best[0] < 0:
            break
        groups[best[1]] += groups.pop(best[2])
    return [next(root for root, held in groups.items() if g in held) for g in range(len(size))]


def test_a_reviewers_different_holds_inside_a_chain():
    apart = pd.DataFrame({"left": [0], "right": [2]})
    assert linked([(0, 1, 12.0), (1, 2, 11.0), (0, 2, 12.0)], 3) == [0, 0, 0]
    assert linked([(0, 1, 12.0), (1, 2, 11.0), (0, 2, 12.0)], 3, different=apart) == [0, 0, 2]


def test_draws_follow_the_probability_and_repeat():
    # 400 lone pairs at 0 bits: each joins in half of the draws (99% range of a share of 400 x 50 throws: 0.5 +- 2.58 x sqrt(.25 / 20000)),
    # once the shift of the whole model is taken away by a calibration
    n = 800
    records = _bare(n)
    pairs = pd.DataFrame({"left": range(0, n, 2), "right": range(1, n, 2), "weight": 0.0})
    certain = pd.DataFrame({"left": [], "right": [], "strength": [], "probability": []}).astype(
        {"left": int, "right": int}
    )
    groups = cluster.groups(records, pairs, certain)
    best = cluster.link(groups)
    drawn = cluster.draws(groups, best, count=50, seed=5, calibrate=cluster.probability)
    joined = np.mean([(d[::2] == d[1::2]).mean() for d in drawn])
    assert abs(joined - 0.5) < 2.58 * (0.25 / 20_000) ** 0.5
    again = cluster.draws(groups, best, count=50, seed=5, calibrate=cluster.probability)
    assert all((a == b).all() for a, b in zip(drawn, again, strict=True))
    # without labels the whole model may be off: the number of persons varies more from draw to draw than chance alone allows
    loose = [np.unique(d).size for d in cluster.draws(groups, best, count=50, seed=5)]
    assert np.std(loose) > 3 * np.std([np.unique(d).size for d in drawn])


def test_a_part_of_the_groups_is_joined_as_in_the_whole_and_its_guards_stand():
    # 0 lies alone; a reviewer told 1 from 3; 4 may be the firm or the consumer, and joins the stronger one; 7 and 8 are one for certain,
    # with two names that can be one person's, 9 is another of their household; 10 (no name) joins 11 and may not join 12 after it
    records = normalise.records(pd.DataFrame({
        "account_id": range(1, 14), "system": "shop", "kind": ["consumer"] * 4 + ["unknown", "business"] + ["consumer"] * 7,
        "first_name": ["Can", "Ali", "Ali", "Ali", None, None, "Su", "Ali", "Ali Can", "Ece", None, "Ali", "Ece"],
        "email": [None, "a@posta.example", "b@posta.example", "c@posta.example", None, None, None, *["d@posta.example"] * 6],
    }))  # fmt: skip
    rows = [(1, 2, 12.0), (2, 3, 11.0), (1, 3, 12.0), (4, 5, 9.0), (4, 6, 8.0), (7, 9, 12.0), (8, 9, 12.0)]
    rows += [(10, 11, 9.0), (10, 12, 8.0), (11, 12, 8.0)]
    certain = pd.DataFrame({"left": [7], "right": [8], "strength": [3], "probability": [0.99]})
    apart = pd.DataFrame({"left": [1], "right": [3]})
    whole = cluster.groups(records, pd.DataFrame(rows, columns=["left", "right", "weight"]), certain, different=apart)
    found = cluster.link(whole)
    assert found.label.tolist() == [0, 1, 1, 3, 4, 4, 6, 7, 7, 9, 10, 10, 12]
    for those in ([0], [1, 2, 3], [4, 5, 6], [7, 8, 9], [10, 11, 12], [0, 4, 5, 6, 10, 11, 12], [1, 2, 3, 7, 8, 9]):
        inside = np.zeros(whole.component.max() + 1, dtype=bool)
        inside[whole.component[whole.of[those]]] = True
        part = cluster.link(whole.part(inside))
        assert part.label.tolist() == found.label[those].tolist()
        assert np.array_equal(part.sure, found.sure[those], equal_nan=True)


def _bare(n: int) -> pd.DataFrame:
    return normalise.records(pd.DataFrame({"account_id": range(1, n + 1), "system": "shop", "kind": "consumer"}))


# --- ids that stay ----------------------------------------------------------------------------------------------------------


def give(labels: dict[int, int], before: pd.DataFrame, period: str) -> registry.Assigned:
    account = np.array(sorted(labels))
    return registry.assign(
        account, np.array([labels[a] for a in account]), before, period=period, as_of=NOVEMBER, key=KEY
    )


NOBODY = pd.DataFrame(
    {
        "account_id": pd.Series(dtype="int64"),
        "person_id": pd.Series(dtype="int64"),
        "first_period": pd.Series(dtype="str"),
    }
)


def test_ids_are_given_once_and_say_nothing():
    first = give({1: 1, 2: 1, 3: 3}, NOBODY, "2026-08")
    assert first.person[0] == first.person[1] != first.person[2]
    assert all(10**14 <= p < 10**15 for p in first.person)
    assert (give({1: 1, 2: 1, 3: 3}, NOBODY, "2026-08").person == first.person).all()  # the same month again
    other = registry.assign(
        np.array([1, 2, 3]), np.array([1, 1, 3]), NOBODY, period="2026-08", as_of=NOVEMBER, key=b"another key"
    )
    assert not set(other.person) & set(first.person)
    # a new record that sorts first in its cluster changes nothing
    later = give({0: 1, 1: 1, 2: 1, 3: 3, 9: 9}, first.registry, "2026-09")
    assert later.person[:4].tolist() == [first.person[0]] * 3 + [first.person[2]]
    assert later.log.empty
    assert later.registry.set_index("account_id").first_period.to_dict() == {
        0: "2026-09",
        1: "2026-08",
        2: "2026-08",
        3: "2026-08",
        9: "2026-09",
    }


def test_the_older_person_survives_a_merge_and_it_is_logged():
    august = give({5: 5}, NOBODY, "2026-08")
    september = give({1: 1, 2: 1, 5: 5}, august.registry, "2026-09")
    young, old = int(september.person[0]), int(september.person[2])
    october = give({1: 1, 2: 1, 5: 1}, september.registry, "2026-10")
    assert set(october.person) == {old}  # two records against one: age decides, not size
    assert october.log[["period", "event", "person_id", "into_person_id"]].to_numpy().tolist() == [
        ["2026-10", "merge", young, old]
    ]


def test_a_split_keeps_the_number_with_most_records_and_is_logged():
    before = give({1: 1, 2: 1, 3: 1}, NOBODY, "2026-09")
    old = int(before.person[0])
    after = give({1: 1, 2: 2, 3: 2}, before.registry, "2026-10")
    assert after.person[1] == after.person[2] == old
    new = int(after.person[0])
    assert new != old
    assert after.log[["event", "person_id", "into_person_id"]].to_numpy().tolist() == [["split", old, new]]


def test_a_record_that_is_gone_goes_with_its_person():
    before = give({1: 1, 2: 2, 3: 2}, NOBODY, "2026-08")
    after = give({1: 1, 2: 1}, before.registry, "2026-09")  # record 3 no longer comes; its person merged
    assert len(set(after.registry.person_id)) == 1
    assert after.registry.account_id.tolist() == [1, 2, 3]


# --- golden record ----------------------------------------------------------------------------------------------------------


def test_golden_record_by_hand():
    rows = accounts(
        named("A.", "Yılmaz", **MAIL, city="Ankara", source="unknown", system="erp"),
        named("Ayşe", "Yılmaz", **MAIL, city="İzmir", source="instagram", system="crm"),
        named("Ayşe", "Yılmaz", **MAIL, city="İzmir", source="store", system="shop") | {"email": "Yilmaz@posta.example"},
    )  # fmt: skip
    gold = resolve(rows, period="2026-10", as_of=NOVEMBER, key=KEY).golden.iloc[0]
    assert (gold["first_name"], gold.city, gold.email) == (
        "Ayşe",
        "İzmir",
        "yilmaz@posta.example",
    )  # two of three; never the initial
    assert gold.source == "instagram"  # the earliest that says anything: the first record's is unknown
    assert gold.created_at == pd.Timestamp(2025, 1, 1)
    assert "city=shop" in gold.origins and "source=crm" in gold.origins


@pytest.mark.parametrize(("systems", "said", "share"), [
    (["crm"], "only one system", None), (["crm", "shop"], "100% of the records met none of another system", 1.0),
])  # fmt: skip
def test_records_of_one_system_are_not_said_to_have_met_none_of_another(systems, said, share):
    groups = ["all", *systems]
    shares = (("unmatched_share", 1.0), ("unlinkable_share", 0.0))
    quality = pd.DataFrame([(m, g, v, None, None, 2, "count") for g in groups for m, v in shares],
                           columns=["measure", "group", "value", "low", "high", "n", "method"])  # fmt: skip
    found = SimpleNamespace(persons=pd.DataFrame({"person_id": [1, 2]}), match_quality=quality)
    assert said in answers.say(Context("02_identity", "2026-02", "en"), found)[0].text_en
    shown = answers.by_system(found)["unmatched_share"].dropna()
    assert set(shown) == (set() if share is None else {share})


def test_what_persons_were_made_from_is_noted_for_the_lineage():
    """The share of right matches on page two goes back to the files of contacts, through the tables that the notebook read."""
    from scrm_helpers.identity import io

    noted = []
    found = SimpleNamespace(**dict.fromkeys(io.WRITTEN))
    io.write(SimpleNamespace(write=lambda *_: None, noted=lambda *names: noted.extend(names)), found)
    assert noted == ["accounts", "exclusions"]
