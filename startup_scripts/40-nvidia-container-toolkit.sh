#!/bin/bash
# What lets Docker hand GPUs to a container. Docker looks for it only when it starts, hence the restart.
stage nvidia-container-toolkit
if wanting nvidia-ctk; then
  installing "NVIDIA container toolkit"
  place=https://nvidia.github.io/libnvidia-container
  # shellcheck disable=SC2016  # apt puts the architecture there
  repository nvidia-container-toolkit "$place"'/stable/deb/$(ARCH)/' / '' "$place/gpgkey"
  apt install nvidia-container-toolkit
  installed
fi
# Images that bring both do not always bring them together: only a daemon that names the runtime has met it.
runtimes=$(docker info --format '{{json .Runtimes}}') || true
if [[ $runtimes != *nvidia* ]]; then
  nvidia-ctk runtime configure --runtime=docker
  systemctl restart docker
fi
