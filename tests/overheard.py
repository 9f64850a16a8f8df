"""What a log says, waited for."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def overheard(logger: str, words: str) -> Iterator[threading.Event]:
    """Set the event when the logger says something with these words in it."""
    happened, log = threading.Event(), logging.getLogger(logger)

    def heard(record: logging.LogRecord) -> bool:
        if words in record.getMessage():
            happened.set()
        return True

    log.addFilter(heard)
    try:
        yield happened
    finally:
        log.removeFilter(heard)
