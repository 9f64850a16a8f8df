"""What a mention says: its language, whom it names, its feeling, intents and needs, and whether it is a concern.

Tags come from rules that lie as data in ``analysis/rules``; each tag carries the words that earned it. Nothing in
this room opens a socket, a store or a clock, and importing it does not load spaCy: ``open_analyzer`` does.
"""

from __future__ import annotations

from analysis.authors import author_partner, voices
from analysis.contract import Analysis, Analyzer
from analysis.opening import open_analyzer

__all__ = ["Analysis", "Analyzer", "author_partner", "open_analyzer", "voices"]
