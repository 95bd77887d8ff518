"""The reference engine: any Hugging Face MarianMT folder on transformers and torch, CPU or CUDA."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from models.devices import import_torch, pick_device
from models.files import sha256_of
from models.interfaces import DecodeOptions, EngineInfo, Hypothesis, Segment
from models.translation import jobs
from models.translation.jobs import Job, align
from models.translation.profile import load_profile, mean_score
from models.translation.tokenizer import END, PAD, UNKNOWN, Tokenizer

__all__ = ["MarianEngine"]

WEIGHTS = "model.safetensors"
_LIMITS = {
    "cpu": (32, 1024),
    "cuda": (256, 16_384),
}  # segments and padded source tokens of one batch


class MarianEngine:
    """Float32, and the same answers as a float32 ``Ct2Engine``. Only safetensors weights are read, never pickles.

    ``threads`` sets torch's own for the whole process; 0 leaves them. Raises ``ValueError`` for a folder that is not
    a MarianMT model, and ``ImportError`` where torch or transformers is missing.
    """

    def __init__(
        self, path: Path, *, device: str = "cpu", threads: int = 0, max_input_tokens: int = 0
    ) -> None:
        if not (path / WEIGHTS).is_file():
            raise ValueError(
                f"{path} has no {WEIGHTS}; `magpie models convert` writes one beside a pytorch_model.bin"
            )
        self._torch, self._transformers = import_torch("the marian engine")
        self._profile = load_profile(path)
        self._tokenizer = Tokenizer(path)
        self._tokenizer.check(self._profile)
        if threads:
            self._torch.set_num_threads(threads)
        self._device = pick_device(self._torch, device)
        self._model: Any = self._load(path)
        limit = self._profile.max_input_tokens
        self._info = EngineInfo(
            id=self._profile.id,
            engine="marian",
            directions=self._profile.directions,
            max_input_tokens=min(limit, max_input_tokens) if max_input_tokens else limit,
            placeholders=self._profile.placeholders,
            aligns=self._profile.aligned,
            licence=self._profile.licence,
            source=self._profile.source,
            sha256=sha256_of(path / WEIGHTS),
            details={
                "device": self._device,
                "compute_type": "float32",
                "length_penalty": f"{self._profile.length_penalty:g}",
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
        if self._model is None:
            raise RuntimeError("the engine is closed")
        jobs.check_options(options)
        todo = jobs.encode(
            segments,
            options,
            profile=self._profile,
            tokenizer=self._tokenizer,
            max_input_tokens=self._info.max_input_tokens,
        )
        most, tokens = _LIMITS[self._device.partition(":")[0]]
        found: dict[int, list[Hypothesis]] = {}
        for batch in jobs.batches(todo, max_segments=most, max_tokens=tokens):
            found.update(self._decode(batch, options, segments))
        return jobs.collect(len(segments), found)

    def close(self) -> None:
        self._model = None

    def _load(self, path: Path) -> Any:
        self._transformers.utils.logging.disable_progress_bar()
        model = self._transformers.MarianMTModel.from_pretrained(
            path,
            use_safetensors=True,
            local_files_only=True,
            # Only this one gives the attention out.
            **({"attn_implementation": "eager"} if self._profile.aligned else {}),
        )
        # A checkpoint's own decoding defaults (beams, forced end, maximum length) must not mix with ours.
        model.generation_config = self._transformers.GenerationConfig()
        return model.float().eval().to(self._device)

    def _decode(
        self, batch: Sequence[Job], options: DecodeOptions, segments: Sequence[Segment]
    ) -> dict[int, list[Hypothesis]]:
        torch, ids = self._torch, self._tokenizer.ids
        longest = max(len(job.tokens) for job in batch)
        pad = ids[PAD]
        rows = [[ids[t] for t in j.tokens] + [pad] * (longest - len(j.tokens)) for j in batch]
        sources = torch.tensor(rows, device=self._device)
        with torch.inference_mode():
            output = self._model.generate(
                input_ids=sources,
                attention_mask=(sources != pad).long(),
                generation_config=self._generation(batch[0].cap, options),
            )
        scores = self._scores(output, options)
        wanted = options.align and self._profile.aligned
        found: dict[int, list[Hypothesis]] = {job.index: [] for job in batch}
        for row, (sequence, score) in enumerate(
            zip(output.sequences.tolist(), scores, strict=True)
        ):
            job = batch[row // options.num_hypotheses]
            hypothesis = self._hypothesis(sequence[1:], score, beams=options.beam_size > 1)
            if wanted:
                hypothesis = self._aligned(hypothesis, sequence, job, segments[job.index].text)
            found[job.index].append(hypothesis)
        return found

    def _aligned(
        self, hypothesis: Hypothesis, sequence: list[int], job: Job, source: str
    ) -> Hypothesis:
        """With the mean attention of the last layer, from one more pass over the finished output."""
        torch, ids = self._torch, self._tokenizer.ids
        kept = sequence[1 : 1 + hypothesis.tokens]
        with torch.inference_mode():
            output = self._model(
                input_ids=torch.tensor([[ids[t] for t in job.tokens]], device=self._device),
                decoder_input_ids=torch.tensor([sequence[: 1 + len(kept)]], device=self._device),
                output_attentions=True,
                use_cache=False,
            )
        attention = output.cross_attentions[-1][0].float().mean(0).tolist()
        tokens = [self._tokenizer.tokens[i] for i in kept]
        alignment = align(job, source, tokens, hypothesis.text, attention, self._tokenizer)
        return replace(hypothesis, alignment=alignment)

    def _generation(self, cap: int, options: DecodeOptions) -> Any:
        """CTranslate2's search in the words of transformers: as many finished beams as beams end it."""
        ids = self._tokenizer.ids
        return self._transformers.GenerationConfig(
            do_sample=False,
            num_beams=options.beam_size,
            num_return_sequences=options.num_hypotheses,
            early_stopping=options.beam_size > 1,
            length_penalty=self._profile.length_penalty,
            max_new_tokens=cap,
            min_new_tokens=1,
            no_repeat_ngram_size=options.no_repeat_ngram,
            repetition_penalty=options.repetition_penalty,
            suppress_tokens=[ids[PAD], ids[UNKNOWN]],
            renormalize_logits=True,
            decoder_start_token_id=ids[PAD],
            pad_token_id=ids[PAD],
            eos_token_id=ids[END],
            output_scores=True,
            return_dict_in_generate=True,
        )

    def _scores(self, output: Any, options: DecodeOptions) -> list[float]:
        """Mean log-probability a token, the end of sentence included."""
        if options.beam_size > 1:
            beam_scores: list[float] = output.sequences_scores.tolist()
            return beam_scores
        steps = self._model.compute_transition_scores(
            output.sequences, output.scores, normalize_logits=True
        )
        end = self._tokenizer.ids[END]
        scores = []
        for sequence, logs in zip(output.sequences[:, 1:].tolist(), steps.tolist(), strict=True):
            length = sequence.index(end) + 1 if end in sequence else len(sequence)
            scores.append(sum(logs[:length]) / length)
        return scores

    def _hypothesis(self, sequence: list[int], score: float, *, beams: bool) -> Hypothesis:
        end, pad = self._tokenizer.ids[END], self._tokenizer.ids[PAD]
        ended = end in sequence
        kept = sequence[: sequence.index(end)] if ended else [i for i in sequence if i != pad]
        text = self._tokenizer.decode([self._tokenizer.tokens[i] for i in kept])
        if beams:
            score = mean_score(score, len(kept) + ended, self._profile.length_penalty)
        return Hypothesis(text, min(score, 0.0), len(kept), truncated=not ended)
