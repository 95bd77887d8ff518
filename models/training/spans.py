"""Stretches that no model should translate: emoji, addresses, mentions; found in checks, hidden in monolingual text."""

import regex

from models.training.vocabulary import PLACEHOLDERS

__all__ = ["EMOJI", "hide", "trim"]

_PART = r"\p{Extended_Pictographic}[\uFE0F\p{Emoji_Modifier}]*+[\U000E0020-\U000E007F]*+"
_EMOJI = rf"(?:\p{{RI}}\p{{RI}}|[0-9#*]\uFE0F?\u20E3|{_PART}(?:\u200D{_PART})*+)"
# One emoji as people count them: a flag, a keycap, or pictures joined to one (UTS 51).
EMOJI = regex.compile(_EMOJI)
_TOKEN = (
    rf"(?:{_EMOJI}|https?://[\x21-\x7e]++|www\.[\x21-\x7e]++|[@#][A-Za-z0-9_]++|@[\w-]++|#[^#\s]{{1,30}}#"
    r"|\[[A-Z]{2,12}\]|<(?:user|url|number)>|\[\p{Han}{1,4}[A-Z]?\])"
)
_RUN = regex.compile(rf"{_TOKEN}(?:\s*+{_TOKEN})*+")
_START = regex.compile(rf"(?:\s*+(?:RT\b|{_TOKEN}|[:：]))++\s*+")


def trim(text: str) -> str:
    """``text`` without what stands before its first and after its last word that is to be translated."""
    start = _START.match(text)
    begin = start.end() if start else 0
    end = len(text)
    for run in _RUN.finditer(text, begin):
        if not text[run.end() :].strip():
            end = run.start()
    return text[begin:end].strip()


def hide(text: str, *, limit: int = 4) -> str | None:
    """``text`` with a placeholder for each run of such stretches; None when there are more than ``limit``."""
    runs = sum(1 for _ in _RUN.finditer(text))
    if runs > limit:
        return None
    symbols = iter(PLACEHOLDERS)
    return _RUN.sub(lambda run: next(symbols), text)
