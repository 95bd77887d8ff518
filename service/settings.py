"""Every setting of the service, read from the environment (``MAGPIE_*``) when, and only when, it is instantiated."""

import os
from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

__all__ = ["Settings"]


class Settings(BaseSettings):
    """Settings of one service process. Each field's description is what docs/configuration.md must say."""

    model_config = SettingsConfigDict(env_prefix="MAGPIE_", extra="forbid", frozen=True)

    host: str = Field("127.0.0.1", description="Address to listen on.")
    port: int = Field(8000, ge=0, le=65535, description="Port to listen on; 0 picks a free one.")

    engine: Literal["ct2", "marian", "fake"] = Field(
        "ct2",
        description="Translation engine: `ct2` (CTranslate2), `marian` (transformers and torch) or `fake`.",
    )
    model: str = Field(
        "bundled",
        description="Model id from the manifest, `bundled`, or the path of a model folder (for `marian`, a Hugging "
        "Face MarianMT folder; several paths separated by commas serve one direction each).",
    )
    models_dir: Path | None = Field(
        None,
        description="Where `magpie models pull` puts models; default is the user's data folder.",
    )
    device: Literal["cpu", "cuda", "auto"] = Field("cpu", description="Device of the engine.")
    compute_type: str = Field(
        "int8", description="CTranslate2 compute type: int8, int8_float32, float32."
    )
    threads: int = Field(
        0, ge=0, description="Cores the engine may use; 0 means all that the process may run on."
    )

    moderation: bool = Field(True, description="Load a classifier and serve moderation.")
    classifier: Literal["compact", "transformers", "fake"] = Field(
        "compact",
        description="Classifier: `compact` (numpy), `transformers` (transformers and torch) or `fake`.",
    )
    classifier_model: str = Field(
        "bundled",
        description="Classifier model: an id from the manifest, `bundled`, or the path of a model folder.",
    )
    classifier_labels: str = Field(
        "",
        description="Label map of a `transformers` classifier: the name of a built-in one, or a TOML file.",
    )
    policy: str = Field(
        "default",
        description="Default policy: the name of a preset, or a TOML file; further files after commas can be asked for "
        "by their names.",
    )
    lexicons: str = Field(
        "", description="Comma-separated files of listed terms, in addition to the bundled ones."
    )
    second_opinion: bool = Field(
        False,
        description="Score the translation of a text too, unless a request says otherwise.",
    )

    beam_size: int = Field(
        2, ge=1, le=8, description="Beam size when a request does not ask for alternatives."
    )
    shortlist: bool = Field(
        True,
        description="Choose from the target pieces that a batch's sources can lead to: a quarter faster, but the rest "
        "of a batch may change a wording. Runs over files and the command line always use the whole vocabulary.",
    )
    max_text_chars: int = Field(
        20_000, ge=1, description="Longest text of one item, in code points."
    )
    max_items: int = Field(256, ge=1, description="Most texts in one request.")
    max_body_bytes: int = Field(2_000_000, ge=1, description="Largest request body.")
    max_alternatives: int = Field(
        5, ge=0, le=16, description="Most alternatives one request may ask for."
    )

    max_batch_tokens: int = Field(
        4096, ge=64, description="Padded source tokens in one engine batch."
    )
    max_queued_tokens: int = Field(
        200_000, ge=64, description="Source tokens waiting before requests get 503."
    )
    request_timeout_s: float = Field(30.0, gt=0, description="Deadline of a request, in seconds.")
    drain_timeout_s: float = Field(
        20.0, gt=0, description="How long SIGTERM waits for answers in flight."
    )
    cache_entries: int = Field(
        20_000, ge=0, description="Segments kept in the translation cache; 0 turns it off."
    )

    slang: bool = Field(
        True, description="Explain slang in answers, and give the model plain words for it."
    )
    slang_files: str = Field(
        "",
        description="Comma-separated TSV files with further slang entries; SIGHUP reads them again.",
    )
    names: bool = Field(
        True,
        description="Say names and rarer words right that the model gets wrong, from tables that ship.",
    )

    glossaries_path: str = Field(
        "",
        description="SQLite file of the stored glossaries; empty keeps them in memory until the service stops.",
    )

    api_keys: SecretStr = Field(
        SecretStr(""),
        description="Comma-separated API keys; when set, every translating route requires one.",
    )
    rate_limit: str = Field(
        "", description="Limit of one client, such as `30 per 1 minute`; empty means none."
    )
    cors_origins: str = Field(
        "*",
        description="Comma-separated origins that may call the API from a browser; empty turns CORS off.",
    )
    demo: bool = Field(True, description="Serve the demo page at `/`.")
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        "info", description="Least severe log level."
    )

    @property
    def models_folder(self) -> Path:
        """Where pulled models live: ``models_dir``, or the user's data folder (XDG Base Directory)."""
        if self.models_dir is not None:
            return self.models_dir
        base = os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share"
        return Path(base) / "magpie" / "models"
