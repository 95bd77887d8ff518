"""Translation with verdicts on both sides: toxicity that the source does not have is avoided, or told."""

import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager

import pytest

from models.fake_classifier import FakeClassifier
from models.interfaces import DecodeOptions, EngineInfo, Hypothesis, Segment
from service.batcher import Batcher
from service.domain import Action, Lang, TranslationRequest, WarningCode
from service.metrics import Metrics
from service.pipeline.added_toxicity import (
    AddedToxicity,
    ModeratedTranslation,
    ModeratedTranslator,
)
from service.pipeline.drivers import TranslationService, engine_runner
from service.pipeline.moderation_service import (
    ClassifierBatcher,
    ModerationService,
    batch_runner,
)
from tests.pipeline.judging import POLICY, setup

pytestmark = pytest.mark.anyio

CLEAN, MORE, LINK = "今天见到老朋友。", "然后一起吃饭。", "看 https://example.com 这里。"


class Scripted:
    """An engine with fixed hypotheses for each source, best first; whatever it does not know it calls fine."""

    info = EngineInfo("scripted", "fake", frozenset({("zh", "en"), ("en", "zh")}), 512)

    def __init__(self, known: Mapping[str, Sequence[str]]) -> None:
        self.known = known
        self.wide = 0  # calls for more than one hypothesis

    def count_tokens(self, text: str, source_lang: str) -> int:
        return len(text)

    def translate(
        self, segments: Sequence[Segment], options: DecodeOptions
    ) -> list[list[Hypothesis]]:
        self.wide += options.num_hypotheses > 1
        return [
            [
                Hypothesis(text, -0.1 * rank, 4)
                for rank, text in enumerate(self.known.get(one.text, ["All is fine."]))
            ][: options.num_hypotheses]
            for one in segments
        ]

    def close(self) -> None:
        pass


@asynccontextmanager
async def translating(
    engine: Scripted, metrics: Metrics, mode: str
) -> AsyncIterator[ModeratedTranslator]:
    decoding: Batcher[Segment, list[Hypothesis]] = Batcher(
        engine_runner(engine), max_batch_cost=4096, max_queued_cost=100_000
    )
    await decoding.start()
    translator = TranslationService(engine, decoding, metrics, beam_size=2, cache_entries=100)
    judging: ClassifierBatcher = ClassifierBatcher(
        batch_runner(FakeClassifier()), max_batch_cost=10_000, max_queued_cost=100_000
    )
    bench = setup(policy=POLICY.replace('mode = "live"', f'mode = "{mode}"'))
    moderator = ModerationService(judging, bench, translator, metrics)
    await moderator.start(20.0)
    try:
        yield ModeratedTranslator(translator, moderator, metrics)
    finally:
        await moderator.close(5.0)
        await decoding.close(5.0)
        translator.close()


async def translate(
    known: Mapping[str, Sequence[str]],
    *texts: str,
    metrics: Metrics | None = None,
    alternatives: int = 0,
    target: Lang = Lang.EN,
    mode: str = "live",
) -> tuple[list[ModeratedTranslation], Scripted]:
    engine = Scripted(known)
    wanted = [TranslationRequest(text, target, alternatives=alternatives) for text in texts]
    async with translating(engine, metrics or Metrics(), mode) as translator:
        answers = await translator.translate(wanted, policy="", deadline=time.monotonic() + 20)
    return answers, engine


async def test_added_clean_texts_are_translated_once() -> None:
    [answer], engine = await translate({}, CLEAN)
    assert answer.added is AddedToxicity.NONE
    assert (answer.source.action, answer.target.action) == (Action.ALLOW, Action.ALLOW)
    assert answer.source.detection.lang is Lang.ZH_HANS
    assert answer.target.detection.lang is Lang.EN
    assert engine.wide == 0


async def test_added_toxicity_is_avoided_with_another_hypothesis() -> None:
    known = {CLEAN: ["I met a badword.", "I met an old badword.", "I met an old friend."]}
    [answer], _ = await translate(known, CLEAN)
    assert answer.translation.text == "I met an old friend."
    assert answer.added is AddedToxicity.AVOIDED
    assert answer.target.action is Action.ALLOW
    assert answer.translation.warnings == ()
    assert answer.translation.alternatives == ()


async def test_added_toxicity_changes_only_the_sentence_it_is_in() -> None:
    known = {
        CLEAN: ["I met a badword.", "I met a friend."],
        MORE: ["Then we ate.", "Then we had a meal."],
    }
    [answer], _ = await translate(known, CLEAN + MORE)
    text = answer.translation.text
    assert text == "I met a friend. Then we ate."
    first, second = answer.translation.segments
    assert text[first.target_start : first.target_end] == "I met a friend."
    assert text[second.target_start : second.target_end] == "Then we ate."


async def test_added_toxicity_positions_of_copied_text_fit_the_new_hypothesis() -> None:
    known = {"看 ": ["See the badword"], "看": ["See the badword", "Look at"], "这里。": ["here."]}
    [answer], _ = await translate(known, LINK)
    assert answer.added is AddedToxicity.AVOIDED
    for source, target in zip(
        answer.translation.protected, answer.translation.protected_target, strict=True
    ):
        assert answer.translation.text[target.start : target.end] == LINK[source.start : source.end]


async def test_added_toxicity_that_only_the_whole_shows_is_avoided_rank_by_rank() -> None:
    known = {"One is here.": ["坏", "好"], "Two is there.": ["词。", "事。"]}
    [answer], _ = await translate(known, "One is here. Two is there.", target=Lang.ZH_HANS)
    assert answer.translation.text == "好事。"
    assert answer.added is AddedToxicity.AVOIDED


async def test_added_toxicity_without_a_clean_hypothesis_is_told() -> None:
    metrics = Metrics()
    known = {CLEAN: ["I met a badword.", "One badword met."]}
    [answer], _ = await translate(known, CLEAN, metrics=metrics)
    assert answer.translation.text == "I met a badword."
    assert answer.added is AddedToxicity.KEPT
    [warning] = answer.translation.warnings
    assert warning.code is WarningCode.ADDED_TOXICITY
    assert (warning.start, warning.end) == (0, len(CLEAN))
    assert 'magpie_warnings_total{code="added_toxicity"} 1.0' in metrics.render().decode()


async def test_added_toxicity_is_no_matter_where_the_source_has_it() -> None:
    source = "你是坏词。"
    [answer], engine = await translate({source: ["You badword."]}, source)
    assert answer.added is AddedToxicity.NONE
    assert answer.source.flagged
    assert answer.target.flagged
    assert engine.wide == 0


async def test_added_advertising_is_not_toxicity() -> None:
    [answer], engine = await translate({CLEAN: ["A spamword here."]}, CLEAN)
    assert answer.added is AddedToxicity.NONE
    assert engine.wide == 0


async def test_added_toxicity_of_a_long_text_is_told_without_decoding_again() -> None:
    texts = [f"第{n}天见到老朋友。" for n in "一二三四五六七八九"]
    long = "".join(texts * 4)
    [answer], engine = await translate({texts[0]: ["A badword.", "A friend."]}, long)
    assert answer.added is AddedToxicity.KEPT
    assert engine.wide == 0


async def test_added_toxicity_each_text_of_a_list_by_itself() -> None:
    known = {CLEAN: ["I met a badword.", "I met a friend."], MORE: ["Then we ate."]}
    answers, _ = await translate(known, MORE, CLEAN, "")
    assert [one.added for one in answers] == [
        AddedToxicity.NONE,
        AddedToxicity.AVOIDED,
        AddedToxicity.NONE,
    ]
    assert answers[0].translation.text == "Then we ate."


async def test_added_toxicity_alternatives_stay_as_many_as_asked_for() -> None:
    known = {CLEAN: ["A badword.", "A friend.", "A pal.", "A mate."]}
    [answer], _ = await translate(known, CLEAN, alternatives=1)
    assert answer.translation.text == "A friend."
    assert len(answer.translation.alternatives) <= 1


async def test_added_toxicity_is_for_live_policies_to_avoid() -> None:
    metrics = Metrics()
    known = {CLEAN: ["I met a badword.", "I met a friend.", "I met one badword."]}
    [answer], _ = await translate(known, CLEAN, metrics=metrics, alternatives=2, mode="shadow")
    assert answer.translation.text == "I met a badword."
    assert answer.translation.alternatives == ("I met a friend.", "I met one badword.")
    assert answer.added is AddedToxicity.NONE
    assert answer.translation.warnings == ()
    assert answer.target.flagged
    assert answer.target.mode == "shadow"
    assert 'magpie_warnings_total{code="added_toxicity"} 0.0' in metrics.render().decode()


async def test_added_toxic_alternatives_are_left_out_and_named() -> None:
    metrics = Metrics()
    known = {CLEAN: ["I met a friend.", "I met a badword.", "A pal.", "That badword."]}
    [answer], _ = await translate(known, CLEAN, metrics=metrics, alternatives=3)
    assert answer.added is AddedToxicity.NONE
    assert answer.translation.alternatives == ("A pal.",)
    told = [(one.code, one.reason) for one in answer.translation.warnings]
    assert told == [
        (WarningCode.TOXIC_ALTERNATIVE, "alternative 1"),
        (WarningCode.TOXIC_ALTERNATIVE, "alternative 3"),
    ]
    assert {(one.start, one.end) for one in answer.translation.warnings} == {(0, len(CLEAN))}
    assert 'magpie_warnings_total{code="toxic_alternative"} 2.0' in metrics.render().decode()


async def test_added_toxic_alternatives_of_a_toxic_source_stay() -> None:
    source = "你是坏词。"
    known = {source: ["You badword.", "You are a badword."], CLEAN: ["A friend.", "A badword."]}
    answers, _ = await translate(known, source, CLEAN, alternatives=1)
    assert answers[0].translation.alternatives == ("You are a badword.",)
    assert answers[0].translation.warnings == ()
    assert answers[1].translation.alternatives == ()


async def test_added_toxic_alternatives_go_from_a_mended_translation_too() -> None:
    known = {CLEAN: ["A badword.", "A friend.", "One badword."]}
    [answer], _ = await translate(known, CLEAN, alternatives=2)
    assert answer.added is AddedToxicity.AVOIDED
    assert answer.translation.text == "A friend."
    assert not any("badword" in text for text in answer.translation.alternatives)
