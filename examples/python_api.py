"""A launch from a Python program: whatever happens inside the block, the instance is destroyed at its end."""

from __future__ import annotations

import cloudgpu

with cloudgpu.launch(provider="gcp", gpu="T4", rehearse=True) as instance:
    print(instance.name, instance.host)
    print(instance.run(["nvidia-smi", "-L"]).strip())
