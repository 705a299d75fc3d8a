"""Shopify (web shop) and Trendyol (marketplace): orders as their back offices export them, VAT inside the prices."""

from pathlib import Path

import numpy as np
import pandas as pd

from scrm_helpers.sample.blocks import Block
from scrm_helpers.sample.mess import phone_text
from scrm_helpers.sample.raw.text import csv_text, join, moment, money, save
from scrm_helpers.sample.records import Records
from scrm_helpers.sample.world import World

HEADER = (
    "Name", "Email", "Financial Status", "Paid at", "Fulfillment Status", "Fulfilled at", "Accepts Marketing", "Currency",
    "Subtotal", "Shipping", "Taxes", "Total", "Discount Code", "Discount Amount", "Shipping Method", "Created at",
    "Lineitem quantity", "Lineitem name", "Lineitem price", "Lineitem sku", "Billing Name", "Billing City",
    "Billing Country", "Billing Phone", "Note Attributes", "Cancelled at", "Payment Method", "Refunded Amount", "Vendor",
    "Id", "Tags", "Risk Level", "Source", "Lineitem discount",
)  # fmt: skip
ORDER_FIELDS = tuple(
    h for h in HEADER if not h.startswith("Lineitem") and h not in ("Name", "Email", "Created at", "Vendor")
)
SOURCE_NAMES = {"instagram": "instagram", "facebook": "facebook", "tiktok": "tiktok"}  # sales channels of the shop
CODES = {"instagram": "INSTA10", "facebook": "FB10", "tiktok": "TIKTOK10", "email": "BULTEN10", "whatsapp": "WP10"}


def shopify_orders(world: World, block: Block, records: Records, root: Path) -> pd.DataFrame:
    """One file per year; order fields stand on the first line of an order only. Returns planted defects."""
    s = world.s
    orders = block.sales.orders
    mine = orders[orders.system == "shopify"]
    lines = block.sales.lines[block.sales.lines.system == "shopify"]
    extra, extra_lines, defects = _planted(world, block, mine, lines)
    mine = pd.concat([mine, extra])
    lines = pd.concat([lines, extra_lines], ignore_index=True)
    mine = mine.assign(place=np.arange(len(mine)))
    of = mine.loc[lines.row, "place"].to_numpy()
    head = _heads(world, block, records, mine)
    first = np.concatenate([[True], of[1:] != of[:-1]])
    columns = {h: np.where(first, head[h].to_numpy(dtype=object)[of], "") for h in ORDER_FIELDS}
    for h in ("Name", "Email", "Created at"):
        columns[h] = head[h].to_numpy(dtype=object)[of]
    goods = world.products
    columns["Lineitem quantity"] = lines.quantity.to_numpy().astype(str)
    columns["Lineitem name"] = goods["name"].to_numpy(dtype=object)[lines["product"]]
    columns["Lineitem price"] = money(lines.unit).to_numpy(zero_copy_only=False)
    columns["Lineitem sku"] = goods["code"].to_numpy(dtype=object)[lines["product"]]
    columns["Lineitem discount"] = np.full(len(lines), "0.00")
    columns["Vendor"] = np.full(len(lines), "Örnek")
    table = pd.DataFrame({h: columns[h] for h in HEADER})
    year = mine.year.to_numpy()[of]
    for y in np.unique(year):
        path = root / "shopify" / f"orders_export_{y}.csv"
        save(path, csv_text(dict(table[year == y])), append=block.number > 0) if block.number == 0 else save(
            path, csv_text(dict(table[year == y]), header=False), append=True
        )
    if s.on("utc_stamps") and block.number == 0 and len(np.unique(mine.year)) > 1:
        shifted = pd.DataFrame({"year": [mine.year.min() + 1], "row_id": ["Created at"], "kind": ["utc_stamps"]})
        defects = pd.concat([defects, shifted], ignore_index=True)
    defects["file"] = "shopify/orders_export_" + defects.pop("year").astype(str) + ".csv"
    shopify_customers(s, block, records, root)
    return defects


def _planted(world: World, block: Block, mine: pd.DataFrame, lines: pd.DataFrame):
    """Voided and test orders: copies of real ones under numbers of their own; they are no sale."""
    s, rng = world.s, world.s.rng("shopify planted", block.number)
    void = mine[rng.random(len(mine)) < s.rate("cancelled_rows")].assign(status="voided")
    test = mine.iloc[:0].assign(status="test")
    if s.on("test_rows"):
        test = mine[rng.random(len(mine)) < 0.0006].assign(status="test")
    extra = pd.concat([void, test])
    numbers = mine.number.max() + 1 + np.arange(len(extra))
    old = extra.index.to_numpy()
    extra = extra.assign(number=numbers, returned_gross=0, returned_net=0)
    extra.index = len(block.sales.orders) + np.arange(len(extra))
    copies = [lines[lines.row == o].assign(row=n) for o, n in zip(old, extra.index, strict=True)]
    defects = pd.DataFrame({
        "year": extra.year, "kind": np.where(extra.status == "test", "test_rows", "cancelled_rows"),
        "row_id": "#" + (extra.number + 1000).astype(str),
    })  # fmt: skip
    return extra, pd.concat(copies) if copies else lines.iloc[:0], defects


def _heads(world: World, block: Block, records: Records, mine: pd.DataFrame) -> pd.DataFrame:
    s, rng = world.s, world.s.rng("shopify heads", block.number)
    n = len(mine)
    status = mine["status"].fillna("").to_numpy() if "status" in mine else np.full(n, "")
    book = records.shopify.iloc[mine.record.to_numpy()].reset_index(drop=True)
    created, zone = _clock(world, mine)
    paid = mine["at"].to_numpy() + np.timedelta64(4, "s")
    void = status == "voided"
    gone = mine.returned_gross.to_numpy()
    finance = np.where(
        void, "voided", np.where(gone == 0, "paid", np.where(gone >= mine.gross, "refunded", "partially_refunded"))
    )
    touch = mine.touch.to_numpy()
    source = pd.Series(touch).map(SOURCE_NAMES).fillna("web").to_numpy()
    note = np.where(
        touch != "",
        "utm_source: "
        + touch
        + "\nutm_medium: "
        + np.where(np.isin(touch, ("search", "direct", "referral")), "organic", "paid")
        + np.where(mine.touch_campaign != "", "\nutm_campaign: " + mine.touch_campaign, ""),
        "",
    )
    code = np.where(mine.coupon, pd.Series(touch).map(CODES).fillna("HOSGELDIN10").to_numpy(), "")
    ship = mine.shipping.to_numpy()
    vat = mine.gross.to_numpy() - mine.net.to_numpy()
    done = created.to_numpy(zero_copy_only=False)
    blank = np.full(n, "")
    test = status == "test"
    out = {
        "Name": "#" + (mine.number + 1000).astype(str).to_numpy(), "Email": np.where(test, "test@ornek.example", book.email),
        "Financial Status": finance, "Paid at": np.where(void, "", join(moment(paid, "%Y-%m-%d %H:%M:%S"), " +0300")),
        "Fulfillment Status": np.where(void, "unfulfilled", "fulfilled"), "Fulfilled at": blank,
        "Accepts Marketing": np.where(block.people.consent.to_numpy()[mine.person], "yes", "no"),
        "Currency": np.full(n, "TRY"), "Subtotal": money(mine.gross.to_numpy() - ship), "Shipping": money(ship),
        "Taxes": money(vat), "Total": money(mine.gross), "Discount Code": code, "Discount Amount": money(mine.off),
        "Shipping Method": np.where(ship > 0, "Standart", "Ücretsiz"), "Created at": done,
        "Billing Name": np.where(test, "Test Sipariş", book.given + " " + book.family), "Billing City": book.city,
        "Billing Country": np.full(n, "TR"), "Billing Phone": phone_text(s, rng, book.phone, "shopify"),
        "Note Attributes": note, "Cancelled at": np.where(void, done, ""), "Payment Method": np.full(n, "iyzico"),
        "Refunded Amount": money(gone), "Id": (5_500_000_000_000 + mine.number).astype(str).to_numpy(),
        "Tags": np.where(test, "test", ""), "Risk Level": np.full(n, "Low"), "Source": source,
    }  # fmt: skip
    return pd.DataFrame({k: np.asarray(v, dtype=object) for k, v in out.items()}).fillna("")


def _clock(world: World, mine: pd.DataFrame):
    """`Created at` with the offset of the shop; in one year the export was made with the clock on UTC."""
    at = mine["at"].to_numpy()
    utc = np.zeros(len(mine), bool)
    if world.s.on("utc_stamps"):
        utc = (mine.year == mine.year.min() + 1).to_numpy()
    text = moment(np.where(utc, at - np.timedelta64(3, "h"), at), "%Y-%m-%d %H:%M:%S")
    return join(text, np.where(utc, " +0000", " +0300")), utc


def shopify_customers(s, block: Block, records: Records, root: Path) -> None:
    """The shop's customer accounts."""
    rng = s.rng("shopify customers", block.number)
    rows = records.shopify
    columns = {
        "Customer ID": join("'", rows.record.astype(str)), "First Name": rows.given, "Last Name": rows.family,
        "Email": rows.email, "Accepts Email Marketing": np.where(block.people.consent.to_numpy()[rows.person], "yes", "no"),
        "Default Address City": rows.city, "Default Address Country Code": np.full(len(rows), "TR"),
        "Phone": phone_text(s, rng, rows.phone, "shopify"), "Created At": moment(rows.created, "%Y-%m-%d %H:%M:%S +0300"),
    }  # fmt: skip
    save(
        root / "shopify" / "customers_export.csv", csv_text(columns, header=block.number == 0), append=block.number > 0
    )


def trendyol_orders(world: World, block: Block, root: Path) -> pd.DataFrame:
    """One cp1254 file per year, one row per line, buyers masked; returns planted defects."""
    s, rng = world.s, world.s.rng("trendyol", block.number)
    orders = block.sales.orders
    lines = block.sales.lines[block.sales.lines.system == "trendyol"]
    of = orders.loc[lines.row]
    people = block.people.iloc[of.person]
    cancelled = lines[(rng.random(len(lines)) < s.rate("cancelled_rows") * 3) & (lines.line_no == 1).to_numpy()]
    every = pd.concat([lines.assign(void=False), cancelled.assign(void=True)], ignore_index=True)
    of = orders.loc[every.row]
    people = block.people.iloc[of.person]
    number = of.number.to_numpy() + np.where(every.void, 6_000_000, 0) + 1_023_000_000
    status = np.where(every.void, "İptal Edildi", np.where(every.returned > 0, "İade Edildi", "Teslim Edildi"))
    goods = world.products.iloc[every["product"]]
    hide = s.on("marketplace_mask")
    buyer = (
        people["first"].str[0] + "**** " + people["last"].str[0] + "****"
        if hide
        else people["first"] + " " + people["last"]
    )
    mail = "pf+x" + pd.Series(number).astype(str) + "@trendyolmail.example" if hide else people.email
    billed = money(every.gross, comma=True, thousands=True).to_numpy(zero_copy_only=False)
    columns = {
        "Sipariş Numarası": number, "Paket No": number + 977_000_000, "Sipariş Tarihi": moment(of["at"], "%d.%m.%Y %H:%M"),
        "Sipariş Statüsü": status, "Alıcı": buyer, "İl": people.city, "İlçe": people.district, "Barkod": goods.barcode,
        "Stok Kodu": goods.code, "Ürün Adı": goods.name, "Adet": every.quantity,
        "Birim Fiyatı": money(every.unit, comma=True, thousands=True), "Satış Tutarı": money(every.full, comma=True, thousands=True),
        "İndirim Tutarı": money(every.off, comma=True, thousands=True),
        "Faturalanacak Tutar": np.where(every.void, "Henüz fatura kesilmemiştir.", billed),
        "Komisyon Oranı": np.full(len(every), "21,5"), "E-Posta": mail,
    }  # fmt: skip
    year = of.year.to_numpy()
    table = pd.DataFrame({k: np.asarray(v) for k, v in columns.items()})
    order = np.lexsort((every.line_no, number, of["at"].to_numpy()))
    table, year = table.iloc[order], year[order]
    for y in np.unique(year):
        text = csv_text(dict(table[year == y]), sep=";", header=block.number == 0, quote="none")
        save(root / "trendyol" / f"Trendyol_Siparisler_{y}.csv", text, encoding="cp1254", append=block.number > 0)
    return pd.DataFrame({
        "kind": "cancelled_rows", "row_id": number[every.void.to_numpy()].astype(str),
        "file": [f"trendyol/Trendyol_Siparisler_{y}.csv" for y in of.year[every.void.to_numpy()]],
    })  # fmt: skip
