"""Guests that are real machines: systemd, sshd, cloud-init or Google's agent, each in a namespace of its own."""
