#!/bin/bash
# Docker Engine, unless the image has it: from Docker's own repository, which knows every supported Ubuntu and Debian.
stage docker
apt_dir=${CLOUDGPU_APT_DIR:-/etc/apt}
if ! command -v dockerd >/dev/null; then
  # shellcheck source=/dev/null
  distribution=$(. /etc/os-release && echo "$ID")
  # shellcheck source=/dev/null
  codename=$(. /etc/os-release && echo "${UBUNTU_CODENAME:-$VERSION_CODENAME}")
  apt update
  apt install ca-certificates curl
  install -m 0755 -d "$apt_dir/keyrings"
  curl -fsSL --retry 5 "https://download.docker.com/linux/$distribution/gpg" -o "$apt_dir/keyrings/docker.asc"
  chmod a+r "$apt_dir/keyrings/docker.asc"
  cat >"$apt_dir/sources.list.d/docker.sources" <<REPOSITORY
Types: deb
URIs: https://download.docker.com/linux/$distribution
Suites: $codename
Components: stable
Architectures: $(dpkg --print-architecture)
Signed-By: $apt_dir/keyrings/docker.asc
REPOSITORY
  apt update
  apt install docker-ce docker-ce-cli containerd.io docker-buildx-plugin
fi
docker info >/dev/null 2>&1 || systemctl enable --now docker
