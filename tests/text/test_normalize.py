"""Which readings of a post undo which disguise, and the way back to the characters as they were written."""

import pytest

from service.text.normalize import (
    ALL,
    DIGITS,
    MAX_VIEWS,
    MAX_WRITTEN_VIEWS,
    View,
    ViewName,
    fold,
    forms,
    views,
    written_views,
)


def seen(text: str, word: str, kind: str = "surface", enabled: frozenset[ViewName] = ALL) -> View:
    """The first reading of the kind that shows ``word``."""
    readings = views(text, enabled)
    found = [view for view in readings if view.kind == kind and word in view.text]
    assert found, [(view.kind, view.text) for view in readings]
    return found[0]


def evidence(view: View, word: str, text: str) -> tuple[str, tuple[str, ...]]:
    """The characters of ``text`` behind ``word``, and the names that it took."""
    start = view.text.index(word)
    stretch = (start, start + len(word))
    begin, end = view.span(*stretch)
    return text[begin:end], view.chain_of(*stretch)


# fmt: off
CASES = [
    # text, what a reading shows, the characters behind it, names
    ("plain", "Red Apple", "apple", "Apple", ()),
    ("plain-zh", "我吃苹果。", "苹果", "苹果", ()),
    ("width", "so ＡＰＰＬＥ", "apple", "ＡＰＰＬＥ", ("width",)),
    ("width-radical", "⼥孩子", "女孩", "⼥孩", ("width",)),
    ("circled", "an Ⓐⓟⓟⓛⓔ!", "apple", "Ⓐⓟⓟⓛⓔ", ("circled",)),
    ("mathematical", "𝓪𝓹𝓹𝓵𝓮 pie", "apple", "𝓪𝓹𝓹𝓵𝓮", ("circled",)),
    ("squared", "🅰🅿🅿🅻🅴", "apple", "🅰🅿🅿🅻🅴", ("circled",)),
    ("small-capitals", "my ᴀᴘᴘʟᴇ", "apple", "ᴀᴘᴘʟᴇ", ("circled",)),
    ("superscript", "ᵃᵖᵖˡᵉ", "apple", "ᵃᵖᵖˡᵉ", ("circled",)),
    ("in-brackets", "⒜⒫⒫⒧⒠", "apple", "⒜⒫⒫⒧⒠", ("circled",)),
    ("flags", "🇦🇵🇵🇱🇪", "apple", "🇦🇵🇵🇱🇪", ("circled",)),
    ("circled-han", "㊛孩", "女孩", "㊛孩", ("circled",)),
    ("cyrillic", "an аррlе a day", "apple", "аррlе", ("homoglyph",)),
    ("cyrillic-whole", "so ѕоре", "sope", "ѕоре", ("homoglyph",)),
    ("cyrillic-capitals", "НОРЕ", "hope", "НОРЕ", ("homoglyph",)),
    ("greek", "gοοd αpple", "apple", "αpple", ("homoglyph",)),
    ("variant-han", "沵好", "你好", "沵好", ("homoglyph",)),
    ("zero-width", "app\u200ble", "apple", "app\u200ble", ("invisible",)),
    ("bidi", "苹\u202e果", "苹果", "苹\u202e果", ("invisible",)),
    ("soft-hyphen", "ap\u00adple", "apple", "ap\u00adple", ("invisible",)),
    ("joiner-between-letters", "苹\u200d果", "苹果", "苹\u200d果", ("invisible",)),
    ("selector-between-letters", "苹\ufe0f果", "苹果", "苹\ufe0f果", ("invisible",)),
    ("control", "ap\x00ple", "apple", "ap\x00ple", ("invisible",)),
    ("accents", "àpplé", "apple", "àpplé", ("marks",)),
    ("stroke", "gøød", "good", "gøød", ("marks",)),
    ("zalgo", "a̶p̷̛͓pl̸e x", "apple", "a̶p̷̛͓pl̸e", ("marks",)),
    ("zalgo-zh", "苹̶果̶", "苹果", "苹̶果", ("marks",)),
    ("traditional", "吃蘋果", "苹果", "蘋果", ("simplified",)),
    ("split", "你好弓虽大", "强大", "弓虽大", ("split",)),
    ("split-radical", "亻尔好", "你好", "亻尔好", ("split",)),
    ("split-traditional", "馬奇行", "骑行", "馬奇行", ("simplified", "split")),
    ("emoji", "吃🐔腿", "鸡腿", "🐔腿", ("emoji",)),
    ("emoji-selector", "下⛰️了", "下山", "下⛰️", ("emoji",)),
    ("emoji-skin", "一👊🏽头", "拳头", "👊🏽头", ("emoji",)),
    ("emoji-only", "🌊🌺", "浪花", "🌊🌺", ("emoji",)),
    ("keycap", "1️⃣个", "一个", "1️⃣个", ("emoji",)),
    ("bopomofo", "ㄏㄠ吃", "hao", "ㄏㄠ", ("pinyin",)),
    ("leet", "appl3 p1e", "apple", "appl3", ("leet",)),
    ("leet-signs", "a b@n@n@!", "banana", "b@n@n@", ("leet",)),
    ("leet-dollar", "gla$$", "glass", "gla$$", ("leet",)),
    ("leet-one-is-i", "l1me", "lime", "l1me", ("leet",)),
    ("leet-one-is-l", "app1es", "apples", "app1es", ("leet",)),
    ("leet-two-ones", "he11o", "hello", "he11o", ("leet",)),
    ("leet-inner-mark", "l!me", "lime", "l!me", ("leet",)),
    ("mask", "l#me", "l*me", "l#me", ("mask",)),
    ("spelled-out", "an a p p l e pie", "apple", "a p p l e", ("separators",)),
    ("spelled-dots", "a.p.p.l.e", "apple", "a.p.p.l.e", ("separators",)),
    ("spelled-mixed", "a - p - p*l*e", "apple", "a - p - p*l*e", ("separators",)),
    ("in-word", "ap.ple", "apple", "ap.ple", ("separators",)),
    ("in-word-hyphen", "ap-p-le", "apple", "ap-p-le", ("separators",)),
    ("han-digit", "苹-1-果", "苹果", "苹-1-果", ("separators",)),
    ("han-digit-alone", "苹1果", "苹果", "苹1果", ("separators",)),
    ("han-blank", "苹 果", "苹果", "苹 果", ("separators",)),
    ("han-emoji", "苹😂果", "苹果", "苹😂果", ("separators",)),
    ("han-stops", "吃。苹。果。", "苹果", "苹。果", ("separators",)),
    ("leet-then-separators", "a.p.p.1.e", "apple", "a.p.p.1.e", ("leet", "separators")),
    ("everything", "ⓐ.р.𝓹.1.é 苹1菓", "apple", "ⓐ.р.𝓹.1.é",
     ("circled", "homoglyph", "marks", "leet", "separators")),
]
# fmt: on


@pytest.mark.parametrize(
    ("text", "word", "behind", "names"),
    [case[1:] for case in CASES],
    ids=[case[0] for case in CASES],
)
def test_normalize_undoes_a_disguise(
    text: str, word: str, behind: str, names: tuple[str, ...]
) -> None:
    written, found = evidence(seen(text, word), word, text)
    assert written == behind
    assert sorted(found) == sorted(names)


@pytest.mark.parametrize(
    ("text", "name"),
    [(case[1], case[4][0]) for case in CASES if len(case[4]) == 1],
    ids=[case[0] for case in CASES if len(case[4]) == 1],
)
def test_normalize_leaves_a_disguise_that_is_switched_off(text: str, name: str) -> None:
    enabled = ALL - {ViewName(name)}
    assert all(name not in view.chain for view in views(text, enabled))


@pytest.mark.parametrize(
    "text",
    [
        "今天天气真不错，我们一起去公园玩吧！晚上再吃火锅？",
        "just watched the new movie with my friends, it was great.",
        "i'm fine, don't worry: it's 5 pm",
        "我买了两个苹果（红的）……好吃～",
        "好看😂👨\u200d👩\u200d👧 哈哈😊️",
        "",
    ],
)
def test_normalize_makes_one_surface_reading_of_an_ordinary_post(text: str) -> None:
    assert [view.chain for view in views(text) if view.kind == "surface"] == [()]


def test_normalize_makes_no_sounds_without_han() -> None:
    assert [view.kind for view in views("naïve café, 5 o'clock")] == ["surface", "surface"]


@pytest.mark.parametrize(
    "text",
    ["привет, как дела", "это мой дом", "Ελλάδα και Κύπρος", "ТОТ САМЫЙ ДОМ", "оно и он"],
)
def test_normalize_does_not_make_latin_of_a_real_foreign_word(text: str) -> None:
    for view in views(text):
        assert not any(char.isascii() and char.isalpha() for char in view.text)


def test_normalize_reads_a_whole_word_of_twins_only_without_real_words_beside_it() -> None:
    assert "sope" in fold("ѕоре")
    assert fold("ѕоре и дом") == "ѕоре и дом"


@pytest.mark.parametrize("text", ["👨\u200d👩\u200d👧", "❤️", "🏳️\u200d🌈", "👩🏽\u200d🚀", "1️⃣", "☺︎"])
def test_normalize_keeps_emoji_whole(text: str) -> None:
    assert fold(text) == text


@pytest.mark.parametrize("text", ["，！？：；（）", "…", "Apple™", "“好”", "～", "、。"])
def test_normalize_keeps_ordinary_punctuation(text: str) -> None:
    assert fold(text) == text.casefold()


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("ＢＩＧ 蘋果", "big 苹果"),
        ("Straße", "strasse"),
        ("ﬁne", "fine"),
        ("妳", "你"),
        ("⒜", "a"),
        ("a\u3000b\u00a0c", "a b c"),
        ("李白\ud800", "李白\ud800"),
    ],
)
def test_normalize_fold(text: str, folded: str) -> None:
    assert fold(text) == folded


@pytest.mark.parametrize(
    ("text", "term", "confirmed"),
    [
        ("sooooo gooood", "good", True),
        ("gooood", "god", True),
        ("sooo good", "god", False),
        ("sooo god", "good", False),
        ("glasssss", "glass", True),
        ("soooo gla", "glaa", False),
        ("哈哈哈 苹苹果", "苹果", True),
        ("苹苹果果树", "苹果树", True),
        ("哈哈哈 奶粉", "奶奶粉", False),
    ],
)
def test_normalize_confirms_repeats(text: str, term: str, confirmed: bool) -> None:
    needle = next(form.text for form in forms(term, "en") if form.kind == "squeezed")
    view = next(view for view in views(text) if view.kind == "squeezed")
    start = view.text.find(needle)
    assert (start >= 0 and view.confirms(start, start + len(needle), term)) is confirmed


def test_normalize_repeats_come_back_as_the_whole_run() -> None:
    text = "it is goooood"
    view = seen(text, "god", "squeezed")
    assert evidence(view, "god", text) == ("goooood", ("repeats",))
    assert seen("gooood", "gooood").confirms(0, 6, "anything at all")


@pytest.mark.parametrize("text", ["www.example.com", "book", "妈妈说谢谢", "2000 6666", "!!!!"])
def test_normalize_does_not_squeeze_what_is_ordinary(text: str) -> None:
    assert all(view.kind != "squeezed" or "www" in text for view in views(text))


@pytest.mark.parametrize(
    ("text", "term", "behind", "names"),
    [
        ("吃平果", "苹果", "平果", ("homophone",)),
        ("吃ping果", "苹果", "ping果", ("pinyin", "homophone")),
        ("吃pingguo了", "苹果", "pingguo", ("pinyin",)),
        ("好8", "好吧", "好8", ("pinyin", "homophone")),
        ("吃🍾平-菓", "苹果", "平-菓", ("separators", "homophone")),
        ("蘋菓", "苹果", "蘋菓", ("simplified", "homophone")),
        ("🚪口", "门口", "🚪口", ("emoji", "homophone")),
        ("🚪前", "们钱", "🚪前", ("emoji", "homophone")),
    ],
)
def test_normalize_hears_another_character(
    text: str, term: str, behind: str, names: tuple[str, ...]
) -> None:
    needle = next(
        form.text for form in forms(term, "zh") if form.kind == "pinyin" and not form.loose
    )
    assert len(needle) == len(term)
    written, found = evidence(seen(text, needle, "pinyin"), needle, text)
    assert (written, found) == (behind, names)


def test_normalize_sounds_are_off_without_homophone() -> None:
    readings = views("吃平果", ALL - {ViewName.HOMOPHONE})
    assert {view.kind for view in readings} == {"surface"}
    assert "ping" in seen("吃ping果", "ping", "pinyin", ALL - {ViewName.PINYIN}).text


def test_normalize_readings_are_few_and_differ() -> None:
    text = "Ａ.p.p.l.e 蘋-果 弓虽🐔 sooooo ni好"
    readings = views(text)
    assert len(readings) == MAX_VIEWS
    assert readings[0].text == text.casefold()
    assert len({(view.kind, view.text) for view in readings}) == MAX_VIEWS


def test_normalize_with_nothing_switched_on_gives_the_casefolded_text() -> None:
    assert [view.text for view in views("Ａ.p 蘋-果 ẞ", frozenset())] == ["ａ.p 蘋-果 ss"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a Plain text", [((), "a Plain text")]),
        ("ＷＥＣＨＡＴ：Ab１", [((), "ＷＥＣＨＡＴ：Ab１"), (("width",), "wechat:Ab1")]),
        ("w.e.c.h.a.t Ab", [((), "w.e.c.h.a.t Ab"), (("separators",), "wechat ab")]),
        ("一三八零零一三", [((), "一三八零零一三"), ((DIGITS,), "1380013")]),
        ("加-微-信", [((), "加-微-信"), (("separators",), "加微信")]),
        ("加<b>微</b>信", [((), "加<b>微</b>信"), (("html",), "加微信")]),
    ],
    ids=["plain", "width", "letters", "digits", "han", "html"],
)
def test_normalize_written_views_undo_what_hides_an_address(
    text: str, expected: list[tuple[tuple[str, ...], str]]
) -> None:
    assert [(view.chain, view.text) for view in written_views(text)] == expected


def test_normalize_written_views_look_for_nothing_that_is_known_to_be_absent() -> None:
    assert len(written_views("ＷＥ w.e.c.h.a.t", frozenset())) == 1
    assert len(written_views("ＷＥ w.e.c.h.a.t", {"width"})) == 2
    assert len(written_views("ＷＥ w.e.c.h.a.t", {"width", "separators"})) == 3


@pytest.mark.parametrize("piece", ["<b>Ａ</b>", "1-", "一", "w.", "&#65;：", "Ａ\u200b"])
def test_normalize_written_views_pass_a_megabyte(piece: str) -> None:
    text = piece * (1_000_000 // len(piece.encode()))
    found = written_views(text)
    assert 1 <= len(found) <= MAX_WRITTEN_VIEWS
    assert all(len(view.text) <= len(text) for view in found)
