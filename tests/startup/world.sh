#!/bin/bash
# The commands of a machine without driver and Docker, as far as the startup script meets them: what is installed, which
# module is loaded, whether the daemon runs and what it has met, are files of the folder WORLD. `faults` says what
# apt-get answers next (`*` before a line: from now on).
set -u
command=$1
shift
asked=$*
echo "$command $asked" >>"$WORLD/calls"
# shellcheck source=/dev/null
. "$WORLD/root/etc/os-release"
sources=$WORLD/root/etc/apt/sources.list.d

says() {
  echo "$*" >&2
  exit 100
}

fault() {
  local line rest
  [ -s "$WORLD/faults" ] || return 0
  { read -r line && rest=$(cat); } <"$WORLD/faults"
  case "$line" in
    '*'*) says "${line#\*}" ;;
  esac
  printf '%s' "${rest:+$rest
}" >"$WORLD/faults"
  [ "$line" = ok ] || says "$line"
}

has() {
  grep -qsx "$1" "$WORLD/configured"
}

known() {
  local from
  case "$1" in
    docker-ce* | containerd.io | docker-buildx-plugin) from=download.docker.com/linux/$ID ;;
    nvidia-container-toolkit) from=nvidia.github.io ;;
    curl | ca-certificates) return 0 ;;
    *580-server* | nvidia-fabricmanager-580*) [ "$ID" = ubuntu ] && [[ $1 != *-modules-* || $1 = *-"$(uname -r)" ]] && return ;;
    linux-headers-*) [ "$1" = "linux-headers-$(uname -r)" ] && [ ! -e "$WORLD/old-kernel" ] && return ;;
    nvidia-driver-pinning-580 | nvidia-kernel-*dkms | nvidia-driver-cuda) from=compute/cuda/repos/debian12 ;;
    *) return 1 ;;
  esac
  grep -qs "$from" "$WORLD/index"
}

unpack() {
  has "$1" && return
  case "$1" in
    docker-ce) cp "$WORLD/packages/docker" "$WORLD/packages/dockerd" "$WORLD/bin" ;;
    nvidia-container-toolkit) cp "$WORLD/packages/nvidia-ctk" "$WORLD/bin" ;;
    nvidia-utils-* | nvidia-driver-cuda) cp "$WORLD/packages/nvidia-smi" "$WORLD/bin" ;;
  esac
  echo "$1" >>"$WORLD/unpacked"
}

# By the shell alone: the power does not go in the middle of this.
configure() {
  [ -s "$WORLD/unpacked" ] || return 0
  printf '%s\n' "$(<"$WORLD/unpacked")" >>"$WORLD/configured"
  : >"$WORLD/unpacked"
}

update() {
  local one key uri
  for one in "$sources"/*.sources; do
    [ -e "$one" ] || continue
    key=$(sed -n 's/^Signed-By: //p' "$one")
    uri=$(sed -n 's/^URIs: //p' "$one")
    [ -n "$key" ] || continue
    [ -s "$key" ] || says "E: The repository '$uri' is not signed."
    ! grep -qs "signed-by=/[^ ]* $uri" "$sources"/*.list || says "E: Conflicting values set for option Signed-By: $uri"
  done
  cat "$sources"/* >"$WORLD/index" 2>/dev/null
}

install() {
  local one
  [ ! -s "$WORLD/unpacked" ] || says "E: dpkg was interrupted, you must manually run 'dpkg --configure -a'"
  for one in "$@"; do
    known "${one%%=*}" || says "E: Unable to locate package $one"
  done
  for one in "$@"; do unpack "${one%%=*}"; done
  configure
}

case "$command $asked" in
  apt-get*)
    fault
    while [ $# -gt 0 ]; do
      case "$1" in
        -o) shift ;;
        update) update ;;
        install)
          shift
          [ "$1" != --no-install-recommends ] || shift
          install "$@"
          break
          ;;
      esac
      shift
    done
    ;;
  "apt-cache show"*) known "$2" ;;
  "dpkg --print-architecture") echo amd64 ;;
  "dpkg --configure -a"*) configure ;;
  "dpkg-query -W"*) sed 's/^/ii  /' "$WORLD/configured" ;;
  apt-mark*) printf '%s\n' "${@:2}" >"$WORLD/held" ;;
  curl*)
    [ ! -e "$WORLD/no-network" ] || says "curl: (6) Could not resolve host"
    echo '-----BEGIN PGP PUBLIC KEY BLOCK-----' >"${@: -1}"
    ;;
  "modprobe nvidia")
    [ ! -e "$WORLD/rejects" ] || says "modprobe: ERROR: could not insert 'nvidia': Key was rejected by service"
    grep -Eqs 'linux-modules-nvidia|nvidia-headless-580|nvidia-kernel' "$WORLD/configured" ||
      says "modprobe: FATAL: Module nvidia not found"
    touch "$WORLD/loaded"
    ;;
  modinfo*) echo 580.126.09 ;;
  nvidia-smi*) [ -e "$WORLD/loaded" ] && echo "GPU 0: Tesla T4" ;;
  "nvidia-ctk runtime"*) touch "$WORLD/runtime" ;;
  "docker info"*) [ -e "$WORLD/running" ] && cat "$WORLD/running" ;;
  "systemctl enable --now docker" | "systemctl restart docker")
    if [ -e "$WORLD/runtime" ]; then echo '{"nvidia":{},"runc":{}}'; else echo '{"runc":{}}'; fi >"$WORLD/running"
    ;;
  "snap list"*) [ -e "$WORLD/snap" ] ;;
  "snap remove docker") rm "$WORLD/snap" ;;
  "uname -r") echo 6.14.0-1021-gcp ;;
esac
