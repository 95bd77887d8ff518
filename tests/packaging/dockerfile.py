"""Reads the Dockerfile: instructions, stages, and what .dockerignore lets in."""

import json
import re
from dataclasses import dataclass, field
from fnmatch import fnmatch
from pathlib import Path

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Instruction:
    word: str
    rest: str

    @property
    def array(self) -> list[str]:
        """The words of an exec form, such as ``CMD ["serve"]``; raises ``ValueError`` for a shell form."""
        return [str(word) for word in json.loads(self.rest)]

    @property
    def copied(self) -> tuple[list[str], str]:
        """Sources and target of a COPY, without its options."""
        words = [word for word in self.rest.split() if not word.startswith("--")]
        return words[:-1], words[-1]


@dataclass
class Stage:
    image: str
    name: str
    instructions: list[Instruction] = field(default_factory=list)

    def all(self, word: str) -> list[Instruction]:
        return [one for one in self.instructions if one.word == word]

    def variables(self) -> dict[str, str]:
        return dict(pair.split("=", 1) for one in self.all("ENV") for pair in one.rest.split())


def read_stages(path: Path = ROOT / "Dockerfile") -> list[Stage]:
    """The stages of a Dockerfile, arguments before the first FROM filled in with their defaults."""
    text = "\n".join(
        line for line in path.read_text("utf-8").splitlines() if not line.lstrip().startswith("#")
    )
    text = re.sub(r"\\\n\s*", " ", text)
    stages: list[Stage] = []
    arguments: dict[str, str] = {}
    for line in filter(None, map(str.strip, text.splitlines())):
        word, _, rest = line.partition(" ")
        word = word.upper()
        if word == "ARG" and not stages:
            name, _, default = rest.partition("=")
            arguments[name] = default
        elif word == "FROM":
            filled = re.sub(r"\$\{(\w+)\}", lambda found: arguments[found[1]], rest)
            image, _, name = filled.partition(" AS ")
            stages.append(Stage(image, name))
        else:
            stages[-1].instructions.append(Instruction(word, rest.strip()))
    return stages


def is_ignored(name: str) -> bool:
    """Whether .dockerignore keeps a file (relative path) out of the build; the last matching line decides."""
    ignored = False
    for line in (ROOT / ".dockerignore").read_text("utf-8").splitlines():
        pattern = line.strip().removeprefix("!")
        if not pattern or pattern.startswith("#"):
            continue
        parents = [name, *(str(parent) for parent in Path(name).parents if str(parent) != ".")]
        patterns = [pattern, pattern.removeprefix("**/")]
        if any(fnmatch(path, one) for path in parents for one in patterns):
            ignored = not line.strip().startswith("!")
    return ignored
