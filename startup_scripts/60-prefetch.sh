#!/bin/bash
# The container's image begins to come while the launch still connects. In the background and without credentials:
# whether it works is not the machine's business, the launch pulls it again in any case.
stage prefetch
if [ -n "${CLOUDGPU_IMAGE:-}" ]; then
  # shellcheck disable=SC2016  # the unit's own shell expands it
  systemd-run --unit=cloudgpu-prefetch --collect --no-block /bin/bash -c '
    exec >>"$2" 2>&1
    docker pull -q -- "$1" || echo "cloudgpu prefetch: $1 could not be pulled without credentials"
  ' cloudgpu-prefetch "$CLOUDGPU_IMAGE" "$log" || true
fi
