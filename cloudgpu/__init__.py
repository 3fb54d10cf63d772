"""cloudgpu: a GPU notebook in the cloud for an afternoon, and the bill stops afterwards."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cloudgpu.api import Notebook, launch

__version__ = "0.1.0"
__all__ = ["Notebook", "__version__", "launch"]


def __getattr__(name: str) -> object:
    if name in ("launch", "Notebook"):  # late, so that `cloudgpu --help` does not wait for it
        from cloudgpu import api

        return getattr(api, name)
    raise AttributeError(f"module 'cloudgpu' has no attribute {name!r}")
