"""One contender in a process of its own: ``python -m bench.analyze_one NAME MENTIONS DATA`` prints one line of JSON.

Speed is told in mentions a second of the processor, so that other work on the machine changes it less; the crew's
is by the clock on the wall, for that is what several processes are for.
"""

from __future__ import annotations

import itertools
import json
import random
import resource
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from functools import partial
from pathlib import Path

from analysis.training.own import own_examples
from analysis.training.public import public_examples
from model import Mention, Organisation, Partner

US = Organisation(name="Riverside Food Network", languages=("en", "es", "pt"), aliases=("Riverside", "RFN"))
ALIASES = 10_000
BATCH = 200
SAMPLES = 20


def partners(aliases: int = ALIASES) -> tuple[Partner, ...]:
    """Return partners with so many names altogether, two of each."""
    chance = random.Random(1)
    kinds = ("Shelter", "House", "Trust", "Kitchen", "Library", "Clinic")
    return tuple(
        Partner(name=f"{_word(chance)} {chance.choice(kinds)} {n}", aliases=(f"{_word(chance)} {n}",))
        for n in range(aliases // 2)
    )


def _word(chance: random.Random) -> str:
    return "".join(chance.choice("bdfgklmnprst") + chance.choice("aeiou") for _ in range(4)).capitalize()


def texts(data: Path | None) -> list[str]:
    """Return real texts: our own, and the public ones where their folder is given; mixed, each once."""
    found = [example.text for example in own_examples()]
    if data is not None:
        found += [example.text for example in public_examples(data) if example.lang in US.languages]
    random.Random(1).shuffle(found)
    return list(dict.fromkeys(found))


def endless(known: Sequence[str]) -> Iterator[str]:
    """Yield texts without end, in which words never come that came before: halves of two, and a new word."""
    chance = random.Random(2)
    for n in itertools.count():
        one, other = chance.choice(known).split(), chance.choice(known).split()
        yield " ".join([*one[: len(one) // 2 + 1], f"{_word(chance)}{n:x}", *other[len(other) // 2 :]])


def mentions(some: Sequence[str]) -> list[Mention]:
    """Return texts as mentions."""
    return [Mention(channel="x", external_id=str(n), text=text) for n, text in enumerate(some)]


def _rate(work: Callable[[Sequence[str]], object], said: Sequence[str]) -> dict[str, float]:
    work(said[: 5 * BATCH])  # what is opened late is open now
    started = time.process_time()
    for start in range(0, len(said), BATCH):
        work(said[start : start + BATCH])
    return {"rate": len(said) / (time.process_time() - started), "memory": memory()}


def memory() -> float:
    """Return the most that this process has held, in MB."""
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most / (1 << 20 if sys.platform == "darwin" else 1 << 10)


def earshot(said: Sequence[str]) -> dict[str, float]:
    """The whole fast pipeline: language, names, every head, and the reasons."""
    from analysis import open_analyzer

    analyzer = open_analyzer(US, partners())
    return _rate(lambda some: analyzer.analyze(mentions(some)), said)


def tokenizer(said: Sequence[str]) -> dict[str, float]:
    """Return the speed of spaCy's bare tokenizer."""
    import spacy

    nlp = spacy.blank("xx")

    def tokenized(some: Sequence[str]) -> None:
        for text in some:
            nlp.make_doc(text)

    return _rate(tokenized, said)


def vader(said: Sequence[str]) -> dict[str, float]:
    """VADER alone: one polarity a text."""
    from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

    score = SentimentIntensityAnalyzer().polarity_scores
    return _rate(lambda some: [score(text) for text in some], said)


def crew(workers: int, said: Sequence[str]) -> dict[str, float]:
    """Some processes that share raw text, by the clock on the wall."""
    from analysis import open_analyzer
    from analysis.crew import mention_crew

    heard = mentions(said)
    batches = [heard[start : start + BATCH] for start in range(0, len(heard), BATCH)]
    with closing(mention_crew(partial(open_analyzer, US, partners()), workers=workers)) as team:
        for ready in [team.submit(batches[0]) for _ in range(4 * workers)]:
            ready.result()
        started = time.monotonic()
        for found in [team.submit(batch) for batch in batches]:
            found.result()
        return {"rate": len(said) / (time.monotonic() - started), "memory": memory()}


def million(n: int, known: Sequence[str]) -> dict[str, object]:
    """Analyse ``n`` mentions with ever new words; return the memory that is held at so many points of the way."""
    from analysis import open_analyzer

    analyzer, source = open_analyzer(US, partners()), endless(known)
    held: list[float] = []
    started = time.process_time()
    for start in range(0, n, BATCH):
        analyzer.analyze(mentions([next(source) for _ in range(BATCH)]))
        if (start + BATCH) % max(BATCH, n // SAMPLES) < BATCH:
            held.append(_held())
    return {"rate": n / (time.process_time() - started), "memory": memory(), "held": held}


def _held() -> float:
    """Return what this process holds now, in MB; the most where the system does not tell."""
    try:
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    except OSError:
        return memory()
    return pages * resource.getpagesize() / (1 << 20)


CONTENDERS: dict[str, Callable[[Sequence[str]], dict[str, float]]] = {
    "earshot": earshot,
    "tokenizer": tokenizer,
    "vader": vader,
    "one process": partial(crew, 1),
    "two processes": partial(crew, 2),
}


def main() -> None:
    """Measure one."""
    name, n, *data = sys.argv[1:]
    known = texts(Path(data[0]) if data else None)
    if name == "million":
        print(json.dumps(million(int(n), known)))
        return
    said = list(itertools.islice(itertools.cycle(known), int(n)))
    print(json.dumps(CONTENDERS[name](said)))


if __name__ == "__main__":
    main()
