"""Which characters are behind a score: chunks, the texts without them, and evidence from how far scores fall."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.domain import Category
from service.pipeline.moderation_explain import MAX_CHUNKS, make_probe, read_probe, without
from service.pipeline.moderation_plan import Probe

COLUMNS = (Category.TOXICITY, Category.THREAT)


def probe(text: str, **full: float) -> Probe:
    made = make_probe(text, (0, len(text)), {Category(k): v for k, v in full.items()})
    assert made is not None
    return made


def chunks(text: str) -> list[str]:
    return [text[start:end] for start, end in probe(text, toxicity=0.9).chunks]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("you f*ol, go away!", ["you", "f*ol,", "go", "away!"]),
        ("你真坏，走开", ["你", "真", "坏", "走", "开"]),
        ("你真的bad啊", ["你", "真", "的", "bad", "啊"]),
        ("word", ["word"]),
    ],
    ids=["en", "zh", "mixed", "one word"],
)
def test_explain_chunks_are_words_and_han_characters(text: str, expected: list[str]) -> None:
    assert chunks(text) == expected


@pytest.mark.parametrize("text", ["word " * 500, "好" * 900, "，。！ \n"])
def test_explain_long_texts_have_few_chunks(text: str) -> None:
    made = make_probe(text, (0, len(text)), {Category.TOXICITY: 0.9})
    assert made is None or len(made.chunks) <= MAX_CHUNKS


@given(st.text(alphabet="ab 好坏，!😀", max_size=80))
def test_explain_texts_without_a_chunk_are_the_rest_of_the_text(text: str) -> None:
    made = make_probe(text, (0, len(text)), {Category.TOXICITY: 0.9})
    for start, end in made.chunks if made else ():
        [rest] = without(text, (0, len(text)), [(start, end)])
        assert rest.replace(" ", "") == (text[:start] + text[end:]).replace(" ", "")
        assert len(text) - len(rest) in (end - start, end - start + 1)


@pytest.mark.parametrize(
    ("text", "chunk", "expected"),
    [("go away now", (3, 7), "go now"), ("bad day", (0, 3), "day"), ("你真坏", (1, 2), "你坏"), ("a b", (2, 3), "a ")],
)  # fmt: skip
def test_explain_leaves_no_double_blank(text: str, chunk: tuple[int, int], expected: str) -> None:
    assert without(text, (0, len(text)), [chunk]) == [expected]


def evidence(
    text: str, rows: list[tuple[float, float]], **full: float
) -> list[tuple[str, str, float | None]]:
    found = read_probe(text, probe(text, **full), rows, COLUMNS)
    return [(text[one.start : one.end], one.rule, one.weight) for one in found]


def test_explain_the_chunk_without_which_the_score_falls_is_the_evidence() -> None:
    rows = [(0.9, 0.0), (0.2, 0.0), (0.88, 0.0)]
    assert evidence("you fool, bye", rows, toxicity=0.9) == [("fool", "classifier:toxicity", 0.7)]


def test_explain_neighbours_are_joined_and_keep_the_strongest_weight() -> None:
    rows = [(0.9, 0.0), (0.5, 0.0), (0.3, 0.0), (0.9, 0.0)]
    assert evidence("你坏人啊", rows, toxicity=0.9) == [("坏人", "classifier:toxicity", 0.6)]


def test_explain_each_category_has_its_own_evidence() -> None:
    rows = [(0.1, 0.8), (0.9, 0.1)]
    assert evidence("rude menace", rows, toxicity=0.9, threat=0.8) == [
        ("rude", "classifier:toxicity", 0.8),
        ("menace", "classifier:threat", 0.7),
    ]


def test_explain_where_no_chunk_matters_the_whole_text_is_the_evidence() -> None:
    rows = [(0.9, 0.0), (0.895, 0.0)]
    assert evidence("both words.", rows, toxicity=0.9) == [
        ("both words.", "classifier:toxicity", None)
    ]


def test_explain_gives_few_spans() -> None:
    text = " . ".join(f"w{i}" for i in range(12))
    count = len(chunks(text))
    found = read_probe(text, probe(text, toxicity=0.9), [(0.1, 0.0)] * count, COLUMNS)
    assert 1 <= len(found) <= 4
