"""What can be set and what can be run is documented, in the words of the code."""

import re

import pytest

from service import errors
from service.cli.main import COMMANDS, build_parser
from service.domain import WarningCode
from service.metrics import Metrics
from service.settings import Settings
from tests.docs.project import ROOT, documents

CONFIGURATION = (ROOT / "docs" / "configuration.md").read_text("utf-8")


def row(name: str) -> str:
    """The table row that docs/configuration.md must hold for a setting."""
    field = Settings.model_fields[name]
    default = field.default
    shown = str(default).lower() if isinstance(default, bool) else str(default)
    cell = "" if default is None or shown == "" else f"`{shown}`"
    return f"| `MAGPIE_{name.upper()}` | {cell} | {field.description} |".replace("|  |", "| |")


@pytest.mark.parametrize("name", list(Settings.model_fields))
def test_reference_every_setting_is_documented(name: str) -> None:
    assert row(name) in CONFIGURATION.splitlines()


def test_reference_no_setting_is_documented_that_is_not_there() -> None:
    documented = [line.split("`")[1] for line in CONFIGURATION.splitlines() if "| `MAGPIE_" in line]
    assert documented == list(dict.fromkeys(documented))
    assert {name.removeprefix("MAGPIE_").lower() for name in documented} == set(
        Settings.model_fields
    )


def test_reference_every_metric_is_documented() -> None:
    text = (ROOT / "docs" / "metrics.md").read_text("utf-8")
    families = re.findall(r"^# TYPE (magpie_\w+) ", Metrics().render().decode(), re.MULTILINE)
    assert len(families) > 5
    assert [name for name in families if f"`{name}`" not in text] == []


def test_reference_every_error_is_documented() -> None:
    text = (ROOT / "docs" / "errors.md").read_text("utf-8")
    codes = {error.code for error in vars(errors).values() if hasattr(error, "retryable")}
    assert len(codes) > 10
    assert [code for code in sorted(codes) if f"`{code}`" not in text] == []


def test_reference_every_warning_is_documented() -> None:
    text = "\n".join(path.read_text("utf-8") for path in (ROOT / "docs").glob("*.md"))
    assert [code for code in WarningCode if f"`{code}`" not in text] == []


@pytest.mark.parametrize("command", COMMANDS)
def test_reference_every_command_is_documented(command: str) -> None:
    text = "\n".join(path.read_text("utf-8") for path in documents())
    assert f"magpie {command}" in text


@pytest.mark.parametrize("command", COMMANDS)
def test_reference_every_command_has_help(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        build_parser(command).parse_args([command, "--help"])
    assert ended.value.code == 0
    assert COMMANDS[command].split()[0] in capsys.readouterr().out


def test_reference_version_is_in_the_changelog() -> None:
    from service import __version__

    changelog = (ROOT / "CHANGELOG.md").read_text("utf-8")
    assert f"## [{__version__}]" in changelog or "## [Unreleased]" in changelog
