"""Figures as ratios of one run: this computer's speed falls out. `python -m benchmarks` measures and prints all."""
