"""Numbers written out in words (八十三岁, 三分之一, twenty-five, two thirds) as digits, which small models read better.

Without them the bundled models got most such numbers wrong (八十三 became eighty, 三分之一 three thirds). Where
words are more idiom than number (十分, 二百五, thanks a million) they stay.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

import regex

from service.text.quantities import han_value, values_of

__all__ = ["Numeral", "back_in_words", "find_numerals"]


@dataclass(frozen=True, slots=True)
class Numeral:
    """Code points ``[start, end)``, and the same with digits."""

    start: int
    end: int
    digits: str


def find_numerals(text: str, lang: str, taken: Sequence[tuple[int, int]] = ()) -> list[Numeral]:
    """Numbers in words of ``lang`` (``en`` | ``zh``), in order. Linear.

    Nothing that touches ``taken`` (sorted, disjoint) counts. One to ten alone stay words, as both languages write them.
    """
    if lang == "zh":
        found = list(_chinese(text)) if _HAN_HINT.search(text) else []
    else:
        found = list(_english(text)) if _ENGLISH_HINT.search(text) else []
    return _outside(found, taken) if taken and found else found


def _outside(found: Sequence[Numeral], taken: Sequence[tuple[int, int]]) -> list[Numeral]:
    kept: list[Numeral] = []
    at = 0
    for one in found:
        while at < len(taken) and taken[at][1] <= one.start:
            at += 1
        if at == len(taken) or taken[at][0] >= one.end:
            kept.append(one)
    return kept


_D = "[一二两兩三四五六七八九]"
_HAN_HINT = regex.compile(
    rf"{_D}[十百千万萬亿億年月点點米块塊个個]|{_D}{{2}}|零下|十|分之|[〇零一二三四五六七八九]{{4}}"
)
_SECTION = rf"(?:{_D}千)?+(?:[零〇]?{_D}百)?+(?:[零〇]?(?:{_D}十|十))?+(?:[零〇]?{_D})?+"
# At least one word of scale; whatever follows as a shorthand (一千八) is the last digit of a section.
_HAN = rf"(?=十|{_D}[十百千万萬亿億])(?:{_SECTION}[亿億])?+(?:{_SECTION}[万萬][亿億]?)?+{_SECTION}"
_OVER = "[多余餘来來]"
_UNIT = (
    r"(?:公里|公斤|千米|千克|厘米|毫米|英里|英尺|英寸|平方|立方|小时|小時|钟头|鐘頭|分钟|分鐘|星期|礼拜|月|[日号號]|美元|"
    r"欧元|英镑|日元|港币|台币|人民币|百分点|"
    r"[个個名位人块塊元岁歲天年次回遍只隻吨噸辆輛家户戶所种種条條件台臺架部本页頁斤米度票张張场場层層楼樓篇首碗杯瓶包箱盒"
    r"颗顆粒棵座间間匹头頭双雙对對套门門级級点點秒倍集章句字朵串堆袋根支枝把桶盘盤盆片束课課题題期届屆代周週亩畝步分])"
)
_HAN_EXACT = rf"(?:{_HAN}|{_D})"
_EDGE = r"(?<![第初几幾数數\d.〇零一二两兩三四五六七八九十百千万萬亿億点點])"
_END = r"(?![〇零一二两兩三四五六七八九十百千万萬亿億几幾])"
_AFTER = r"(?=[\s，。！？、；,.!?;)）的多高左右以吧呢啊了]|$)"
_CHINESE = regex.compile(
    rf"百分之(?P<percent>百|{_HAN_EXACT}(?:点[〇零一二三四五六七八九]++)?+|\d++(?:\.\d++)?+){_END}"
    rf"|千分之(?P<permille>{_HAN_EXACT}){_END}"
    rf"|{_EDGE}(?:"
    rf"(?P<under>{_HAN_EXACT})分之(?P<over>{_HAN_EXACT}){_END}"
    rf"|(?P<year>[一二][〇零一二三四五六七八九]{{3}})(?=年(?!级|級))"
    rf"|(?P<decade>[二三四五六七八九]十)(?=年代)"
    rf"|(?P<month>十[一二]?|[一二三四五六七八九])月(?P<day>(?:二?十|三十(?=一?[日号號]))[一二三四五六七八九]?|[一二三四五六七八九])[日号號]"
    rf"|(?<![个個半正])(?P<moon>十[一二]?|[一二三四五六七八九])月(?=[份底初末]|[中上下]旬|[\s，。！？、,.!?的去来到要就才有在我你他她和与至]|$)"
    rf"|(?P<hour>(?:二?十)?[一二两三四五六七八九]|二?十)[点點](?:(?P<minute>[零〇][一二三四五六七八九]|[二三四五]?十[一二三四五六七八九]?)分?|(?P<clock>半|一刻|三刻))(?![万亿萬億年])"
    rf"|(?P<metres>{_D})米(?P<centimetres>{_D}{_D}?){_AFTER}"
    rf"|(?P<yuan>{_HAN_EXACT})[块塊](?P<mao>{_D})(?=[\s，。！？、；,.!?;钱錢吧]|$)"
    rf"|(?P<whole>{_HAN_EXACT})(?P<of>[个個])半(?=小时|小時|月|钟头|鐘頭|星期|世纪)"
    rf"|(?P<years>{_HAN_EXACT})年半(?!载)"
    rf"|(?P<integer>{_HAN_EXACT})[点點](?P<decimals>[〇零一二三四五六七八九]++)(?=[万亿萬億倍米吨度元级寸%]|个百分点|公[里斤]|平方|厘米|英寸)"
    rf"|零下(?P<below>{_HAN_EXACT}|\d++)(?=(?:多|几)?[度℃])"
    rf"|(?P<from>{_D})(?P<to>{_D})(?P<scale>[十百千万萬])?(?={_UNIT}|多)"
    rf"|(?P<plain>{_HAN})(?P<more>{_OVER}(?:[万萬][亿億]?|[亿億])?+)?+{_END}"
    r")"
)
_UNIT_AFTER = regex.compile(_UNIT)
_CLOCK = {"半": "30", "一刻": "15", "三刻": "45"}
# What is said without counting, by the words that follow the number.
_IDIOMS = regex.compile(
    r"十(?:分(?!钟|鐘)|字|足|全|里|万火急|面|有八九)|十万八千里|二百五(?![十块塊元个個人])|一百八十度|一千零一夜"
)


def _chinese(text: str) -> Iterator[Numeral]:
    for match in _CHINESE.finditer(text):
        digits = _chinese_digits(text, match)
        if digits:
            yield Numeral(match.start(), match.end(), digits)


def _chinese_digits(text: str, match: "regex.Match[str]") -> str:
    kind = match.lastgroup or ""
    if kind in ("plain", "more"):
        return _cardinal(text, match)
    return _WRITTEN[kind](match)


def _percent(match: "regex.Match[str]") -> str:
    whole, _, rest = match["percent"].partition("点")
    value = "100" if whole == "百" else whole if whole[0].isdecimal() else _number(whole)
    return f"{value}.{_figures(rest)}%" if rest else f"{value}%"


def _permille(match: "regex.Match[str]") -> str:
    return f"{(han_value(match['permille']) / 10).normalize():f}%"


def _fraction(match: "regex.Match[str]") -> str:
    over, under = han_value(match["over"]), han_value(match["under"])
    return f"{over}/{under}" if 1 < under <= 100 and over < under else ""


def _time(match: "regex.Match[str]") -> str:
    minute = _CLOCK.get(match["clock"]) or _number(match["minute"]).zfill(2)
    return f"{_number(match['hour'])}:{minute}"


def _metres(match: "regex.Match[str]") -> str:
    return f"{_number(match['metres'])}.{_figures(match['centimetres'])}米"


def _price(match: "regex.Match[str]") -> str:
    return f"{_number(match['yuan'])}.{_figures(match['mao'])}块"


def _decimal(match: "regex.Match[str]") -> str:
    return f"{_number(match['integer'])}.{_figures(match['decimals'])}"


def _range(match: "regex.Match[str]") -> str:
    """三四百 is 300 to 400: neighbours, and three to five; one or two is left to the model."""
    low, high = (int(han_value(match[name])) for name in ("from", "to"))
    if low == 1 or (high != low + 1 and (low, high) != (3, 5)):
        return ""
    scale = match["scale"] or ""
    return f"{_number(match['from'] + scale)}到{_number(match['to'] + scale)}"


# By the last group of the pattern that took part in a match.
_WRITTEN: dict[str, Callable[["regex.Match[str]"], str]] = {
    "percent": _percent,
    "permille": _permille,
    "over": _fraction,
    "year": lambda match: _figures(match["year"]),
    "decade": lambda match: _number(match["decade"]),
    "day": lambda match: f"{_number(match['month'])}月{_number(match['day'])}日",
    "moon": lambda match: f"{_number(match['moon'])}月",
    "minute": _time,
    "clock": _time,
    "centimetres": _metres,
    "mao": _price,
    "of": lambda match: f"{_number(match['whole'])}.5{match['of']}",
    "years": lambda match: f"{_number(match['years'])}.5年",
    "decimals": _decimal,
    "below": lambda match: f"-{_number(match['below'])}",
    "to": _range,
    "scale": _range,
}


def _cardinal(text: str, match: "regex.Match[str]") -> str:
    """A number alone: below a hundred only where something is counted."""
    if _IDIOMS.match(text, match.start()):
        return ""
    more = match["more"] or ""
    value = han_value(match["plain"])
    if value < 10 or (value < 100 and not more[1:] and not _UNIT_AFTER.match(text, match.end())):
        return ""
    return (f"{value:f}" if more[1:] else _number(match["plain"])) + more


def _number(han: str) -> str:
    """Digits of a Chinese number; from ten thousand on with 万 or 亿, as long as three decimals say it."""
    value = han_value(han)
    for scale, word in ((Decimal(10**8), "亿"), (Decimal(10**4), "万")):
        if value >= scale and value * 1000 % scale == 0:
            return f"{(value / scale).normalize():f}{word}"
    return f"{value:f}"


def _figures(han: str) -> str:
    """Digit by digit: 一九九八 is 1998."""
    return "".join("0" if c in "零〇" else f"{han_value(c):f}" for c in han)


_ONES = "one|two|three|four|five|six|seven|eight|nine"
_TEENS = "ten|eleven|twelve|thirteen|fourteen|fifteen|sixteen|seventeen|eighteen|nineteen"
_TENS = "twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety"
_SCALE = "thousand|million|billion|trillion"
_ENGLISH_HINT = regex.compile(
    rf"\b(?:{_TENS}|{_TEENS}|hundred|{_SCALE}|half|quarter|minus|negative|percent|per\scent|thirds|quarters|fourths|fifths|sixths|sevenths|eighths|ninths|tenths)\b",
    regex.IGNORECASE,
)
_SMALL = rf"(?:(?:{_TENS})(?:[-\s](?:{_ONES})\b)?+|{_TEENS}|{_ONES})\b"
_HUNDREDS = rf"(?:(?:an?|{_SMALL})[-\s]hundred\b(?:\s(?:and\s)?{_SMALL})?+|{_SMALL})"
_SCALED = rf"(?:(?:an?|{_HUNDREDS})[-\s](?:{_SCALE})\b)"
_HUNDREDS_APART = (
    rf",\s{_SMALL}\shundred\b(?:\s(?:and\s)?{_SMALL})?+"  # two thousand, three hundred
)
_ENGLISH_NUMBER = (
    rf"(?:{_SCALED}(?:,?\s{_SCALED})*+(?:\s(?:and\s)?{_HUNDREDS}|{_HUNDREDS_APART})?+|{_HUNDREDS})"
)
_PARTS = {
    "thirds": 3, "quarters": 4, "fourths": 4, "fifths": 5, "sixths": 6, "sevenths": 7, "eighths": 8, "ninths": 9,
    "tenths": 10,
}  # fmt: skip
_COUNTED = "hour|minute|day|week|month|year|decade|century|mile|pound|inch"
_ENGLISH = regex.compile(
    r"(?<![\p{L}\d'’$€£-])(?:"
    rf"(?P<century>seventeen|eighteen|nineteen|twenty)[-\s](?:(?P<rest>(?:{_TENS})(?:[-\s](?:{_ONES})\b)?+|{_TEENS})"
    rf"|oh[-\s](?P<oh>{_ONES}))\b(?!\s(?:hundred|{_SCALE}))"
    rf"|(?P<minute>half|(?:a\s)?quarter)\s(?P<side>past|to)\s(?P<hour>{_ONES}|ten|eleven|twelve)\b"
    rf"|(?:minus|negative)\s(?P<below>{_SMALL})(?!\s(?:{_SCALE}|hundred)\b)"
    rf"|(?P<over>two|three|four|five|six|seven|eight|nine)[-\s](?P<under>{'|'.join(_PARTS)})\b"
    rf"|an?\s(?P<unit>{_COUNTED})\sand\sa\shalf\b"
    rf"|(?P<whole>{_SMALL})\sand\sa\shalf(?=\s(?:{_SCALE}|(?:{_COUNTED})s|times|percent)\b)"
    rf"|(?P<integer>{_SMALL})\spoint\s(?P<decimals>(?:zero|{_ONES})(?:\s(?:zero|{_ONES}))*+)\b(?P<hundredth>\sper\s?cent\b)?"
    rf"|(?P<plain>{_ENGLISH_NUMBER})(?P<percent>\sper\s?cent\b)?"
    r")",
    regex.IGNORECASE,
)
# After a number that is none: ordinals, and words that only look like one.
_NOT_AFTER = regex.compile(
    r"[-\s](?:first|second|third|fourth|fifth|sixth|seventh|eighth|ninth|something|odd|ish|fifty)\b|[-\s]?(?:and|or|to)[-\s](?:first|second)\b",
    regex.IGNORECASE,
)
_NUMBER_BEFORE = regex.compile(
    rf"(?:{_ONES}|{_TEENS}|{_TENS}|hundred|{_SCALE}|couple|few|several|many)[-\s]++$",
    regex.IGNORECASE,
)
_WORD_AFTER = regex.compile(r"[\s-]\p{Lu}\p{L}")
_SENTENCE_START = regex.compile(r"(?:^|[.!?…:\"“”(\n])[\s\"“”'‘(]*+$")
_LOOK_BACK = 24
_IDIOM = frozenset({"a hundred", "a thousand", "a million", "a billion", "a trillion"})


def _english(text: str) -> Iterator[Numeral]:
    for match in _ENGLISH.finditer(text):
        if _is_name(text, match) or _NOT_AFTER.match(text, match.end()):
            continue
        if _NUMBER_BEFORE.search(text, max(match.start() - _LOOK_BACK, 0), match.start()):
            continue
        digits = _SAID[match.lastgroup or ""](match)
        if digits:
            yield Numeral(match.start(), match.end(), digits)


def _is_name(text: str, match: "regex.Match[str]") -> bool:
    """Whether capitals say that it is a title or a name: Fifty Shades, Ocean's Eleven."""
    said = match.group()
    if said.islower():
        return False
    if not (said[0].isupper() and said[1:].islower()) or _WORD_AFTER.match(text, match.end()):
        return True
    before = text[max(match.start() - _LOOK_BACK, 0) : match.start()]
    return _SENTENCE_START.search(before) is None


def _english_year(match: "regex.Match[str]") -> str:
    return f"{int(_value(match['century'])) * 100 + int(_value(match['rest'] or match['oh']))}"


def _english_time(match: "regex.Match[str]") -> str:
    hour, half = int(_value(match["hour"])), match["minute"].lower() == "half"
    if match["side"].lower() == "past":
        return f"{hour}:{30 if half else 15}"
    return "" if half else f"{hour - 1 or 12}:45"


def _english_fraction(match: "regex.Match[str]") -> str:
    over, under = int(_value(match["over"])), _PARTS[match["under"].casefold()]
    return f"{over}/{under}" if over < under else ""


def _english_decimal(match: "regex.Match[str]") -> str:
    figures = "".join(f"{_value(word):f}" for word in match["decimals"].split())
    return f"{_value(match['integer']):f}.{figures}" + ("%" if match["hundredth"] else "")


def _english_cardinal(match: "regex.Match[str]") -> str:
    value = _value(match["plain"])
    if not value:
        return ""
    if match["percent"] is not None:
        return f"{value:f}%"
    if value <= 10 or match["plain"].lower() in _IDIOM:
        return ""
    return _grouped(value)


_SAID: dict[str, Callable[["regex.Match[str]"], str]] = {
    "rest": _english_year,
    "oh": _english_year,
    "hour": _english_time,
    "below": lambda match: f"-{_value(match['below']):f}",
    "under": _english_fraction,
    "unit": lambda match: f"1.5 {_plural(match['unit'].casefold())}",
    "whole": lambda match: f"{_value(match['whole']):f}.5",
    "decimals": _english_decimal,
    "hundredth": _english_decimal,
    "plain": _english_cardinal,
    "percent": _english_cardinal,
}


def _value(words: str) -> Decimal:
    """The one value that the words state, or 0 where they are two numbers after all."""
    found = values_of(words.replace(",", "").casefold())
    return found.pop() if len(found) == 1 else Decimal(0)


def _grouped(value: Decimal) -> str:
    for scale, word in ((10**12, "trillion"), (10**9, "billion"), (10**6, "million")):
        if value >= scale and value * 1000 % scale == 0:
            return f"{(value / scale).normalize():f} {word}"
    return f"{value:,f}" if value >= 10_000 else f"{value:f}"


def _plural(unit: str) -> str:
    return {"century": "centuries", "inch": "inches"}.get(unit, f"{unit}s")


_SOLE = r"(?<![\d.,:/$€£¥￥#~–-]){}(?![\d%‰:/°]|[.,]\d|\s?(?:km|kg|cm|mm|m|g|k|K|M|[ap]\.?m\b)\b)"
_ENGLISH_ONES = ("", *_ONES.split("|"), *_TEENS.split("|"))
_ENGLISH_TENS = ("", "", *_TENS.split("|"))
_HAN_ONES = ("", *"一二三四五六七八九")
_ENGLISH_PARTS = {2: "half", 3: "third", 4: "quarter", 5: "fifth", 8: "eighth", 10: "tenth"}


def back_in_words(text: str, digits: Sequence[str], target: str) -> str:
    """A translation into ``target`` (``en`` | ``zh``) with words for those ``digits`` that its source had in words.

    Small and round numbers and fractions only, each where it stands once; what is a price, a time or a measure stays.
    """
    for number in digits:
        words = _chinese_words(number) if target == "zh" else _english_words(number)
        if words and number in text:
            places = list(regex.finditer(_SOLE.format(regex.escape(number)), text))
            if len(places) == 1:
                start, end = places[0].span()
                text = f"{text[:start]}{words}{text[end:]}"
    return text


def _english_words(digits: str) -> str:
    over, _, under = digits.partition("/")
    if under and int(under) in _ENGLISH_PARTS:
        part = _ENGLISH_PARTS[int(under)]
        return (
            f"{_english_words(over) or _ENGLISH_ONES[int(over)]} {part}{'s' if over != '1' else ''}"
        )
    if not digits.isdecimal() or not 0 < int(digits) < 10_000:
        return ""
    value = int(digits)
    if value < 20:
        return _ENGLISH_ONES[value]
    if value < 100:
        tens, ones = _ENGLISH_TENS[value // 10], _ENGLISH_ONES[value % 10]
        return f"{tens}-{ones}" if ones else tens
    for scale, word in ((1000, "thousand"), (100, "hundred")):
        if value % scale == 0 and value // scale < 10:
            return f"{_ENGLISH_ONES[value // scale]} {word}"
    return ""


def _chinese_words(digits: str) -> str:
    over, _, under = digits.partition("/")
    if under:
        return f"{_chinese_words(under).removeprefix('一')}分之{_chinese_words(over)}"
    if not digits.isdecimal() or not 0 < int(digits) < 10_000:
        return ""
    value, said = int(digits), ""
    if value > 1000 and value % 100:  # a year, or long
        return ""
    for scale, word in ((1000, "千"), (100, "百"), (10, "十")):
        said += _HAN_ONES[value // scale] + word if value >= scale else ""
        value %= scale
        if not value:
            break
    if said and "0" in digits.rstrip("0"):  # 一百零五
        return ""
    said += str(_HAN_ONES[value])
    return said.removeprefix("一") if 10 <= int(digits) < 20 else said
