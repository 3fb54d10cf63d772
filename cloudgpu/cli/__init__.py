"""Parses, calls, shows. One file per command; a command is imported when it is used."""
