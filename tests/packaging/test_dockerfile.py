"""The Dockerfile is lean, reproducible and safe to run: what a linter would say, and what only we can know."""

import re
import subprocess

import pytest

from service.settings import Settings
from tests.packaging.dockerfile import ROOT, Instruction, is_ignored, read_stages

STAGES = read_stages()
FINAL = STAGES[-1]
EVERY = [instruction for stage in STAGES for instruction in stage.instructions]
RUNS = [instruction for instruction in EVERY if instruction.word == "RUN"]


def test_dockerfile_has_a_build_stage_and_a_lean_one() -> None:
    assert [stage.name for stage in STAGES] == ["build", ""]
    # Nothing is installed in the image that runs: it only receives what the other stage made.
    assert FINAL.all("RUN") == []
    assert all("--from=build" in copy.rest for copy in FINAL.all("COPY"))


@pytest.mark.parametrize("stage", STAGES, ids=["build", "final"])
def test_dockerfile_images_have_a_version(stage: object) -> None:
    tag = getattr(stage, "image", "").partition(":")[2]
    assert re.match(r"\d+\.\d+-slim-\w+$", tag)


def test_dockerfile_python_is_one_that_the_project_supports() -> None:
    version = tuple(map(int, FINAL.image.partition(":")[2].partition("-")[0].split(".")))
    assert version >= (3, 11)


def test_dockerfile_uses_no_instruction_that_surprises() -> None:
    allowed = {
        "RUN", "COPY", "WORKDIR", "ENV", "LABEL", "USER", "EXPOSE", "STOPSIGNAL", "HEALTHCHECK", "ENTRYPOINT", "CMD",
    }  # fmt: skip
    assert {instruction.word for instruction in EVERY} <= allowed


@pytest.mark.parametrize("run", RUNS, ids=lambda run: run.rest[:40])
def test_dockerfile_steps_install_pinned_versions_and_leave_no_cache(run: Instruction) -> None:
    assert "sudo" not in run.rest
    assert not re.search(r"\b(curl|wget)\b", run.rest)
    if "pip" in run.rest and " install " in run.rest:
        assert "--no-cache-dir" in run.rest
        assert "-c constraints.txt" in run.rest or "--no-deps" in run.rest
    assert "torch" not in run.rest


def test_dockerfile_runs_as_a_numbered_user_without_rights() -> None:
    [user] = FINAL.all("USER")
    assert re.fullmatch(r"\d+:\d+", user.rest)  # Kubernetes' runAsNonRoot checks numbers only
    assert "0" not in user.rest.split(":")
    words = [instruction.word for instruction in FINAL.instructions]
    assert max(i for i, word in enumerate(words) if word == "COPY") < words.index("USER")


def test_dockerfile_starts_the_service_without_a_shell() -> None:
    [entrypoint], [command] = FINAL.all("ENTRYPOINT"), FINAL.all("CMD")
    assert [*entrypoint.array, *command.array] == ["magpie", "serve"]
    assert [signal.rest for signal in FINAL.all("STOPSIGNAL")] == ["SIGTERM"]


def test_dockerfile_asks_ready_for_health() -> None:
    [check] = FINAL.all("HEALTHCHECK")
    options, _, command = check.rest.partition("CMD ")
    assert "--start-period=" in options
    assert "/ready" in command
    assert "python" in Instruction("CMD", command).array[0]


def test_dockerfile_variables_are_settings() -> None:
    variables = FINAL.variables()
    ours = {name.removeprefix("MAGPIE_").lower() for name in variables if "MAGPIE_" in name}
    assert ours <= set(Settings.model_fields)
    assert variables["MAGPIE_HOST"] != Settings().host  # loopback would reach nobody outside
    assert [port.rest for port in FINAL.all("EXPOSE")] == [variables["MAGPIE_PORT"]]
    assert variables["MAGPIE_MODELS_DIR"].startswith(variables["HOME"])


def test_dockerfile_what_it_copies_is_there_and_not_ignored() -> None:
    for copy in STAGES[0].all("COPY"):
        for source in copy.copied[0]:
            assert (ROOT / source).exists(), source
            assert not is_ignored(source), source


@pytest.mark.parametrize(
    "name",
    [".git/config", ".venv/bin/python", "tests/conftest.py", "docs/quickstart.md", "compose.yaml", ".env",
     "service/__pycache__/app.pyc", "models/training/__init__.py", "models/tools/__pycache__/x.pyc"],
)  # fmt: skip
def test_dockerfile_build_does_not_see(name: str) -> None:
    assert is_ignored(name)


def test_dockerfile_build_sees_the_package() -> None:
    listed = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard", "service", "models"],
        cwd=ROOT, check=True, capture_output=True, text=True,
    ).stdout.splitlines()  # fmt: skip
    wanted = [name for name in listed if not name.startswith("models/training/")]
    assert wanted
    assert [name for name in wanted if is_ignored(name)] == []
