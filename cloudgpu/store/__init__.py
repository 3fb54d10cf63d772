"""This computer's memo of what it launched. Losing it loses no machine: the labels in the cloud are the truth."""
