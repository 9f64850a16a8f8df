"""axe-core in a page of Chromium: what it finds of letters, by the rules of WCAG 2 A and AA and of good practice.

The script is that of the package axe-core-python, which needs nothing else; it is given to the letters' frames by
hand, since a letter itself runs and loads nothing.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from html import escape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.resources import files
from threading import Event, Thread
from typing import Any

from tests.browser import Scheme, run

TAGS = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice")
PATIENCE = 100  # seconds that the page may take
LOOK = """
const audited = async frame => {
  frame.contentWindow.eval(%s);
  const found = await frame.contentWindow.axe.run(frame.contentDocument, {
    runOnly: {type: "tag", values: %s}, resultTypes: ["violations", "incomplete"], iframes: false, preload: false});
  const faults = of => of.flatMap(rule => rule.nodes.map(node => [rule.id, node.html.slice(0, 160)]));
  return {name: frame.name, width: frame.contentWindow.innerWidth, faults: faults(found.violations),
    unsure: faults(found.incomplete), passed: found.passes.map(rule => rule.id)};
};
const loaded = frame => new Promise(done => frame.addEventListener("load", done));
addEventListener("DOMContentLoaded", async () => {
  const told = [];
  try {
    const frames = [...document.querySelectorAll("iframe")];
    const ready = frames.map(loaded);
    frames.forEach(frame => { frame.srcdoc = frame.dataset.letter; });
    await Promise.all(ready);
    for (const frame of frames) told.push(await audited(frame));
  } catch (error) {
    told.push({error: String(error)});
  }
  await fetch("/told", {method: "POST", body: JSON.stringify(told)});
});
"""


@dataclass(frozen=True, slots=True)
class Audit:
    """What axe says of a letter in a window of some width: rules with the HTML that breaks them."""

    name: str
    width: int
    faults: list[list[str]]
    unsure: list[list[str]]  # what it could not tell
    passed: list[str]  # rules that were kept, by their ids


@dataclass(slots=True)
class Desk:
    """What is asked of the browser, and what it has told."""

    page: bytes
    told: Any = None
    is_told: Event = field(default_factory=Event)


def audit(letters: dict[str, str], widths: tuple[int, ...], scheme: Scheme) -> list[Audit]:
    """Return what axe finds of each letter at each width, all in one start of the browser."""
    script = (files("axe_core_python") / "axe.min.js").read_text(encoding="utf-8")
    look = LOOK % (json.dumps(script).replace("</", "<\\/"), json.dumps(TAGS))
    frames = "".join(
        f'<iframe name="{escape(name)}" width="{width}" height="900" data-letter="{escape(html)}"></iframe>'
        for name, html in letters.items()
        for width in widths
    )
    page = (
        f'<!DOCTYPE html><meta charset="utf-8"><meta name="color-scheme" content="{scheme}">'
        f"<style>iframe {{ border: 0; color-scheme: {scheme} }}</style><script>{look}</script>"
        f'<body>{frames}<img src="/hold">'  # the browser is not done before it is answered
    )
    desk = Desk(page.encode())
    with _served(desk) as url, tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        run(folder, scheme, "--dump-dom", url)
    assert desk.told is not None
    return [Audit(**told) for told in desk.told]


@contextmanager
def _served(desk: Desk) -> Iterator[str]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if self.path == "/hold":
                desk.is_told.wait(PATIENCE)
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.end_headers()
            self.wfile.write(desk.page if self.path == "/" else b"")

        def do_POST(self) -> None:
            desk.told = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(204)
            self.end_headers()
            desk.is_told.set()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            """Keep quiet."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/"
        finally:
            desk.is_told.set()
            server.shutdown()
            thread.join()
