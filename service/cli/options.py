"""Settings as flags: every field of ``Settings`` can be a flag, and a flag overrides its environment variable."""

import argparse
from collections.abc import Iterable
from typing import TYPE_CHECKING, Literal, get_args, get_origin

from service.cli.exits import UsageError

if TYPE_CHECKING:
    from service.settings import Settings

__all__ = ["add_setting_flags", "read_settings"]

# A key on a command line can be read by every user of the machine.
_NEVER_FLAGS = frozenset({"api_keys"})


def add_setting_flags(parser: argparse.ArgumentParser, names: Iterable[str] | None = None) -> None:
    """Add a flag for each named setting, or for all of them; values are checked by ``read_settings``."""
    from service.settings import Settings

    group = parser.add_argument_group("settings")
    fields = Settings.model_fields
    for name in fields if names is None else names:
        if name in _NEVER_FLAGS:
            continue
        field = fields[name]
        flag = f"--{name.replace('_', '-')}"
        default = "" if field.default in (None, "") else f", default {field.default}"
        text = f"{field.description} [MAGPIE_{name.upper()}{default}]".replace("%", "%%")
        if field.annotation is bool:
            group.add_argument(flag, action=argparse.BooleanOptionalAction, default=None, help=text)
            continue
        choices = get_args(field.annotation) if get_origin(field.annotation) is Literal else None
        group.add_argument(
            flag, choices=choices, metavar=None if choices else "VALUE", default=None, help=text
        )


def read_settings(args: argparse.Namespace) -> "Settings":
    """Settings from the flags, else the environment, else the defaults. Raises ``UsageError`` for a bad value."""
    from pydantic import ValidationError

    from service.settings import Settings

    given = {
        name: value
        for name in Settings.model_fields
        if (value := getattr(args, name, None)) is not None
    }
    try:
        return Settings(**given)
    except ValidationError as error:
        problems = [
            f"{location} (MAGPIE_{location.upper()}): {problem['msg']}"
            for problem in error.errors(include_url=False, include_input=False)
            for location in [".".join(map(str, problem["loc"]))]
        ]
        raise UsageError("bad setting " + "; ".join(problems)) from None
