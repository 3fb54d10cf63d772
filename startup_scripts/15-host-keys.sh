#!/bin/bash
# The SSH host keys, to the console, which only the cloud's account can read: whoever connects knows the machine by
# them. cloud-init writes the same block, but after all scripts, and not when a stopped machine comes back.
stage host-keys
{
  echo '-----BEGIN SSH HOST KEY KEYS-----'
  cat "$root"/etc/ssh/ssh_host_*_key.pub 2>/dev/null || true
  echo '-----END SSH HOST KEY KEYS-----'
} | console
