#!/bin/bash
# Docker Engine, unless the image has it: from Docker's own repository.
stage docker
if wanting dockerd; then
  installing Docker
  # Docker in a snap would keep the socket, and never sees NVIDIA's hook; podman's stand-in has the same file
  if snap list docker >/dev/null 2>&1; then snap remove docker; fi
  if dpkg-query -W -f '${db:Status-Abbrev}' podman-docker 2>/dev/null | grep -q '^ii'; then apt remove podman-docker; fi
  place=https://download.docker.com/linux/${system% *}
  repository docker "$place" "$codename" stable "$place/gpg"
  apt install docker-ce docker-ce-cli containerd.io docker-buildx-plugin
  installed
fi
docker info >/dev/null 2>&1 || systemctl enable --now docker
