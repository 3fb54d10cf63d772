"""For people who add a provider: a cloud in memory, a scripted machine, and the suite that every provider passes."""
