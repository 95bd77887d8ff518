"""What is protected, kind by kind: in English, in Chinese, and where both meet without a blank."""

import pytest

from service.domain import Hashtags, Span, SpanKind
from service.text import patterns
from service.text.protect import find_numbers, find_spans, merge_spans


def found(text: str, kind: SpanKind | None = None, hashtags: Hashtags = Hashtags.KEEP) -> list[str]:
    spans = find_spans(text, hashtags=hashtags)
    assert all(kind is None or span.kind is kind for span in spans), spans
    return [text[span.start : span.end] for span in spans]


@pytest.mark.parametrize(
    ("text", "urls"),
    [
        ("see https://example.com/a?b=1#c now", ["https://example.com/a?b=1#c"]),
        ("看这个https://xhslink.com/a/b，快来", ["https://xhslink.com/a/b"]),
        ("http://t.cn/A6xyz点击查看", ["http://t.cn/A6xyz"]),
        ("链接:https://a.cn/b 好", ["https://a.cn/b"]),
        ("李四:http://t.cn/x", ["http://t.cn/x"]),
        ("https://zh.wikipedia.org/wiki/北京_(城市) 好", ["https://zh.wikipedia.org/wiki/北京_(城市)"]),
        ("(see https://en.wikipedia.org/wiki/Foo_(bar)).", ["https://en.wikipedia.org/wiki/Foo_(bar)"]),
        ("Go to www.example.com, or b23.tv/xx!", ["www.example.com", "b23.tv/xx"]),
        ("example.com is down; youtu.be/abc.", ["example.com", "youtu.be/abc"]),
        ("HTTPS://EXAMPLE.COM/A", ["HTTPS://EXAMPLE.COM/A"]),
        ("https://a.com/%E4%BD%A0?q=%20x&y=~1", ["https://a.com/%E4%BD%A0?q=%20x&y=~1"]),
        ("https://a.com:8080/x。", ["https://a.com:8080/x"]),
        ("I like it.In the end. Node.js, e.g. this", []),
        ("http:// 没有", []),
        ("好.的 3.5 v1.2.3", []),
    ],
)  # fmt: skip
def test_protect_urls(text: str, urls: list[str]) -> None:
    assert found(text, SpanKind.URL) == urls


@pytest.mark.parametrize(
    ("text", "emails"),
    [
        ("mail me: first.last+tag@mail.example.com.", ["first.last+tag@mail.example.com"]),
        ("邮箱abc@qq.com联系", ["abc@qq.com"]),
        ("foo@bar", []),
    ],
)
def test_protect_emails(text: str, emails: list[str]) -> None:
    assert found(text, SpanKind.EMAIL) == emails


@pytest.mark.parametrize(
    ("text", "mentions"),
    [
        ("thanks @tom_1 and @a.b!", ["@tom_1", "@a.b"]),
        ("谢谢@小红书，@小明 你好", ["@小红书", "@小明"]),
        ("＠小明 好", ["＠小明"]),
        ("说得好//@李四:转发//@tom：好", ["@李四", "@tom"]),
        ("at a/@b or file:///@c", []),
        ("@user@mastodon.social hi", ["@user@mastodon.social"]),
        ("@Tom的分享 @Tom你好 @Lily酱 太好", ["@Tom", "@Tom", "@Lily酱"]),
        ("hi <@123456> <#42>", ["<@123456>", "<#42>"]),
        ("2 @ 5", []),
        ("@小明今天我们去公园玩然后又去吃了很多很多好吃的东西吧对不对", []),
    ],
)
def test_protect_mentions(text: str, mentions: list[str]) -> None:
    assert found(text, SpanKind.MENTION) == mentions


@pytest.mark.parametrize(
    ("text", "tags"),
    [
        ("love #travel and #food!", ["#travel", "#food"]),
        ("#love#travel#food", ["#love", "#travel", "#food"]),
        ("今天#旅行 好 #美食", ["#旅行", "#美食"]),
        ("#上海美食[话题]# #探店[话题]#", ["#上海美食[话题]#", "#探店[话题]#"]),
        ("#话题#文字", ["#话题#"]),
        ("＃话题＃文字", ["＃话题＃"]),
        ("#OOTD# 今天穿什么", ["#OOTD#"]),
        ("#今天 天气# 不错", ["#今天 天气#"]),
        ("#今天 天气#好", ["#今天", "#好"]),
        ("#旅行#美食#生活 好", ["#旅行", "#美食#"]),
        ("#100days of code", ["#100days"]),
        ("#新年快乐2024", ["#新年快乐2024"]),
        ("we are #1, C# and F# too, issue #12 is a dup of C# code", []),
        ("&#39; # 标题", []),
    ],
)
def test_protect_hashtags(text: str, tags: list[str]) -> None:
    assert found(text, SpanKind.HASHTAG) == tags


@pytest.mark.parametrize(
    ("text", "marks"),
    [
        ("love #travel", ["#"]),
        ("#旅行 好", ["#"]),
        ("#美食[话题]# 好", ["#", "[话题]#"]),
        ("#OOTD# 今天", ["#", "#"]),
    ],
)
def test_protect_only_the_marks_of_hashtags_to_translate(text: str, marks: list[str]) -> None:
    assert found(text, SpanKind.HASHTAG, Hashtags.TRANSLATE) == marks


@pytest.mark.parametrize(
    ("text", "emotes"),
    [
        ("lol[doge][doge]", ["[doge]", "[doge]"]),
        ("好看[赞R][笑哭R]", ["[赞R]", "[笑哭R]"]),
        ("[捂脸] ok", ["[捂脸]"]),
        ("see [1] and arr[i]", []),
        ("[two words] [toolongname] []", []),
        ("【公告】", []),
    ],
)
def test_protect_emotes(text: str, emotes: list[str]) -> None:
    assert found(text, SpanKind.EMOTE) == emotes


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        (":joy: ok :+1:", [":joy:", ":+1:"]),
        ("好的:smile_cat::joy:", [":smile_cat:", ":joy:"]),
        ("<:pepe:123456789>", ["<:pepe:123456789>"]),
        ("10:30:45 a::b::c std::cout", []),
        ("时间:很多:好", []),
    ],
)
def test_protect_shortcodes(text: str, codes: list[str]) -> None:
    assert found(text, SpanKind.SHORTCODE) == codes


@pytest.mark.parametrize(
    "emoji",
    [
        "😂", "❤", "❤️", "❤︎", "👍🏽", "👨‍👩‍👧‍👦", "🏳️‍🌈", "👩🏽‍💻", "🇨🇳", "1️⃣", "#️⃣", "*️⃣", "5⃣",
        "🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f", "™️", "©️", "‼️", "★", "♪", "㊗", "🏽", "🇨",
        "\ue001", "(´･ω･`)", "(≧▽≦)", "¯\\_(ツ)_/¯", "ʕ•ᴥ•ʔ", "╮(╯▽╰)╭", "(^_^)", "T_T", "QAQ", ":)", "<3", "orz",
        ":'(", "B-)", "^_^;", ">:(", "=。=", "-。-", "TAT", "T^T", ":D:D", ":)))", "<_<", "→_→", "←_←", "m(_ _)m",
        "\\(^o^)/", "_(:3」∠)_", "o(╥﹏╥)o", "ヾ(≧▽≦*)o", "Σ(っ°Д°;)っ", "(^_−)☆", "(づ｡◕‿‿◕｡)づ", "‹(￣︶￣)>",
        "٩(๑>◡‹๑)۶", "d(^_^)b", "q(≧▽≦q)", "(o´ω`o)", "→", "←", "↑", "↓", "⇒", "↔", "➡", "⬇", "⟶", "①", "⑳", "❸",
        "●", "►", "🅰",
    ],
)  # fmt: skip
@pytest.mark.parametrize("frame", ["{}", "good {} day", "好{}的"])
def test_protect_emoji_as_one_span(emoji: str, frame: str) -> None:
    assert found(frame.format(emoji), SpanKind.EMOJI) == [emoji]


@pytest.mark.parametrize(
    "text",
    [
        "1 2 # * 3",
        "© 2024 ™ ®",
        "really‼ ⁉",
        "ℹ Ⓜ",
        "（你好） (see note) (1, 2) f(x)",
        "list:) 10:00",
        "the ratio is 1:3 now, not 1:3.5",
        "at 10:30 :30",
        "时间:3点",
        "C:/path and http:/ x",
        "(:a) (: x) ( foo ): bar",
        "(plan B) or (B)",
        "| :---: | ---: |",
        "snake_(x) dm(hi) f(x)/2",
        "a:o b:/c",
        "STATE",
        "ⓗⓘ 🅷🅴🅻🅻🅾 🄷🄴🄻🄻🄾 𝗕𝗶𝗴",
    ],
)
def test_protect_no_emoji_where_there_is_text(text: str) -> None:
    assert found(text) == []


@pytest.mark.parametrize(
    "emoticon", [":3", ":O", ":o", ":-o", ":/", ":-/", ":*", ":-*", "(:", "):"]
)
@pytest.mark.parametrize("frame", ["{}", "so {} good", "今天 {} 明天", "bye {}"])
def test_protect_emoticons_between_blanks(emoticon: str, frame: str) -> None:
    assert found(frame.format(emoticon), SpanKind.EMOJI) == [emoticon]


@pytest.mark.parametrize(
    ("text", "emoticon"),
    [("今天很高兴:3", ":3"), ("好吧:O，真的", ":O"), ("不知道:/", ":/"), ("可爱:3。", ":3")],
)
def test_protect_emoticons_at_the_end_of_chinese(text: str, emoticon: str) -> None:
    assert found(text, SpanKind.EMOJI) == [emoticon]


def test_protect_every_emoji_of_a_row() -> None:
    assert found("🇨🇳🇺🇸😂👍🏽") == ["🇨🇳", "🇺🇸", "😂", "👍🏽"]


@pytest.mark.parametrize(
    ("text", "templates"),
    [
        ("Hi {name}, {0} new", ["{name}", "{0}"]),
        ("你好{{user}}，{}条", ["{{user}}", "{}"]),
        ("%1$s liked %s (%d) %.2f%(n)s", ["%1$s", "%s", "%d", "%.2f", "%(n)s"]),
        ("${x} and %{y}", ["${x}", "%{y}"]),
        ("共%d条", ["%d"]),
        ("100% sure, 50% discount, 5%s", []),
        ("buy $AAPL at $5", []),
        ("{不是模板}", []),
    ],
)
def test_protect_templates(text: str, templates: list[str]) -> None:
    assert found(text, SpanKind.TEMPLATE) == templates


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("run `pip install x` now", ["`pip install x`"]),
        ("运行`ls`命令", ["`ls`"]),
        ("```py\nprint(1)\n\nx = '@me'```", ["```py\nprint(1)\n\nx = '@me'```"]),
        ("don`t you can`t", []),
        ("一个 ` 没有", []),
    ],
)
def test_protect_code(text: str, code: list[str]) -> None:
    assert found(text, SpanKind.CODE) == code


@pytest.mark.parametrize(
    "symbol",
    [
        "⟦0⟧", "⟦", ">>zho<<", ">>cmn_Hans<<", "</s>", "<s>", "<pad>", "<unk>", "<2en>", "<0x0A>", "<|endoftext|>", "▁",
        "\0", "\x1b", "\u200b", "\ufeff", "\u202e", "\u00ad", "\u200d", "\ud83d", "\uffff", "\u3164",
    ],
)  # fmt: skip
@pytest.mark.parametrize("frame", ["{}", "a {} b", "好{}的"])
def test_protect_what_a_model_could_take_for_its_own(symbol: str, frame: str) -> None:
    assert found(frame.format(symbol), SpanKind.CONTROL) == [symbol]


@pytest.mark.parametrize("blank", ["\n", "\r\n", "\t", "\u2028", "\u3000", "\u00a0", "\x85", "\v"])
def test_protect_leaves_layout_to_segments(blank: str) -> None:
    assert found(f"a{blank}b") == []


def test_protect_extra_tokens_literally() -> None:
    text = "a <x.y> 好<x>b"
    spans = find_spans(text, extra_tokens=["<x>", "<x.y>", ""])
    assert [text[s.start : s.end] for s in spans] == ["<x.y>", "<x>"]


@pytest.mark.parametrize(
    ("text", "tags"),
    [
        ("<b0>Hello</b0> <a1/>", ["<b0>", "</b0>", "<a1/>"]),
        ("<b>粗</b><br/>", ["<b>", "</b>", "<br/>"]),
        ('<a href="x">y</a>', ['<a href="x">', "</a>"]),
        ("a < b > c, 1<2, x<y", []),
        ("<我> <unknown>", []),
    ],
)
def test_protect_tags_in_plain_text(text: str, tags: list[str]) -> None:
    assert found(text, SpanKind.TAG) == tags


def test_protect_the_first_of_two_that_overlap() -> None:
    assert found("https://a.com/#tag @a@b.com `@me #x`") == [
        "https://a.com/#tag",
        "@a@b.com",
        "`@me #x`",
    ]


def test_protect_groups_are_named_after_kinds() -> None:
    assert set(patterns.TOKEN.groupindex) <= set(SpanKind)


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        (
            "on 2024-01-02 at 10:30, $5.99 or ¥100, 50% off",
            ["2024-01-02", "10:30", "$5.99", "¥100", "50%"],
        ),
        (
            "5kg, 10 km/h, 3.5GHz, 1,000,000 and v1.2.3",
            ["5kg", "10 km/h", "3.5GHz", "1,000,000", "v1.2.3"],
        ),
        ("won 7-2, open 24/7, -5℃", ["7-2", "24/7", "-5℃"]),
        ("第3章，2024年，100元，5kg重", ["3", "2024", "100", "5kg"]),
        ("3万 1.5亿 30000万 5月3日 8点 5 million 3k 1st 22nd 10pm", []),
        ("iPhone15 x86_64 A4", []),
    ],
)
def test_protect_numbers_that_both_languages_write_alike(text: str, numbers: list[str]) -> None:
    spans = find_numbers(text)
    assert {span.kind for span in spans} <= {SpanKind.NUMBER}
    assert [text[span.start : span.end] for span in spans] == numbers


def test_protect_merge_lets_the_second_list_win() -> None:
    url, tag, code = SpanKind.URL, SpanKind.TAG, SpanKind.CODE
    a = [Span(0, 4, url), Span(6, 8, url), Span(10, 12, url)]
    b = [Span(3, 5, tag), Span(11, 15, tag), Span(12, 13, code)]
    assert merge_spans(a, b) == [Span(3, 5, tag), Span(6, 8, url), Span(11, 15, tag)]
    assert merge_spans(a, []) == a
    assert merge_spans([], a) == a


HOSTILE = [
    "👨‍", "(", "(a", "http://a(", "#a", "#好", "#好 ", "#a[话题]", "@", "@a", "@好", "a@", "a.", "ab.cd/", "www.",
    "`", "`a", " `a ", "```", "[a", "[好", ":", ":a", "{", "{{a", "%1", "<", "<a ", "<b0", "⟦0", "1,", "1-", "1,111",
    "$1", "1.", "11:", ">>a", "(ω", "(ω ", "╮(", "_", "🇨", "1\ufe0f", "\u0301", "1 m", "&#", "\0",
    "_(", "o(", "\\(^", "):", " ):", "(a ):", ":D", ":)", ">:", "→_", "→", "🅷",
]  # fmt: skip


def protect(unit: str, length: int) -> None:
    text = unit * (length // len(unit))
    find_spans(text)
    find_numbers(text)


@pytest.mark.parametrize("unit", ["a", "好", "1", " ", "\n", "a好"])
def test_protect_stays_quick_on_200_kb_without_a_pause(unit: str) -> None:
    protect(unit, 200_000)


@pytest.mark.parametrize("unit", HOSTILE)
def test_protect_stays_quick_on_hostile_text(unit: str) -> None:
    protect(unit, 20_000)


@pytest.mark.slow
@pytest.mark.parametrize("unit", HOSTILE)
def test_protect_stays_quick_on_200_kb_of_hostile_text(unit: str) -> None:
    protect(unit, 200_000)


def test_protect_stays_quick_on_a_megabyte() -> None:
    assert find_spans("The quick brown fox. 今天天气真好，我们去公园玩吧！" * 25_000) == []


def test_protect_keeps_markdown_and_what_is_in_it() -> None:
    text = "> [链接](https://a.com/b#c) **很好** ^_^ `*a*` (*´ω`*) [doge] _so_"
    assert found(text) == [
        "> ", "[", "](https://a.com/b#c)", "**", "**", "^_^", "`*a*`", "(*´ω`*)", "[doge]", "_", "_",
    ]  # fmt: skip


def test_protect_finds_five_thousand_emoji() -> None:
    assert len(find_spans("👨‍👩‍👧‍👦" * 5_000)) == 5_000
