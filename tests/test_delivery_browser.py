"""Letters in a real browser: no sideways scroll on a telephone, words that stand out (AA), nothing loaded or run."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import pytest

from delivery.alerts import alert_letter
from delivery.digest import digest_letter
from delivery.facts import Promised
from tests.axe import audit
from tests.browser import CHROMIUM, SCHEMES, Scheme, Shown, look_at
from tests.delivery_facts import DAILY, NOW, a_day, an_alert, nothing_heard
from tests.test_delivery_digest import a_flood
from tests.test_delivery_html import PAYLOADS, hostile_day

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium to look at letters with")

WIDTHS = (380, 700)


@cache
def letters() -> dict[str, str]:
    late = Promised(what="We will publish the list by Friday.", due_on=NOW.date().replace(day=25), reply=7)
    day = a_day(promises=[late])
    unbroken = ["W" * 10_000, "ﷺ" * 500, "\u202eright to left " * 700, *PAYLOADS]
    facts = {
        "an ordinary day": day,
        "Spanish": replace(day, digest=replace(DAILY, language="es")),
        "Portuguese": replace(day, digest=replace(DAILY, language="pt")),
        "nothing heard": nothing_heard(),
        "a flood": a_flood(600),
        "names of 10 KB": hostile_day(unbroken),
    }
    return {
        **{name: digest_letter(each).html for name, each in facts.items()},
        "alert": alert_letter(an_alert()).html,
    }


@cache
def looked(scheme: Scheme) -> list[Shown]:
    return look_at(letters(), WIDTHS, scheme)


@pytest.fixture(params=["light", "dark"])
def seen(request: pytest.FixtureRequest) -> tuple[Scheme, list[Shown]]:
    """Every letter at every width, by a reader who prefers light or dark."""
    scheme: Scheme = request.param
    return scheme, looked(scheme)


def test_letters_fit_a_telephone_and_a_desk_in_both_schemes(seen: tuple[Scheme, list[Shown]]) -> None:
    """faults.md 41, 47: also with names of 10 KB without a blank."""
    scheme, shown = seen

    assert {one.width for one in shown} == set(WIDTHS)
    assert len(shown) == len(WIDTHS) * len(letters())
    assert [(one.name, one.wide) for one in shown if one.wide > one.width] == []
    brightness = {sum(map(int, one.paper.removeprefix("rgb(").removesuffix(")").split(","))) for one in shown}
    assert all(light > 600 if scheme == "light" else light < 150 for light in brightness)


def test_every_word_stands_out_and_is_large_enough(seen: tuple[Scheme, list[Shown]]) -> None:
    """AA of WCAG 2.2: 4.5 to 1, large words 3 to 1; as the browser paints them, not as the sheet says."""
    _, shown = seen

    faint = {
        (one.name, word.text, word.contrast)
        for one in shown
        for word in one.words
        if word.contrast < word.needs
    }
    tiny = {(one.name, word.text) for one in shown for word in one.words if word.size < 13}

    assert sum(len(one.words) for one in shown) > 1_000
    assert (faint, tiny) == (set(), set())


@pytest.mark.parametrize("scheme", SCHEMES)
def test_axe_finds_no_fault_in_a_digest_and_an_alert(scheme: Scheme) -> None:
    """axe-core's own rules of WCAG 2.1 A and AA and of good practice: names, order, language, contrast."""
    audits = audit({name: letters()[name] for name in ("an ordinary day", "alert")}, WIDTHS, scheme)

    assert [(one.name, one.width) for one in audits] == [
        (name, width) for name in ("an ordinary day", "alert") for width in WIDTHS
    ]
    assert [(one.name, one.width, fault) for one in audits for fault in (*one.faults, *one.unsure)] == []
    assert all({"color-contrast", "html-has-lang", "link-name"} <= set(one.passed) for one in audits)


def test_axe_sees_what_is_wrong() -> None:
    page = "<html><body style='background: #fff'><p style='color: #999'>faint</p><a href='https://a.example'></a>"

    (bad,) = audit({"bad": page}, (380,), "light")

    assert {"color-contrast", "html-has-lang", "link-name"} <= {rule for rule, _ in bad.faults}


def test_nothing_runs_and_nothing_is_loaded(seen: tuple[Scheme, list[Shown]]) -> None:
    """faults.md 38, 46."""
    _, shown = seen

    assert [(one.name, one.scripts, one.loaded) for one in shown if one.scripts or one.loaded] == []


def test_the_measure_sees_what_is_faint_too_wide_or_run() -> None:
    faint = "<p style='color: #999; background: #fff'>hardly to be read</p>"
    wide = "<div style='width: 900px'>wide</div>"
    (shown,) = look_at({"bad": f"<body>{faint}{wide}<script>1</script></body>"}, (380,), "light")

    assert shown.wide > shown.width == 380
    assert shown.scripts == 1
    assert round(shown.words[0].contrast, 2) == 2.85  # as every calculator of contrast says
