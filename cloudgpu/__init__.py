"""cloudgpu: a GPU notebook in the cloud for an afternoon, and the bill stops afterwards."""

__version__ = "0.1.0"
