"""Logo (ERP): invoice lines and customer cards, as an analyst exports them: cp1254, semicolons, decimal commas."""

from pathlib import Path

import numpy as np
import pandas as pd

from scrm_helpers.sample.blocks import Block
from scrm_helpers.sample.mess import phone_text
from scrm_helpers.sample.purchases import net_of
from scrm_helpers.sample.raw.text import csv_text, moment, money, save
from scrm_helpers.sample.world import SPLIT, World, split_code, split_day

WALK_IN_CARD, WALK_IN_NAME = "120.99.9999", "PERAKENDE MÜŞTERİ"


def invoice_lines(world: World, block: Block, cards: pd.DataFrame, root: Path) -> pd.DataFrame:
    """One file per year of sale and return lines; returns the planted defects (file, row id, kind).

    `cards` are the customer cards; `record` of an order is the row of the card that it was booked on.
    """
    lines, defects = _rows(world, block, cards)
    for year, part in lines.groupby("year", sort=True):
        path = root / "logo" / f"LOGO_FATURA_SATIRLARI_{year}.csv"
        first = block.number == 0
        save(
            path, _text(part, header=first, since=world.s.first_year), encoding="cp1254", ends="\r\n", append=not first
        )
    return defects


def _rows(world: World, block: Block, cards: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    s, orders = world.s, block.sales.orders
    lines = block.sales.lines[block.sales.lines.system == "logo"]
    of = orders.loc[lines.row].reset_index(drop=True)
    lines = lines.reset_index(drop=True)
    wholesale = (of.person <= -2).to_numpy()
    sale = pd.DataFrame({
        "year": of.year, "number": of.number, "day": of.day, "trcode": np.where(wholesale, 8, 7),
        "person": of.person, "store": of.store, "product": lines["product"], "quantity": lines.quantity,
        "unit": lines.unit, "vat": lines.vat, "net": lines.net, "cancelled": 0, "line": lines.line_no,
        "record": of.record,
    })  # fmt: skip
    back = lines.returned.to_numpy() > 0
    returned = sale[back].assign(
        trcode=np.where(wholesale[back], 3, 2),
        day=lines.return_day[back].to_numpy(),
        quantity=lines.returned[back].to_numpy(),
        net=lines.returned_net[back].to_numpy(),
        unit=(lines.returned_gross[back] / lines.returned[back]).round().astype("int64").to_numpy(),
    )
    days = s.first_day + returned.day.to_numpy()
    returned["year"] = days.astype("M8[Y]").astype(int) + 1970
    returned = returned.sort_values(["day", "number", "line"], kind="stable")
    returned["number"] = returned.groupby("year").cumcount() + 700_000 + block.number * 5_000_000
    everything = pd.concat([sale, returned, *_planted(world, block, sale)], ignore_index=True)
    everything = everything.sort_values(["year", "day", "number", "line"], kind="stable", ignore_index=True)
    defects = everything.loc[
        everything.cancelled.gt(0) | everything.day.ge(s.days), ["year", "number", "cancelled"]
    ].drop_duplicates()
    defects = pd.DataFrame({
        "file": [f"logo/LOGO_FATURA_SATIRLARI_{y}.csv" for y in defects.year],
        "row_id": [f"{n:012d}" for n in defects.number],
        "kind": np.where(defects.cancelled > 0, "cancelled_rows", "future_rows"),
    })  # fmt: skip
    person = everything.person.to_numpy()
    for column, walk_in in (("card", WALK_IN_CARD), ("title", WALK_IN_NAME), ("special", "")):
        values = cards[column].to_numpy(dtype=object)[everything["record"]]
        everything[column] = pd.Series(np.where(person == -1, walk_in, values), dtype="str")
    everything["branch"] = _branch(world, everything)
    days = s.first_day + np.minimum(everything.day.to_numpy(), s.days + 1400)
    everything["date"] = moment(days, "%d.%m.%Y").to_numpy(zero_copy_only=False)
    inside = world.s.rng("vat in", block.number).random(len(everything)) < s.rate("vat_mix")
    everything["vat_in"] = (inside & (person > -2)).astype(int)
    return everything, defects


def _planted(world: World, block: Block, sale: pd.DataFrame) -> list[pd.DataFrame]:
    """Cancelled invoices (they never counted) and, in the first block, rows dated years ahead."""
    s, rng = world.s, world.s.rng("cancelled", block.number)
    out = []
    heads = sale[(sale.line == 1) & (rng.random(len(sale)) < s.rate("cancelled_rows") * 3)]
    out.append(heads.assign(cancelled=1, number=np.arange(len(heads)) + 900_001 + block.number * 5_000_000))
    if s.on("future_rows") and block.number == 0:
        ahead = sale.iloc[rng.choice(len(sale), 3, replace=False)]
        out.append(
            ahead.assign(
                day=s.days + np.array([150, 900, 1290]), year=sale.year.max(), number=np.arange(3) + 990_001, line=1
            )
        )
    return out


def _branch(world: World, rows: pd.DataFrame) -> np.ndarray:
    codes = world.stores["code"].to_numpy()
    branch = codes[rows.store.to_numpy()]
    for k in np.flatnonzero(world.stores.formerly.to_numpy() != ""):
        old = (rows.store == k).to_numpy() & (
            world.s.first_day + rows.day.to_numpy() < np.datetime64(world.stores.renamed_on[k], "D")
        )
        branch = np.where(old, world.stores.formerly[k], branch)
    if world.s.on("split_store"):  # half of the invoices of one store move to a second code
        moved = (
            (rows.store == SPLIT).to_numpy()
            & (rows.day.to_numpy() >= split_day(world))
            & (rows.number % 2 == 1).to_numpy()
        )
        branch = np.where(moved, split_code(world), branch)
    return branch


def _text(rows: pd.DataFrame, *, header: bool, since: int) -> str:
    period = rows.year - since + 1  # a new period, and numbers from 1, each year
    unit = np.where(rows.vat_in == 1, rows.unit, net_of(rows.unit.to_numpy(), rows.vat.to_numpy()))
    n = len(rows)
    columns = {
        "FIRMA": np.full(n, "001"), "DONEM": np.char.zfill(period.to_numpy().astype("U2"), 2),
        "FICHENO": np.char.zfill(rows.number.to_numpy().astype("U12"), 12), "DATE_": rows.date,
        "TRCODE": rows.trcode, "ISYERI": rows.branch, "CARI_KOD": rows.card, "CARI_UNVAN": rows.title,
        "SATIR_TURU": np.zeros(n, int),
        "STOK_KODU": np.char.add("STK-", np.char.zfill((rows["product"].to_numpy() + 1).astype("U4"), 4)),
        "MIKTAR": rows.quantity, "BIRIM_FIYAT": money(unit, comma=True, thousands=True), "KDV_ORANI": rows.vat,
        "KDV_DAHIL": rows.vat_in, "SATIR_NET": money(rows.net, comma=True, thousands=True),
        "DOVIZ": np.full(n, "TL"), "KUR": np.full(n, "1"), "IPTAL": rows.cancelled, "OZEL_KOD": rows.special,
    }  # fmt: skip
    return csv_text(columns, sep=";", header=header, quote="none")


def customer_cards(world: World, block: int, cards: pd.DataFrame, root: Path) -> None:
    """Customer cards: code, title, contacts as keyed, province, special code."""
    first = block == 0
    phones = phone_text(world.s, world.s.rng("card phones", block), cards.phone.to_numpy(), "logo")
    columns = {
        "CARI_KOD": cards.card, "CARI_UNVAN": cards.title, "ADI": cards.given, "SOYADI": cards.family,
        "SAHIS_SIRKETI": cards.is_person.astype(int), "TELEFON1": phones, "EPOSTA": cards.email,
        "IL": cards.city, "ILCE": cards.district, "VERGI_NO": cards.tax,
        "KAYIT_TARIHI": moment(cards.created, "%d.%m.%Y"), "OZEL_KOD": cards.special,
    }  # fmt: skip
    save(
        root / "logo" / "LOGO_CARI_KARTLAR.csv",
        csv_text(columns, sep=";", header=first, quote="none"),
        encoding="cp1254",
        ends="\r\n",
        append=not first,
    )
