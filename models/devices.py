"""What everything that runs on torch shares: importing it with a clear error, and choosing the device."""

from typing import Any

__all__ = ["import_torch", "pick_device"]


def import_torch(what: str) -> tuple[Any, Any]:
    """torch and transformers. ``what`` needs them: it begins the message of the ``ImportError`` where they are not."""
    try:
        import torch
        import transformers
    except ImportError as error:
        raise ImportError(f'{what} needs torch: pip install ".[torch]"') from error
    return torch, transformers


def pick_device(torch: Any, device: str) -> str:
    """``cpu``, ``cuda`` or ``cuda:N``; ``auto`` takes a GPU where there is one. Raises ``ValueError``."""
    if device == "auto":
        return "cuda" if torch.cuda.is_available() else "cpu"
    if device.startswith("cuda") and not torch.cuda.is_available():
        raise ValueError("device is cuda, but torch sees no CUDA device")
    return device
