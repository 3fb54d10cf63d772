#!/bin/bash
# First of all and at every boot: the machine ends itself, whatever becomes of the computer that launched it.
stage lifetime
if [ "${CLOUDGPU_EXPIRES:-never}" != never ]; then
  left=$((CLOUDGPU_EXPIRES - $(date +%s)))
  [ "$left" -gt 0 ] || left=1
  systemctl stop cloudgpu-expiry.timer 2>/dev/null || true
  systemd-run --unit=cloudgpu-expiry --on-active="${left}s" --timer-property=AccuracySec=1s systemctl poweroff
fi
