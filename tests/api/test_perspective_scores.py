"""From our categories to Perspective's attributes: own scores, bounds, listed words, languages, sentences."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.api.dialects.perspective_scores import (
    ATTRIBUTES,
    MOST_SPANS,
    UNSERVED,
    Scored,
    detected_languages,
    is_served,
    scored,
    sentences,
)
from service.api.dialects.scores import FLOOR
from service.domain import Category, Detection
from tests.api.verdicts import EMOJI, EN, FOREIGN, MIXED, ZH, verdict

ASKED = [
    "TOXICITY", "SEVERE_TOXICITY", "IDENTITY_ATTACK", "INSULT", "PROFANITY", "THREAT", "SEXUALLY_EXPLICIT",
]  # fmt: skip


def test_perspective_scores_serve_what_clients_ask_for() -> None:
    assert set(ASKED) <= set(ATTRIBUTES)
    assert {f"{name}_EXPERIMENTAL" for name in ASKED[:-1]} <= set(ATTRIBUTES)
    assert not UNSERVED & set(ATTRIBUTES)


@pytest.mark.parametrize("attribute", ATTRIBUTES)
def test_perspective_scores_are_the_categorys_own(attribute: str) -> None:
    scores = {category: at / 10 for at, category in enumerate(Category)}
    own = scores[ATTRIBUTES[attribute]]
    assert scored(attribute, verdict(scores)) == Scored(own, True, "classifier")


@pytest.mark.parametrize("attribute", [*ASKED[1:], "THREAT_EXPERIMENTAL"])
def test_perspective_scores_toxicity_bounds_what_was_not_trained(attribute: str) -> None:
    found = scored(attribute, verdict({"toxicity": 0.4, "spam": 0.9}, detection=ZH))
    assert found == Scored(0.4, False, "bound")


def test_perspective_scores_what_implies_toxicity_bounds_it_from_below() -> None:
    partial = verdict({"insult": 0.3, "identity_attack": 0.6, "profanity": 0.9})
    assert scored("TOXICITY", partial) == Scored(0.6, False, "bound")


def test_perspective_scores_spam_has_no_bound() -> None:
    assert scored("SPAM", verdict({"toxicity": 0.4})) is None


@pytest.mark.parametrize("attribute", ASKED)
def test_perspective_scores_of_what_nobody_has_judged(attribute: str) -> None:
    assert scored(attribute, verdict(detection=EN)) is None
    assert scored(attribute, verdict(detection=FOREIGN)) is None
    assert scored(attribute, verdict(detection=EMOJI)) == Scored(0.0, False, "none")


@pytest.mark.parametrize("severity", FLOOR)
@pytest.mark.parametrize("detection", [EN, ZH, MIXED, EMOJI, FOREIGN], ids=repr)
def test_perspective_scores_listed_words_raise_them(severity: int, detection: Detection) -> None:
    found = verdict({"toxicity": 0.1}, listed={"insult": severity}, detection=detection)
    assert scored("INSULT", found) == Scored(FLOOR[severity], False, "lexicon")
    assert scored("TOXICITY", found) == Scored(FLOOR[severity], True, "lexicon")
    assert scored("THREAT", found) == Scored(0.1, False, "bound")
    surer = verdict({"insult": 0.99}, listed={"insult": severity})
    assert scored("INSULT", surer) == Scored(0.99, True, "classifier")


def test_perspective_scores_swearing_and_sex_are_not_toxic_by_themselves() -> None:
    found = verdict({"toxicity": 0.1}, listed={"profanity": 3, "sexual": 3, "spam": 3})
    assert scored("TOXICITY", found) == Scored(0.1, True, "classifier")
    assert scored("PROFANITY", found) == Scored(FLOOR[3], False, "lexicon")


@given(
    st.dictionaries(st.sampled_from(list(Category)), st.floats(0, 1)),
    st.dictionaries(st.sampled_from(list(Category)), st.sampled_from(list(FLOOR))),
    st.sampled_from(list(Category)),
    st.floats(0, 1),
    st.sampled_from(list(ATTRIBUTES)),
)
def test_perspective_scores_a_higher_score_of_the_attribute_lowers_nothing(
    scores: dict[Category, float],
    listed: dict[Category, int],
    category: Category,
    more: float,
    attribute: str,
) -> None:
    before = scored(attribute, verdict(scores, listed=listed))
    # A category that was unknown is no bound any more once it is known; that is not a higher score.
    if before is None or (category not in scores and category is ATTRIBUTES[attribute]):
        return
    if category is Category.TOXICITY and category not in scores:
        return
    higher = scores | {category: max(more, scores.get(category, 0.0))}
    after = scored(attribute, verdict(higher, listed=listed))
    assert after is not None
    assert after.value >= before.value


@pytest.mark.parametrize(
    ("detection", "codes"),
    [
        (EN, ["en"]), (ZH, ["zh"]), (MIXED, ["zh", "en"]), (EMOJI, ["und"]), (FOREIGN, ["und"]),
        (Detection(EN.lang, 0.6, mixed=True), ["en", "zh"]),
    ],
)  # fmt: skip
def test_perspective_scores_name_languages(detection: Detection, codes: list[str]) -> None:
    assert detected_languages(detection) == codes


@pytest.mark.parametrize(
    ("text", "requested", "detection", "served"),
    [
        ("You are here", [], EN, True),
        ("You are here", ["en"], EN, True),
        ("You are here", ["fr", "en-GB"], EN, True),
        ("You are here", ["de"], EN, True),  # English says so itself
        ("this is for you", ["fr"], EN, True),
        ("Don’t!", ["ru"], EN, True),
        ("你好", ["ja"], ZH, True),
        ("你好", ["zh-Hant"], ZH, True),
        ("你好 bonjour", ["fr"], MIXED, True),
        ("你好", ["en"], ZH, True),
        ("Du bist da", ["de"], EN, False),
        ("Tu es là", ["fr", "it"], EN, False),
        ("Привет", ["ru"], FOREIGN, False),
        ("Привет", [], FOREIGN, True),  # whether there is a score is asked later
        ("Привет", ["en"], FOREIGN, True),
        ("😀", ["fr"], EMOJI, True),
        ("😀", ["zh"], EMOJI, True),
    ],
)
def test_perspective_scores_believe_callers_about_other_languages(
    text: str, requested: list[str], detection: Detection, served: bool
) -> None:
    assert is_served(text, requested, detection) is served


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("One thing. Another!", ["One thing.", "Another!"]),
        ("今天真好。明天呢？", ["今天真好。", "明天呢？"]),
        ("真的吗？Yes, really. 好！", ["真的吗？", "Yes, really.", "好！"]),
        ("  One\nTwo  ", ["One", "Two"]),
        ("😀", ["😀"]),
        ("no end", ["no end"]),
    ],
)
def test_perspective_scores_cut_sentences(text: str, parts: list[str]) -> None:
    assert [text[start:end] for start, end in sentences(text)] == parts


@given(st.text())
def test_perspective_scores_sentences_lie_in_the_text_in_order(text: str) -> None:
    end = 0
    for start, stop in sentences(text):
        assert end <= start < stop <= len(text)
        assert text[start:stop].strip()
        end = stop


@pytest.mark.parametrize("count", [MOST_SPANS - 1, MOST_SPANS, MOST_SPANS + 1, 7000])
def test_perspective_scores_bound_the_number_of_sentences(count: int) -> None:
    text = "No. " * count
    spans = sentences(text)
    assert len(spans) == min(count, len(spans)) <= MOST_SPANS
    assert (spans[0][0], spans[-1][1]) == (0, len(text.rstrip()))
