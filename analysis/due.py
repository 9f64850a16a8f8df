"""By when: the words of a sentence that name a day to come, and which day that is, counted from when it was said.

A promise is kept until its day is over, so a week, a month or "by the end of" means its last day. dateparser 1.5 was
tried: of 25 such phrases in Spanish and Portuguese it read 11, and none of "fin de mes", "3 de diciembre".
"""

from __future__ import annotations

import calendar
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache


@dataclass(frozen=True, slots=True)
class Due:
    """Where the words stand (in code points of what was asked about), and the day; None: none that is sure."""

    start: int
    end: int
    day: date | None


_NUMBERS = {
    "en": "a one two three four five six seven eight nine ten eleven twelve",
    "es": "una uno dos tres cuatro cinco seis siete ocho nueve diez once doce",
    "pt": "uma um dois três quatro cinco seis sete oito nove dez onze doze",
}
_ALSO = {"an": 1, "couple of": 2, "un": 1, "par de": 2, "duas": 2, "tres": 3}
_WEEKDAYS = {
    "en": "mon(?:day)? tue(?:s|sday)? wed(?:nesday)? thu(?:rs|rsday)? fri(?:day)? sat(?:urday)? sun(?:day)?",
    "es": "lunes martes mi[ée]rcoles jueves viernes s[áa]bado domingo",
    "pt": "segunda ter[çc]a quarta quinta sexta s[áa]bado domingo",
}
_MONTHS = {
    "en": "jan(?:uary)? feb(?:ruary)? mar(?:ch)? apr(?:il)? may june? july? aug(?:ust)? sept?(?:ember)? oct(?:ober)? "
    "nov(?:ember)? dec(?:ember)?",
    "es": "enero febrero marzo abril mayo junio julio agosto sep?tiembre octubre noviembre diciembre",
    "pt": "janeiro fevereiro mar[çc]o abril maio junho julho agosto setembro outubro novembro dezembro",
}
_LEADS = {  # what may stand before a day, and belongs to it
    "en": r"(?:(?:by|before|until|till|on|from|no later than|not later than|during|over|as of)\s+)?",
    "es": r"(?:(?:antes\s+de|hasta|para|a\s+partir\s+de|desde|durante|a\s+lo\s+largo\s+de|en|de)\s*"
    r"(?:l\b|el\b|la\b)?\s*)?",
    "pt": r"(?:(?:antes\s+d[eoa]|até(?:\s+a[o]?|\s+à)?|a\s+partir\s+d[eoa]|durante|n[oa]|a|em|d[eoa])\s+)?",
}
_DAYS = {
    "en": {"the day after tomorrow": 2, "tomorrow(?: morning| afternoon| evening| night)?": 1,
           "today|tonight|this (?:morning|afternoon|evening)|(?:the )?end of (?:the )?day|later today": 0},
    "es": {"pasado mañana": 2, "(?<!esta )(?<!por la )(?<!de la )mañana(?: mismo)?(?: por la \\w+)?": 1,
           "hoy(?: mismo)?|esta (?:mañana|tarde|noche)|(?:el )?fin(?:al)? del d[ií]a": 0},
    "pt": {"depois de amanhã": 2, "amanhã(?: de manhã| à tarde| à noite)?": 1,
           "(?:ainda )?hoje(?: mesmo)?|esta (?:manhã|tarde|noite)|(?:o )?fim do dia": 0},
}  # fmt: skip
_SPANS = {  # unit: in how many of it, the next one, the end of this one
    "en": {
        "day": (r"(?:working |business )?days?", "", ""),
        "hour": (r"hours?", "", ""),
        "week": (r"weeks?", r"(?:some time |early )?next week",
                 r"(?:(?:the )?end of )?(?:the|this) week|(?:the )?end of week"),
        "month": (r"months?", r"next month", r"(?:the )?end of (?:the|this) month|this month|month'?s end"),
        "year": (r"years?", r"next year", r"(?:the )?end of (?:the|this) year|this year|year'?s end"),
    },
    "es": {
        "day": (r"d[ií]as?(?: laborables| hábiles)?", "", ""),
        "hour": (r"horas?", "", ""),
        "week": (r"semanas?", r"(?:la )?(?:próxima semana|semana (?:próxima|que viene))",
                 r"esta semana|(?:que )?(?:acabe|termine) la semana|(?:el )?final(?:es)? de (?:la |esta )?semana"),
        "month": (r"mes(?:es)?", r"(?:el )?(?:próximo mes|mes (?:próximo|que viene))",
                  r"(?:el )?fin(?:al|ales)? de(?:l| este)? mes|este mes|(?:que )?(?:acabe|termine) el mes"),
        "year": (r"años?", r"(?:el )?(?:próximo año|año (?:próximo|que viene))",
                 r"(?:el )?fin(?:al|ales)? de(?:l| este)? año|este año|(?:que )?(?:acabe|termine) el año"),
    },
    "pt": {
        "day": (r"dias?(?: úteis)?", "", ""),
        "hour": (r"horas?", "", ""),
        "week": (r"semanas?", r"(?:a )?(?:próxima semana|semana que vem|semana seguinte)",
                 r"(?:o )?(?:fim|final) d(?:a|esta) semana|esta semana"),
        "month": (r"m[êe]s(?:es)?", r"(?:o )?(?:próximo mês|mês que vem)",
                  r"(?:o )?(?:fim|final) d(?:o|este) mês|este mês"),
        "year": (r"anos?", r"(?:o )?(?:próximo ano|ano que vem)", r"(?:o )?(?:fim|final) d(?:o|este) ano|este ano"),
    },
}  # fmt: skip
_IN = {
    "en": r"(?:in|within|in less than|after|over the next|in the next)\s+(?:the next\s+)?(?:a\s+)?",
    "es": r"(?:dentro de|en menos de|en un plazo de|en el plazo de|en los próximos|en)\s+",
    "pt": r"(?:dentro de|em menos de|no prazo de|num prazo de|daqui a|nos próximos|em)\s+",
}
_NEXT_DAY = {
    "en": (r"(?:next |this |this coming |coming )?", r"(?: next week| of next week)?", r"of next week|next week"),
    "es": (r"(?:el )?(?:próximo |este )?",
           r"(?: de la (?:próxima semana|semana que viene)| que viene| próximo)?", "semana"),
    "pt": (r"(?:o |a )?(?:próxim[oa] |est[ea] )?",
           r"(?:-feira)?(?: d[ao] próxima semana| da semana que vem| que vem)?", "semana"),
}  # fmt: skip
_BEFORE = "(?:(?P<before>by|before|until|antes de|hasta|até) )?"
LANGUAGES = tuple(_NUMBERS)

_Count = Callable[[re.Match[str], date], date | None]


def due(sentence: str, lang: str, said_on: date) -> Due | None:
    """Return the first words of a sentence that name a day to come; None where there are none."""
    lowered = sentence.lower() if len(sentence.lower()) == len(sentence) else sentence
    found = [
        (match.start(), -match.end(), match, count)
        for pattern, count in _forms(lang)
        if (match := pattern.search(lowered)) is not None
    ]
    if not found:
        return None
    _, _, match, count = min(found, key=lambda one: one[:2])
    return Due(match.start(), match.end(), count(match, said_on))


@cache
def _forms(lang: str) -> tuple[tuple[re.Pattern[str], _Count], ...]:
    lead = _LEADS[lang]
    forms: list[tuple[str, _Count]] = [
        (f"{lead}(?:{words})", _in_days(n)) for words, n in _DAYS[lang].items()
    ]
    for unit, (counted, following, ending) in _SPANS[lang].items():
        forms.append((f"{_IN[lang]}(?P<n>{_number(lang)}) {counted}", _after(lang, unit)))
        if following:
            forms.append((lead + f"(?:{following})", _end_of(unit, 1)))
            forms.append((lead + f"(?:{ending})", _end_of(unit, 0)))
    months, days = _one_of(_MONTHS[lang]), _one_of(_WEEKDAYS[lang])
    before, after, week = _NEXT_DAY[lang]
    named = f"{lead}(?:(?:{days})(?:-feira)?,? )?"
    day_of = f"{named}(?:the |el |o )?(?:d[ií]a )?(?P<d>\\d{{1,2}})(?:st|nd|rd|th|º|\\.)?"
    year = r"(?:(?: de|,)? (?P<y>\d{4})\b)?"
    forms += [
        (f"{day_of}(?: of| de)? (?P<month>{months})\\b{year}", _written(lang)),
        (
            f"{lead}(?:(?:{days}),? )?(?P<month>{months}) (?:the )?(?P<d>\\d{{1,2}})(?:st|nd|rd|th)?\\b{year}",
            _written(lang),
        ),
        (f"{lead}(?P<y>\\d{{4}})-(?P<month>\\d\\d)-(?P<d>\\d\\d)", _iso),
        (f"{lead}(?P<one>\\d{{1,2}})/(?P<other>\\d{{1,2}})(?:/(?P<y>\\d{{4}}|\\d\\d))?", _in_digits),
        (f"{_BEFORE}(?:in |early |en |em |durante )?(?P<month>{months})\\b(?! \\d)", _month(lang)),
        (f"{lead}{before}(?P<day>{days})\\b{after}", _weekday(lang, week)),
    ]
    return tuple((re.compile(rf"(?<!\w){form}(?!\w)"), count) for form, count in forms)


def _one_of(words: str) -> str:
    return "|".join(words.split())


def _number(lang: str) -> str:
    return "|".join([r"\d{1,3}", *sorted([*_NUMBERS[lang].split(), *_ALSO], key=len, reverse=True)])


def _in_days(n: int) -> _Count:
    return lambda _, said_on: said_on + timedelta(days=n)


def _after(lang: str, unit: str) -> _Count:
    values: Mapping[str, int] = (
        dict(
            zip(
                _NUMBERS[lang].split(),
                (1, 1, *range(2, 13)) if lang != "en" else (1, *range(1, 13)),
                strict=True,
            )
        )
        | _ALSO
    )

    def count(match: re.Match[str], said_on: date) -> date | None:
        said = match["n"]
        n = int(said) if said.isdigit() else values[said]
        if unit == "hour":
            return said_on + timedelta(days=-(-n // 24) if n >= 24 else 0)
        if unit in ("day", "week"):
            return said_on + timedelta(days=n * (7 if unit == "week" else 1))
        return _months_on(said_on, n * (12 if unit == "year" else 1))

    return count


def _months_on(day: date, n: int) -> date:
    year, month = divmod(day.year * 12 + day.month - 1 + n, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def _end_of(unit: str, n: int) -> _Count:
    def count(_: re.Match[str], said_on: date) -> date | None:
        if unit == "week":
            return said_on + timedelta(days=6 - said_on.weekday() + 7 * n)
        if unit == "year":
            return date(said_on.year + n, 12, 31)
        return _last_of(_months_on(said_on.replace(day=1), n))

    return count


def _last_of(day: date) -> date:
    return day.replace(day=calendar.monthrange(day.year, day.month)[1])


def _weekday(lang: str, week: str) -> _Count:
    def count(match: re.Match[str], said_on: date) -> date | None:
        wanted = next(
            n
            for n, form in enumerate(_WEEKDAYS[lang].split())
            if re.fullmatch(form, match["day"]) is not None
        )
        ahead = (wanted - said_on.weekday() - 1) % 7 + 1  # said on a Friday, "Friday" is the next one
        in_next_week = re.search(week, match[0]) is not None
        return said_on + timedelta(days=7 - said_on.weekday() + wanted if in_next_week else ahead)

    return count


def _month(lang: str) -> _Count:
    def count(match: re.Match[str], said_on: date) -> date | None:
        wanted = 1 + next(
            n
            for n, form in enumerate(_MONTHS[lang].split())
            if re.fullmatch(form, match["month"]) is not None
        )
        first = date(said_on.year + (wanted < said_on.month), wanted, 1)
        return first - timedelta(days=1) if match["before"] and first > said_on else _last_of(first)

    return count


def _written(lang: str) -> _Count:
    def count(match: re.Match[str], said_on: date) -> date | None:
        parts = match.groupdict()
        month = 1 + next(
            n
            for n, form in enumerate(_MONTHS[lang].split())
            if re.fullmatch(form, parts["month"]) is not None
        )
        return _day(parts["y"], month, int(parts["d"]), said_on)

    return count


def _in_digits(match: re.Match[str], said_on: date) -> date | None:
    """Return the day of 27/11 or 27/11/2026; None for 5/6, which some read as June and others as May."""
    one, other = int(match["one"]), int(match["other"])
    if one != other and max(one, other) <= 12:
        return None
    day, month = max(one, other), min(one, other)
    return _day(match["y"], month, day, said_on)


def _iso(match: re.Match[str], said_on: date) -> date | None:
    return _day(match["y"], int(match["month"]), int(match["d"]), said_on)


def _day(year: str | None, month: int, day: int, said_on: date) -> date | None:
    """Return a day of the calendar; without a year, the next one that is to come."""
    whole = said_on.year if year is None else int(year) + (2000 if len(year) < 4 else 0)
    try:
        found = date(whole, month, day)
        return date(whole + 1, month, day) if year is None and found < said_on else found
    except ValueError:
        return None
