"""One public verb each. They tell what happens through `emit` and never print or ask."""
