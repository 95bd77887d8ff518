"""What is done with texts, the same as the service does it."""

import asyncio
import base64
import pickle
import time
from collections.abc import Iterator, Sequence
from typing import Any

import pytest

from models.fake_classifier import FakeClassifier
from service.batch.columns import verdict_values
from service.batch.tasks import ModerationRunner, ModerationTask, TranslationTask, isolate
from service.domain import Action, Lang, ModerationRequest, Verdict
from service.runtime import Runtime, build_runtime
from service.settings import Settings

FAKE = Settings(engine="fake", classifier="fake")
TEXTS = [
    "Good morning!", "badword", "这是坏词", "hateword and 恨词", "", "👍👍", "threat=0.9", "今天 spamword 便宜",
    "Привет", "b a d w o r d", "x" * 3000, "badword " * 300, "poison badword", "１２３", "@you badword https://example.org",
]  # fmt: skip


@pytest.fixture(scope="module")
def runner() -> Iterator[ModerationRunner]:
    loaded = ModerationTask(FAKE).load()
    yield loaded
    loaded.close()


class Counting:
    """A moderator that counts what reaches it, and fails on what it is told to."""

    def __init__(self, runner: ModerationRunner, failing: str = "") -> None:
        self._inner = runner._moderator
        self.setup = self._inner.setup
        self.seen: list[str] = []
        self._failing = failing

    def moderate(self, requests: Sequence[ModerationRequest]) -> list[Verdict]:
        self.seen += [request.text for request in requests]
        if any(self._failing and self._failing in request.text for request in requests):
            raise ZeroDivisionError(requests[0].text)
        return self._inner.moderate(requests)

    def close(self) -> None: ...


def texts(*found: str) -> list[tuple[str, ...]]:
    return [(one,) for one in found]


def test_tasks_can_be_given_to_another_process() -> None:
    task = ModerationTask(FAKE, ("title", "text"), Lang.EN, Lang.ZH_HANS, False, (("a", "b"),))
    assert pickle.loads(pickle.dumps(task)) == task  # noqa: S301
    other = TranslationTask(FAKE, Lang.EN)
    assert pickle.loads(pickle.dumps(other)) == other  # noqa: S301


def test_tasks_equal_texts_are_judged_once_and_short_ones_first(runner: ModerationRunner) -> None:
    moderator: Any = Counting(runner)
    counted = ModerationRunner(ModerationTask(FAKE), moderator)
    outcome = counted.run(texts("ccc", "a", "ccc", "bb", "a", "ccc"))
    assert moderator.seen == ["a", "bb", "ccc"]
    assert len(outcome.answers["action"]) == 6


def test_tasks_equal_texts_of_different_context_are_judged_apart(runner: ModerationRunner) -> None:
    moderator: Any = Counting(runner)
    counted = ModerationRunner(ModerationTask(FAKE, context=(("verified", "no"),)), moderator)
    young, old = (("account_age_days", "1"),), (("account_age_days", "900"),)
    counted.run(texts("a", "a", "a"), [young, old, young])
    assert moderator.seen == ["a", "a"]


def test_tasks_answers_stand_beside_their_texts(runner: ModerationRunner) -> None:
    together = runner.run(texts(*TEXTS))
    for at, one in enumerate(TEXTS):
        alone = runner.run(texts(one))
        for name, values in together.answers.items():
            assert alone.answers[name][0] == values[at], (name, at)


def test_tasks_every_column_is_there_even_for_no_rows(runner: ModerationRunner) -> None:
    names = [column.name for column in runner.columns]
    for given in ([], texts("a")):
        answers = runner.run(given).answers
        assert list(answers) == names
        assert all(len(values) == len(given) for values in answers.values())


def test_tasks_only_the_guilty_text_fails(runner: ModerationRunner) -> None:
    moderator: Any = Counting(runner, failing="geheim")
    failing = ModerationRunner(ModerationTask(FAKE), moderator)
    outcome = failing.run(texts("a", "geheim", "b", "geheim"))
    assert outcome.failures == {1: "failed: ZeroDivisionError", 3: "failed: ZeroDivisionError"}
    assert outcome.answers["action"] == ["allow", None, "allow", None]


def test_tasks_no_memory_is_not_a_bad_row() -> None:
    def work(keys: Sequence[str]) -> list[str]:
        raise MemoryError

    with pytest.raises(MemoryError):
        isolate(["a", "b"], work, {})


def test_tasks_identity_changes_with_what_answers_depend_on(tmp_path: Any) -> None:
    policy = tmp_path / "mine.toml"
    policy.write_text('[[rules]]\nid = "a"\naction = "review"\nwhen = { lexicon = "any" }\n')
    first = ModerationTask(FAKE).load().identity
    second = ModerationTask(FAKE.model_copy(update={"policy": str(policy)})).load().identity
    assert first["policy_version"] != second["policy_version"]
    assert {
        "version",
        "policy",
        "policy_version",
        "lexicon_version",
        "model",
        "model_sha256",
    } <= set(first)


def test_tasks_translation_columns() -> None:
    runner = TranslationTask(FAKE, Lang.ZH_HANS, ("title", "body")).load()
    outcome = runner.run([("Good morning.", "How are you?"), ("Good morning.", "How are you?")])
    assert list(outcome.answers) == [
        "translation_title",
        "translation_body",
        "source_lang",
        "warnings",
        "model",
    ]
    assert outcome.answers["source_lang"] == ["en", "en"]
    assert outcome.answers["translation_title"][0] == outcome.answers["translation_title"][1] != ""


def test_tasks_moderation_with_a_translation() -> None:
    runner = ModerationTask(FAKE, translate_to=Lang.ZH_HANS).load()
    answers = runner.run(texts("Good morning.", "badword")).answers
    assert all(answers["translation"])
    assert answers["translation_model"] == ["fake", "fake"]
    assert "translation_model" in runner.identity


async def _serve(runtime: Runtime, found: list[str]) -> list[Verdict]:
    await runtime.start()
    try:
        requests = [ModerationRequest(one) for one in found]
        return await runtime.moderator.moderate(requests, deadline=time.monotonic() + 60)
    finally:
        await runtime.close()


def _assert_same(runner: ModerationRunner, served: Sequence[Verdict]) -> None:
    names = [column.name for column in runner.columns]
    answers = runner.run(texts(*TEXTS)).answers
    for at, verdict in enumerate(served):
        expected = verdict_values((TEXTS[at],), verdict, None, ("text",))
        assert [answers[name][at] for name in names[: len(expected)]] == expected
        assert answers["policy_version"][at] == verdict.policy_version
        assert answers["model"][at] == verdict.model


def test_tasks_service_output_is_batch_output(runner: ModerationRunner) -> None:
    assert isinstance(runner._moderator._classifier, FakeClassifier)
    served = asyncio.run(_serve(build_runtime(FAKE), TEXTS))
    _assert_same(runner, served)
    assert {verdict.action for verdict in served} == set(Action)


@pytest.mark.weights
def test_tasks_service_output_is_batch_output_with_the_bundled_classifier() -> None:
    settings = Settings(engine="fake")
    served = asyncio.run(_serve(build_runtime(settings), TEXTS))
    runner = ModerationTask(settings).load(threads=1)
    _assert_same(runner, served)


def test_tasks_decode_codes_when_asked() -> None:
    coded = base64.b64encode(b"this is a badword").decode()
    rows = {}
    for decode in (False, True):
        runner = ModerationTask(FAKE, decode=decode).load()
        answers = runner.run(texts(coded)).answers
        rows[decode] = [answers[name][0] for name in ("action", "evidence_text")]
        runner.close()
    assert rows[False] == ["allow", None]
    assert rows[True] == ["review", coded]


def test_tasks_options_that_change_answers_are_told() -> None:
    plain = ModerationTask(FAKE)
    wide = FAKE.model_copy(update={"beam_size": 7})
    assert plain.options != ModerationTask(FAKE, decode=True).options
    assert plain.options == ModerationTask(wide).options
    asked = ModerationTask(FAKE, translate_to=Lang.ZH_HANS)
    assert asked.options != ModerationTask(wide, translate_to=Lang.ZH_HANS).options
    second = {"second_opinion": True}
    doubted = ModerationTask(FAKE.model_copy(update=second))
    assert doubted.options != ModerationTask(wide.model_copy(update=second)).options
