"""What holds for every text: nothing is lost, nothing protected is cut, nothing raises."""

from itertools import pairwise

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from service.domain import Detection, Hashtags, Lang, Span, SpanKind
from service.text import hanzi, languages, markup, script
from service.text.protect import find_numbers, find_spans, mask, merge_spans, restore
from service.text.segment import Part, clauses, peel, split, wrap

unhurried = settings(deadline=None)  # first calls load dictionaries
MARKS = tuple(f"⟦{i}⟧" for i in range(10))

# Pieces that meet the rules of every module, in both languages and in none.
FRAGMENTS = st.sampled_from(
    [
        "Hello. ", "Mr. Smith ", "e.g. ", '"Go." ', "ok", " ", "  ", "\n", "\t", "...", "你好", "。", "！", "，",
        "……", "“好。”", "后來", "后来", "的", "か", "Привет", "https://a.com/b", "http://a.cn看", "@tom", "@小明",
        "a@b.com", "#tag", "#话题#", "#美食[话题]#", "[doge]", "[赞R]", ":joy:", "😂", "👨\u200d👩\u200d👧", "🇨🇳",
        "1\ufe0f\u20e3", "❤\ufe0f", "\u200d", "\ufe0f", "🏽", "(´･ω･`)", "{0}", "{{x}}", "%s", "`x`", "```", "3.5kg",
        "1,000", "3万", "2024-01-02", "⟦0⟧", "⟦1⟧", "⟦", ">>zho<<", "</s>", "<pad>", "<b0>", "</b0>", "<b>", "</b>",
        "<p>", "</p>", "<br/>", "<code>", "</code>", '<a class="mention">', "</a>", "<div translate=no>", "</div>",
        "<script>", "</script>", "<!--", "-->", "&amp;", "&lt;", "&copy;", "&nbsp", "&", "<", ">", '"', "'", "#", "@",
        "[", "]", "(", ")", "\0", "\ud83d", "\udc00", "e\u0301", "\u3000", "\u2028", "\ufdd0", "▁", "asdfghjkl",
    ]
)  # fmt: skip
ANYTHING = st.text(st.characters(exclude_categories=()), max_size=12)
TEXTS = st.lists(FRAGMENTS | ANYTHING, max_size=14).map("".join)
HASHTAGS = st.sampled_from(Hashtags)


@st.composite
def texts_with_holes(draw: st.DrawFn) -> tuple[str, list[Span], list[tuple[int, int]]]:
    """A text, sorted disjoint atoms, and any barriers at all."""
    text = draw(TEXTS)
    edge = st.integers(0, len(text))
    edges = sorted(draw(st.sets(edge, max_size=8)))
    kinds = st.sampled_from(SpanKind)
    atoms = [Span(a, b, draw(kinds)) for a, b in pairwise(edges) if draw(st.booleans())]
    barriers = draw(st.lists(st.tuples(st.integers(-2, len(text) + 2), edge), max_size=4))
    return text, atoms, barriers


def assert_covers(text: str, parts: list[Part], start: int, end: int) -> None:
    assert all(part.start < part.end for part in parts)
    edges = [start, *(part.end for part in parts)]
    assert [part.start for part in parts] == edges[:-1]
    assert edges[-1] == end
    assert "".join(text[part.start : part.end] for part in parts) == text[start:end]


def assert_spans(text: str, spans: list[Span]) -> None:
    assert all(0 <= span.start < span.end <= len(text) for span in spans)
    assert all(a.end <= b.start for a, b in pairwise(spans))


def cuts_of(parts: list[Part]) -> set[int]:
    return {part.start for part in parts}


def inside_of(spans: list[Span]) -> set[int]:
    return {i for span in spans for i in range(span.start + 1, span.end)}


@unhurried
@given(texts_with_holes())
def test_split_loses_nothing_and_cuts_no_atom(
    case: tuple[str, list[Span], list[tuple[int, int]]],
) -> None:
    text, atoms, barriers = case
    parts = split(text, atoms=atoms, barriers=barriers)
    assert_covers(text, parts, 0, len(text))
    assert not cuts_of(parts) & inside_of(atoms)
    walls = {i for start, end in barriers for i in range(max(start, 0), min(end, len(text)))}
    assert not any(part.translate and walls & set(range(part.start, part.end)) for part in parts)


@unhurried
@given(TEXTS)
def test_split_keeps_line_breaks_out_of_segments(text: str) -> None:
    for part in split(text):
        piece = text[part.start : part.end]
        if part.translate:
            assert piece == piece.strip()
            assert not set(piece) & set("\n\r\t\v\f\x85\u2028\u2029")
            assert "  " not in piece


@unhurried
@given(TEXTS, HASHTAGS)
def test_peel_and_clauses_lose_nothing_and_cut_no_atom(text: str, hashtags: Hashtags) -> None:
    atoms = find_spans(text, hashtags=hashtags)
    inside = inside_of(atoms)
    for part in split(text, atoms=atoms):
        for finer in (peel(text, part, atoms), clauses(text, part, atoms)):
            assert_covers(text, finer, part.start, part.end)
            assert not cuts_of(finer) & inside


@unhurried
@given(texts_with_holes(), st.integers(1, 12), st.sampled_from(["points", "bytes", "words"]))
def test_wrap_keeps_under_the_limit_and_loses_nothing(
    case: tuple[str, list[Span], list[tuple[int, int]]], limit: int, unit: str
) -> None:
    text, atoms, _ = case
    assume(text)

    def count(piece: str) -> int:
        if unit == "words":
            return len(piece.split())
        return len(piece.encode("utf-8", "surrogatepass")) if unit == "bytes" else len(piece)

    parts = wrap(text, Part(0, len(text), True), limit, count, atoms)
    assert_covers(text, parts, 0, len(text))
    assert not cuts_of(parts) & inside_of(atoms)
    for part in parts:
        if part.translate:
            assert count(text[part.start : part.end]) <= limit


@unhurried
@given(TEXTS, HASHTAGS)
def test_mask_and_restore_give_the_text_back(text: str, hashtags: Hashtags) -> None:
    spans = find_spans(text, hashtags=hashtags)
    masked = mask(text, spans, MARKS)
    if masked is None:
        assert len(spans) > len(MARKS) or any(mark in text for mark in MARKS)
        return
    restored = restore(masked.text, masked, text)
    assert restored is not None
    assert restored.text == text
    assert [(start, end) for start, end, _ in restored.placed] == [
        (slot.start, slot.end) for slot in masked.slots
    ]


@unhurried
@given(texts_with_holes(), st.booleans())
def test_mask_and_restore_take_any_spans(
    case: tuple[str, list[Span], list[tuple[int, int]]], drop: bool
) -> None:
    text, atoms, _ = case
    masked = mask(text, atoms, MARKS)
    assume(masked is not None)
    assert masked is not None
    restored = restore(masked.text, masked, text)
    assert restored is not None
    assert restored.text == text
    if drop and masked.slots:
        assert restore(masked.text.replace(masked.slots[0].placeholder, ""), masked, text) is None


@unhurried
@given(TEXTS, st.permutations(range(4)), st.lists(ANYTHING, min_size=5, max_size=5))
def test_restore_keeps_all_protected_text_in_any_order(
    text: str, order: list[int], words: list[str]
) -> None:
    masked = mask(text, find_spans(text), MARKS)
    assume(masked is not None)
    assert masked is not None
    assume(1 <= len(masked.slots) <= 4)
    assume(not any("⟦" in word or "⟧" in word for word in words))
    slots = [masked.slots[i] for i in order if i < len(masked.slots)]
    output = words[0] + "".join(s.placeholder + w for s, w in zip(slots, words[1:], strict=False))
    restored = restore(output, masked, text)
    if restored is None:  # only tags may be refused
        assert "<" in text
        return
    for start, end, slot in restored.placed:
        assert restored.text[start:end] == text[slot.start : slot.end]
    squeezed = "".join(restored.text.split())
    assert all("".join(word.split()) in squeezed for word in words[: len(slots) + 1])


@unhurried
@given(TEXTS, HASHTAGS)
def test_spans_are_sorted_disjoint_and_inside(text: str, hashtags: Hashtags) -> None:
    assert_spans(text, find_spans(text, hashtags=hashtags))
    assert_spans(text, find_numbers(text))
    assert_spans(text, find_spans(text, extra_tokens=["⟦", "a", text[:3]]))


@unhurried
@given(TEXTS, st.sampled_from(["</s>", "<pad>", "<unk>", ">>zho<<", ">>eng<<", *MARKS]))
def test_control_tokens_of_a_user_are_always_protected(text: str, token: str) -> None:
    text = f"{text} {token} {text}"
    covered = {i for span in find_spans(text) for i in range(span.start, span.end)}
    at = text.index(f" {token} ") + 1
    assert covered >= set(range(at, at + len(token)))


@unhurried
@given(texts_with_holes(), st.data())
def test_merge_keeps_all_of_the_winners(
    case: tuple[str, list[Span], list[tuple[int, int]]], data: st.DataObject
) -> None:
    text, atoms, _ = case
    pool = [*find_spans(text), *atoms]
    a = data.draw(st.lists(st.sampled_from(pool), max_size=4)) if pool else []
    merged = merge_spans(a, atoms)
    assert_spans(text, merged)
    assert set(atoms) <= set(merged) <= set(atoms) | set(a)


@unhurried
@given(TEXTS)
def test_scripts_are_total_and_consistent(text: str) -> None:
    runs = script.script_runs(text)
    assert "".join(text[run.start : run.end] for run in runs) == text
    shares = script.share(text)
    assert shares.latin + shares.han + shares.other <= len(text)
    assert script.han_variant(text) in ("Hans", "Hant", None)
    assert script.is_mash(text) in (True, False)


@unhurried
@given(TEXTS, HASHTAGS)
def test_detection_is_total(text: str, hashtags: Hashtags) -> None:
    detection = script.detect(text, hashtags=hashtags)
    assert isinstance(detection, Detection)
    assert 0.0 <= detection.confidence <= 1.0
    assert (detection.lang is None) == bool(detection.reason)
    assert detection.reason in ("", "empty", "no_letters", "unknown_script")


@unhurried
@given(ANYTHING)
def test_languages_resolution_is_total(code: str) -> None:
    assert languages.resolve_language(code) in (None, *Lang)
    assert languages.is_auto(code) in (True, False)


@unhurried
@given(
    st.sampled_from(
        [alias for info in languages.LANGUAGES for alias in (info.lang, *info.aliases)]
    ),
    st.data(),
)
def test_languages_ignore_case_and_separator(alias: str, data: st.DataObject) -> None:
    cased = "".join(data.draw(st.sampled_from([c.lower(), c.upper()])) for c in alias)
    written = cased.replace("-", data.draw(st.sampled_from("-_")))
    assert languages.resolve_language(f" {written} ") is languages.resolve_language(alias)


@unhurried
@given(TEXTS)
def test_hanzi_is_total_and_simplifying_is_stable(text: str) -> None:
    simplified = hanzi.to_hans(text)
    assert hanzi.to_hans(simplified) == simplified
    assert hanzi.to_hant(text).count("\0") == text.count("\0")


@unhurried
@given(TEXTS)
def test_markup_is_total_and_its_spans_are_valid(html: str) -> None:
    found = markup.scan(html)
    assert_spans(html, found.atoms)
    assert_spans(html, [Span(start, end, SpanKind.TAG) for start, end in found.barriers])
    walls = {i for start, end in found.barriers for i in range(start, end)}
    assert not any(walls & set(range(atom.start, atom.end)) for atom in found.atoms)
    assert set(found.replace) <= set(found.atoms)
    merged = found.merge(find_spans(html))
    assert_spans(html, merged)
    assert {a for a in found.atoms if a.kind is not SpanKind.ENTITY} <= set(merged)


@unhurried
@given(TEXTS)
def test_markup_reconstructs_the_document(html: str) -> None:
    """The whole path of HTML with a model that changes nothing: tags, attributes and references are as they were."""
    found = markup.scan(html)
    merged = found.merge(find_spans(html))
    pieces: list[str] = []
    for part in split(html, atoms=merged, barriers=found.barriers):
        raw = html[part.start : part.end]
        local = [
            Span(s.start - part.start, s.end - part.start, s.kind)
            for s in merged
            if part.start <= s.start < part.end
        ]
        swaps = {
            Span(s.start - part.start, s.end - part.start, s.kind): text
            for s, text in found.replace.items()
            if s in merged and part.start <= s.start < part.end
        }
        masked = mask(raw, local, MARKS, replace=swaps) if part.translate else None
        if masked is None:
            pieces.append(raw)
            continue
        restored = restore(markup.escape(masked.text, raw), masked, raw)
        assert restored is not None
        assert [restored.text[a:b] for a, b, _ in restored.placed] == [
            raw[slot.start : slot.end] for slot in masked.slots
        ]
        pieces.append(restored.text)
    if not found.replace and not set(html) & set("&<>"):
        assert "".join(pieces) == html


@unhurried
@given(TEXTS)
def test_escape_leaves_no_markup(text: str) -> None:
    escaped = markup.escape(text, "")
    found = markup.scan(escaped)
    assert found.barriers == []
    assert {atom.kind for atom in found.atoms} <= {SpanKind.ENTITY}
    decoded = escaped.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
    assert decoded == text


@pytest.mark.parametrize("mark", MARKS)
def test_mask_never_confuses_its_own_placeholders_with_typed_ones(mark: str) -> None:
    text = f"{mark} 好 @tom {mark}"
    masked = mask(text, [Span(6, 10, SpanKind.MENTION)], MARKS)
    assert masked is not None
    assert masked.slots[0].placeholder != mark
    restored = restore(masked.text, masked, text)
    assert restored is not None
    assert restored.text == text
