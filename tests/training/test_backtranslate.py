"""Posts, cleaned and translated back."""

import json
import lzma
from collections.abc import Sequence
from pathlib import Path

import pytest

from models.fakes import FakeEngine
from models.interfaces import DecodeOptions, Hypothesis, Segment
from models.training import __main__ as command
from models.training.backtranslate import Post, Search, back_translate, collect
from models.training.monolingual import clean_post, read_posts
from models.training.shards import EN_TO_ZH, ZH_TO_EN, Pairs
from models.training.spans import EMOJI, hide, trim
from models.training.vocabulary import SYNTHETIC, Vocabulary


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("I love 😍😍", 2),
        ("一家人👨‍👩‍👧‍👦", 1),
        ("🇨🇳🇺🇸", 2),
        ("👍🏽 and ❤️ and 1️⃣", 3),
        ("🏴󠁧󠁢󠁳󠁣󠁴󠁿", 1),
        ("12 # * 100", 0),
    ],
)
def test_spans_emoji_are_counted_as_people_do(text: str, count: int) -> None:
    assert len(EMOJI.findall(text)) == count


@pytest.mark.parametrize(
    ("text", "trimmed"),
    [
        ("RT @tom: good morning 😂😂", "good morning"),
        ("@tom @kim hello there https://a.b/c", "hello there"),
        ("今天好累😴 #日常#", "今天好累"),
        ("see 😂 you", "see 😂 you"),
        ("😂😂", ""),
        ("plain", "plain"),
        ("[NAME] is right [URL]", "is right"),
    ],
)
def test_spans_trim(text: str, trimmed: str) -> None:
    assert trim(text) == trimmed


@pytest.mark.parametrize(
    ("text", "hidden"),
    [
        ("see 😂😂 😂 you", "see ⟦0⟧ you"),
        ("我和 @tom 去 https://a.b/c 玩", "我和 ⟦0⟧ 去 ⟦1⟧ 玩"),
        ("nothing", "nothing"),
        ("a😂b😂c😂d😂e😂f", None),
    ],
)
def test_spans_hide(text: str, hidden: str | None) -> None:
    assert hide(text) == hidden


@pytest.mark.parametrize(
    ("text", "lang", "clean"),
    [
        ("I love &amp; miss you 😭", "en", "I love & miss you"),
        ("我真的很愛這個國家", "zh", "我真的很爱这个国家"),
        ("THIS IS ALL CAPITALS", "en", None),
        ("我爱你我爱你 and this is English", "zh", None),
        ("this is 中文中文中文中文 mostly", "en", None),
        ("hi", "en", None),
        ("aaaaaaaaaaaaaaaaaaaa what is this", "en", None),
        ("see ⟦0⟧ what I mean here", "en", None),
        ("end of it </s> here we are", "en", None),
        ("好的呀，我们 @小明 一起去", "zh", "好的呀，我们 ⟦0⟧ 一起去"),
    ],
)
def test_monolingual_clean(text: str, lang: str, clean: str | None) -> None:
    assert clean_post(text, lang) == clean


def test_monolingual_reads_text_and_json_lines(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("one\ntwo\n", encoding="utf-8")
    rows = [
        {"text": "三", "lang": "zh"},
        {"text": "four", "lang": "en"},
        {"text": "x", "lang": "fr"},
    ]
    with lzma.open(tmp_path / "b.jsonl.xz", "wt", encoding="utf-8") as lines:
        lines.writelines(json.dumps(row) + "\n" for row in rows)
    assert [text.strip() for _, text in read_posts(tmp_path / "a.txt", "en")] == ["one", "two"]
    assert list(read_posts(tmp_path / "b.jsonl.xz")) == [("zh", "三"), ("en", "four")]
    assert list(read_posts(tmp_path / "b.jsonl.xz", "en")) == [("en", "four")]
    with pytest.raises(ValueError, match="needs a language"):
        list(read_posts(tmp_path / "a.txt"))


class Echo(FakeEngine):
    """A fixed sentence in the right language; what ``bad`` holds, for one post."""

    def __init__(self, bad: Hypothesis | None = None) -> None:
        super().__init__()
        self.bad = bad

    def translate(
        self, segments: Sequence[Segment], options: DecodeOptions
    ) -> list[list[Hypothesis]]:
        return [[self._one(s)] for s in segments]

    def _one(self, segment: Segment) -> Hypothesis:
        if self.bad and "Tom" in segment.text:
            return self.bad
        return Hypothesis("我爱你和猫。" if segment.target_lang == "zh" else "I love you.", -0.4)


POSTS = [Post("zh", "我爱北京，你呢？", 0), Post("en", "Tom and I love coffee.", 1)]


def test_backtranslate_trains_the_real_side_only(vocabulary: Vocabulary, tmp_path: Path) -> None:
    made = back_translate(POSTS, ["a", "b"], vocabulary, Echo(), tmp_path / "out.npz")
    tag = vocabulary.synthetic_id
    assert tag is not None
    assert vocabulary.pieces[tag] == SYNTHETIC
    by_use = {int(made.use[i]): (made.pair(i), int(made.source[i])) for i in range(len(made))}
    (en, zh), origin = by_use[EN_TO_ZH]
    assert (int(en[0]), vocabulary.decode(en[1:]), origin) == (tag, "I love you.", 0)
    assert vocabulary.decode(zh) == POSTS[0].text
    (en, zh), origin = by_use[ZH_TO_EN]
    assert (int(zh[0]), vocabulary.decode(en), origin) == (tag, POSTS[1].text, 1)


@pytest.mark.parametrize(
    "bad",
    [
        Hypothesis("", 0.0),
        Hypothesis("我爱", -0.4, truncated=True),
        Hypothesis("我爱你⟦0⟧", -0.4),
        Hypothesis("Tom and I love coffee.", -0.4),
        Hypothesis("咖啡" * 9, -0.4),
        Hypothesis("我和汤姆爱咖啡。", -3.0),
    ],
    ids=["empty", "cut", "placeholder", "copied", "loop", "unsure"],
)
def test_backtranslate_drops_bad_sources(
    vocabulary: Vocabulary, tmp_path: Path, bad: Hypothesis
) -> None:
    search = Search(min_score=-1.5)
    made = back_translate(
        POSTS, ["a", "b"], vocabulary, Echo(bad), tmp_path / "o.npz", search=search
    )
    assert made.use.tolist() == [EN_TO_ZH]


def test_backtranslate_tag_is_optional(vocabulary: Vocabulary, tmp_path: Path) -> None:
    search = Search(tag=False)
    made = back_translate(POSTS, ["a", "b"], vocabulary, Echo(), tmp_path / "o.npz", search=search)
    assert vocabulary.synthetic_id not in {*made.en.tolist(), *made.zh.tolist()}


def test_backtranslate_needs_posts(vocabulary: Vocabulary, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="no post"):
        back_translate([], [], vocabulary, Echo(), tmp_path / "o.npz")


def test_backtranslate_collects_distinct_posts_without_dev(tmp_path: Path) -> None:
    texts, dev = tmp_path / "posts.txt", tmp_path / "dev"
    dev.mkdir()
    lines = ["I love this coffee shop.", "I love this coffee shop!!", "See you at the station."]
    lines += [f"this is post number {n} of mine" for n in range(20)]
    texts.write_text("\n".join(lines), encoding="utf-8")
    (dev / "held.tsv").write_text("see you at the station\t车站见\n", encoding="utf-8")
    posts = collect([texts], "en", dev=dev, limit=0, seed=1)
    assert len(posts) == 21
    assert posts == collect([texts, texts], "en", dev=dev, limit=0, seed=1)
    assert posts[:5] == collect([texts], "en", dev=dev, limit=5, seed=1)
    assert posts != collect([texts], "en", dev=dev, limit=0, seed=2)


@pytest.mark.torch
def test_main_backtranslates_with_the_tiny_model(
    tiny_int8: Path, vocabulary: Vocabulary, tmp_path: Path
) -> None:
    posts, output = tmp_path / "posts.txt", tmp_path / "out.npz"
    posts.write_text("谢谢，晚安\n我在读一本好书\n早上好，谢谢\n", encoding="utf-8")
    line = ["backtranslate", str(posts), "--lang", "zh", "--output", str(output), "--threads", "1"]
    line += ["--model", str(tiny_int8), "--vocabulary", str(vocabulary.path)]
    assert command.main(line) == 0
    made = Pairs.load(output)
    assert made.names == ("back-posts",)
    assert set(made.use.tolist()) == {EN_TO_ZH}
    sources = [vocabulary.decode(made.pair(i)[0][1:]) for i in range(len(made))]
    assert "I am reading a good book" in sources
