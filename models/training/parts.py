"""Long work in numbered parts: each is a small shard on disk, so that a kill loses one part and a rerun goes on."""

import json
import shutil
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from models.training.progress import say, track
from models.training.shards import Pairs, concatenate

__all__ = ["PART", "run_parts"]

PART = 2048


def run_parts(
    output: Path,
    count: int,
    work: Callable[[range], Pairs],
    *,
    settings: Mapping[str, object],
    what: str,
    minutes: float = 0.0,
    size: int = PART,
) -> Pairs:
    """Do ``work`` on ``range(count)``, ``size`` at a time, and write all results to ``output``.

    Parts lie in ``<output>.parts`` until the last is done. With ``minutes`` the work stops after that time;
    ``output`` then holds what is done so far, and the same command goes on. Raises ``ValueError`` when the
    parts that are there were made with other ``settings``.
    """
    folder = output.with_name(output.name + ".parts")
    _claim(folder, {**settings, "count": count, "size": size})
    paths = [folder / f"{number:05}.npz" for number in range(-(-count // size))]
    todo = [n for n, path in enumerate(paths) if not path.is_file()]
    began = time.monotonic()
    for n in track(todo, what, total=len(todo)):
        if minutes and time.monotonic() - began > minutes * 60:
            break
        work(range(n * size, min(count, (n + 1) * size))).save(paths[n])
    done = [path for path in paths if path.is_file()]
    result = concatenate([Pairs.load(path) for path in done])
    result.save(output)
    if len(done) < len(paths):
        say(f"{len(done)} of {len(paths)} parts; the same command goes on")
    else:
        shutil.rmtree(folder)
    return result


def _claim(folder: Path, settings: Mapping[str, object]) -> None:
    """Make ``folder``, or make sure that its parts are of the same work."""
    text = json.dumps(settings, sort_keys=True, indent=1)
    path = folder / "settings.json"
    if path.is_file() and path.read_text(encoding="utf-8") != text:
        raise ValueError(f"{folder} was made with other settings: delete it, or write elsewhere")
    folder.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
