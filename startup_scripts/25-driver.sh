#!/bin/bash
# The NVIDIA driver, where the image came without one. On Ubuntu from its own server branch, with the modules that
# Canonical has built and signed for the kernel that runs: nothing is compiled, Secure Boot may stay on. Debian has
# nothing that drives what is rented today: there NVIDIA's packages build the modules.
stage driver
branch=580 # the last that drives Volta and older, and new enough for all others
newest=0 switches=no
for device in "$root/sys/bus/pci/devices"/*; do
  case "$({ cat "$device/vendor" "$device/class" 2>/dev/null || true; } | tr '\n' ' ')" in
    "0x10de 0x03"*) id=$(cat "$device/device"); [ "$((id))" -le "$newest" ] || newest=$((id)) ;;
    "0x10de 0x0680"*) switches=yes ;;
  esac
done

# The open modules drive Turing (0x1e00) and later, and Blackwell takes no others.
driver_on_ubuntu() {
  local flavour=$branch-server kernel
  kernel=$(uname -r)
  [ "$newest" -lt "$((0x1e00))" ] || flavour+=-open
  apt update
  if apt-cache show "linux-modules-nvidia-$flavour-$kernel" >/dev/null 2>&1; then
    apt install --no-install-recommends "linux-modules-nvidia-$flavour-$kernel" "nvidia-headless-no-dkms-$flavour" \
      "nvidia-utils-$branch-server"
  else
    echo "Ubuntu has no built modules for $kernel (any more): they are compiled"
    apt install --no-install-recommends "linux-headers-$kernel" "nvidia-headless-$flavour" "nvidia-utils-$branch-server"
  fi
}

driver_on_debian() {
  local modules=nvidia-kernel-dkms kernel place=x86_64
  kernel=$(uname -r)
  [ "$newest" -lt "$((0x1e00))" ] || modules=nvidia-kernel-open-dkms
  [ "$architecture" != arm64 ] || place=sbsa
  place=https://developer.download.nvidia.com/compute/cuda/repos/debian12/$place
  # what NVIDIA's packages stand on is in this part of the archive
  for list in "$root/etc/apt/sources.list" "$root/etc/apt/sources.list.d/debian.sources"; do
    [ ! -s "$list" ] || sed -i -E '/contrib/! s/^(Components: main.*|deb .* main( .*)?)$/\1 contrib/' "$list"
  done
  repository cuda "$place/" / '' "$place/3bf863cc.pub"
  apt-cache show "linux-headers-$kernel" >/dev/null 2>&1 ||
    fail "Debian has no headers for $kernel any more, and without them no module is built: take a newer image."
  # the pin has to be there before what it pins
  apt install "nvidia-driver-pinning-$branch"
  apt install --no-install-recommends "linux-headers-$kernel" "$modules" nvidia-driver-cuda
}

load_driver() {
  local said
  modprobe -r nouveau 2>/dev/null || true
  if ! said=$(modprobe nvidia 2>&1); then
    echo "$said"
    case "$said" in
      *"Key was rejected"* | *"Required key not available"* | *"Operation not permitted"*)
        fail "Secure Boot is on, and the kernel rejects NVIDIA's modules, which are not signed with a key that it knows:" \
          "start the machine without Secure Boot, or from an image with a signed driver." ;;
    esac
    fail "The kernel does not load NVIDIA's module."
  fi
  modprobe nvidia_uvm
  nvidia-smi -L
}

# Without its manager a switch connects nothing, and CUDA does not begin; it has to be of exactly the driver's version.
connect_switches() {
  local version
  version=$(modinfo -F version nvidia)
  apt install "nvidia-fabricmanager-$branch=$version*"
  systemctl enable --now nvidia-fabricmanager
}

# A driver or a kernel that changes by itself no longer fits the module that runs, or the next boot has no module.
hold_driver() {
  local held
  held=$(dpkg-query -W -f '${db:Status-Abbrev} ${Package}\n' '*nvidia*' 'libcuda*' 'linux-image*' 'linux-headers*' \
    'linux-modules*' 'linux-aws*' 'linux-gcp*' 'linux-generic*' 'linux-virtual*' 2>/dev/null |
    sed -n 's/^ii *//p') || true
  # shellcheck disable=SC2086  # one argument for each
  unlocked apt-mark hold $held || echo "the driver's packages are not held back from upgrades"
}

if [ "$newest" = 0 ]; then
  echo "This machine shows no NVIDIA GPU on its PCI bus: no driver is installed."
elif wanting nvidia-smi; then
  installing "NVIDIA driver"
  "driver_on_${system% *}"
  load_driver
  [ "$switches" = no ] || connect_switches
  hold_driver
  installed
fi
