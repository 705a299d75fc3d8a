"""Goals that the made-up management wrote down, drawn around what is true."""

import numpy as np
import pandas as pd

from scrm_helpers.sample.world import World


def promises(world: World, headline: pd.DataFrame) -> list[tuple]:
    """Goals with promised ranges by month: one that is kept, one that is missed, one that cannot be told yet."""
    s = world.s
    declared = pd.Timestamp(s.first_day + min(60, s.days // 4)).to_pydatetime()
    due = pd.Timestamp(s.end_day - 1).to_pydatetime()
    cac = headline[(headline.measure == "cac") & (headline.group == "social")].set_index("month").value
    rows = []
    for month in s.month_names[2:]:
        base = float(np.nan_to_num(cac.get(month, np.nan), nan=400.0))
        rows.append(
            (
                "H1",
                "Kârlı büyüme",
                "Sosyal medyadan müşteri kazanımı",
                "Müşteri edinme maliyetini düşürmek",
                "cac",
                "Hedefleme",
                "Meta",
                "E. Kaya",
                due,
                250_000,
                400,
                month,
                round(base * 0.85),
                round(base * 1.25),
                declared,
            )
        )
        rows.append(
            (
                "H2",
                "Sadakat",
                "Topluluk",
                "12 aylık tekrar satın almayı artırmak",
                "retention",
                "Sadakat postası",
                "HubSpot",
                "C. Demir",
                due,
                120_000,
                250,
                month,
                0.62,
                0.70,
                declared,
            )
        )
        rows.append(
            (
                "H3",
                "Memnuniyet",
                "Sosyal destek",
                "Memnuniyeti yükseltmek",
                "csat",
                "Mesajla destek",
                "Zendesk",
                "D. Koç",
                due,
                80_000,
                300,
                month,
                0.75,
                0.85,
                declared,
            )
        )
    return rows
