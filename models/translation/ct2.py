"""The default engine: a converted MarianMT model on CTranslate2, with no torch in the process."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from models.files import sha256_of
from models.interfaces import DecodeOptions, EngineInfo, Hypothesis, Segment
from models.translation import jobs
from models.translation.jobs import Job, align
from models.translation.profile import load_profile, mean_score
from models.translation.tokenizer import END, Tokenizer

__all__ = ["SHORTLIST", "Ct2Engine", "thread_split"]

WEIGHTS = "model.bin"
SHORTLIST = (
    "vmap.txt"  # target pieces that a source piece can lead to (models/training/shortlist.py)
)
_LIMITS = {
    "cpu": (32, 1024),
    "cuda": (256, 16_384),
}  # segments and padded source tokens of one batch


def thread_split(cores: int) -> tuple[int, int]:
    """Inter and intra threads for so many cores.

    These models are small: two threads inside one matrix product lose more at the barriers than they gain
    (one sentence took 4 times as long), while two independent batches run at twice the speed of one.
    """
    return max(1, cores), 1


class Ct2Engine:
    """A folder that ``models.tools.convert`` wrote. Threads may share one engine; forked processes may not.

    ``max_input_tokens`` lowers the model's own limit; 0 keeps it. ``shortlist`` decodes over the target pieces that
    the sources of a batch can lead to, where the model has such lists: a third less work, but what else is in the
    batch may then change a translation. Alternatives and second tries always choose from the whole vocabulary.
    Raises ``ValueError`` for a folder that is not a converted model.
    """

    def __init__(
        self,
        path: Path,
        *,
        device: str = "cpu",
        compute_type: str = "int8",
        inter_threads: int = 1,
        intra_threads: int = 1,
        max_input_tokens: int = 0,
        shortlist: bool = True,
    ) -> None:
        if not (path / WEIGHTS).is_file():
            raise ValueError(
                f"{path} is not a converted model (no {WEIGHTS}); `magpie models convert` makes one "
                "of a Hugging Face MarianMT folder"
            )
        import ctranslate2

        self._profile = load_profile(path)
        self._tokenizer = Tokenizer(path)
        self._tokenizer.check(self._profile)
        self._translator: Any = ctranslate2.Translator(
            str(path),
            device=device,
            compute_type=compute_type,
            inter_threads=inter_threads,
            intra_threads=intra_threads,
        )
        self._shortlist = shortlist and (path / SHORTLIST).is_file()
        limit = self._profile.max_input_tokens
        self._info = EngineInfo(
            id=self._profile.id,
            engine="ct2",
            directions=self._profile.directions,
            max_input_tokens=min(limit, max_input_tokens) if max_input_tokens else limit,
            placeholders=self._profile.placeholders,
            aligns=self._profile.aligned,
            licence=self._profile.licence,
            source=self._profile.source,
            sha256=sha256_of(path / WEIGHTS),
            details={
                "device": self._translator.device,
                "compute_type": self._translator.compute_type,
                "threads": f"{inter_threads} x {intra_threads}",
                "length_penalty": f"{self._profile.length_penalty:g}",
                "shortlist": "on" if self._shortlist else "off",
            },
        )

    @property
    def info(self) -> EngineInfo:
        return self._info

    def count_tokens(self, text: str, source_lang: str) -> int:
        return self._tokenizer.count(text)

    def translate(
        self, segments: Sequence[Segment], options: DecodeOptions
    ) -> list[list[Hypothesis]]:
        translator = self._translator
        if translator is None:
            raise RuntimeError("the engine is closed")
        jobs.check_options(options)
        todo = jobs.encode(
            segments,
            options,
            profile=self._profile,
            tokenizer=self._tokenizer,
            max_input_tokens=self._info.max_input_tokens,
        )
        most, tokens = _LIMITS[translator.device]
        if self._aligns(options) and options.beam_size > 1:
            most = 1  # CTranslate2 4 gives the first token of a beam search another segment's attention
        cut = jobs.batches(todo, max_segments=most, max_tokens=tokens)
        running = [(batch, self._start(translator, batch, options)) for batch in cut]
        found = {
            job.index: self._hypotheses(answer.result(), job, segments[job.index].text)
            for batch, answers in running
            for job, answer in zip(batch, answers, strict=True)
        }
        return jobs.collect(len(segments), found)

    def close(self) -> None:
        translator, self._translator = self._translator, None
        if translator is not None:
            translator.unload_model()

    def _aligns(self, options: DecodeOptions) -> bool:
        return options.align and self._profile.aligned

    def _start(self, translator: Any, batch: Sequence[Job], options: DecodeOptions) -> list[Any]:
        answers: list[Any] = translator.translate_batch(
            [job.tokens for job in batch],
            beam_size=options.beam_size,
            num_hypotheses=options.num_hypotheses,
            no_repeat_ngram_size=options.no_repeat_ngram,
            repetition_penalty=options.repetition_penalty,
            length_penalty=self._profile.length_penalty,
            max_decoding_length=batch[0].cap,
            max_input_length=0,  # its default of 1024 would cut the source silently
            disable_unk=True,
            use_vmap=self._shortlist and _plain(options),
            return_scores=True,
            return_end_token=True,
            return_attention=self._aligns(options),
            asynchronous=True,
        )
        return answers

    def _hypotheses(self, result: Any, job: Job, source: str) -> list[Hypothesis]:
        found = []
        for n, (tokens, score) in enumerate(zip(result.hypotheses, result.scores, strict=True)):
            ended = bool(tokens) and tokens[-1] == END
            pieces = tokens[:-1] if ended else tokens
            text = self._tokenizer.decode(pieces)
            mean = mean_score(score, len(tokens), self._profile.length_penalty)
            alignment = None
            if result.attention:
                alignment = align(job, source, pieces, text, result.attention[n], self._tokenizer)
            found.append(Hypothesis(text, mean, len(pieces), not ended, alignment))
        return found


def _plain(options: DecodeOptions) -> bool:
    """A first try for one hypothesis: what follows a failed one, or chooses among several, needs every piece."""
    return (
        options.num_hypotheses == 1
        and options.no_repeat_ngram == 0
        and options.repetition_penalty == 1.0
    )
