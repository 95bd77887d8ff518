"""The Dockerfile's steps, run in a plain shell: a lean install that translates and serves without torch."""

import os
import shutil
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.packaging.dockerfile import ROOT, Instruction, is_ignored, read_stages
from tests.serving import environment, serving

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

BUILD, FINAL = read_stages()
MAX_MEGABYTES = 450  # of which numpy and ctranslate2 are most


@dataclass(frozen=True)
class Image:
    """The folder that stands for the image's root."""

    root: Path

    def path(self, inside: str) -> Path:
        return self.root / inside.lstrip("/")

    def command(self, text: str) -> str:
        """A build step with its absolute paths put under our root, and with pip's cache: a test may use it."""
        for inside in ("/opt/", "/var/lib/"):
            text = text.replace(inside, f"{self.root}{inside}")
        return text.replace("--no-cache-dir", "--quiet --disable-pip-version-check")

    def copy(self, instruction: Instruction, folder: Path) -> None:
        sources, target = instruction.copied
        for source in map(ROOT.joinpath, sources):
            if source.is_file():
                shutil.copy(source, folder / target)
            else:
                shutil.copytree(source, folder / target, ignore=_ignore, dirs_exist_ok=True)

    def run(self, *command: str, text: str = "") -> "subprocess.CompletedProcess[str]":
        """Run a command as the image would: its PATH and variables, away from the checkout."""
        return subprocess.run(
            command, cwd=self.root, env=self.variables(), input=text,
            capture_output=True, text=True, timeout=60,
        )  # fmt: skip

    def variables(self, **more: str) -> dict[str, str]:
        env = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
        for name, value in FINAL.variables().items():
            env[name] = self.command(value).replace("$PATH", env["PATH"])
        return (
            env
            | {"MAGPIE_HOST": "127.0.0.1", "MAGPIE_ENGINE": "fake", "MAGPIE_CLASSIFIER": "fake"}
            | more
        )


def _ignore(folder: str, names: list[str]) -> list[str]:
    inside = Path(folder).relative_to(ROOT)
    return [name for name in names if is_ignored(str(inside / name))]


@pytest.fixture(scope="module")
def image(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Image]:
    built = Image(tmp_path_factory.mktemp("image"))
    env = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    env["PATH"] = f"{Path(sys.executable).parent}:{env['PATH']}"
    folder = built.root
    for instruction in BUILD.instructions:
        if instruction.word == "WORKDIR":
            folder = built.path(instruction.rest)
            folder.mkdir(parents=True)
        elif instruction.word == "COPY":
            built.copy(instruction, folder)
        elif instruction.word == "RUN":
            done = subprocess.run(
                ["sh", "-e", "-c", built.command(instruction.rest)],
                cwd=folder, env=env, capture_output=True, text=True,
            )  # fmt: skip
            assert done.returncode == 0, f"{instruction.rest}\n{done.stdout}\n{done.stderr}"[-4000:]
    shutil.rmtree(built.path("/src"))  # the final stage has none of it
    yield built
    shutil.rmtree(built.root)


def test_install_holds_no_torch_and_no_pip(image: Image) -> None:
    [packages] = image.path("/opt/magpie/lib").glob("python3.*/site-packages")
    names = {path.name.lower() for path in packages.iterdir()}
    assert {"ctranslate2", "sentencepiece", "service", "models"} <= names
    assert not names & {"torch", "transformers", "numba", "pip", "pytest", "setuptools"}


def test_install_is_lean(image: Image) -> None:
    folder = image.path("/opt/magpie")
    size = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    assert size < MAX_MEGABYTES * 1e6


def test_install_command_line_works(image: Image) -> None:
    for words in (["--help"], ["--version"], ["translate", "--help"], ["models", "--help"]):
        done = image.run("magpie", *words)
        assert (done.returncode, done.stderr) == (0, ""), words
        assert "magpie" in done.stdout


def test_install_translates_without_torch(image: Image) -> None:
    done = image.run("magpie", "translate", "--to", "zh", text="Good morning!\n今天天气真好。\n")
    assert (done.returncode, done.stderr) == (0, "")
    english, chinese = done.stdout.splitlines()
    assert not english.isascii()
    assert chinese == "今天天气真好。"


def test_install_says_which_extra_an_engine_needs(image: Image) -> None:
    done = image.run(
        "magpie", "translate", "--engine", "marian", "--model", "none", "--to", "zh", "Hi"
    )
    assert done.returncode == 3
    assert "Traceback" not in done.stderr


@pytest.mark.weights
def test_install_translates_with_the_bundled_model(image: Image) -> None:
    done = image.run("magpie", "translate", "--engine", "ct2", "--to", "zh", "Good morning!")
    assert done.returncode == 0, done.stderr
    assert any("\u4e00" <= character <= "\u9fff" for character in done.stdout)


def test_install_serves_until_it_is_told_to_stop(image: Image, tmp_path: Path) -> None:
    command = (str(image.path("/opt/magpie/bin/magpie")),)
    began = time.perf_counter()
    with serving(
        tmp_path, command=command, env=image.variables(MAGPIE_PORT="0"), cwd=image.root
    ) as running:
        assert time.perf_counter() - began < 10
        page = urllib.request.urlopen(f"{running.url}/", timeout=10).read()  # noqa: S310 - our own server
        assert b"<html" in page
        [check] = FINAL.all("HEALTHCHECK")
        health = Instruction("CMD", check.rest.partition("CMD ")[2]).array
        port = running.url.rpartition(":")[2]
        env = image.variables(MAGPIE_PORT=port)
        assert subprocess.run(health, env=env, timeout=10).returncode == 0
        assert running.stop() == 0
        assert subprocess.run(health, env=env, timeout=10, capture_output=True).returncode != 0


def test_install_environment_is_not_the_checkouts(image: Image) -> None:
    done = image.run("python", "-c", "import service; print(service.__file__)")
    assert done.stdout.startswith(str(image.root))
    assert "MAGPIE_ENGINE" not in environment()
