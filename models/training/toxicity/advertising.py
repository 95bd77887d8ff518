"""Chinese advertising as rows of spam: SMS with something real in their placeholders, and posts from frames."""

import random
import re
from collections.abc import Sequence
from dataclasses import replace

from models.training.toxicity import templates
from models.training.toxicity.rows import Row

__all__ = ["SOURCE", "filled", "rows"]

SOURCE = "ads"
SMS = "fbs_sms"
LABELS = {"spam": 1, "toxicity": 0, "insult": 0, "identity_attack": 0}  # an offer abuses nobody
_PLACEHOLDER = re.compile(
    r" ?(DIGIT|NAME|PLACE|URL|CELLPHONE|HOTLINE|PHONE|WECHAT|BANK)(?:[a-z0-9]{1,12})? ?"
)
_SURNAMES = "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦许何吕张孔曹严金魏陶姜"
_PLACES = (
    "北京", "上海", "广州", "深圳", "成都", "杭州", "武汉", "西安", "重庆", "南京", "天津", "苏州", "长沙",
    "郑州", "青岛", "沈阳", "大连", "厦门", "昆明", "哈尔滨", "济南", "合肥", "福州", "南宁", "本市", "全国",
)  # fmt: skip
_BANKS = ("工商银行", "建设银行", "农业银行", "招商银行", "中国银行", "邮政储蓄")
_LETTERS = "abcdefghijklmnopqrstuvwxyz"


def rows(seed: int = 1, each: int = 60) -> list[Row]:
    """``each`` posts for every frame of ``data/templates.toml``, with made-up contacts."""
    data, rng, made = templates.load()["zh"], random.Random(seed), []
    for frame in data["ads"]:
        for _ in range(each):
            contact = rng.choice(data["contacts"]).format(_handle(rng))
            text = frame.format(contact if rng.random() < 0.8 else "").strip("，, ")
            made.append(Row(text, "zh", 0, LABELS, SOURCE))
    return made


def filled(source: Sequence[Row], seed: int = 1) -> list[Row]:
    """SMS with names, places and numbers instead of placeholders, which would give the source away."""
    rng = random.Random(seed)
    return [
        replace(row, text=_PLACEHOLDER.sub(lambda m: _fill(m[1], rng), row.text))
        if row.source == SMS
        else row
        for row in source
    ]


def _fill(kind: str, rng: random.Random) -> str:
    if rng.random() < 0.15:
        return ""
    if kind == "DIGIT":
        return str(rng.choice((rng.randrange(1, 10), rng.randrange(10, 1000), 1000)))
    if kind == "NAME":
        return rng.choice(_SURNAMES) + rng.choice(("先生", "女士", "经理", "老师", "总", ""))
    if kind == "PLACE":
        return rng.choice(_PLACES)
    if kind == "BANK":
        return rng.choice(_BANKS)
    if kind == "URL":
        return f"www.{_handle(rng)}.{rng.choice(('com', 'cn', 'top', 'net'))} "
    if kind == "WECHAT":
        return _handle(rng)
    return _number(rng, 11 if kind == "CELLPHONE" else 8)


def _number(rng: random.Random, digits: int) -> str:
    return str(rng.randrange(10 ** (digits - 1), 10**digits))


def _handle(rng: random.Random) -> str:
    letters = "".join(rng.choice(_LETTERS) for _ in range(rng.randint(2, 5)))
    return rng.choice((letters + _number(rng, rng.randint(3, 6)), _number(rng, rng.randint(8, 11))))
