"""What is said before a campaign, while its list can yet be made: the plan that one needs, and what each of the calendar would show."""

import pandas as pd

from scrm_helpers import findings, texts, units
from scrm_helpers.campaigns import answer, planner
from scrm_helpers.campaigns.rows import USUAL, Hoped
from scrm_helpers.findings import Context, Finding
from scrm_helpers.units import Unit


def plans(context: Context, table: pd.DataFrame, hoped: Hoped = USUAL, *, why: str = "few") -> list[Finding]:
    """What a coming campaign needs before anyone asks what one did: stores and weeks to see `hoped.lift` four times in five.

    A second finding names the stores and weeks asked for that the data are too few for. `why` there is no plan: see `judge.Judged`.
    """
    if table.empty:
        return [findings.missing(context, f"campaigns.plan_missing.{why}", export=answer.REMEDY.get(why, "orders"), id="campaigns.plan")]
    found = planner.cheapest(table, hoped.lift)
    best = table.sort_values(["smallest_visible", "weeks", "stores"]).iloc[0] if found is None else found
    values = {"stores": (int(best["stores"]), Unit.COUNT), "weeks": (7 * int(best["weeks"]), Unit.DAYS), "target": (hoped.lift, Unit.SHARE),
              "visible": (float(best["smallest_visible"]), Unit.SHARE)}  # fmt: skip
    text_id = "campaigns.plan" if found is not None else "campaigns.plan_short"
    said = [findings.say(context, text_id, id="campaigns.plan", values=values, window="all")]
    for name, unit, each, numbers in zip(("stores", "weeks"), (Unit.COUNT, Unit.DAYS), (1, 7), planner.beyond(table, hoped), strict=True):
        if numbers:
            asked = {s: ", ".join(units.write(each * k, unit, s) for k in numbers) for s in texts.LANGUAGES}
            text_id = f"campaigns.plan_beyond_{name}"
            said.append(findings.say(context, text_id, values={"asked": asked}, window="all"))
    return said


def campaigns(context: Context, lifts: pd.DataFrame, plans: pd.DataFrame, hoped: Hoped) -> list[Finding]:
    """One finding per campaign of the calendar that has not begun: the smallest lift that its own stores would show in its own days.

    Where that is above the lift hoped for, the cheapest of `plans` that is no smaller and shows it. Without a list of stores (or of
    people with some held out) the sentence asks for one before it starts.
    """
    rows = lifts[lifts["state"] == "planned"] if len(lifts) else lifts
    return [_campaign(context, row, plans, hoped) for row in rows.itertuples()]


def _campaign(context: Context, row, plans: pd.DataFrame, hoped: Hoped) -> Finding:
    known = {"name": row.campaign, "starts": row.starts_on, "days": (row.days, Unit.DAYS), "target": (hoped.lift, Unit.SHARE),
             "places": row.places}  # fmt: skip
    options = {"id": f"campaigns.coming.{row.campaign_id}", "window": "all", "values": known}
    if row.design != "stores":
        known["plan"] = _plan(context, "example", planner.cheapest(plans, hoped.lift) if len(plans) else None)
        kind = "people" if row.design == "accounts" else "no_list"
        return findings.say(context, f"campaigns.coming.{kind}", missing="campaign_units", **options)
    if row.coming != "ok":
        if export := answer.REMEDY.get(row.coming, ""):
            del options["window"]
            return findings.missing(context, f"campaigns.coming.{row.coming}", export=export, **options)
        return findings.say(context, f"campaigns.coming.{row.coming}", **options)
    counts = {"treated": int(row.treated), "all": int(row.treated + row.controls), "listed": int(row.listed)}
    written = {language: {k: units.integer(n, language) for k, n in counts.items()} for language in texts.LANGUAGES}
    known["where"] = {k: texts.say(f"campaigns.coming.where.{row.place}", k, **written[k]) for k in texts.LANGUAGES}
    known |= {"visible": (row.smallest_visible, Unit.SHARE), "counted": answer.counted(row)}
    if row.smallest_visible <= hoped.lift:
        return findings.say(context, "campaigns.coming.shows", **options)
    larger = plans[(plans["stores"] >= row.treated) & (7 * plans["weeks"] >= row.days)] if row.place == "store" else plans
    best = planner.cheapest(larger, hoped.lift) if len(larger) else None
    known["plan"] = _plan(context, "help", best)
    return findings.say(context, "campaigns.coming.short", **options)


def _plan(context: Context, name: str, best: pd.Series | None) -> dict[str, str]:
    """A plan as a sentence of its own, a blank before it; without one what there is to say then."""
    out = {}
    for language in texts.LANGUAGES:
        said = {} if best is None else {"stores": units.integer(int(best["stores"]), language),
                                        "weeks": units.write(7 * int(best["weeks"]), Unit.DAYS, language),
                                        "shown": units.write(float(best["smallest_visible"]), Unit.SHARE, language)}  # fmt: skip
        out[language] = texts.say(f"campaigns.coming.{name}" if said else f"campaigns.coming.no_{name}", language, **said)
    return out
