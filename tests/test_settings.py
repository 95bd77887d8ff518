"""Settings: defaults, environment, checks, secrecy."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from service.settings import Settings


def test_settings_defaults_serve_the_bundled_model_on_loopback_only() -> None:
    settings = Settings()
    assert (settings.host, settings.port) == ("127.0.0.1", 8000)
    assert (settings.engine, settings.model, settings.device) == ("ct2", "bundled", "cpu")
    assert (settings.classifier, settings.classifier_model) == ("compact", "bundled")
    assert (settings.moderation, settings.second_opinion) == (True, False)
    assert (settings.policy, settings.lexicons) == ("default", "")
    assert settings.api_keys.get_secret_value() == ""


def test_settings_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MAGPIE_PORT", "9000")
    monkeypatch.setenv("MAGPIE_DEMO", "false")
    monkeypatch.setenv("MAGPIE_MODELS_DIR", "models-here")
    monkeypatch.setenv("PORT", "1")
    settings = Settings()
    assert settings.port == 9000
    assert settings.demo is False
    assert settings.models_dir == Path("models-here")


def test_settings_are_read_when_instantiated_and_not_before(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    before = Settings()
    monkeypatch.setenv("MAGPIE_MAX_ITEMS", "7")
    assert before.max_items != 7
    assert Settings().max_items == 7


def test_settings_arguments_override_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MAGPIE_BEAM_SIZE", "4")
    assert Settings(beam_size=1).beam_size == 1


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("port", "65536"),
        ("port", "eighty"),
        ("engine", "magic"),
        ("classifier", "magic"),
        ("moderation", "perhaps"),
        ("beam_size", "0"),
        ("max_items", "0"),
        ("max_text_chars", "-1"),
        ("request_timeout_s", "0"),
        ("drain_timeout_s", "soon"),
        ("cache_entries", "-1"),
        ("demo", "perhaps"),
        ("log_level", "loud"),
    ],
)
def test_settings_refuse_values_out_of_range(
    name: str, value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(f"MAGPIE_{name.upper()}", value)
    with pytest.raises(ValidationError) as caught:
        Settings()
    assert [error["loc"] for error in caught.value.errors()] == [(name,)]


def test_settings_refuse_unknown_names_and_changes() -> None:
    with pytest.raises(ValidationError):
        Settings(prot=8000)  # type: ignore[call-arg]  # a misspelling is the point
    settings = Settings()
    with pytest.raises(ValidationError):
        settings.port = 1  # type: ignore[misc]  # frozen is the point


def test_settings_do_not_show_keys() -> None:
    settings = Settings(api_keys="hunter2,swordfish")
    for shown in (
        repr(settings),
        str(settings),
        str(settings.model_dump()),
        settings.model_dump_json(),
    ):
        assert "hunter2" not in shown
        assert "swordfish" not in shown


@pytest.mark.parametrize("name", list(Settings.model_fields))
def test_settings_each_say_what_they_are_for(name: str) -> None:
    description = Settings.model_fields[name].description or ""
    assert description[:1].isupper(), name
    assert description.endswith("."), name


def test_settings_models_folder_follows_models_dir_then_xdg(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    assert Settings(models_dir=tmp_path).models_folder == tmp_path
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    assert Settings().models_folder == tmp_path / "data" / "magpie" / "models"
    monkeypatch.delenv("XDG_DATA_HOME")
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    assert Settings().models_folder == tmp_path / "home" / ".local" / "share" / "magpie" / "models"
