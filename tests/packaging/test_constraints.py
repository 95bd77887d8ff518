"""constraints.txt pins everything that an install of any extra brings in."""

import re
import tomllib
from importlib.metadata import PackageNotFoundError, distribution

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.packaging.dockerfile import ROOT

LINES = [
    line
    for line in (ROOT / "constraints.txt").read_text("utf-8").splitlines()
    if line and not line.startswith("#")
]
PINS: dict[str, str] = {
    canonicalize_name(name): version for name, version in (line.split("==") for line in LINES)
}
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]


def needed(requirements: list[str]) -> set[str]:
    """Names of all distributions that these bring in on this platform, as far as they are installed."""
    seen: set[tuple[str, frozenset[str]]] = set()
    todo = [Requirement(text) for text in requirements]
    while todo:
        wanted = todo.pop()
        key = (canonicalize_name(wanted.name), frozenset(wanted.extras))
        if key in seen:
            continue
        seen.add(key)
        try:
            requires = distribution(wanted.name).requires or []
        except PackageNotFoundError:
            continue
        for text in requires:
            inner = Requirement(text)
            extras = wanted.extras or {""}
            if inner.marker is None or any(inner.marker.evaluate({"extra": e}) for e in extras):
                todo.append(inner)
    return {name for name, _ in seen}


def test_constraints_are_names_and_versions_only() -> None:
    assert [line for line in LINES if not re.fullmatch(r"[\w.-]+==[\w.]+", line)] == []
    assert PINS["torch"] == "2.13.0"  # without a local version, so that every build of it fits


def test_constraints_pin_the_base_and_every_extra() -> None:
    extras = [text for group in PROJECT["optional-dependencies"].values() for text in group]
    assert needed([*PROJECT["dependencies"], *extras]) - set(PINS) == set()


def test_constraints_base_brings_no_torch() -> None:
    base = needed(PROJECT["dependencies"])
    assert "ctranslate2" in base
    assert not base & {"torch", "transformers", "huggingface-hub", "numba", "pandas"}


def test_constraints_fit_the_ranges_of_the_project() -> None:
    extras = [text for group in PROJECT["optional-dependencies"].values() for text in group]
    for text in [*PROJECT["dependencies"], *extras]:
        wanted = Requirement(text)
        assert wanted.specifier.contains(PINS[canonicalize_name(wanted.name)]), text
