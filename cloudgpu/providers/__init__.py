"""Clouds. Each comes in through the entry-point group `cloudgpu.providers`, the built-in ones by the same door."""
