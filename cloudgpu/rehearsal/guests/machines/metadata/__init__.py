"""169.254.169.254, in the dialects of both clouds."""
