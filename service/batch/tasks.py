"""What is done with the texts of a run: moderate or translate. A task is plain data; ``load`` gives what does the work.

Whatever drives a run (this machine's processes, other machines, a data frame in memory) hands rows to ``Runner.run``.
"""

import gc
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from service import __version__
from service.batch.columns import (
    Answers,
    Column,
    Text,
    constant,
    fill,
    join_text,
    translation_columns,
    verdict_columns,
    verdict_values,
)
from service.domain import Hashtags, Lang, ModerationRequest, TranslationRequest, Verdict

if TYPE_CHECKING:
    from service.pipeline.drivers import LocalTranslator
    from service.pipeline.moderation_service import LocalModerator
    from service.settings import Settings

__all__ = [
    "Context", "ModerationRunner", "ModerationTask", "Outcome", "Runner", "Task", "TranslationRunner",
    "TranslationTask", "isolate",
]  # fmt: skip

Context = tuple[tuple[str, str], ...]  # what is known about a row besides its text
Key = tuple[Text, Context]
K = TypeVar("K")
V = TypeVar("V")

_GROUP = 1024  # rows in work at a time: enough for full batches, few enough for little memory


@dataclass(frozen=True, slots=True)
class Outcome:
    """The added columns, and the rows (by index) that could not be done, whose values there are None."""

    answers: Answers
    failures: Mapping[int, str] = field(default_factory=dict)  # index -> reason, without the text


class Runner(Protocol):
    """A loaded task. Deterministic: the same rows give the same outcome."""

    @property
    def names(self) -> tuple[str, ...]:
        """The text columns."""
        ...

    @property
    def columns(self) -> tuple[Column, ...]:
        """The added columns, in the order of the answers."""
        ...

    @property
    def identity(self) -> Mapping[str, str]:
        """What an answer depends on besides the rows: versions and hashes of models, policy and word lists."""
        ...

    def run(self, texts: Sequence[Text], contexts: Sequence[Context] | None = None) -> Outcome:
        """Answers in the order of ``texts``; equal rows are done once."""
        ...

    def close(self) -> None: ...


class Task(Protocol):
    """A kind of work, as data that another process can be given."""

    @property
    def columns(self) -> tuple[Column, ...]: ...

    @property
    def options(self) -> Mapping[str, Any]:
        """What was asked for, as JSON values: with other options a run cannot be continued."""
        ...

    def load(self, *, threads: int = 0) -> Runner:
        """Load the models; ``threads`` as in the settings. Raises ``OSError`` or ``ValueError``."""
        ...


@dataclass(frozen=True, slots=True)
class ModerationTask:
    """Judge each row. ``names``: the text columns."""

    settings: "Settings"
    names: tuple[str, ...] = ("text",)
    lang: Lang | None = None
    translate_to: Lang | None = None
    explain: bool = True
    context: Context = ()  # the same for every row
    decode: bool = False

    @property
    def columns(self) -> tuple[Column, ...]:
        return verdict_columns(translate=self.translate_to is not None)

    @property
    def options(self) -> Mapping[str, Any]:
        return {
            "task": "moderate",
            "text": list(self.names),
            "lang": self.lang,
            "translate_to": self.translate_to,
            "explain": self.explain,
            "decode": self.decode,
            "context": dict(self.context),
            "second_opinion": self.settings.second_opinion,
            "beam_size": self.settings.beam_size if self._translates else None,
        }

    @property
    def _translates(self) -> bool:
        return self.translate_to is not None or self.settings.second_opinion

    def load(self, *, threads: int = 0) -> "ModerationRunner":
        from service import runtime
        from service.pipeline.drivers import LocalTranslator
        from service.pipeline.moderation_service import LocalModerator

        settings = self.settings.model_copy(update={"threads": threads or self.settings.threads})
        identity: dict[str, str] = {}
        translator: LocalTranslator | None = None
        if self._translates:
            engine = runtime.build_engine(runtime.repeatable(settings))
            identity = {
                "translation_model": engine.info.id,
                "translation_sha256": engine.info.sha256,
            }
            translator = LocalTranslator(engine, beam_size=settings.beam_size)

        def make_translator() -> LocalTranslator:
            return translator or runtime.build_local(settings)

        classifier = runtime.build_classifier(settings)
        setup = runtime.build_setup(settings, classifier.info)
        moderator = LocalModerator(classifier, setup, make_translator)
        return ModerationRunner(self, moderator, identity)


class ModerationRunner:
    """A moderator with a task's options. Equal texts are judged once, texts of like length together."""

    def __init__(
        self,
        task: ModerationTask,
        moderator: "LocalModerator",
        translation: Mapping[str, str] | None = None,
    ) -> None:
        setup = moderator.setup
        policy = setup.policy("")
        self._task = task
        self._moderator = moderator
        self._identity = {
            "version": __version__,
            "policy": policy.name,
            "policy_version": policy.policy_version,
            "lexicon_version": setup.lexicon_version,
            "model": setup.info.id,
            "model_sha256": setup.info.sha256,
            **(translation or {}),
        }
        self._same = [one for one in task.columns if one.name in self._identity]
        self._own = [one for one in task.columns if one.name not in self._identity]

    @property
    def names(self) -> tuple[str, ...]:
        return self._task.names

    @property
    def columns(self) -> tuple[Column, ...]:
        return self._task.columns

    @property
    def identity(self) -> Mapping[str, str]:
        return self._identity

    def close(self) -> None:
        self._moderator.close()

    def run(self, texts: Sequence[Text], contexts: Sequence[Context] | None = None) -> Outcome:
        rows, failures = _run_distinct(texts, contexts, self._judge, len(self._own))
        answers = fill(self._own, rows) | constant(self._same, self._identity, len(texts))
        return Outcome({one.name: answers[one.name] for one in self._task.columns}, failures)

    def _judge(self, keys: Sequence[Key]) -> list[list[Any]]:
        task = self._task
        context = dict(task.context)
        requests = [
            ModerationRequest(
                join_text(text),
                task.lang,
                translate_to=task.translate_to,
                explain=task.explain,
                decode=task.decode,
                context={**context, **dict(own)} if own else context,
            )
            for text, own in keys
        ]
        verdicts = self._moderator.moderate(requests)
        return [self._values(key[0], verdict) for key, verdict in zip(keys, verdicts, strict=True)]

    def _values(self, text: Text, verdict: Verdict) -> list[Any]:
        values = verdict_values(text, verdict, self._task.lang, self._task.names)
        if self._task.translate_to is not None:
            values.append(None if verdict.translation is None else verdict.translation.text)
        return values


@dataclass(frozen=True, slots=True)
class TranslationTask:
    """Translate each text column by itself."""

    settings: "Settings"
    target_lang: Lang
    names: tuple[str, ...] = ("text",)
    source_lang: Lang | None = None
    hashtags: Hashtags = Hashtags.KEEP

    @property
    def columns(self) -> tuple[Column, ...]:
        return translation_columns(self.names)

    @property
    def options(self) -> Mapping[str, Any]:
        return {
            "task": "translate",
            "text": list(self.names),
            "to": self.target_lang,
            "from": self.source_lang,
            "hashtags": self.hashtags,
            "beam_size": self.settings.beam_size,
            "slang": self.settings.slang_files if self.settings.slang else None,
            "names": self.settings.names,
        }

    def load(self, *, threads: int = 0) -> "TranslationRunner":
        from service import runtime
        from service.pipeline.drivers import LocalTranslator

        settings = self.settings.model_copy(update={"threads": threads or self.settings.threads})
        engine = runtime.build_engine(runtime.repeatable(settings))
        translator = LocalTranslator(
            engine,
            beam_size=settings.beam_size,
            slang=runtime.build_slang(settings),
            names=runtime.build_names(settings),
        )
        return TranslationRunner(self, translator, engine.info.id, engine.info.sha256)


class TranslationRunner:
    """A translator with a task's options. Equal texts are translated once."""

    def __init__(
        self, task: TranslationTask, translator: "LocalTranslator", model: str, sha256: str
    ) -> None:
        self._task = task
        self._translator = translator
        self._identity = {"version": __version__, "model": model, "model_sha256": sha256}

    @property
    def names(self) -> tuple[str, ...]:
        return self._task.names

    @property
    def columns(self) -> tuple[Column, ...]:
        return self._task.columns

    @property
    def identity(self) -> Mapping[str, str]:
        return self._identity

    def close(self) -> None:
        self._translator.close()

    def run(self, texts: Sequence[Text], contexts: Sequence[Context] | None = None) -> Outcome:
        columns = self._task.columns
        rows, failures = _run_distinct(texts, None, self._translate, len(columns) - 1)
        answers = fill(columns[:-1], rows) | constant(columns[-1:], self._identity, len(texts))
        return Outcome(answers, failures)

    def _translate(self, keys: Sequence[Key]) -> list[list[Any]]:
        task = self._task
        requests = [
            TranslationRequest(part, task.target_lang, task.source_lang, hashtags=task.hashtags)
            for text, _ in keys
            for part in text
        ]
        done = self._translator.translate(requests)
        rows = []
        for at in range(0, len(done), len(task.names)):
            parts = done[at : at + len(task.names)]
            source = next((one.source_lang for one in parts if one.source_lang), None)
            codes = dict.fromkeys(warning.code for one in parts for warning in one.warnings)
            rows.append([*(one.text for one in parts), source, " ".join(codes)])
        return rows


def _run_distinct(
    texts: Sequence[Text],
    contexts: Sequence[Context] | None,
    work: Callable[[Sequence[Key]], list[list[Any]]],
    width: int,
) -> tuple[list[list[Any]], dict[int, str]]:
    """Each different row once, short ones first, and the answers back in the order of ``texts``."""
    keys: list[Key] = [(text, ()) for text in texts]
    if contexts is not None:
        keys = list(zip(texts, contexts, strict=True))
    distinct = sorted(dict.fromkeys(keys), key=_size)
    found: dict[Key, list[Any] | str] = {}
    with _without_collector():
        for at in range(0, len(distinct), _GROUP):
            isolate(distinct[at : at + _GROUP], work, found)
    rows: list[list[Any]] = []
    failures: dict[int, str] = {}
    for at, key in enumerate(keys):
        answer = found[key]
        if isinstance(answer, str):
            failures[at], answer = answer, [None] * width
        rows.append(answer)
    return rows, failures


@contextmanager
def _without_collector() -> Iterator[None]:
    """Nothing here makes cycles, and looking for them among so many small objects takes a tenth of the time."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


def _size(key: Key) -> int:
    return sum(map(len, key[0]))


def isolate(
    keys: Sequence[K], work: Callable[[Sequence[K]], list[V]], found: dict[K, V | str]
) -> None:
    """Fill ``found``; where the work fails, each half by itself, so that only a guilty key has a reason instead."""
    try:
        found.update(zip(keys, work(keys), strict=True))
    except MemoryError:
        raise
    except Exception as error:  # the border of a batch item: one row must not end a run of millions
        if len(keys) == 1:
            found[keys[0]] = f"failed: {type(error).__name__}"
            return
        middle = len(keys) // 2
        isolate(keys[:middle], work, found)
        isolate(keys[middle:], work, found)
