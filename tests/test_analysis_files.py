"""The files of the fast model: whole, or an error that says the mend; never a wrong tag."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from analysis.fast import FOLDER, FastAnalyzer
from errors import NeedsAttention
from tests.analysers import PARTNERS, RIVERSIDE

MOST = 10_000_000
"""Bytes that may be shipped."""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(FOLDER, tmp_path / "fast"))


def _opened(folder: Path) -> FastAnalyzer:
    return FastAnalyzer(RIVERSIDE, PARTNERS, folder=folder)


def test_the_model_is_a_spacy_pipeline_that_fits_into_the_repository(folder: Path) -> None:
    import spacy

    import analysis.component  # registers the components

    assert analysis.component.MODEL in spacy.load(folder).pipe_names
    assert sum(file.stat().st_size for file in folder.rglob("*")) < MOST


@pytest.mark.parametrize(
    "missing", ["", "meta.json", "earshot_model/learned.npz", "earshot_model/judged.json"]
)
def test_a_file_that_is_missing_is_told_with_the_mend(folder: Path, missing: str) -> None:
    if missing:
        (folder / missing).unlink()
    else:
        shutil.rmtree(folder)

    with pytest.raises(NeedsAttention, match="install Earshot again"):
        _opened(folder)


@pytest.mark.parametrize("name", ["earshot_model/learned.npz", "earshot_model/judged.json", "config.cfg"])
def test_a_file_that_is_cut_is_told_with_the_mend(folder: Path, name: str) -> None:
    file = folder / name
    file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])

    with pytest.raises(NeedsAttention, match="install Earshot again"):
        _opened(folder)


def test_a_model_of_another_format_is_refused_rather_than_misread(folder: Path) -> None:
    judged = folder / "earshot_model" / "judged.json"
    judged.write_text(json.dumps(json.loads(judged.read_text()) | {"format": 99}))

    with pytest.raises(NeedsAttention, match="format 99"):
        _opened(folder)


def test_what_was_judged_anew_has_another_version(folder: Path) -> None:
    before = _opened(folder).version
    judged = folder / "earshot_model" / "judged.json"
    known = json.loads(judged.read_text())
    known["least"]["en"][-1] = 0.123
    judged.write_text(json.dumps(known))

    assert _opened(folder).version != before
