"""Tests of ``models.fake_classifier``: the rule that other tests steer verdicts with."""

import pytest

from models.fake_classifier import FakeClassifier

TRAINED_FOR_ALL = FakeClassifier(unsupported=())


def scores(text: str, lang: str = "en") -> dict[str, float | None]:
    info = TRAINED_FOR_ALL.info
    return dict(zip(info.categories, TRAINED_FOR_ALL.classify([text], [lang])[0], strict=True))


def raised(text: str) -> dict[str, float]:
    """The categories that are over the floor of 0.02."""
    return {c: round(s, 6) for c, s in scores(text).items() if s is not None and s > 0.02}


@pytest.mark.parametrize(
    "text", ["", "hello", "你好，世界", "a word that is bad", "坏 词", "toxicity"]
)
def test_fake_classifier_ordinary_text_is_at_the_floor(text: str) -> None:
    assert set(scores(text).values()) == {0.02}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("you badword1", {"toxicity": 0.9, "insult": 0.9}),
        ("BadWord2!", {"toxicity": 0.9, "insult": 0.9}),
        ("你坏词1", {"toxicity": 0.9, "insult": 0.9}),
        ("坏词 and badword", {"toxicity": 0.99, "insult": 0.99}),
        ("hateword1", {"toxicity": 0.9, "identity_attack": 0.9}),
        ("恨词 badword", {"toxicity": 0.99, "insult": 0.9, "identity_attack": 0.9}),
        ("spamword", {"spam": 0.9}),
        ("广告词，广告词", {"spam": 0.99}),
    ],
)
def test_fake_classifier_markers(text: str, expected: dict[str, float]) -> None:
    assert raised(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("threat=0.85", {"threat": 0.85}),
        ("说 SEXUAL=.5。", {"sexual": 0.5}),
        ("self_harm=1 insult=0.25.", {"self_harm": 1.0, "insult": 0.25}),
        ("insult=0.3 insult=0.7 insult=0.5", {"insult": 0.7}),
        ("toxicity=0.95 badword", {"toxicity": 0.95, "insult": 0.9}),
        ("severe_toxicity=0.6", {"severe_toxicity": 0.6}),
        ("insult=1.5 insult=2 insult=-1 insult=x rudeness=0.5", {}),
    ],
)
def test_fake_classifier_scores_by_name(text: str, expected: dict[str, float]) -> None:
    assert raised(text) == expected


def test_fake_classifier_score_of_zero_is_under_the_floor() -> None:
    assert scores("violence=0")["violence"] == 0.0


def test_fake_classifier_each_marker_counts_for_an_explanation() -> None:
    """Leaving one of two markers out lowers the score, so both of them are evidence."""
    both, one, none = (
        scores(text)["toxicity"] for text in ("badword1 badword2", "badword1", "hello")
    )
    assert both is not None
    assert one is not None
    assert none is not None
    assert both > one > none


def test_fake_classifier_default_support() -> None:
    classifier = FakeClassifier()
    english, chinese, mixed, other = classifier.classify(
        ["threat=0.8 sexual=0.7"] * 4, ["en", "zh", "mixed", "other"]
    )
    threat, sexual = (classifier.info.categories.index(c) for c in ("threat", "sexual"))
    assert (english[threat], english[sexual]) == (0.8, None)
    assert (chinese[threat], chinese[sexual]) == (None, 0.7)
    assert (mixed[threat], mixed[sexual]) == (0.8, 0.7)
    assert set(other) == {None}


def test_fake_classifier_poison_fails_the_whole_batch() -> None:
    with pytest.raises(RuntimeError, match="poisoned"):
        FakeClassifier().classify(["hello", "some poison here"], ["en", "en"])


def test_fake_classifier_limit_is_configurable() -> None:
    classifier = FakeClassifier(max_input_chars=3)
    assert classifier.classify(["abc"], ["en"])
    with pytest.raises(ValueError, match="text 1 has 4 code points, over the limit of 3"):
        classifier.classify(["你好", "你好世界"], ["zh", "zh"])


def test_fake_classifier_takes_a_megabyte() -> None:
    classifier = FakeClassifier(max_input_chars=2_000_000)
    for unit in ("a", "badword ", "insult=0.", "坏", "threat="):
        (found,) = classifier.classify([unit * (1_000_000 // len(unit))], ["en"])
        assert all(score is None or 0 <= score <= 1 for score in found)
