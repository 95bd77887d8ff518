"""What hides in much text: single sentences, dense hits, many codes, addresses in other characters."""

import pytest

from models.interfaces import Scores
from service.domain import Action, Category, Lang, ModerationWarning
from service.pipeline.moderation_plan import Ask
from tests.pipeline.judging import judge, scores

FRIENDLY = {
    "en": "What a lovely day it was at the park with the children. ",
    "zh": "今天天气真好，我们一家人去公园散步。",
}
BAD = {"en": "You are a badword. ", "zh": "你真是坏词。"}


def _drowning(ask: Ask) -> Scores:
    """A classifier in whose eyes an insult among a hundred kind characters is hardly one."""
    from models.classification.categories import CATEGORIES

    insults = "badword" in ask.text or "坏词" in ask.text
    score = (0.95 if len(ask.text) < 60 else 0.3) if insults else 0.02
    return tuple(score if name == "toxicity" else 0.0 for name in CATEGORIES)


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("place", [0.0, 0.5, 1.0], ids=["first", "middle", "last"])
def test_moderate_a_long_friendly_text_hides_no_insult_of_unlisted_words(
    lang: str, place: float
) -> None:
    count = 1000 // len(FRIENDLY[lang])
    before = int(count * place)
    text = FRIENDLY[lang] * before + BAD[lang] + FRIENDLY[lang] * (count - before)
    verdict, _ = judge(text, _drowning)
    assert verdict.action is Action.REVIEW
    assert verdict.scores[Category.TOXICITY] == 0.95
    start = text.index(BAD[lang].strip())
    assert any(start <= one.start < start + len(BAD[lang]) for one in verdict.evidence)


def test_moderate_a_sentence_that_is_only_doubtful_by_itself_does_not_count() -> None:
    text = FRIENDLY["en"] * 9 + BAD["en"]
    doubtful = scores(toxicity=0.84)
    verdict, _ = judge(text, lambda ask: doubtful(ask) if len(ask.text) < 60 else _drowning(ask))
    assert verdict.action is Action.ALLOW
    assert verdict.scores[Category.TOXICITY] == 0.3


def test_moderate_dense_hits_are_cut_off_and_reviewed() -> None:
    verdict, rounds = judge("blimp " * 15_000, scores())
    assert verdict.action is Action.REVIEW
    assert ModerationWarning.MATCHES_LIMITED in verdict.warnings
    assert "unfinished" in {reason.rule for reason in verdict.reasons}
    assert sum(len(ask.text) for ask in rounds[0]) <= 2 * 6 * 15_000


def test_moderate_dense_hits_in_markup_are_cut_off_and_reviewed() -> None:
    verdict, _ = judge("bl<b>imp</b> " * 11_000, scores())
    assert verdict.action is Action.REVIEW
    assert verdict.warnings == (ModerationWarning.MATCHES_LIMITED,)


def test_moderate_more_codes_than_are_read_are_reviewed() -> None:
    verdict, _ = judge("yyds " * 65, scores(), decode=True)
    assert verdict.action is Action.REVIEW
    assert verdict.warnings == (ModerationWarning.CODES_LIMITED,)
    fewer, _ = judge("yyds " * 64, scores(), decode=True)
    assert fewer.warnings == ()


def test_moderate_what_was_cut_off_stays_told_beside_a_failed_translation() -> None:
    verdict, _ = judge("blimp " * 15_000, scores(), translate_to=Lang.ZH_HANS)
    assert set(verdict.warnings) == {
        ModerationWarning.MATCHES_LIMITED,
        ModerationWarning.TRANSLATION_FAILED,
    }


def test_moderate_patterns_see_through_disguises() -> None:
    link = "https://bad.example"
    wide = "".join(chr(ord(c) + 0xFEE0) for c in link)
    for text in (link, wide, "h\u200bttps://bad.example", "&#104;ttps://bad.example"):
        verdict, _ = judge(f"see {text}", scores(), context={"account_age_days": "1"})
        assert verdict.action is Action.REVIEW
        [one] = verdict.evidence
        assert one.rule == "pattern:link"
        assert bool(one.views) is (text != link)
