"""What every classifier must do, run on each of them; the bundled one too, which CI insists on."""

import math
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.fake_classifier import FakeClassifier
from models.interfaces import Classifier, Scores
from models.registry import load_classifier, open_classifier
from service.domain import Category
from tests.models.bundled import bundled_entry
from tests.models.tiny_classifiers import classifier_folder

TEXTS = (
    "you are a good friend", "hello", "where are you? 你在哪里？", "你好，世界", "我的 iPhone 很好",
    "good 😂👩‍👩‍👧 #tag @name",
    "12345", "这是一本书。", "see http://example.com/a?b=c now", "ＡＢＣ，。！",
)  # fmt: skip
ODD = (
    "", " ", "\n\t", "\x00", "a\x00b", "\ud83d", "half \udc00 pair", "\udc00\ud83d", "你好\ud800", "\u200b\u202e",
    "\U0010ffff", "</s>", "<s><pad>", "[CLS] a [SEP] b [MASK]", "<unk></s></s>", ">>zho<<", "<mask>", "e\u0301" * 9,
)  # fmt: skip
LANGS = ("en", "zh", "mixed", "other")
CLOSE = 2e-5  # padding to another length changes the last bits of a float32, and a rounded score its last digit

Build = Callable[[pytest.TempPathFactory], Classifier]


def _bundled(factory: pytest.TempPathFactory) -> Classifier:
    bundled_entry("classification")
    return open_classifier("compact", "bundled")


def _transformers(name: str) -> Build:
    return lambda factory: load_classifier(
        "transformers", classifier_folder(factory, name), threads=1
    )


CLASSIFIERS: dict[str, Build] = {
    "fake": lambda factory: FakeClassifier(),
    "fake-zh": lambda factory: FakeClassifier(unsupported=[("en", c) for c in Category]),
    "compact": _bundled,
    "transformers-bert": _transformers("bert"),
    "transformers-roberta": _transformers("roberta"),
    "transformers-xlmr": _transformers("xlmr"),
}


def _marks(name: str) -> list[pytest.MarkDecorator]:
    if name.startswith("transformers"):
        return [pytest.mark.torch]
    return [pytest.mark.weights] if name == "compact" else []


_PARAMETERS = [pytest.param(name, marks=_marks(name), id=name) for name in CLASSIFIERS]


@pytest.fixture(scope="module", params=_PARAMETERS)
def classifier(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Classifier]:
    built = CLASSIFIERS[request.param](tmp_path_factory)
    yield built
    built.close()


def _assert_fits(classifier: Classifier, scores: Scores, lang: str) -> None:
    """One score a category, None exactly where unsupported, else in [0, 1]."""
    info = classifier.info
    scored_as = {"mixed": ("en", "zh")}.get(lang, (lang,))
    assert len(scores) == len(info.categories)
    for category, score in zip(info.categories, scores, strict=True):
        supported = any((one, category) in info.supported for one in scored_as)
        assert (score is not None) == supported
        assert score is None or 0.0 <= score <= 1.0


def _approx(scores: Scores) -> tuple[object, ...]:
    return tuple(None if s is None else pytest.approx(s, abs=CLOSE) for s in scores)


def test_classifier_contract_info_says_what_it_is(classifier: Classifier) -> None:
    assert isinstance(classifier, Classifier)
    info = classifier.info
    assert info.id
    assert info.classifier in ("fake", "compact", "transformers")
    assert info.max_input_chars > 16
    assert classifier.info == info


def test_classifier_contract_categories_are_in_the_order_of_the_domain(
    classifier: Classifier,
) -> None:
    info = classifier.info
    assert info.categories == tuple(c for c in Category if c in info.categories)
    assert info.supported
    assert info.supported <= {(lang, c) for lang in ("en", "zh") for c in info.categories}


def test_classifier_contract_empty_list(classifier: Classifier) -> None:
    assert classifier.classify([], []) == []


@pytest.mark.parametrize("lang", LANGS)
def test_classifier_contract_none_exactly_where_unsupported(
    classifier: Classifier, lang: str
) -> None:
    found = classifier.classify(TEXTS, [lang] * len(TEXTS))
    assert len(found) == len(TEXTS)
    for scores in found:
        _assert_fits(classifier, scores, lang)


def test_classifier_contract_mixed_is_the_higher_of_both(classifier: Classifier) -> None:
    english, chinese, mixed = (
        classifier.classify(TEXTS, [lang] * len(TEXTS)) for lang in ("en", "zh", "mixed")
    )
    for of_english, of_chinese, of_both in zip(english, chinese, mixed, strict=True):
        expected = tuple(
            max((s for s in pair if s is not None), default=None)
            for pair in zip(of_english, of_chinese, strict=True)
        )
        assert of_both == _approx(expected)


def test_classifier_contract_same_call_same_scores(classifier: Classifier) -> None:
    langs = [LANGS[index % 3] for index in range(len(TEXTS))]
    assert classifier.classify(TEXTS, langs) == classifier.classify(TEXTS, langs)


def test_classifier_contract_batch_is_as_alone_and_order_does_not_matter(
    classifier: Classifier,
) -> None:
    texts = [*TEXTS, *ODD, TEXTS[0] * 4]
    langs = [LANGS[index % 4] for index in range(len(texts))]
    together = classifier.classify(texts, langs)
    backwards = classifier.classify(texts[::-1], langs[::-1])[::-1]
    for index, (text, lang) in enumerate(zip(texts, langs, strict=True)):
        (alone,) = classifier.classify([text], [lang])
        assert together[index] == _approx(alone)
        assert backwards[index] == _approx(alone)


@pytest.mark.parametrize("text", ODD, ids=ascii)
def test_classifier_contract_odd_texts(classifier: Classifier, text: str) -> None:
    for lang in ("en", "zh", "mixed"):
        for odd in (text, f"hello {text} 你好"):
            _assert_fits(classifier, classifier.classify([odd], [lang])[0], lang)


@settings(max_examples=40)
@given(
    texts=st.lists(st.text(st.characters(), max_size=16), max_size=4), lang=st.sampled_from(LANGS)
)
def test_classifier_contract_any_text(classifier: Classifier, texts: list[str], lang: str) -> None:
    found = classifier.classify(texts, [lang] * len(texts))
    assert len(found) == len(texts)
    for scores in found:
        _assert_fits(classifier, scores, lang)


@pytest.mark.parametrize(
    "unit", ["a", "你", "😂", "good 你好 ", "\ud83d", "\n", "👩‍👩‍👧", "</s>"], ids=ascii
)
def test_classifier_contract_up_to_the_limit_and_not_over(
    classifier: Classifier, unit: str
) -> None:
    limit = classifier.info.max_input_chars
    text = unit * (limit // len(unit) + 1)
    for lang in ("en", "zh"):
        _assert_fits(classifier, classifier.classify([text[:limit]], [lang])[0], lang)
    with pytest.raises(ValueError, match=str(limit)):
        classifier.classify([text[: limit + 1]], ["en"])


def test_classifier_contract_5000_emoji_in_windows(classifier: Classifier) -> None:
    limit = classifier.info.max_input_chars
    text = "😂" * 5000
    windows = [text[at : at + limit] for at in range(0, len(text), limit)]
    for scores in classifier.classify(windows, ["zh"] * len(windows)):
        _assert_fits(classifier, scores, "zh")


def test_classifier_contract_no_text_in_an_error(classifier: Classifier) -> None:
    with pytest.raises(ValueError) as caught:  # noqa: PT011 - what it says is asserted below
        classifier.classify(["hello", "secret " * classifier.info.max_input_chars], ["en", "en"])
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(("texts", "langs"), [(1, 0), (0, 1), (2, 3)])
def test_classifier_contract_lists_of_different_length(
    classifier: Classifier, texts: int, langs: int
) -> None:
    with pytest.raises(ValueError, match=r"[Ll]ang|length"):
        classifier.classify(["hello"] * texts, ["en"] * langs)


def test_classifier_contract_several_threads_at_once(classifier: Classifier) -> None:
    jobs = [
        ([text, other], [lang, "mixed"])
        for text, other in zip(TEXTS, reversed(TEXTS), strict=True)
        for lang in ("en", "zh")
    ]
    expected = [classifier.classify(texts, langs) for texts, langs in jobs]
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda job: classifier.classify(*job), jobs * 3))
    for got, wanted in zip(found, expected * 3, strict=True):
        assert got == [_approx(scores) for scores in wanted]


def test_classifier_contract_inputs_are_left_alone(classifier: Classifier) -> None:
    texts, langs = list(TEXTS), ["mixed"] * len(TEXTS)
    classifier.classify(tuple(texts), tuple(langs))
    classifier.classify(texts, langs)
    assert (texts, langs) == (list(TEXTS), ["mixed"] * len(TEXTS))


def test_classifier_contract_scores_are_plain_floats(classifier: Classifier) -> None:
    """A numpy float would not be JSON."""
    for scores in classifier.classify(TEXTS, ["mixed"] * len(TEXTS)):
        assert type(scores) is tuple
        assert {type(score) for score in scores} <= {float, type(None)}
        assert all(math.isfinite(score) for score in scores if score is not None)


@pytest.mark.parametrize("name", _PARAMETERS)
def test_classifier_contract_close(name: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    built = CLASSIFIERS[name](tmp_path_factory)
    before = built.classify(["hello"], ["mixed"])
    built.close()
    built.close()
    try:
        after = built.classify(["hello"], ["mixed"])
    except RuntimeError as error:
        assert "closed" in str(error)  # noqa: PT017 - one without anything to release may go on instead
    else:
        assert after == before
