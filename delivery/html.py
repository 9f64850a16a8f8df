"""A letter as HTML that a mail program shows: styles inlined, nothing loaded from anywhere, nothing that runs."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from delivery.page import Page

if TYPE_CHECKING:
    from css_inline import CSSInliner
    from jinja2 import Template

TEMPLATES = Path(__file__).parent / "templates"


def to_html(page: Page, *, title: str) -> str:
    """Return one whole HTML document; every word of the page is escaped, every link was checked before."""
    return _inliner().inline(_template().render(page=page, title=title))


@cache
def _template() -> Template:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("letter.html")


@cache
def _inliner() -> CSSInliner:
    from css_inline import CSSInliner

    return CSSInliner(keep_at_rules=True, load_remote_stylesheets=False, minify_css=True)
