"""The bundled models for tests: missing weights are a failure where CI runs, and a skip elsewhere."""

import os

import pytest

from models.manifest import ManifestEntry, load_manifest
from models.registry import BUNDLED_CLASSIFIER

_IDS = {"translation": "bundled", "classification": BUNDLED_CLASSIFIER}
_COMMANDS = {
    "translation": "python -m models.training export",
    "classification": "python -m models.training toxicity export",
}


def bundled_entry(kind: str = "translation") -> ManifestEntry:
    entry = load_manifest().get(_IDS[kind], kind)
    if entry is not None:
        return entry
    missing = f"models/bundled has no model for {kind}: make one with `{_COMMANDS[kind]}`"
    if os.environ.get("CI") == "true":
        pytest.fail(missing)
    pytest.skip(missing)
