"""compose.yaml and the files it mounts."""

from typing import Any

import pytest
import yaml

from service.settings import Settings
from tests.packaging.dockerfile import ROOT, read_stages

COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text("utf-8"))
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]


def test_compose_starts_the_service_alone_by_default() -> None:
    assert [name for name, service in SERVICES.items() if "profiles" not in service] == ["magpie"]
    assert {
        tuple(service["profiles"]) for service in SERVICES.values() if "profiles" in service
    } == {
        ("postgres",),
        ("metrics",),
    }


@pytest.mark.parametrize("name", SERVICES)
def test_compose_ports_are_published_on_loopback_only(name: str) -> None:
    assert all(port.startswith("127.0.0.1:") for port in SERVICES[name].get("ports", []))


@pytest.mark.parametrize("name", SERVICES)
def test_compose_images_have_a_version(name: str) -> None:
    if "build" not in SERVICES[name]:
        assert SERVICES[name]["image"].partition(":")[2] not in ("", "latest")


def test_compose_gives_the_service_no_more_than_it_needs() -> None:
    service = SERVICES["magpie"]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]


def test_compose_waits_longer_than_the_service_drains() -> None:
    grace_s = int(SERVICES["magpie"]["stop_grace_period"].removesuffix("s"))
    assert grace_s > Settings().drain_timeout_s


def test_compose_environment_is_made_of_settings() -> None:
    for name in SERVICES["magpie"]["environment"]:
        assert name.removeprefix("MAGPIE_").lower() in Settings.model_fields


def test_compose_volumes_are_declared_and_files_exist() -> None:
    for service in SERVICES.values():
        for mount in service.get("volumes", []):
            source = mount.split(":")[0]
            if source.startswith("."):
                assert (ROOT / source).is_file()
            else:
                assert source in COMPOSE["volumes"]


def test_compose_models_volume_is_where_the_image_keeps_them() -> None:
    [mount] = SERVICES["magpie"]["volumes"]
    assert mount.split(":")[1] == read_stages()[-1].variables()["MAGPIE_MODELS_DIR"]


def test_compose_prometheus_scrapes_the_service() -> None:
    config = yaml.safe_load((ROOT / "deploy" / "prometheus.yml").read_text("utf-8"))
    [job] = config["scrape_configs"]
    assert job["metrics_path"] == "/metrics"
    assert job["static_configs"] == [{"targets": ["magpie:8000"]}]
