"""Asking old mentions again: a new version of the analysis, or other names, in small batches behind all that is new.

What is old is known by its state: the version that analysed it last. So it goes on wherever it was stopped, and no
unchanged text is analysed twice under one version.
"""

from __future__ import annotations

import logging
from datetime import timedelta
from functools import partial

from sqlalchemy import Connection

from analysis.names import variants
from model import Mention, Organisation, Partner
from stages.analyze import record, tagged
from stages.line import Line, Progress
from storage import analyzed_names, claims, reading

log = logging.getLogger(__name__)

ASKED_AT_ONCE = 50
"""Small, so that what comes in meanwhile waits for a fraction of a second."""
RULES_ASKED_WITHIN = timedelta(days=7)
"""A concern that only the new version sees is alerted for so long; nobody wants a letter about last year's."""
NAMES_AT_ONCE = 50


def reanalyze(line: Line, *, most: int | None = None) -> int:
    """Ask up to ``most`` old mentions again, newest first, or all of them; return how many were asked.

    It ends as soon as a mention waits that no analysis has seen.
    """
    with line.store.reading() as connection:
        if not claims.any_analyzed(connection):  # then there is no need to load spaCy
            return 0
    version = line.analyzer().version
    left, done = line.store.write(partial(claims.count_outdated, version=version)), 0
    if left:
        log.info("asking again", extra={"left": left, "version": version})
    while most is None or done < most:
        limit = ASKED_AT_ONCE if most is None else min(ASKED_AT_ONCE, most - done)
        asked = line.store.write(partial(_claim, line, version, limit))
        if not asked:
            break
        tags = tagged(line.analyzer(), asked)
        since = line.now() - RULES_ASKED_WITHIN
        line.store.write(partial(record, tags, rules_since=since))
        done += len(asked)
        line.tell(Progress(stage="again", done=done, total=max(left, done)))
    if done:
        log.info("asked again", extra={"done": done, "left": max(left - done, 0), "version": version})
    return done


def follow_names(line: Line) -> int:
    """Let the mentions wait to be asked again that say a name which means somebody else now; return how many.

    Everybody's names are written down last: where this is stopped in the middle, it is done anew.
    """
    names = names_of(line.settings.organisation, line.settings.partners)
    with line.store.reading() as connection:
        changed = analyzed_names.changed_names(connection, names)
    if changed == set():
        return 0
    ways = sorted({way for called in changed or () for way in variants(called)})
    asked = 0
    for start in range(0, len(ways), NAMES_AT_ONCE):
        some = ways[start : start + NAMES_AT_ONCE]
        asked += line.store.write(partial(analyzed_names.ask_again, called=some))
    line.store.write(partial(analyzed_names.keep_names, names=names))
    if changed is not None:
        log.info("names have changed", extra={"names": len(changed), "mentions": asked})
    return asked


def names_of(organisation: Organisation, partners: tuple[Partner, ...]) -> dict[str, list[str]]:
    """Return by whom tags are looked for: names, aliases, programmes and accounts, by partner, ours under ""."""
    us = organisation
    ours = [us.name, *us.aliases, *us.programmes, *_accounts(us)]
    return {"": ours} | {
        partner.name: [partner.name, *partner.aliases, *_accounts(partner)] for partner in partners
    }


def _accounts(of: Organisation | Partner) -> list[str]:
    return [handle for handles in of.handles.values() for handle in handles]


def _claim(line: Line, version: str, limit: int, connection: Connection) -> list[Mention]:
    ids = claims.outdated(connection, version, now=line.now(), limit=limit)
    return reading.load_mentions(connection, ids)
