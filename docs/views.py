"""Writes what docs/views.md says of each column from the code: ``python -m docs.views``."""

from __future__ import annotations

from pathlib import Path

from storage.views import views
from storage.views.speech import SQLITE, View

PAGE = Path(__file__).parent / "views.md"
START = "<!-- The columns, written by `make docs` from the code. -->\n"
END = "<!-- The end of the columns. -->\n"


def page(before: str) -> str:
    """Return the page with its tables made anew; what stands around them stays."""
    head, _, rest = before.partition(START)
    tail = rest.partition(END)[2]
    tables = "\n".join(_table(view) for view in views(SQLITE))
    return f"{head}{START}\n{tables}\n{END}{tail}"


def _table(view: View) -> str:
    rows = "\n".join(f"| `{column.name}` | {column.kind} | {column.says} |" for column in view.columns)
    return f"### {view.name}\n\n{view.says}\n\n| column | holds | which is |\n|---|---|---|\n{rows}\n"


def main() -> None:
    """Write the page."""
    PAGE.write_text(page(PAGE.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main()
