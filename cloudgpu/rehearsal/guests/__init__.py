"""The machines behind the embedded clouds. Nothing is imported here: `process` has the guests, `environment` the
Python that stands for a container image."""
