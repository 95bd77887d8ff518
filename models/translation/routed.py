"""One engine made of several, each serving its own directions, such as the two of opus-mt."""

from collections.abc import Sequence

from models.interfaces import DecodeOptions, EngineInfo, Hypothesis, Segment, TranslationEngine

__all__ = ["RoutedEngine"]


class RoutedEngine:
    """Sends every segment to the engine of its direction. Where two serve the same one, the first does.

    Its limit and its placeholders are what all of its engines allow.
    """

    def __init__(self, engines: Sequence[TranslationEngine]) -> None:
        if not engines:
            raise ValueError("no engines to route between")
        self._engines = tuple(engines)
        self._routes: dict[tuple[str, str], int] = {}  # numbers of engines
        for number, engine in enumerate(engines):
            for direction in engine.info.directions:
                self._routes.setdefault(direction, number)
        infos = [engine.info for engine in engines]
        common = set(infos[0].placeholders).intersection(*(info.placeholders for info in infos))
        self._info = EngineInfo(
            id="+".join(info.id for info in infos),
            engine="+".join(dict.fromkeys(info.engine for info in infos)),
            directions=frozenset(self._routes),
            max_input_tokens=min(info.max_input_tokens for info in infos),
            placeholders=tuple(p for p in infos[0].placeholders if p in common),
            aligns=all(info.aligns for info in infos),
            mixes=len(infos) == 1 and infos[0].mixes,
            licence="; ".join(dict.fromkeys(info.licence for info in infos if info.licence)),
            source="; ".join(dict.fromkeys(info.source for info in infos if info.source)),
            sha256="+".join(info.sha256 for info in infos if info.sha256),
            details=_details(infos),
        )

    @property
    def info(self) -> EngineInfo:
        return self._info

    def count_tokens(self, text: str, source_lang: str) -> int:
        """By the engine that reads ``source_lang``, or the largest count where none does."""
        counts = [e.count_tokens(text, source_lang) for e in self._readers(source_lang)]
        return max(counts)

    def translate(
        self, segments: Sequence[Segment], options: DecodeOptions
    ) -> list[list[Hypothesis]]:
        groups: dict[int, list[int]] = {}
        for index, segment in enumerate(segments):
            direction = (segment.source_lang, segment.target_lang)
            if direction not in self._routes:
                raise ValueError(f"segment {index} is in a direction that no engine serves")
            number = self._routes[direction]
            self._check_length(index, segment, self._engines[number])
            groups.setdefault(number, []).append(index)
        found: list[list[Hypothesis]] = [[] for _ in segments]
        for number, indexes in groups.items():
            answers = self._engines[number].translate([segments[i] for i in indexes], options)
            for index, hypotheses in zip(indexes, answers, strict=True):
                found[index] = hypotheses
        return found

    def close(self) -> None:
        for engine in self._engines:
            engine.close()

    def _check_length(self, index: int, segment: Segment, engine: TranslationEngine) -> None:
        """One limit for every direction: what an engine that allows more would not refuse itself is refused here."""
        limit = self._info.max_input_tokens
        if engine.info.max_input_tokens == limit:
            return
        count = engine.count_tokens(segment.text, segment.source_lang)
        if count > limit:
            raise ValueError(f"segment {index} has {count} tokens, over the limit of {limit}")

    def _readers(self, source_lang: str) -> list[TranslationEngine]:
        numbers = [n for (source, _), n in self._routes.items() if source == source_lang]
        return [self._engines[n] for n in numbers] or list(self._engines)


def _details(infos: Sequence[EngineInfo]) -> dict[str, str]:
    """What all engines agree on under its own name, the rest under ``ENGINE.NAME``."""
    found: dict[str, str] = {}
    for info in infos:
        for key, value in info.details.items():
            agreed = all(other.details.get(key) == value for other in infos)
            found[key if agreed else f"{info.id}.{key}"] = value
    return found
