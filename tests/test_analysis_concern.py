"""A concern is a fault, ours, and neither solved nor refuted: labels.md, "Concern" and "Fine points"."""

from __future__ import annotations

import pytest

from tests.analysers import analysed, labels, of_kind

OF_US = [
    "Northside is worried: Riverside boxes came late again",
    "The Weekend Box was missing the baby food, for the second time.",
    "Half of the bread that Riverside sent us on Monday was mouldy.",
    "RFN never answers its phone, we have been trying since Tuesday.",
    "I love the idea of Pantry on Wheels but the stairs make it impossible to get in with a pram.",
    "Riverside told the paper that all the work was theirs. Not a word of credit for the tenants. Unfair.",
    "A small note: the opening hours on the Riverside website are wrong.",
    "Your Thursday deliveries keep coming after we have closed.",
    "We are afraid that Riverside will stop the Weekend Box this winter.",
    "Riverside's driver shouted at one of our volunteers yesterday.",
    "No reply from Riverside for two weeks now. Is anybody there?",
    "Why has the Weekend Box been cancelled again without a word?",
    "I was fobbed off by Riverside once more, very disappointed.",
    "They promised us a fridge by May, Riverside still has not delivered it.",
    "Somebody at the Riverside desk passed my address on to another family without asking. Dangerous.",
    "The Weekend Box has gone downhill since the new supplier.",
    "Two children were sick after the Weekend Box chicken.",
    "A sheet of paper was fixed to the gate: nobody at the Pantry on Wheels had told us of the new stop.",
    "The Weekend Box came half a day late, we stood in the rain for nothing.",
    "RFN gave the list of our members to a marketing firm without asking for their consent.",
    "Riverside cancelled Sunday's pick-up ten minutes before it was due.",
    "El reparto de Riverside llegó otra vez con dos horas de retraso.",
    "Nadie de RFN nos contesta los correos desde hace un mes.",
    "La leche del Weekend Box estaba caducada.",
    "Nos preocupa que Riverside deje de venir al barrio, dicen que va a cerrar.",
    "Vuestro formulario es imposible de rellenar desde el móvil.",
    "Riverside nos prometió mantas en noviembre y todavía nada.",
    "A voluntária da Riverside gritou com a minha mãe.",
    "As caixas da Riverside vieram com fruta podre.",
    "A RFN não responde aos nossos emails há semanas.",
    "Estamos muito desiludidos com a Riverside, mais uma promessa por cumprir.",
    "O Weekend Box chegou atrasado outra vez.",
]

NOT_OF_US = [
    "The council cancelled the bus to the market again, it is a disgrace.",
    "Thank you Riverside, the Weekend Box saved us this month!",
    "When does the Weekend Box arrive on Saturday?",
    "Riverside is looking for ten more drivers.",
    "My landlord still has not fixed the boiler.",
    "The Riverside boxes have never been late, not once.",
    "Last week's late delivery has been sorted, thanks Riverside.",
    "People claim that Riverside throws food away. That is not true, I work in the warehouse.",
    "If your box is late, please call us.",
    "Northside is closed on Friday because of a burst pipe.",
    "Could Riverside bring two more boxes on Monday, please?",
    "Maybe Riverside could share its route online.",
    "The post office lost our parcel, but the Riverside team found it. Heroes!",
    "Dear bus company, your drivers are always late.",
    "Opposite the Riverside hall the supermarket sells rotten fruit.",
    "Is the Weekend Box late today?",
    "There are bad news from everywhere, but the Pantry on Wheels makes my week.",
    "A storm flooded the market, so Riverside moved the stall to the school.",
    "Metro Energy cut us off without warning.",
    "El ayuntamiento ha cancelado otra vez la recogida de basura.",
    "Muchas gracias a Riverside por las cajas.",
    "¿A qué hora llega el Weekend Box?",
    "Dicen que Riverside cobra por las cajas. No es verdad.",
    "El problema con las cajas ya está solucionado, gracias Riverside.",
    "El autobús llega tarde cada día.",
    "Sin quejas de Riverside, siempre puntuales.",
    "A câmara não recolhe o lixo há semanas.",
    "Obrigada à Riverside, nunca falham.",
    "O atraso da Riverside já foi resolvido.",
    "O comboio chegou atrasado outra vez.",
    "It has been put right: Riverside found the mistake in its list and fixed it.",
    "We feared that the Weekend Box would be late all winter. It was not.",
    "No se entiende. Vergonzoso, Metroluz. Menos mal que Riverside trajo velas.",
    "Ficámos sem luz e a Voltamar não atende. Obrigada à Riverside pelas velas.",
    "Stairs and no lift, that is my house. Could Riverside leave the box at the door?",
]


def _is_concern(text: str, **facts: object) -> bool:
    return "yes" in labels(analysed(text, **facts), "concern")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("lists", "right", "most_wrong"), [(OF_US, "yes", 5), (NOT_OF_US, "no", 6)], ids=["ours", "not ours"]
)
def test_many_are_told_rightly_and_each_concern_shows_its_words(
    lists: list[str], right: str, most_wrong: int
) -> None:
    verdicts = {text: of_kind(analysed(text), "concern")[0] for text in lists}

    wrong = [text for text, verdict in verdicts.items() if verdict.label != right]
    assert len(wrong) <= most_wrong, wrong
    for text, verdict in verdicts.items():
        assert bool(verdict.because) == (verdict.label == "yes")
        assert all(reason.text and reason.text in text for reason in verdict.because)


@pytest.mark.parametrize(
    "text",
    [
        "Same here, ours never arrived.",
        "Still waiting since ten o'clock, this is not acceptable.",
        "A nosotros tampoco nos han avisado.",
        "Connosco foi igual, ninguém apareceu.",
    ],
)
def test_in_our_own_thread_we_are_meant_without_being_named(text: str) -> None:
    assert _is_concern(text, in_our_thread=True)
    assert _chance(text, in_our_thread=True) > _chance(text)


def test_an_answer_to_words_that_name_us_is_nearer_to_a_concern() -> None:
    ours = _chance("Ours never arrived either.", parent_text="Did the Weekend Box come to you?")

    assert ours > _chance("Ours never arrived either.", parent_text="Did the parcel come to you?")


@pytest.mark.parametrize(
    "text",
    [
        "Sorry to hear that! Please send us your address.",
        "If your box is late, call the hotline.",
        "The council has closed Mill Road, please come by Dock Street.",
    ],
)
def test_our_usual_replies_are_no_concern(text: str) -> None:
    assert not _is_concern(text, by_us=True)


def _chance(text: str, **facts: object) -> float:
    (verdict,) = of_kind(analysed(text, **facts), "concern")  # type: ignore[arg-type]
    return verdict.confidence if verdict.label == "yes" else 1.0 - verdict.confidence
