"""A suite for a real account: it buys one spot machine, uses it, and removes it. `make test-live`; see docs/live.md."""
