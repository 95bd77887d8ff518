"""Segments and gaps: where sentences end, what is peeled off, how long ones are wrapped; nothing is ever lost."""

import pytest

from service.domain import Hashtags, Span, SpanKind
from service.text.protect import find_spans
from service.text.segment import Part, clauses, peel, split, wrap


def shown(text: str, parts: list[Part]) -> list[str]:
    """Parts as text, gaps in angle quotes."""
    assert "".join(text[p.start : p.end] for p in parts) == text
    return [text[p.start : p.end] if p.translate else f"‹{text[p.start : p.end]}›" for p in parts]


def sentences(text: str) -> list[str]:
    """The segments of ``text``, without its gaps."""
    return [s for s in shown(text, split(text, atoms=find_spans(text))) if not s.startswith("‹")]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Hello. How are you? Fine!", ["Hello.", "How are you?", "Fine!"]),
        ("Mr. Smith met Dr. J. K. Rowling.", ["Mr. Smith met Dr. J. K. Rowling."]),
        ("In the U.S. Army. The U.S. The end.", ["In the U.S. Army.", "The U.S.", "The end."]),
        ("See e.g. this, i.e. 3.5 kg.", ["See e.g. this, i.e. 3.5 kg."]),
        ("See Fig. 3 and No. 5. No. I don't.", ["See Fig. 3 and No. 5.", "No.", "I don't."]),
        ("Come at 5 p.m. on Jan. 5. We wait.", ["Come at 5 p.m. on Jan. 5.", "We wait."]),
        ("Well . Ok .. fine", ["Well .", "Ok .. fine"]),
        ("So do I. We know.", ["So do I.", "We know."]),
        ("Acme Inc. and Co. Ltd. are here.", ["Acme Inc. and Co. Ltd. are here."]),
        ("i love it. it is great. bye", ["i love it.", "it is great.", "bye"]),
        ("The govt. of France. Yes.", ["The govt. of France.", "Yes."]),
        ("1. Buy milk. 2. Eat", ["1. Buy milk.", "2. Eat"]),
        ('"Really?" he asked. "Yes."', ['"Really?" he asked.', '"Yes."']),
        ('I said "Go." He went.', ['I said "Go."', "He went."]),
        ("(See below.) Then go.", ["(See below.)", "Then go."]),
        ("Wait... what? And so on... Then", ["Wait... what?", "And so on...", "Then"]),
        ("Hi!How are you?Fine", ["Hi!", "How are you?", "Fine"]),
        ("What?! No way!!! ok", ["What?!", "No way!!!", "ok"]),
        ("Node.js is at example.com.au. Ok", ["Node.js is at example.com.au.", "Ok"]),
        (
            "See https://a.com/x?y. Then @tom.b. Bye",
            ["See https://a.com/x?y.", "Then @tom.b.", "Bye"],
        ),
    ],
)
def test_segment_splits_english(text: str, expected: list[str]) -> None:
    assert sentences(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("你好！今天天气真好。走吧？", ["你好！", "今天天气真好。", "走吧？"]),
        ("他说：“你好！”然后走了。", ["他说：“你好！”", "然后走了。"]),
        ("「好。」，他说。『走！』她说", ["「好。」，他说。", "『走！』", "她说"]),
        (
            '他说："你好。"然后走了。"真的？"她问',
            ['他说："你好。"', "然后走了。", '"真的？"', "她问"],
        ),
        ("（见下。）然后走", ["（见下。）", "然后走"]),
        ("第一；第二。第三", ["第一；第二。", "第三"]),  # a semicolon joins what belongs together
        ("我……我不知道……但是好吧", ["我……我不知道……", "但是好吧"]),
        ("好看！！！真的～～ 走", ["好看！！！", "真的～～ 走"]),
        ("好看。 走", ["好看。", "走"]),
        ("真好?走吧!好", ["真好?", "走吧!", "好"]),
        ("版本3.5很好", ["版本3.5很好"]),
    ],
)
def test_segment_splits_chinese(text: str, expected: list[str]) -> None:
    assert sentences(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("OK.好的 yes.", ["OK.", "好的 yes."]),
        ("Hello！你好! Bye", ["Hello！", "你好!", "Bye"]),
        ("我爱iPhone 15. It's good。走", ["我爱iPhone 15.", "It's good。", "走"]),
        ("太好看了！😂😂 OK", ["太好看了！", "😂😂 OK"]),
    ],
)
def test_segment_splits_mixed(text: str, expected: list[str]) -> None:
    assert sentences(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a\nb", ["a", "‹\n›", "b"]),
        ("\n\n 一\r\n\r\n二 \n", ["‹\n\n ›", "一", "‹\r\n\r\n›", "二", "‹ \n›"]),
        ("a\tb  c", ["a", "‹\t›", "b", "‹  ›", "c"]),
        ("　　今天。 好", ["‹　　›", "今天。", "‹ ›", "好"]),
        ("one two\u3000三", ["one two\u3000三"]),
        ("a\u2028b\x85c\vd", ["a", "‹\u2028›", "b", "‹\x85›", "c", "‹\v›", "d"]),
        (" a ", ["‹ ›", "a", "‹ ›"]),
        ("   ", ["‹   ›"]),
        ("", []),
    ],
)
def test_segment_keeps_layout_as_gaps(text: str, expected: list[str]) -> None:
    assert shown(text, split(text)) == expected


@pytest.mark.parametrize(
    "text", ["！！！ ???", "100% 12:30", "😂😂", "@tom #tag https://a.com", "...", "①②"]
)
def test_segment_does_not_translate_what_has_no_letters(text: str) -> None:
    assert not any(p.translate for p in split(text, atoms=find_spans(text)))


def test_segment_never_cuts_an_atom() -> None:
    text = "run ```a.\n\nb! C``` now. OK"
    assert shown(text, split(text, atoms=find_spans(text))) == [
        "run ```a.\n\nb! C``` now.",
        "‹ ›",
        "OK",
    ]


def test_segment_makes_every_barrier_a_gap() -> None:
    text = "你好<p>世界</p>。hello"
    barriers = [(2, 5), (7, 11), (-3, 0), (90, 99), (4, 4)]
    assert shown(text, split(text, barriers=barriers)) == [
        "你好",
        "‹<p>›",
        "世界",
        "‹</p>›",
        "。hello",
    ]


def test_segment_widens_a_barrier_to_the_atom_it_touches() -> None:
    atoms = [Span(1, 4, SpanKind.CODE), Span(6, 8, SpanKind.CODE)]
    assert split("abcdefghij", atoms=atoms, barriers=[(3, 5), (5, 7)]) == [
        Part(0, 1, True),
        Part(1, 5, False),
        Part(5, 8, False),
        Part(8, 10, True),
    ]


def test_segment_takes_atoms_that_overlap() -> None:
    atoms = [Span(2, 5, SpanKind.URL), Span(0, 4, SpanKind.CODE), Span(1, 2, SpanKind.TAG)]
    assert shown("a. b c. Ok", split("a. b c. Ok", atoms=atoms)) == ["a. b c.", "‹ ›", "Ok"]


def peeled(text: str, hashtags: Hashtags = Hashtags.KEEP) -> list[str]:
    atoms = find_spans(text, hashtags=hashtags)
    return shown(text, [q for p in split(text, atoms=atoms) for q in peel(text, p, atoms)])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("😂 hello 😂", ["‹😂 ›", "hello", "‹ 😂›"]),
        ("@tom 😂 so good #a #b", ["‹@tom 😂 ›", "so good", "‹ #a #b›"]),
        ("真好看[doge][doge]", ["真好看", "‹[doge][doge]›"]),
        ("@小明 OK 😂 好的 https://a.com", ["‹@小明 ›", "OK 😂 好的", "‹ https://a.com›"]),
        ("<b0>你好</b0>", ["‹<b0>›", "你好", "‹</b0>›"]),
        ("so 😂 good", ["so 😂 good"]),
        ("good 😂!", ["good 😂!"]),
        ("{name}, 你好 {0}", ["{name}, 你好 {0}"]),
        ("`ls` lists files", ["`ls` lists files"]),
        ("😂😂", ["‹😂😂›"]),
    ],
)
def test_segment_peels_atoms_off_the_edges(text: str, expected: list[str]) -> None:
    assert peeled(text) == expected


def test_segment_keeps_the_marks_of_a_hashtag_with_its_words() -> None:
    assert peeled("#旅行[话题]#", Hashtags.TRANSLATE) == ["#旅行[话题]#"]
    assert peeled("#旅行[话题]#") == ["‹#旅行[话题]#›"]


def test_segment_keeps_references_that_are_text() -> None:
    text = "&quot;Hi&quot; &copy;"
    atoms = [
        Span(0, 6, SpanKind.ENTITY),
        Span(8, 14, SpanKind.ENTITY),
        Span(15, 21, SpanKind.ENTITY),
    ]
    assert shown(text, peel(text, Part(0, len(text), True), atoms)) == [
        "&quot;Hi&quot;",
        "‹ &copy;›",
    ]


def whole(text: str) -> Part:
    return Part(0, len(text), True)


@pytest.mark.parametrize(
    ("text", "limit", "expected"),
    [
        ("short", 10, ["short"]),
        ("one two, three four", 12, ["one two,", "‹ ›", "three four"]),
        ("I came home because it rained", 20, ["I came home", "‹ ›", "because it rained"]),
        ("aaaa bbbb cccc", 6, ["aaaa", "‹ ›", "bbbb", "‹ ›", "cccc"]),
        ("今天天气真好，我们去公园玩吧", 8, ["今天天气真好，", "我们去公园玩吧"]),
        ("一二三四五六七八九十", 4, ["一二三四", "五六七", "八九十"]),
        ("我爱iPhone，I love it", 10, ["我爱iPhone，", "I love it"]),
        ("1,000,000 yuan", 10, ["‹1,000,000›", "‹ ›", "yuan"]),
        # a word of Latin letters or a number is cut only where it is too long alone
        ("电话13812345678地址", 14, ["电话", "13812345678地址"]),
        ("单号SF1234567890在此", 13, ["单号", "SF1234567890", "在此"]),
        ("共1,234,567.89元整吧", 14, ["共", "‹1,234,567.89›", "元整吧"]),
        ("在10:30-12:30间来吧", 12, ["在", "‹10:30-12:30›", "间来吧"]),
        ("好abcdefghijkl好", 5, ["好", "abcde", "fghi", "jkl好"]),
    ],
)
def test_segment_wraps_at_clauses_then_blanks_then_anywhere(
    text: str, limit: int, expected: list[str]
) -> None:
    assert shown(text, wrap(text, whole(text), limit, len, [])) == expected


def test_segment_wraps_around_atoms_and_graphemes() -> None:
    text = "ab @tomtom cde\u0301fg"
    atoms = find_spans(text)
    parts = shown(text, wrap(text, whole(text), 4, len, atoms))
    assert "‹@tomtom›" in parts
    assert any("e\u0301" in part for part in parts)


def test_segment_wraps_a_part_that_ends_inside_an_atom() -> None:
    text = "abcdefghij"
    parts = wrap(text, Part(0, 8, True), 4, len, [Span(6, 10, SpanKind.CODE)])
    assert [(p.start, p.end) for p in parts] == [(0, 4), (4, 8)]


def test_segment_wraps_a_grapheme_over_the_limit_as_a_gap() -> None:
    text = "a" + "\u0301" * 9 + "b"
    assert shown(text, wrap(text, whole(text), 3, len, [])) == [f"‹a{chr(0x301) * 9}›", "b"]


def test_segment_does_not_wrap_a_gap_and_refuses_no_limit() -> None:
    assert wrap("abc", Part(0, 3, False), 1, len, []) == [Part(0, 3, False)]
    with pytest.raises(ValueError, match="limit"):
        wrap("abc", whole("abc"), 0, len, [])


@pytest.mark.parametrize("unit", ["好", "a", "word ", "好，", "😂a"])
def test_segment_wraps_200_kb_with_few_counts(unit: str) -> None:
    text = unit * (200_000 // len(unit))
    calls = 0

    def count(piece: str) -> int:
        nonlocal calls
        calls += 1
        return len(piece.encode()) // 2 + 1

    parts = wrap(text, whole(text), 250, count, find_spans(text))
    pieces = [text[p.start : p.end] for p in parts if p.translate]
    assert shown(text, parts)
    assert calls <= 2 * len(pieces) + 10
    assert all(count(piece) <= 250 for piece in pieces)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Well, I think: yes; no", ["Well,", "‹ ›", "I think:", "‹ ›", "yes;", "‹ ›", "no"]),
        ("今天很好，我们走；好：吧", ["今天很好，", "我们走；", "好：", "吧"]),
        ("OK，let's go, 好的,走", ["OK，", "let's go,", "‹ ›", "好的,", "走"]),
        ("1,000 at 10:30", ["1,000 at 10:30"]),
        ("苹果、香蕉", ["苹果、香蕉"]),
        ("no clauses", ["no clauses"]),
        ("，，好，", ["，，好，"]),
    ],
)
def test_segment_clauses(text: str, expected: list[str]) -> None:
    assert shown(text, clauses(text, whole(text), [])) == expected


def test_segment_functions_take_atoms_of_the_whole_text() -> None:
    text = "😂 你好，@a，世界 😂\n😂 好，的 😂"
    atoms = find_spans(text)
    parts = [q for p in split(text, atoms=atoms) for q in peel(text, p, atoms)]
    smaller = [q for p in parts for q in clauses(text, p, atoms)]
    assert [s for s in shown(text, smaller) if not s.startswith("‹")] == [
        "你好，",
        "@a，世界",
        "好，",
        "的",
    ]


HOSTILE = [
    "a",
    "好",
    "a\n",
    ". ",
    "!a",
    '。",',
    'a." ',
    "…a ",
    "A. ",
    "a b ",
    "\n",
    " ",
    "!!! ",
    "a, ",
    "“。”",
    "1. ",
]


@pytest.mark.parametrize("unit", HOSTILE)
def test_segment_stays_quick_on_long_texts(unit: str) -> None:
    text = unit * (20_000 // len(unit))
    parts = [q for p in split(text) for q in peel(text, p, [])]
    assert shown(text, parts)
    assert shown(text, [q for p in parts for q in clauses(text, p, [])])


@pytest.mark.slow
def test_segment_stays_quick_on_a_megabyte_with_many_atoms() -> None:
    text = "Hi 😂 there. 今天天气真好，我们去@公园 玩吧！\n" * 30_000
    atoms = find_spans(text)
    assert shown(text, [q for p in split(text, atoms=atoms) for q in peel(text, p, atoms)])


@pytest.mark.parametrize(
    ("text", "core"),
    [
        ("@tom, thanks for that", "thanks for that"),
        ("@小红，谢谢你", "谢谢你"),
        ("@tom：今天 shopping 吗", "今天 shopping 吗"),
        ("😀 , hello", "hello"),
        (", hello", ", hello"),
        ("@tom ,", None),
        ("@tom、@bob，你们好", "你们好"),
        ("@tom ，@bob ，你们好", "你们好"),
        ("@tom、@bob来了", "@bob来了"),
        ("@tom、@bob、{name}来了", "{name}来了"),
        ("@tom、好、@bob，来了", "好、@bob，来了"),
    ],
)
def test_segment_peel_takes_the_comma_of_an_address_along(text: str, core: str | None) -> None:
    parts = peel(text, Part(0, len(text), True), find_spans(text))
    assert "".join(text[p.start : p.end] for p in parts) == text
    assert [text[p.start : p.end] for p in parts if p.translate] == ([core] if core else [])
