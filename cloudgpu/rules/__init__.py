"""Pure decisions: no clock, no disk beyond the packaged tables, no network."""
