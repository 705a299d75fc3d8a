"""Made-up person records for time and memory: Turkish names, contacts, places, slips; about 1.7 records per person."""

import numpy as np
import pandas as pd

GIVEN = (
    "Ayşe Fatma Mehmet Mustafa Ahmet Zeynep Elif Hüseyin İbrahim Özlem Çiğdem Şule Gökhan Burak Işıl Umut Deniz Ege Kerem Ali Can"
).split()
SYLLABLES = "kara ak demir öz yıl taş gül er ay dağ su kaya bey han tepe göl çelik kor alp baş".split()
CITIES = "İstanbul Ankara İzmir Bursa Antalya Adana Konya Gaziantep Mersin Kayseri Eskişehir Samsun".split()
MORE = 1.7  # records per person
SLIP, NO_MAIL, NO_PHONE = 0.05, 0.3, 0.3


def make(n: int, *, seed: int) -> tuple[pd.DataFrame, np.ndarray]:
    """`n` accounts and the true person of each."""
    rng = np.random.default_rng(seed)
    people = max(1, int(n / MORE))
    who = np.sort(rng.integers(0, people, n))
    given = np.array(GIVEN, dtype=object)[rng.integers(0, len(GIVEN), people)]
    parts = np.array(SYLLABLES, dtype=object)
    family = (
        parts[rng.integers(0, len(parts), people)]
        + parts[rng.integers(0, len(parts), people)]
        + parts[rng.integers(0, len(parts), people)]
    )
    number = 530_000_0000 + rng.permutation(people).astype("int64") * 41 % 99_999_999
    rows = pd.DataFrame({
        "account_id": np.arange(1, n + 1), "kind": "consumer",
        "system": np.array(["shop", "crm", "erp"], dtype=object)[rng.integers(0, 3, n)],
        "first_name": given[who], "last_name": family[who],
        "city": np.array(CITIES, dtype=object)[rng.integers(0, len(CITIES), people)][who],
        "birth_year": rng.integers(1940, 2006, people)[who],
    })  # fmt: skip
    slip = rng.random(n) < SLIP
    rows.loc[slip, "last_name"] = rows.last_name[slip].str[:-1]
    mail = pd.Series(
        [f"m{p}.{g[:1].lower()}@posta.example" for p, g in zip(range(people), given, strict=True)], dtype=object
    )[who].to_numpy()
    rows["email"] = np.where(rng.random(n) < NO_MAIL, None, mail)
    rows["phone"] = np.where(
        rng.random(n) < NO_PHONE, None, ("0" + pd.Series(number).astype(str)).to_numpy(dtype=object)[who]
    )
    return rows, who
