"""Policy files: TOML in, frozen ``Policy`` out, or an error that names the key and the line."""

import hashlib
import json
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache
from importlib.resources import files
from typing import Any

from pydantic import BaseModel, ValidationError

from service.policy import tables
from service.policy.builder import BuildError, build_policy
from service.policy.rules import Policy
from service.policy.toml_lines import Path, line_of

__all__ = ["PRESETS", "Policy", "PolicyError", "Problem", "load_policy", "preset", "preset_text"]

PRESETS = ("default", "strict-minors", "newcomer-surge", "news-comments")

_MAX_CHARS = 1_000_000
_MAX_PROBLEMS = 20
# Sections that are merged with those of the preset below, and how many levels of keys deep: a threshold or a pattern is
# replaced as a whole.
_LAYERED = {"thresholds": 2, "patterns": 1, "opinion": 1, "fallback": 1}
# What says nothing about how texts are judged, or has done its work when the version is computed.
_NOT_CONTENT = {"description", "extends", "without"}


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong: the key as it is written in TOML, and its line where that is known."""

    key: str
    message: str
    line: int | None = None

    def __str__(self) -> str:
        where = f"line {self.line}: " if self.line else ""
        return f"{where}{self.key}: {self.message}" if self.key else f"{where}{self.message}"


class PolicyError(ValueError):
    """A policy that cannot be used. Its text has one line for each problem."""

    def __init__(self, name: str, problems: list[Problem]) -> None:
        super().__init__("\n".join(f"{name}: {problem}" for problem in problems))
        self.name = name
        self.problems = tuple(problems)


def load_policy(text: str, name: str) -> Policy:
    """The policy that a TOML text describes; ``name`` is what verdicts call it. Raises ``PolicyError``."""
    raw = _parse(text, name)
    table = _validate(raw, text, name)
    if table.extends:
        raw = _layer(_preset_raw(table.extends, text, name), raw, text, name)
        table = _validate(raw, text, name)
    elif table.without:
        line = line_of(text, ("without",))
        problem = Problem("without", "takes rules from a preset, and there is no extends", line)
        raise PolicyError(name, [problem])
    try:
        return build_policy(table, name, _version(table))
    except BuildError as error:
        raise PolicyError(name, [_build_problem(error, text)]) from None


@cache
def preset(name: str) -> Policy:
    """A policy that ships with the service, one of ``PRESETS``. Raises ``KeyError`` for any other name."""
    return load_policy(preset_text(name), name)


def preset_text(name: str) -> str:
    """The TOML text of a preset. Raises ``KeyError`` for a name that is not in ``PRESETS``."""
    if name not in PRESETS:
        raise KeyError(name)
    return (files("service.policy") / "presets" / f"{name}.toml").read_text("utf-8")


def _parse(text: str, name: str) -> dict[str, Any]:
    if len(text) > _MAX_CHARS:
        raise PolicyError(name, [Problem("", f"longer than {_MAX_CHARS} characters")])
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise PolicyError(name, [Problem("", f"not valid TOML: {error}")]) from None
    except RecursionError:
        raise PolicyError(name, [Problem("", "not valid TOML: nested too deep")]) from None


def _validate(raw: Mapping[str, Any], text: str, name: str) -> tables.PolicyTable:
    try:
        return tables.PolicyTable.model_validate(raw)
    except ValidationError as error:
        details = error.errors(include_url=False, include_input=False)[:_MAX_PROBLEMS]
        raise PolicyError(name, [_shape_problem(dict(d), text) for d in details]) from None


def _preset_raw(extends: str, text: str, name: str) -> dict[str, Any]:
    """A preset with all that it is based on itself."""
    if extends not in PRESETS:
        known = ", ".join(PRESETS)
        line = line_of(text, ("extends",))
        raise PolicyError(name, [Problem("extends", f"must be one of {known}", line)])
    base_text = preset_text(extends)
    raw = _parse(base_text, extends)
    below = raw.get("extends")
    return _layer(_preset_raw(below, base_text, extends), raw, base_text, extends) if below else raw


def _layer(base: dict[str, Any], raw: dict[str, Any], text: str, name: str) -> dict[str, Any]:
    """``raw`` on top of ``base``: its values win, a rule replaces the one of the same id, new rules come last."""
    layered = {**base, **raw}
    for section, depth in _LAYERED.items():
        layered[section] = _overlay(base.get(section, {}), raw.get(section, {}), depth)
    replaced = {rule["id"]: rule for rule in raw.get("rules", [])}
    without = raw.get("without", [])
    without = [without] if isinstance(without, str) else without
    known = [rule["id"] for rule in base.get("rules", [])]
    for missing in (rule for rule in without if rule not in known):
        problem = Problem("without", f'there is no rule "{missing}"', line_of(text, ("without",)))
        raise PolicyError(name, [problem])
    layered["rules"] = [
        *(replaced.get(rule["id"], rule) for rule in base["rules"] if rule["id"] not in without),
        *(rule for rule in raw.get("rules", []) if rule["id"] not in known),
    ]
    layered.pop("without", None)
    layered.pop("extends", None)
    return layered


def _overlay(base: Mapping[str, Any], top: Mapping[str, Any], depth: int) -> dict[str, Any]:
    merged = dict(base)
    for key, value in top.items():
        both = isinstance(value, dict) and isinstance(base.get(key), dict) and depth > 1
        merged[key] = _overlay(base[key], value, depth - 1) if both else value
    return merged


def _version(table: tables.PolicyTable) -> str:
    """Hash of what the policy says. Defaults are left out, so that a new key does not change every policy's version."""
    content = table.model_dump(mode="json", exclude_defaults=True, exclude=_NOT_CONTENT)
    canonical = json.dumps(content, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()[:16]


def _shape_problem(detail: dict[str, Any], text: str) -> Problem:
    # Tags of unions are in angle brackets; they are ours, not keys of the file.
    path: Path = tuple(part for part in detail["loc"] if not str(part).startswith("<"))
    key = str(path[-1]) if path else ""
    where = path[:-1] if detail["type"] == "missing" else path
    return Problem(_dotted(path), _message(detail, key), line_of(text, where))


def _message(detail: dict[str, Any], key: str) -> str:
    kind, context = detail["type"], detail.get("ctx", {})
    if kind == "extra_forbidden":
        close = get_close_matches(key, _known_keys(), n=1)
        hint = f'; did you mean "{close[0]}"?' if close and close[0] != key else ""
        if key in tables.KINDS:
            hint = "; a condition is of one kind, put several into all = [...] or any = [...]"
        return f"this key does not belong here{hint}"
    if kind == "missing":
        return "is missing"
    if kind == "string_pattern_mismatch":
        return "must be at most 64 lower-case letters, digits, - and _"
    if kind == "too_short":
        return f"needs at least {context['min_length']}"
    message = str(detail["msg"]).removeprefix("Value error, ")
    return message.replace("Input should be", "must be")


@cache
def _known_keys() -> tuple[str, ...]:
    models = (getattr(tables, name) for name in tables.__all__)
    return tuple(
        dict.fromkeys(
            field.alias or name
            for model in models
            if isinstance(model, type) and issubclass(model, BaseModel)
            for name, field in model.model_fields.items()
        )
    )


def _build_problem(error: BuildError, text: str) -> Problem:
    """Where in *this* file: rules of the preset below shift the position, so a rule is looked up by its id."""
    path, line = error.path, None
    if error.rule:
        own = [rule.get("id") for rule in tomllib.loads(text).get("rules", [])]
        path = ("rules", error.rule, *error.path[2:])
        if error.rule in own:
            line = line_of(text, ("rules", own.index(error.rule), *error.path[2:]))
    else:
        line = line_of(text, path)
    return Problem(_dotted(path), str(error), line)


def _dotted(path: Path) -> str:
    """``rules[2].when.at_least``."""
    return "".join(
        f"[{part}]" if isinstance(part, int) else f".{part}" for part in path
    ).removeprefix(".")
