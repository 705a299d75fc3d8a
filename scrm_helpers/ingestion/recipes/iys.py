"""İYS, the Turkish register of consents."""

from scrm_helpers.ingestion.expressions import (
    Col,
    Const,
    Contact,
    Made,
    MapTo,
    Not,
    When,
)
from scrm_helpers.ingestion.recipe import Feed, recipe


@recipe("iys_consents", system="contact", needs=["Alıcı", "İzin Kanalı", "İzin Durumu", "İzin Tarihi"])
def iys_consents():
    """İYS (Turkish consent register): one statement by contact and channel; a withdrawal is a later row."""
    to = Col("Alıcı")
    who = Contact(to)
    mail = Made("contains({a}, '@')", "text", a=to)
    return [
        Feed(
            "consents",
            {
                "account_id": who,
                "at": Col("İzin Tarihi"),
                "purpose": Const("marketing"),
                "channel": MapTo(
                    Col("İzin Kanalı"), {"EPOSTA": "email", "E-posta": "email", "MESAJ": "sms", "ARAMA": "call"}
                ),
                "status": MapTo(Col("İzin Durumu"), {"ONAY": "granted", "RET": "withdrawn", "RED": "withdrawn"}),
            },
        ),
        Feed(
            "accounts",
            {
                "account_id": who,
                "is_internal": Const(False),
                "email": When(mail, to),
                "phone": When(Not(mail), to),
                "kind": MapTo(
                    Col("Alıcı Tipi"),
                    {"BIREYSEL": "consumer", "TACIR": "business"},
                    other=Const("unknown"),
                    blank="unknown",
                ),
            },
            group=to,
        ),
    ]
