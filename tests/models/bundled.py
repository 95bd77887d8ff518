"""The bundled model for tests: missing weights are a failure where CI runs, and a skip elsewhere."""

import os

import pytest

from models.manifest import ManifestEntry, load_manifest

_MISSING = "models/bundled is empty: export a model with the command in models/training"


def bundled_entry() -> ManifestEntry:
    entry = load_manifest().get("bundled")
    if entry is not None:
        return entry
    if os.environ.get("CI") == "true":
        pytest.fail(_MISSING)
    pytest.skip(_MISSING)
