"""Evidence on a translation: exact where the lexicon sees it there, in the same part of its segment elsewhere."""

from hypothesis import given
from hypothesis import strategies as st

from service.domain import (
    Category,
    Evidence,
    Lang,
    LexiconHit,
    Span,
    SpanKind,
    TranslatedSegment,
    Translation,
)
from service.pipeline.moderation_projection import APPROXIMATE, project


def translation(
    text: str,
    *segments: tuple[int, int, int, int],
    protected: tuple[Span, Span] | None = None,
) -> Translation:
    parts = tuple(TranslatedSegment(*ends, -0.1) for ends in segments)
    sides = ((protected[0],), (protected[1],)) if protected else ((), ())
    return Translation(text, Lang.ZH_HANS, Lang.EN, None, parts, *sides)


def seen(start: int, end: int, category: Category = Category.INSULT) -> Evidence:
    return Evidence(start, end, f"classifier:{category.value}", category, weight=0.5)


def test_projection_takes_whole_words_of_the_same_part() -> None:
    source, target = "我们走吧你真坏", "Let us go now, you are really bad"
    [found] = project(source, [seen(5, 7)], translation(target, (0, 7, 0, 33)), [])
    assert found.note == APPROXIMATE
    assert target[found.start : found.end] == "really bad"


def test_projection_stays_within_its_segment() -> None:
    source, target = "你好。你真坏。", "Hello. You are bad."
    aligned = translation(target, (0, 3, 0, 6), (3, 7, 7, 19))
    [found] = project(source, [seen(3, 7)], aligned, [])
    assert target[found.start : found.end] == "You are bad."


def test_projection_evidence_over_two_segments_is_in_both() -> None:
    aligned = translation("One two. Three four.", (0, 3, 0, 8), (3, 6, 9, 20))
    assert len(project("一二。三四。", [seen(1, 5)], aligned, [])) == 2


def test_projection_prefers_the_term_that_stands_in_the_translation() -> None:
    aligned = translation("you zorgle man", (0, 3, 0, 14))
    hit = LexiconHit(4, 10, "en/insult#1", "zorgle", "en", Category.INSULT, 3)
    found = project("你真坏", [seen(1, 3), seen(0, 1, Category.THREAT)], aligned, [hit])
    assert [(one.rule, one.note) for one in found] == [
        ("classifier:threat", APPROXIMATE),
        ("lexicon:en/insult#1", ""),
    ]


def test_projection_copied_text_keeps_its_evidence() -> None:
    spans = (Span(2, 6, SpanKind.HASHTAG), Span(4, 8, SpanKind.HASHTAG))
    aligned = translation("bad #坏人们", (0, 1, 0, 3), protected=spans)
    [found] = project("坏 #坏人们", [seen(3, 5)], aligned, [])
    assert (found.start, found.end) == (5, 7)


def test_projection_on_the_same_text_is_exact() -> None:
    evidence = [seen(0, 2)]
    assert project("坏人", evidence, translation("坏人"), []) == tuple(evidence)


def test_projection_of_the_same_place_twice_is_one() -> None:
    aligned = translation("bad", (0, 6, 0, 3))
    assert len(project("坏坏坏坏坏坏", [seen(0, 1), seen(1, 2)], aligned, [])) == 1


@given(
    st.text(alphabet="ab 好,'", min_size=1, max_size=30),
    st.text(alphabet="cd 坏.'", min_size=1, max_size=30),
    st.data(),
)
def test_projection_is_always_inside_the_translation(
    source: str, target: str, data: st.DataObject
) -> None:
    start = data.draw(st.integers(0, len(source) - 1))
    end = data.draw(st.integers(start + 1, len(source)))
    aligned = translation(target, (0, len(source), 0, len(target)))
    for one in project(source, [seen(start, end)], aligned, []):
        assert 0 <= one.start < one.end <= len(target)


class Counting(str):
    """A category that counts how often it is compared, to see how much a search looks at."""

    __slots__ = ()
    compared = 0

    def __eq__(self, other: object) -> bool:
        Counting.compared += 1
        return str.__eq__(self, other)

    __hash__ = str.__hash__


def test_projection_of_thousands_of_hits_is_no_square() -> None:
    count = 4000
    source, target = "坏。" * count, "bad. " * count
    aligned = translation(target, *((2 * n, 2 * n + 2, 5 * n, 5 * n + 5) for n in range(count)))
    category: Category = Counting("insult")  # type: ignore[assignment]  # counts comparisons
    evidence = [
        Evidence(2 * n, 2 * n + 1, "lexicon:made#1", category, severity=2) for n in range(count)
    ]
    hits = [
        LexiconHit(5 * n, 5 * n + 3, "made#2", "bad", "en", category, 2) for n in range(0, count, 2)
    ]
    Counting.compared = 0
    found = project(source, evidence, aligned, hits)
    assert len(found) == count
    assert sum(one.note == APPROXIMATE for one in found) == count // 2
    assert Counting.compared < 20 * count
