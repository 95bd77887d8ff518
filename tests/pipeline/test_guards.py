"""Guards: what is called a loop, too long, too short, untranslated, or a lost number, in both languages."""

import pytest

from service.pipeline.guards import (
    Problem,
    find_problem,
    longest_repeat,
    lost_meaning,
    lost_numbers,
    lost_terms,
    says_something,
)


@pytest.mark.parametrize(
    ("text", "unit", "times"),
    [
        ("", 0, 1),
        ("hello", 0, 1),
        ("ab ab ab ab ", 3, 4),
        ("哈哈哈哈哈", 1, 5),
        ("你好你好你好", 2, 3),
        ("x" * 1000, 1, 1000),
    ],
)
def test_guards_longest_repeat(text: str, unit: int, times: int) -> None:
    found = longest_repeat(text)
    assert (found.unit, found.times) == (unit, times)


def test_guards_longest_repeat_prefers_the_one_that_covers_most() -> None:
    found = longest_repeat("aaa " + "come on " * 20)
    assert found.length >= 8 * 20


@pytest.mark.parametrize(
    ("source", "output", "target", "problem"),
    [
        # Known loops of the field: a fragment answered with the same words again and again.
        ("缓缓走来", "Come on. Come on. Come on. Come on. Come on.", "en", Problem.LOOP),
        ("Hello", "你好你好你好你好你好你好你好", "zh", Problem.LOOP),
        ("Test", "测试 测试 测试 测试 测试", "zh", Problem.LOOP),
        ("sigh", "(掌声)(掌声)(掌声)(掌声)(掌声)", "zh", Problem.LOOP),
        # Laughing is no loop.
        ("哈哈哈哈哈", "Hahahahaha", "en", None),
        ("hahahaha so funny", "哈哈哈哈太好笑了", "zh", None),
        ("no no no no", "不不不不", "zh", None),
        # Length.
        ("J", "这种药物不建议严重肝功能损害的患者使用，因为它可能会引起严重的不良反应。", "zh", Problem.TOO_LONG),
        ("好", "I think that this is a good idea and we should do it as soon as we can", "en", Problem.TOO_LONG),
        ("This is a long sentence about what happened to me at school today.", "嗯。", "zh", Problem.TOO_SHORT),
        ("今天早上我在去学校的路上遇到了一个很久没有见过的老朋友，我们聊了很久。", "Ok", "en", Problem.TOO_SHORT),
        # Untranslated.
        ("please help me with this", "please help me with this", "zh", Problem.UNTRANSLATED),
        ("我今天很开心", "我今天很开心", "en", Problem.UNTRANSLATED),
        ("Taylor Swift", "Taylor Swift", "zh", None),
        ("iPhone 15 Pro Max", "iPhone 15 Pro Max", "zh", None),
        # Mixed: some of the other script is fine.
        ("I love 火锅 so much", "我太爱火锅了", "zh", None),
        ("我在用iPhone拍照", "I'm taking photos with my iPhone", "en", None),
        # Nothing said.
        ("hello", "", "zh", Problem.EMPTY),
        ("hello", "  ", "zh", Problem.EMPTY),
        ("Good morning!", "早上好！", "zh", None),
        ("早上好！", "Good morning!", "en", None),
    ],
)  # fmt: skip
def test_guards_find_problem(
    source: str, output: str, target: str, problem: Problem | None
) -> None:
    assert find_problem(source, output, target) is problem


def test_guards_truncated_output_is_too_long() -> None:
    assert find_problem("Good morning", "早上好", "zh", truncated=True) is Problem.TOO_LONG


@pytest.mark.parametrize(
    ("source", "output", "lost"),
    [
        ("It costs 199 yuan", "它要199元", False),
        ("It costs 199 yuan", "它要 200 元", True),
        ("See you at 10:30", "10:30见", False),
        ("See you at 10:30", "十点半见", False),
        ("See you at 10:45", "十点半见", True),
        ("She is 21 now", "她现在二十一岁了", False),
        ("她今年12岁", "She is twelve this year", False),
        ("她今年25岁", "She is Twenty-five this year", False),
        ("她今年25岁", "She is twenty-six this year", True),
        ("版本号是07", "The version is seven", False),
        ("区号是0755", "The code is 755", True),
        ("It is 100% free", "它是百分之百的", True),
        ("80%的人", "eighty percent of them", False),
        ("It has 500,000 fans", "它有50万粉丝", False),
        ("120年的历史", "one hundred and twenty years", False),
        ("我有3个苹果", "I have three apples", False),  # one digit may be spelt out
        ("人口有3万", "The population is 30,000", False),  # rescaled
        ("人口有3万", "The population is 3 million", True),
        ("粉丝450万", "Fans 450 million", True),
        ("粉丝450万", "4.5 million fans", False),
        ("The city has 20 million people", "这座城市有20万人", True),
        ("The city has 20 million people", "这座城市有两千万人", False),
        ("投资了5000万美元", "It's been invested in $5000", True),
        ("大约30-50万人", "Between 300,000 and 500,000 people", False),
        ("跑了5千米", "I ran five kilometres", False),
        ("我们2024年5月1日出发", "We leave on 2024 February 1", True),
        ("我们2024年5月1日出发", "We leave on May 1, 2024", False),
        ("12月25日见", "See you on December 25", False),
        ("20k followers", "两万粉丝", False),
        ("In 1,000 days", "1000天后", False),
        ("In 1000 days", "1,000天后", False),
        ("涨了12.5%", "Up 12.5%", False),
        ("涨了12.5%", "Up 125%", True),
        ("no numbers", "没有数字", False),
        ("第12章和第12节", "Chapter 12 and section 12", False),
    ],
)
def test_guards_lost_numbers(source: str, output: str, lost: bool) -> None:
    assert lost_numbers(source, output) is lost


@pytest.mark.parametrize(
    ("source", "output", "problem"),
    [
        ("news: we are open", "😄😄：我们开放", Problem.INVENTED),
        ("50¢ each", "每个50\x80", Problem.INVENTED),
        ("hello my friend", "你好\ufffd朋友", Problem.INVENTED),
        ("I ❤ you all", "我❤你们", None),
        ("© 2024 us", "© 2024 我们", None),
        ("the first brand™", "第一个品牌™", None),
    ],
)
def test_guards_find_what_a_model_made_up(
    source: str, output: str, problem: Problem | None
) -> None:
    assert find_problem(source, output, "zh") is problem


@pytest.mark.parametrize(
    ("source", "output", "lost"),
    [
        ("原价￥1,299", "Price 1,299", True),
        ("原价￥1,299", "Price ¥1,299", False),
        ("原价¥99", "It was 99 yuan", False),
        ("It costs $20 now", "现在20", True),
        ("It costs $20 now", "现在要20美元", False),
        ("£20 or €15", "20英镑或者15", True),
        ("£20 or €15", "20英镑或者15欧元", False),
        ("use $HOME", "用这个", False),  # no price
        ("cost: $ 20", "费用：20", True),
    ],
)
def test_guards_a_price_keeps_its_currency(source: str, output: str, lost: bool) -> None:
    assert lost_numbers(source, output) is lost


@pytest.mark.parametrize(
    ("source", "output", "target", "lost"),
    [
        ("I really love 火锅.", "我真的很喜欢火锅。", "zh", False),
        ("I really love 火锅.", "我真的很喜欢锅。", "zh", True),
        (
            "I love 臺灣 so much",
            "我太爱台湾了",
            "zh",
            False,
        ),  # the script of Chinese does not count
        ("I love 北京 and 上海", "我爱北京", "zh", True),
        ("我的laptop坏了", "My Laptop is broken", "en", False),
        ("我的laptop坏了", "My computer is broken", "en", True),
        ("家里的wifi很慢", "The Wi-Fi at home is slow", "en", False),
        ("他是我的 best friend。", "He is my best friend.", "en", False),
        ("他是我的 best friend。", "He is my good friend.", "en", True),
        ("我买了一件T恤", "I bought a tee", "en", False),  # one letter is part of a word
        ("我今天很好", "I am fine", "en", False),
        ("I am fine", "我很好", "zh", False),
    ],
)
def test_guards_lost_terms(source: str, output: str, target: str, lost: bool) -> None:
    assert lost_terms(source, output, target) is lost


def test_guards_are_linear_on_long_text() -> None:
    text = "ab" * 50_000 + "中文" * 50_000
    assert longest_repeat(text).length >= 100_000
    assert find_problem(text, text[::-1], "zh") in (None, Problem.LOOP)
    assert not lost_numbers("a" * 200_000, "b" * 200_000)
    assert lost_terms("好" + "ab " * 50_000, "b" * 200_000, "en")


@pytest.mark.parametrize(
    ("meaning", "output", "lost"),
    [
        ("the GOAT", "She is the goat", False),
        ("the GOAT", "She is the best", True),
        ("travel buddy", "a travel friend", True),  # half of it
        ("make empty promises", "he makes promises that are empty", False),
        ("说实话", "老实说，我不去", False),
        ("说实话", "我不去", True),
        ("暧昧关系", "我们的关系", True),
        ("to be", "nothing", False),  # says nothing, so nothing can be lost
        ("", "nothing", False),
    ],
)
def test_guards_meaning_that_is_lost(meaning: str, output: str, lost: bool) -> None:
    assert lost_meaning(meaning, output) is lost


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("going to", False),
        ("in short", True),
        ("要", False),
        ("你们", True),
        ("", False),
        ("520", True),
    ],
)
def test_guards_words_of_grammar_say_nothing(text: str, says: bool) -> None:
    assert says_something(text) is says
