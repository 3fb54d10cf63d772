"""Programs on a guest's PATH: docker, nvidia-smi. They start as `python -I -S` in a clean environment, so this package
uses the standard library and itself alone, by relative import, and is loaded without its parents."""
