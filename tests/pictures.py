"""Takes the pictures of docs/pictures anew: `python -m tests.pictures DEMO`, after `earshot demo DEMO`.

What the demo heard, as it looks on a telephone and on a desk, light and dark; and one letter with every part, from
the facts that the tests use.
"""

from __future__ import annotations

import sys
from datetime import timedelta
from email import message_from_bytes, policy
from itertools import product
from pathlib import Path

from delivery.digest import digest_letter
from delivery.facts import Promised, Usual
from tests.browser import SCHEMES, look_at, picture
from tests.delivery_facts import A_WEEK, NOW, a_day

PICTURES = Path(__file__).resolve().parents[1] / "docs" / "pictures"
WIDTHS = (380, 700)
TOP = 1180  # pixels of a letter that a picture of its top shows


def every_part() -> str:
    """Return a digest in which no part is missing."""
    today = NOW.date()
    month = Usual(
        days=28,
        by_channel={"reddit": 6.9, "mastodon": 1.4, "x": 0.7, "rss": 2.2, "bluesky": 3.6},
        by_tag={("concern", "yes"): 0.5, ("intent", "question"): 1.8, ("sentiment", "negative"): 2.4},
    )
    promises = (
        Promised(what="We will put the new hours on our page.", due_on=today - timedelta(days=2), reply=1),
        Promised(what="The van will stop in Mile End again.", due_on=today + timedelta(days=3), reply=2),
    )
    spoke = {"Hillview School": [today - timedelta(days=n) for n in (25, 22, 19, 16)]}
    return digest_letter(a_day(week=A_WEEK, month=month, promises=promises, spoke_on=spoke, purged=1)).html


def first_alert(mail: Path) -> str:
    """Return the HTML of the first alert that the demo sent."""
    for file in sorted(mail.glob("*.eml")):
        letter = message_from_bytes(file.read_bytes(), policy=policy.default)
        page = letter.get_body(("html",))
        if page is not None and ".alert." in str(letter["List-Id"]):
            return str(page.get_content())
    raise SystemExit(f"{mail} holds no alert; run `earshot demo` first")


def main(demo: Path) -> None:
    """Write every picture."""
    tops = {"digest": (demo / "digest.html").read_text(encoding="utf-8"), "alert": first_alert(demo / "mail")}
    whole = every_part()
    for width, scheme in product(WIDTHS, SCHEMES):
        for name, html in tops.items():
            (shown,) = look_at({name: html}, (width,), scheme)
            target = PICTURES / f"{name}-{width}-{scheme}.png"
            picture(html, target, width=width, height=min(shown.height, TOP), scheme=scheme)
        (shown,) = look_at({"whole": whole}, (width,), scheme)
        target = PICTURES / f"digest-whole-{width}-{scheme}.png"
        picture(whole, target, width=width, height=shown.height, scheme=scheme)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
