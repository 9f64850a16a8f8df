"""The organisation's own copies of the fast model, in a folder beside its store; the package's is never written to.

``kept.json`` names the copies that are kept, the newest last, and the base that they were learned from. A copy that
was learned from another base than the installed one is not used: it is learned again by ``earshot train``.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from analysis import component, files
from analysis.fast import FOLDER
from analysis.judgement import Judgement
from analysis.linear import Weights
from errors import NeedsAttention

_KEPT = "kept.json"
MOST = 5
"""Copies that are kept, of 10 MB each."""


@dataclass(frozen=True, slots=True)
class Copies:
    """What is kept in a folder: names of copies, the newest last, and the version of their base."""

    base: str = ""
    names: Sequence[str] = ()


def own_model(folder: Path) -> Path | None:
    """Return the newest copy in a folder, or None where there is none that was learned from the installed base."""
    copies = read_copies(folder)
    if not copies.names or copies.base != base_version():
        return None
    return folder / copies.names[-1]


def keep_copy(folder: Path, weights: Weights, judgement: Judgement) -> str:
    """Write a copy and use it from now on; return its name. It is written beside, and named when it is whole."""
    copies, base = read_copies(folder), base_version()
    beside = folder / f"being-written-{os.getpid()}"
    shutil.rmtree(beside, ignore_errors=True)
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copytree(FOLDER, beside)
    files.write(beside / component.MODEL, weights, judgement)
    name = files.read(beside / component.MODEL)[2]
    before = [one for one in copies.names if one != name] if copies.base == base else []
    if (folder / name).exists():
        shutil.rmtree(beside)
    else:
        beside.rename(folder / name)
    _write(folder, Copies(base, [*before, name][-MOST:]))
    return name


def undo_copy(folder: Path) -> str | None:
    """Use what was used before the newest copy; return its name, "" for the installed base, None without a copy."""
    copies = read_copies(folder)
    if not copies.names:
        return None
    left = copies.names[:-1]
    _write(folder, Copies(copies.base, left))
    return left[-1] if left else ""


def base_version() -> str:
    """Return the version of the model that is installed."""
    judged = FOLDER / component.MODEL / files.JUDGED
    try:
        return f"fast-{hashlib.sha256(judged.read_bytes()).hexdigest()[:12]}"
    except OSError as error:
        raise NeedsAttention(f"the fast model's {judged} is missing; install Earshot again") from error


def read_copies(folder: Path) -> Copies:
    """Return what is kept in a folder; nothing where there is no folder. NeedsAttention where it cannot be read."""
    try:
        told = json.loads((folder / _KEPT).read_text(encoding="utf-8"))
        return Copies(str(told["base"]), [str(name) for name in told["copies"]])
    except FileNotFoundError:
        return Copies()
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise NeedsAttention(
            f"{folder / _KEPT} cannot be read ({error}); remove {folder}, and run `earshot train` again"
        ) from error


def _write(folder: Path, copies: Copies) -> None:
    """Name the copies that are kept, in one step, and then remove the others."""
    beside = folder / f"{_KEPT}.{os.getpid()}"
    beside.write_text(
        json.dumps({"base": copies.base, "copies": list(copies.names)}) + "\n", encoding="utf-8"
    )
    beside.replace(folder / _KEPT)
    for old in folder.glob("fast-*"):
        if old.name not in copies.names:
            shutil.rmtree(old, ignore_errors=True)
