"""The embedded clouds: Compute Engine and EC2 on this computer, reached over HTTP and SSH like real ones."""
