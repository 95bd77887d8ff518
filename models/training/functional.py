"""Functional checks of a translation model: what must survive, and what must not happen."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import regex

__all__ = ["Check", "loops", "run_checks"]

Answer = Callable[[Sequence[str], str], list[str]]

_PLACEHOLDER = regex.compile(r"⟦\d⟧")
_NUMBER = regex.compile(r"\d+(?:\.\d+)?")
_SHOWN_FAILURES = 5


@dataclass(frozen=True, slots=True)
class Check:
    """One kind of check; ``failures`` shows a few as ``source => answer``."""

    name: str
    passed: int
    total: int
    failures: tuple[str, ...]


PLACEHOLDERS = {
    "en": (
        "Thanks ⟦0⟧ for the help!",
        "⟦0⟧ I can't believe this happened ⟦1⟧",
        "Have you seen the new video from ⟦0⟧?",
        "I bought this at ⟦0⟧ yesterday and I love it ⟦1⟧",
        "Please click ⟦0⟧here⟦1⟧ to read more.",
        "⟦0⟧ and ⟦1⟧ are my favourite singers.",
        "My dog ate my homework ⟦0⟧ what should I do?",
        "Happy birthday ⟦3⟧! Wish you all the best ⟦4⟧⟦5⟧",
        "The code ⟦0⟧ does not work on my phone.",
        "We are going to ⟦0⟧ next week with ⟦1⟧.",
        "⟦0⟧ good morning everyone ⟦1⟧ how are you today? ⟦2⟧",
        "This song is so good ⟦0⟧ I listen to it every day ⟦1⟧ and every night ⟦2⟧",
    ),
    "zh": (
        "谢谢⟦0⟧的帮助！",
        "⟦0⟧我真不敢相信⟦1⟧",
        "你看过⟦0⟧的新视频吗？",
        "我昨天在⟦0⟧买的，很喜欢⟦1⟧",
        "请点击⟦0⟧这里⟦1⟧了解更多。",
        "⟦0⟧和⟦1⟧是我最喜欢的歌手。",
        "我的狗把作业吃了⟦0⟧我该怎么办？",
        "生日快乐⟦3⟧！祝你一切顺利⟦4⟧",
        "⟦0⟧这个代码在我的手机上不能用。",
        "我们下周要和⟦1⟧一起去⟦0⟧。",
        "⟦0⟧大家早上好⟦1⟧今天过得怎么样？⟦2⟧",
        "这首歌太好听了⟦0⟧我每天都听⟦1⟧",
    ),
}
NUMBERS = {
    "en": (
        "I am 25 years old.",
        "The meeting starts at 9:30.",
        "It costs 199 dollars.",
        "There are 12 students in the class.",
        "He was born in 1998.",
        "My room number is 408.",
        "Only 3 days left!",
        "We need 50 more people.",
        "It is 100% free.",
        "I ran 10 kilometers today.",
    ),
    "zh": (
        "我今年25岁。",
        "会议9:30开始。",
        "这个要199元。",
        "班里有12个学生。",
        "他出生于1998年。",
        "我的房间号是408。",
        "只剩3天了！",
        "我们还需要50个人。",
        "这是100%免费的。",
        "我今天跑了10公里。",
    ),
}
SWITCHED = {
    "en": (
        ("I really love 火锅.", "火锅"),
        ("This is my favourite 奶茶 shop.", "奶茶"),
        ("My 妈妈 is a teacher.", "妈妈"),
        ("Have you ever been to 成都?", "成都"),
        ("She is wearing a beautiful 旗袍.", "旗袍"),
        ("We had 饺子 for dinner.", "饺子"),
        ("Happy 春节 everyone!", "春节"),
        ("I want to learn 太极 with you.", "太极"),
        ("He gave me a 红包 yesterday.", "红包"),
        ("Do you like 麻将?", "麻将"),
    ),
    "zh": (
        ("这个feature很好用。", "feature"),
        ("我的 boss 今天很生气。", "boss"),
        ("你什么时候有 meeting？", "meeting"),
        ("我想买一个新的laptop。", "laptop"),
        ("今天的 party 很好玩。", "party"),
        ("他是我的 best friend。", "best friend"),
        ("这个 app 太慢了。", "app"),
        ("她的 style 我很喜欢。", "style"),
        ("我们去喝 coffee 吧。", "coffee"),
        ("我收到了你的email。", "email"),
    ),
}
SHORT = {
    "en": (
        "Hello",
        "Test",
        "J",
        "ok",
        "lol",
        "no",
        "I'm sorry",
        "sitt",
        "good",
        "wow",
        "hmm",
        "why",
        "SOPA DE ERVILHA",
        "Come on",
        "yes!",
        "so cute",
        "The",
        "a",
        "hahaha",
        "???",
        "ok ok ok",
    ),
    "zh": (
        "缓缓走来",
        "否",
        "好",
        "哈哈哈哈",
        "测试",
        "啊",
        "你好",
        "嗯嗯",
        "绝了",
        "笑死",
        "早",
        "不",
        "加油",
        "冲冲冲",
        "救命",
        "好的好的",
        "真的假的",
        "呜呜呜",
        "的",
        "一",
        "在吗",
    ),
}


def loops(text: str, source: str) -> bool:
    """A unit of 1-12 characters four times in a row, unless the source repeats as well; or far too long."""
    if len(text) > 6 * len(source) + 40:
        return True
    for size in range(1, 13):
        run = 1
        for at in range(size, len(text) - size + 1, size):
            unit = text[at : at + size]
            run = run + 1 if unit == text[at - size : at] and unit.strip() else 1
            if run >= 4 and not _repeats(source):
                return True
    return False


def _repeats(source: str) -> bool:
    characters = [c for c in source.casefold() if c.isalnum()]
    return len(characters) >= 3 and len(set(characters)) <= len(characters) // 2


def run_checks(answer: Answer) -> Iterator[Check]:
    """All checks; ``answer`` translates texts of a source language into the other one."""
    yield _check("placeholders kept", answer, PLACEHOLDERS, _kept(_PLACEHOLDER))
    yield _check("numbers kept", answer, NUMBERS, _kept(_NUMBER))
    terms = {lang: dict(rows) for lang, rows in SWITCHED.items()}
    sources = {lang: tuple(rows) for lang, rows in terms.items()}
    everything = {**terms["en"], **terms["zh"]}

    def copied(source: str, text: str) -> bool:
        return everything[source].casefold() in text.casefold()

    yield _check("inline target-language terms copied", answer, sources, copied)
    yield _check("no loop on short input", answer, SHORT, lambda s, t: not loops(t, s) and bool(t))


def _kept(pattern: "regex.Pattern[str]") -> Callable[[str, str], bool]:
    def kept(source: str, text: str) -> bool:
        return sorted(pattern.findall(source)) == sorted(pattern.findall(text))

    return kept


def _check(
    name: str,
    answer: Answer,
    texts: Mapping[str, tuple[str, ...]],
    right: Callable[[str, str], bool],
) -> Check:
    passed, total = 0, 0
    failures: list[str] = []
    for lang, rows in texts.items():
        for source, text in zip(rows, answer(rows, lang), strict=True):
            total += 1
            if right(source, text):
                passed += 1
            else:
                failures.append(f"{source} => {text}")
    return Check(name, passed, total, tuple(failures[:_SHOWN_FAILURES]))
