"""The regular expressions of protected text, one for each kind. All are linear: possessive or bounded repeats only."""

import regex

__all__ = ["GLANCE", "HASHTAG_CLOSE", "NUMBER", "TOKEN"]

# Code, fenced or inline. A backtick inside a word (don`t) is an apostrophe.
_CODE = r"```[\s\S]*?```|(?<![\p{Latin}\p{N}`\\])`(?![\s`])[^`\n]{1,400}+(?<!\s)`(?![A-Za-z0-9`])"

# What a model could take for its own symbols, typed by a user, and characters that cannot be seen.
_CONTROL = (
    r"⟦[^⟦⟧\s]{1,16}+⟧|[⟦⟧]|▁++|>>[A-Za-z_]{2,12}+<<|</?s>|<0x[0-9A-Fa-f]{2}>"
    r"|<(?:pad|unk|bos|eos|mask|sep|cls|2[a-z]{2,3})>|<\|[A-Za-z_]{1,32}+\|>"
)
_INVISIBLE = (
    r"(?![\t\n\v\f\r\x1C-\x1F\x85])[\p{Cc}\p{Cf}\p{Cs}\p{Cn}\u115F\u1160\u3164\uFFA0\u2800]"
)

# Tags that a client leaves in plain text: Immersive Translate's <b0></b0>, and simple inline HTML.
_TAG = (
    r"</?[A-Za-z]{1,3}\d{1,4}\s?/?>"
    r"|</?(?i:a|b|i|u|em|strong|span|font|br|p|div|img|code|sub|sup|small|mark|del|ins|q|li|ul|ol|h[1-6])"
    r"(?:\s[^<>]{0,1000}+)?/?>"
)

# A Han path segment belongs to a URL only right after a separator (/wiki/北京); after a letter it is the
# text that goes on without a blank (t.cn/A6xyz点击查看). Closing punctuation is left to the sentence.
_URL_CORE = r"A-Za-z0-9\-_~/@&=+$%#\u00C0-\u1FFF"
_URL_BODY = (
    rf"(?:[{_URL_CORE}]++|(?<=[/=_\-])\p{{Han}}{{1,20}}+|(?<=_)\([\p{{Han}}\p{{N}}]{{1,20}}+\)"
    rf"|\([{_URL_CORE}.,;:!?'*]*+\)|[.,;:!?'*()]++(?=[{_URL_CORE}]))"
)
_DOMAIN = r"(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}+)\.){1,4}"
_URL = (
    rf"(?<![A-Za-z0-9])(?i:https?|ftp)://(?=[A-Za-z0-9]){_URL_BODY}++"
    rf"|(?<![A-Za-z0-9.@/_-])(?i:www)\.(?=[A-Za-z0-9]){_URL_BODY}++"
    rf"|(?<![A-Za-z0-9.@/_-]){_DOMAIN}"
    r"(?:(?:com|net|org|edu|gov|io|ai|app|dev|xyz|info|tv|cc|cn|tw|hk|jp|uk|de|fr)"
    rf"(?![A-Za-z0-9_@-]|\.[A-Za-z0-9])(?::\d{{2,5}}+)?(?:[/?](?=[A-Za-z0-9]){_URL_BODY}*+|/)?"
    rf"|[a-z]{{2,6}}/(?=[A-Za-z0-9]){_URL_BODY}++)"
)
_EMAIL = (
    r"(?<![A-Za-z0-9._%+-])[A-Za-z0-9][A-Za-z0-9._%+-]{0,63}+"
    r"@(?:[A-Za-z0-9-]{1,63}+\.){1,6}[A-Za-z]{2,24}+"
)

# \G: right behind the previous match, where the character before says nothing (#love#travel, :a::b:).
_MARK = r"(?:(?<![A-Za-z0-9_&#＃/])|\G)[#＃]"
_EVEN_MARKS_FOLLOW = (
    r"(?=(?:[^\s#＃]{0,40}+[#＃][^\s#＃]{0,40}+[#＃]){0,8}+[^\s#＃]{0,40}+(?![#＃]))"
)
_WORD = r"[\p{L}\p{N}_][\p{L}\p{M}\p{N}_]{0,99}+"
_HASHTAG = (
    rf"{_MARK}(?:[^#＃\s\[\]]{{1,64}}+\[\p{{Han}}{{1,6}}+\][#＃]"
    # Weibo's #topic#. Without Han, or with a blank inside, only where nothing else is glued to it.
    rf"|(?=[^#＃]{{0,39}}?\p{{Han}})[^\s#＃]{{1,40}}+[#＃]{_EVEN_MARKS_FOLLOW}"
    r"|(?=[^#＃]{0,39}?\p{Han})(?<=(?:^|\s)[#＃])(?!\s)[^#＃\n\r\t]{1,40}+(?<!\s)[#＃](?![^\s\p{P}])"
    r"|(?=[^#＃]{0,39}?\p{L})[^\s#＃]{1,40}+[#＃](?![\p{L}\p{N}#＃])"
    rf"|(?=[\p{{N}}_]*+\p{{L}}){_WORD})"
)
HASHTAG_CLOSE = regex.compile(r"(?:\[\p{Han}{1,6}+\])?[#＃]$")

# Apps put a blank behind a picked name, so a name in Han ends there. Behind a Latin name without a blank,
# a function word tells that the sentence has gone on (@Tom的分享), any other character that it is a name (@Lily酱).
_FUNCTION = (
    "的你我他她它是在说和与跟了们也都就很太好吗呢吧请谢来去看这那有不快真又还给对把被让想要会能"
)
_MENTION = (
    r"<[@#][!&]?\d{1,20}+>"
    # Weibo's reposts: 说得好//@张三:转发
    r"|(?:(?<![A-Za-z0-9_.@＠/+-])|(?<=(?<![:/])//)|\G)[@＠](?:"
    r"[A-Za-z0-9_]{1,40}+(?:[.-][A-Za-z0-9_]{1,40}+){0,4}+"
    r"(?:@(?:[A-Za-z0-9-]{1,63}+\.){1,6}[A-Za-z]{2,24}+"
    rf"|(?![{_FUNCTION}])[\p{{L}}\p{{N}}_]{{1,16}}+(?![\p{{L}}\p{{N}}]))?+"
    r"|(?=[^\x00-\x7F])\p{L}(?:[\p{L}\p{M}\p{N}_]|[·-](?=[\p{L}\p{N}])){0,19}+(?![\p{L}\p{N}]))"
)
_EMOTE = (
    r"\[(?:\p{Han}[\p{Han}A-Za-z]{0,7}+|[A-Za-z][\p{Han}A-Za-z]{1,7}+"
    r"|tv_\p{L}{1,8}+|\p{Han}{1,6}+_\p{Han}{1,6}+|666)\](?!\()"
)
_SHORTCODE = (
    r"<a?:[A-Za-z0-9_]{2,32}+:\d{1,20}+>"
    r"|(?:(?<![A-Za-z0-9:])|\G):(?!(?i:https?|ftp)://)"
    r"(?:[+-]1|(?=[0-9_+-]*+[A-Za-z])[A-Za-z0-9_+-]{2,40}+):(?![A-Za-z0-9])"
)
_TEMPLATE = (
    r"\{\{[^{}\n]{1,80}+\}\}|[$%]\{[^{}\n]{1,80}+\}|\{[A-Za-z0-9_.:!-]{0,40}+\}"
    r"|%\([A-Za-z_][A-Za-z0-9_]{0,40}+\)[a-zA-Z]"
    r"|(?<![0-9%])%(?:\d{1,2}\$)?[-+0#]?\d{0,3}(?:\.\d{1,2})?l{0,2}[sdifgxXuc@](?![A-Za-z0-9])"
)

# An emoji is one grapheme (UAX #29 rule GB11: pictographs joined by ZWJ), a flag, or a keycap.
# Characters that are text unless a variation selector follows (©, ™, digits) need that selector. Arrows, shapes and
# numbers in circles say the same in both languages, and no model has learnt them.
_SIGNS = (
    r"[\u2190-\u21FF\u2460-\u2473\u24EA-\u24FF\u25A0-\u25CA\u25CE\u25CF\u2776-\u27BF\u27F0-\u27FF\u2900-\u297F"
    r"\u2B00-\u2BFF]"
)
# Letters in squares (🅰) are emoji, but three in a row are a word.
_SQUARED = r"[\U0001F130-\U0001F149\U0001F150-\U0001F169\U0001F170-\U0001F189]"
_PICTOGRAPH = (
    r"(?:\p{Emoji_Presentation}|(?=[\U0001F000-\U0001FAFF])"
    rf"(?:(?!{_SQUARED})|(?<!{_SQUARED}{{2}})(?!{_SQUARED}{{3}})(?!(?<={_SQUARED}){_SQUARED}{{2}})).|{_SIGNS}"
    r"|(?=[\u2600-\u27BF])\p{So}|\p{Extended_Pictographic}\uFE0F|[㊗㊙〰])"
)
_EXTEND = r"[\p{Grapheme_Extend}\p{Emoji_Modifier}\u200D\U000E0020-\U000E007F]"
_KEYCAP = r"[0-9#*](?:\uFE0F\u20E3?|\u20E3)"
_EMOJI = (
    r"[→←↑↓¬][_.][→←↑↓¬]|"
    rf"\p{{RI}}{{1,2}}+|{_PICTOGRAPH}{_EXTEND}*+(?:(?<=\u200D)\p{{Extended_Pictographic}}{_EXTEND}*+)*+"
    rf"|\p{{Emoji_Modifier}}{_EXTEND}*+|\p{{Co}}"
)
# Faces drawn with characters. In brackets: no word inside, and at least one character that only faces use.
_FACE = r"ωДᴗ▽△∀◕◔ﾟ｀´≧≦╯╰╥﹏‿◡ಠಥᵕ˘⌒∇﹃εзツ￣ᐛ⊙ᆺㅂʖ･｡□◉⍤＾"
# The arms of a face. Letters are arms only where no word is.
_ARM = r"(?:[ヽ╮╭＼٩ლ╰\\ヾΣ‹┌~〜_]|(?<![A-Za-z0-9])[oOmdqb](?=[(（]))"
_OTHER_ARM = (
    r"(?:[ノﾉ╯╭╮୨و✧♡☆ゞシﾞ۶づっ丿ブ>~〜]{1,3}+|[/_](?![A-Za-z0-9/_])|[oOmdqb](?![A-Za-z0-9]))?+"
)
_KAOMOJI = (
    r"¯\\_+\(ツ\)_+/¯|ʕ[^ʔ\n]{1,10}+ʔ|︵?\s?┻━┻|┬─┬|_?[(（]:[3зε][」ゝ]∠[)）]_?"
    rf"|{_ARM}?(?:[(（](?=[^()（）\n]{{0,14}}?[{_FACE}])"
    r"(?:[^()（）\n\p{Han}A-Za-z0-9]|[益皿口]|[oOqbdpT3](?![A-Za-z0-9])){2,15}+[)）]"
    r"|\((?:T[_.^]T|[oO][_.][oO]|[>=\-;QT^][_.oO]?[<=\-;QT^]|\^[o_.\-−~]?\^|\^_[−\-~]|_ _|x_x|\*_\*)\))"
    + _OTHER_ARM
)
_ALONE = r"(?![A-Za-z0-9_^])"
_ENDS = r"(?=$|[\s!?,.~，。！？～…])(?![.,]\d)"
_EMOTICON = (
    r"(?<![A-Za-z0-9_^])(?:>[_.﹏]<|[<>][_.][<>]|\^[_.\-o]?\^;{0,2}+|-_{1,3}-|-。-|=[_.。]=|;_;|;-?[)D]|<\/?3"
    r"|>?:-?[()](?:[()]{2,9}+)?|(?::-?[DPp]){1,6}+|:'-?[(D)])"
    + _ALONE
    # These are marks and letters as well: only between blanks, or at the end of what is said.
    + r"|(?<![A-Za-z0-9_^*])(?::-?[3Oo]|(?<!/):-?/)"
    + _ENDS
    + r"|(?:(?<=\s)|(?<=^))(?::-?\*|\(:(?!\s*+[^\s()]{1,20}+\)))"
    + _ENDS
)
# The same where the first character is one that words and sentences use, too.
_EMOTICON_WORD = (
    r"(?<![A-Za-z0-9_^])(?:T[_.]T|T\^T|TAT|T﹏T|Q[_A]Q|[oO]_[oO]|xD|XD|orz|OTZ|qwq|QwQ|owo|uwu|UwU|B-\))"
    + _ALONE
    + r"|(?:(?<=\s)|(?<=^))\):(?<!\([^()\n]{0,99}+..)"
    + _ENDS
)

# A place is looked at closely only if a token can start there: at most characters a glance is enough.
_PLAIN = r"A-Za-z0-9\p{Han}\s,.!?'\")\]}/&+_|~，。！？、；：“”‘’…）"
_SYMBOL_FIRST = rf"(?=[^{_PLAIN}])"
_WORD_FIRST = r"(?<![A-Za-z0-9])(?=[A-Za-z0-9][A-Za-z0-9_%+-]{0,63}+[.@:])"

# Most texts hold nothing that any token could begin with. Every match of TOKEN begins at a match of this, or, for a
# link or an address, holds one.
GLANCE = regex.compile(rf"[^{_PLAIN}]|\.[A-Za-z0-9]|[TQoO][_A]|xD|XD|orz|OTZ|qwq|QwQ|owo|uwu|TAT")


def _either(**patterns: str) -> str:
    return "|".join(f"(?P<{name}>{pattern})" for name, pattern in patterns.items())


# Left to right; at one place the first alternative that matches wins. A group is named after its SpanKind.
TOKEN = regex.compile(
    rf"{_SYMBOL_FIRST}(?:"
    + _either(
        code=_CODE,
        control=f"{_CONTROL}|{_INVISIBLE}",
        tag=_TAG,
        mention=_MENTION,
        shortcode=_SHORTCODE,
        emoji=f"{_KEYCAP}|{_EMOJI}|{_KAOMOJI}|{_EMOTICON}",
        hashtag=_HASHTAG,
        emote=_EMOTE,
        template=_TEMPLATE,
    )
    + rf")|{_WORD_FIRST}(?:"
    + _either(email=_EMAIL, url=_URL)
    + rf")|(?=[0-9OQTXoquxB]|[omdqbO_~][(（]|\):)(?:{_either(emoji=f'{_KEYCAP}|{_KAOMOJI}|{_EMOTICON_WORD}')})"
)

# Numbers that read the same in both languages. Not 3万, 5 million, 1st or 5月: those are words to translate.
_DIGITS = r"\d{1,3}+(?:,\d{3})++(?:\.\d++)?+|\d++(?:\.\d++)*+"
_UNIT = (
    r"(?:km/h|[kcmμ]?m|[kmμ]?g|[mkMGT]?[Hh]z|[kKMGT]i?[Bb]|[kM]?bps|fps|k?W|kWh|m?A|mAh|m?V|m?L|ml|mph|lb|lbs|oz"
    r"|ft|px|dpi|rpm|ms|dB|°[CF]?|[℃℉%％‰²³])"
)
NUMBER = regex.compile(
    r"(?<![A-Za-z0-9_.,:\d])(?:"
    r"\d{4}+([-/.])\d{1,2}+\1\d{1,2}+"  # 2024-05-01
    r"|\d{1,2}+:\d{2}+(?::\d{2}+)?+"  # 10:30
    r"|[vV]\d++(?:\.\d++)*+"  # v1.2.3
    rf"|(?:US|HK|NT|RMB|[ACS])?[$€£¥￥₩₹]\s?(?:{_DIGITS})"
    rf"|[-−+]?(?:{_DIGITS})(?:[-–~:/](?:{_DIGITS}))*+(?:\s?{_UNIT}(?![A-Za-z]))?+"
    r")(?![A-Za-z_\d]|\s?[万萬亿億千百十兆月日号號点點]"
    r"|\s?(?i:k|m|bn|hundred|thousand|million|billion|trillion|dozen|am|pm)(?![A-Za-z]))"
)
