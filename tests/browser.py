"""Chromium for the tests of what letters look like: how it is started, and what a page in it says of itself."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from html import escape, unescape
from pathlib import Path
from typing import Literal

Scheme = Literal["light", "dark"]

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
QUIETLY = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--hide-scrollbars",
)
SCHEMES: tuple[Scheme, ...] = ("light", "dark")
PREFERS = {"dark": 0, "light": 1}

MEASURE = """
const parts = colour => (colour.match(/[\\d.]+/g) || []).map(Number);
const shade = ([r, g, b]) => [r, g, b].map(c => c / 255)
  .map(c => c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4)
  .reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i], 0);
const ground = node => {
  for (; node; node = node.parentElement) {
    const colour = parts(getComputedStyle(node).backgroundColor);
    if (colour.length === 3 || colour[3] === 1) return colour;
    if (colour[3] > 0) return null;
  }
  return [255, 255, 255];
};
const measured = frame => {
  const page = frame.contentDocument, words = [];
  const walk = page.createTreeWalker(page.body, NodeFilter.SHOW_TEXT);
  for (let node; (node = walk.nextNode());) {
    const at = node.parentElement;
    if (!node.textContent.trim() || !at.getClientRects().length) continue;
    const style = getComputedStyle(at), under = ground(at);
    const [one, other] = [shade(parts(style.color)), under && shade(under)].sort((a, b) => b - a);
    const size = parseFloat(style.fontSize), large = size >= 24 || (size >= 18.66 && style.fontWeight >= 700);
    words.push({text: node.textContent.trim().slice(0, 40), size, needs: large ? 3 : 4.5,
      contrast: under === null ? 0 : (one + 0.05) / (other + 0.05)});
  }
  const root = page.documentElement;
  return {name: frame.name, width: frame.contentWindow.innerWidth, wide: root.scrollWidth,
    height: root.scrollHeight, paper: getComputedStyle(page.body).backgroundColor, words,
    scripts: page.scripts.length, loaded: frame.contentWindow.performance.getEntriesByType("resource").length};
};
addEventListener("load", () => {
  const told = [...document.querySelectorAll("iframe")].map(measured);
  document.body.replaceChildren(Object.assign(document.createElement("pre"), {textContent: JSON.stringify(told)}));
});
"""


@dataclass(frozen=True, slots=True)
class Words:
    """Some words as they are seen: their size in pixels, and their contrast with what is under them."""

    text: str
    size: float
    contrast: float
    needs: float  # AA of WCAG 2.2


@dataclass(frozen=True, slots=True)
class Shown:
    """A letter in a window of some width."""

    name: str
    width: int
    wide: int  # how wide the letter is: more than the window means that it scrolls sideways
    height: int
    paper: str
    words: tuple[Words, ...]
    scripts: int
    loaded: int


def look_at(letters: dict[str, str], widths: tuple[int, ...], scheme: Scheme) -> list[Shown]:
    """Return how each letter is seen at each width, all in one start of the browser."""
    frames = "".join(
        f'<iframe name="{escape(name)} {width}" width="{width}" height="900" frameborder="0" '
        f'srcdoc="{escape(html)}"></iframe>'
        for name, html in letters.items()
        for width in widths
    )
    page = (
        f'<!DOCTYPE html><meta charset="utf-8"><meta name="color-scheme" content="{scheme}">'
        f"<style>iframe {{ border: 0; color-scheme: {scheme} }}</style><script>{MEASURE}</script>"
        f"<body>{frames}</body>"
    )
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "page.html"
        file.write_text(page, encoding="utf-8")
        seen = run(folder, scheme, "--dump-dom", file.as_uri())
    found = re.search(r"<pre>(.*?)</pre>", seen, re.DOTALL)
    assert found is not None, seen[:500]
    return [
        Shown(**{**told, "words": tuple(Words(**word) for word in told["words"])})
        for told in json.loads(unescape(found[1]))
    ]


def picture(html: str, target: Path, *, width: int, height: int, scheme: Scheme) -> None:
    """Write how the top of a letter looks, as PNG."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "page.html"
        file.write_text(html, encoding="utf-8")
        run(folder, scheme, f"--window-size={width},{height}", f"--screenshot={target}", file.as_uri())


def run(folder: str, scheme: Scheme, *arguments: str) -> str:
    """Start the browser in a folder, for a reader who prefers light or dark; return what it prints."""
    assert CHROMIUM is not None
    settings = (
        f"--user-data-dir={folder}/profile",
        f"--blink-settings=preferredColorScheme={PREFERS[scheme]}",
    )
    ran = subprocess.run(
        [CHROMIUM, *QUIETLY, *settings, *arguments], check=True, capture_output=True, text=True, timeout=240
    )
    return ran.stdout
