"""The rules of the house, as checks on a source tree. `python -m tests.house` tells how large everything is."""
