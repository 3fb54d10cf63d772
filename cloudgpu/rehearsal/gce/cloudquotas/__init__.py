"""The embedded Cloud Quotas API: the same limits that Compute Engine counts by, and requests for more."""
