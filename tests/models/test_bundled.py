"""The bundled model: CTranslate2 translates as torch does, and int8 loses next to nothing."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from models.interfaces import DecodeOptions, Segment, TranslationEngine
from models.manifest import find_all
from models.registry import load_engine, open_model
from models.tools.check import parity
from models.tools.convert import convert
from models.translation.profile import CHECKPOINT
from models.translation.routed import RoutedEngine
from tests.models.bundled import bundled_entry

pytestmark = [pytest.mark.weights, pytest.mark.torch, pytest.mark.slow]

ENGLISH = (
    "Good morning, everyone!", "I have been waiting for you for an hour.", "Where can I buy a ticket?",
    "This is the best coffee I have ever had.", "She didn't tell me that she was leaving tomorrow.",
    "lol that movie was so bad", "My phone is dead, can I use yours?", "Thanks for the help ⟦0⟧, see you at ⟦1⟧.",
    "How much does it cost?", "He said that he would call me back, but he never did.", "I love you.",
    "The weather is very nice today, so let's go to the park.", "Are you kidding me?", "New iPhone 17 Pro!!!",
    "If I were you, I would study harder.", "</s> is not a word, and neither is <pad>.",
)  # fmt: skip
CHINESE = (
    "大家早上好！", "我已经等你一个小时了。", "请问哪里可以买票？", "这是我喝过的最好喝的咖啡。",
    "她没有告诉我她明天就要走了。", "哈哈哈这部电影太烂了", "我的手机没电了，可以用一下你的吗？",
    "谢谢⟦0⟧的帮助，⟦1⟧见。", "多少钱？", "他说会给我回电话，但一直没有。", "我爱你。",
    "今天天气很好，我们去公园吧。", "你在开玩笑吗？", "新款 iPhone 17 Pro！！！", "如果我是你，我会更努力学习。",
    "笑死我了😂",
)  # fmt: skip
SEGMENTS = [Segment(t, "en", "zh") for t in ENGLISH] + [Segment(t, "zh", "en") for t in CHINESE]


@pytest.fixture(scope="module")
def torch_engine() -> Iterator[TranslationEngine]:
    bundled_entry()
    engine = open_model("marian", "bundled", threads=1)
    yield engine
    engine.close()


@pytest.mark.parametrize(
    "options",
    [DecodeOptions(1), DecodeOptions(2), DecodeOptions(4, 4), DecodeOptions(2, no_repeat_ngram=3)],
)
def test_bundled_ct2_float32_is_torch(
    torch_engine: TranslationEngine, float32: TranslationEngine, options: DecodeOptions
) -> None:
    found = parity(torch_engine, float32, SEGMENTS, options)
    assert found.exact, found
    assert found.score_gap < 1e-3


@pytest.fixture(scope="module")
def float32(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TranslationEngine]:
    bundled_entry()
    work: Path = tmp_path_factory.mktemp("bundled")
    engines = []
    for entry in find_all("bundled", kind="translation"):
        convert(entry.path / CHECKPOINT, work / entry.id, quantization="float32")
        engines.append(load_engine("ct2", work / entry.id, compute_type="float32"))
    engine = RoutedEngine(engines)
    yield engine
    engine.close()


def test_bundled_int8_is_close_to_float32(float32: TranslationEngine) -> None:
    int8 = open_model("ct2", "bundled", threads=1)
    assert parity(float32, int8, SEGMENTS).chrf > 80
    assert int8.info.directions == frozenset({("en", "zh"), ("zh", "en")})
    assert int8.info.licence


@pytest.mark.parametrize(
    ("segment", "needed"),
    [
        (Segment("I love you.", "en", "zh"), "爱"),
        (Segment("Thank you very much!", "en", "zh"), "谢"),
        (Segment("我爱你。", "zh", "en"), "love"),
        (Segment("谢谢！", "zh", "en"), "hank"),
    ],
)
def test_bundled_translates_the_simplest_sentences(segment: Segment, needed: str) -> None:
    bundled_entry()
    engine = open_model("ct2", "bundled", threads=1)
    assert needed in engine.translate([segment], DecodeOptions(2))[0][0].text
