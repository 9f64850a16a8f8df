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


@pytest.mark.parametrize("text", OF_US)
def test_a_fault_of_ours_is_a_concern_with_the_words_that_say_so(text: str) -> None:
    (verdict,) = of_kind(analysed(text), "concern")

    assert verdict.label == "yes"
    assert verdict.because
    assert all(reason.text and reason.text in text for reason in verdict.because)


@pytest.mark.parametrize("text", NOT_OF_US)
def test_what_is_fine_solved_refuted_or_somebody_elses_is_no_concern(text: str) -> None:
    (verdict,) = of_kind(analysed(text), "concern")

    assert verdict.label == "no"
    assert verdict.because == ()


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
    assert not _is_concern(text)


@pytest.mark.parametrize(
    "text", ["The council never answers either.", "My bus was late again.", "El autobús no llegó nunca."]
)
def test_in_our_own_thread_a_fault_of_somebody_else_stays_theirs(text: str) -> None:
    assert not _is_concern(text, in_our_thread=True)


def test_an_answer_to_words_that_name_us_is_about_us() -> None:
    assert _is_concern("Ours never arrived either.", parent_text="Did the Weekend Box come to you?")
    assert not _is_concern("Ours never arrived either.", parent_text="Did the parcel come to you?")


@pytest.mark.parametrize(
    "text",
    [
        "Our van broke down, so the Weekend Box is late today.",
        "We got the date on the poster wrong, sorry.",
        "Nos hemos equivocado de dirección, la página sigue caída.",
        "Pedimos desculpa, a nossa carrinha avariou e as caixas vão chegar tarde.",
    ],
)
def test_a_fault_that_we_admit_and_have_not_mended_is_a_concern(text: str) -> None:
    assert _is_concern(text, by_us=True)


@pytest.mark.parametrize(
    "text",
    [
        "Sorry to hear that! Please send us your address.",
        "Our van broke down this morning, but it is fixed now and the boxes are on their way.",
        "If your box is late, call the hotline.",
        "The council has closed Mill Road, please come by Dock Street.",
    ],
)
def test_our_other_replies_are_no_concern(text: str) -> None:
    assert not _is_concern(text, by_us=True)


def test_a_new_fault_after_an_old_one_was_solved_is_a_concern() -> None:
    assert _is_concern("The Riverside website was fixed on Monday. Today the boxes came late.")


@pytest.mark.parametrize(
    "text",
    [
        "Please get the Riverside form fixed, it does not work.",
        "We hope the late Riverside boxes will be sorted.",
    ],
)
def test_a_wish_that_it_were_solved_solves_nothing(text: str) -> None:
    assert _is_concern(text)


def test_a_title_names_us_for_the_text_below_it() -> None:
    assert _is_concern("Nothing came on Friday, nobody called.", title="Weekend Box")
