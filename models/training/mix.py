"""How much of each source goes in: caps, repeats, and the sources of which only literal pairs count."""

from dataclasses import dataclass

__all__ = ["MIX", "Share", "share_of"]


@dataclass(frozen=True, slots=True)
class Share:
    """``cap`` random pairs at most (0: none, None: all), each ``repeat`` times.

    ``literal`` keeps that many pairs with the best word-by-word score instead of random ones.
    """

    cap: int | None = None
    repeat: int = 1
    literal: int | None = None


MIX: dict[str, Share] = {
    # everyday and social text, human-made: seen more often than once an epoch
    "open-tatoeba": Share(repeat=3),
    "open-msctd": Share(repeat=2),
    "open-xpersona": Share(repeat=2),
    "open-convlab-woz": Share(cap=5_000),
    "open-llm-slang": Share(repeat=8),
    "open-social-ui": Share(repeat=2),
    "nc-xdailydialog": Share(repeat=3),
    "research-aichallenger2017-valid": Share(repeat=3),
    "research-um-microblog": Share(repeat=4),
    "unclear-baicizhan": Share(repeat=2),
    "unclear-bmeld": Share(repeat=3),
    "unclear-daily-quotes": Share(repeat=2),
    "unclear-kajweb-youdao": Share(repeat=2),
    "unclear-slang-aitalk": Share(repeat=2),
    "unclear-slang-cynthia": Share(repeat=2),
    # encyclopaedic text and news: a few thousand pairs, nowhere else in the pool
    "open-tico19": Share(repeat=4),
    "open-xquad": Share(repeat=4),
    "research-wccec": Share(repeat=4),
    "unclear-bipar": Share(repeat=2),
    # subtitles: most of the pool, but free translations; the literal ones teach
    "research-tvsub": Share(literal=150_000),
    # game narrative and dialogue: rich in words, well translated
    "open-cataclysm": Share(repeat=2),
    "open-wesnoth": Share(repeat=2),
    # words
    "open-cities": Share(repeat=2),
    "open-iso": Share(repeat=2),
    "open-hsk-vocab": Share(repeat=1),
    "unclear-kajweb-words": Share(repeat=1),
    "open-petci-idioms": Share(cap=4_000),
    # prose: technical, but the only long sentences there are
    "open-lctt": Share(literal=130_000),
    "research-xitu": Share(literal=130_000),
    "unclear-lctt": Share(literal=100_000),
    "open-python-docs": Share(cap=3_000),
    "open-tldr": Share(cap=1_000),
    "open-hf-course": Share(cap=2_000),
    "nc-minecraft-mods": Share(cap=5_000),
    "unclear-idiomkb": Share(cap=3_000),
    "unclear-sicp-subs": Share(cap=3_000),
    "unclear-worm27": Share(cap=4_000),
}


def share_of(source: str) -> Share:
    """Share of a source by its file name without suffix; sources that are not named go in once."""
    return MIX.get(source, Share())
