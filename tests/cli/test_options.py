"""Settings as flags."""

import argparse

import pytest

from service.cli.exits import UsageError
from service.cli.options import add_setting_flags, read_settings
from service.settings import Settings


def parse(*words: str, names: list[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    add_setting_flags(parser, names)
    return parser.parse_args(words)


def test_options_every_setting_but_the_keys_is_a_flag() -> None:
    parser = argparse.ArgumentParser()
    add_setting_flags(parser)
    flags = {flag for action in parser._actions for flag in action.option_strings}
    for name in Settings.model_fields:
        assert (f"--{name.replace('_', '-')}" in flags) == (name != "api_keys"), name


def test_options_flags_override_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MAGPIE_PORT", "9000")
    monkeypatch.setenv("MAGPIE_HOST", "127.0.0.2")
    settings = read_settings(parse("--port", "9001", "--no-demo"))
    assert (settings.host, settings.port, settings.demo) == ("127.0.0.2", 9001, False)


def test_options_default_is_what_settings_say() -> None:
    assert read_settings(parse()) == Settings()


def test_options_only_those_named_are_flags(capsys: pytest.CaptureFixture[str]) -> None:
    assert parse("--engine", "fake", names=["engine"]).engine == "fake"
    with pytest.raises(SystemExit) as ended:
        parse("--port", "1", names=["engine"])
    assert ended.value.code == 2
    assert "--port" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "name"),
    [(["--port", "99999"], "PORT"), (["--max-items", "many"], "MAX_ITEMS")],
)
def test_options_bad_value_names_the_setting(words: list[str], name: str) -> None:
    with pytest.raises(UsageError, match=f"MAGPIE_{name}"):
        read_settings(parse(*words))


def test_options_bad_environment_is_a_usage_error_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MAGPIE_BEAM_SIZE", "99")
    with pytest.raises(UsageError, match="MAGPIE_BEAM_SIZE"):
        read_settings(parse())
