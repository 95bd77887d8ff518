"""A deterministic classifier without weights, registered as ``fake``: for tests, and to try the service in a second."""

import re
from collections.abc import Collection, Sequence

from models.classification.categories import CATEGORIES, LANGUAGES
from models.classification.inputs import check_texts, score_as
from models.interfaces import ClassifierInfo, Scores

__all__ = ["FakeClassifier"]

_BASE = 0.02
_PART = 0.9  # of what is left to 1 that each marker adds: 0.9, 0.99, 0.999
_MARKERS = {
    "badword": ("toxicity", "insult"),
    "坏词": ("toxicity", "insult"),
    "hateword": ("toxicity", "identity_attack"),
    "恨词": ("toxicity", "identity_attack"),
    "spamword": ("spam",),
    "广告词": ("spam",),
}
_SET = re.compile(rf"({'|'.join(CATEGORIES)})=(0?\.[0-9]{{1,6}}|[01])(?![0-9]|\.[0-9])")
_NOT_TRAINED = frozenset({("zh", "threat"), ("en", "sexual")})
_POISON = "poison"


class FakeClassifier:
    """Scores by a public rule, so that a test can ask for any verdict it needs.

    Every category starts at 0.02. Each ``badword`` or ``坏词`` (also as ``badword1``, in any case) takes away nine
    tenths of what toxicity and insult have left to 1, so that the text without it scores lower; ``hateword`` and
    ``恨词`` do so for toxicity and identity_attack, ``spamword`` and ``广告词`` for spam. ``threat=0.85`` in a text
    sets that category's score; of several the highest counts. A text with ``poison`` makes the whole batch fail with
    ``RuntimeError``, as a broken classifier would. The language decides only what is supported: by default all but
    threat in Chinese and sexual in English.
    """

    def __init__(
        self,
        *,
        max_input_chars: int = 1000,
        unsupported: Collection[tuple[str, str]] = _NOT_TRAINED,
    ) -> None:
        self._closed = False
        self._info = ClassifierInfo(
            id="fake",
            classifier="fake",
            categories=CATEGORIES,
            supported=frozenset(
                (lang, category)
                for lang in LANGUAGES
                for category in CATEGORIES
                if (lang, category) not in unsupported
            ),
            max_input_chars=max_input_chars,
            licence="Apache-2.0",
            source="models/fake_classifier.py",
        )

    @property
    def info(self) -> ClassifierInfo:
        return self._info

    def classify(self, texts: Sequence[str], langs: Sequence[str]) -> list[Scores]:
        if self._closed:
            raise RuntimeError("the classifier is closed")
        check_texts(texts, langs, self._info.max_input_chars)
        if any(_POISON in text for text in texts):
            raise RuntimeError("the classifier was poisoned")
        return [self._scores(text, lang) for text, lang in zip(texts, langs, strict=True)]

    def close(self) -> None:
        self._closed = True

    def _scores(self, text: str, lang: str) -> Scores:
        found = _found(text.casefold())

        def score(scored_as: str) -> Scores:
            return tuple(
                found.get(category, _BASE)
                if (scored_as, category) in self._info.supported
                else None
                for category in CATEGORIES
            )

        return score_as(lang, score)


def _found(text: str) -> dict[str, float]:
    """Scores of the categories that the text has markers for."""
    left: dict[str, float] = {}
    for marker, categories in _MARKERS.items():
        for category in categories:
            left[category] = left.get(category, 1.0) * (1 - _PART) ** text.count(marker)
    found = {category: 1 - rest for category, rest in left.items() if rest < 1}
    for match in _SET.finditer(text):
        found[match[1]] = max(found.get(match[1], 0.0), float(match[2]))
    return found
