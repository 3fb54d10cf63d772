#!/bin/bash
# The person who logs in may use Docker. The cloud's agent may not have made the account yet.
stage user
id "$CLOUDGPU_USER" >/dev/null 2>&1 || useradd --create-home --shell /bin/bash "$CLOUDGPU_USER"
usermod --append --groups docker "$CLOUDGPU_USER"
