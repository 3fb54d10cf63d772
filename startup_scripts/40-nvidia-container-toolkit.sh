#!/bin/bash
# What lets Docker hand GPUs to a container. Docker looks for it only when it starts, hence the restart.
stage nvidia-container-toolkit
apt_dir=${CLOUDGPU_APT_DIR:-/etc/apt}
if ! command -v nvidia-ctk >/dev/null; then
  key=$apt_dir/keyrings/nvidia-container-toolkit.asc
  install -m 0755 -d "$apt_dir/keyrings"
  apt update
  apt install ca-certificates curl
  curl -fsSL --retry 5 https://nvidia.github.io/libnvidia-container/gpgkey -o "$key"
  chmod a+r "$key"
  curl -fsSL --retry 5 https://nvidia.github.io/libnvidia-container/stable/deb/nvidia-container-toolkit.list |
    sed "s#deb https://#deb [signed-by=$key] https://#g" >"$apt_dir/sources.list.d/nvidia-container-toolkit.list"
  apt update
  apt install nvidia-container-toolkit
fi
# Images that bring both do not always bring them together: only a daemon that names the runtime has met it.
if [[ $(docker info --format '{{json .Runtimes}}') != *nvidia* ]]; then
  nvidia-ctk runtime configure --runtime=docker
  systemctl restart docker
fi
