#!/bin/bash
# The NVIDIA driver, where the image came without one: from Ubuntu's server branch, with the modules that Canonical has
# built and signed for the kernel that runs. Nothing is compiled, Secure Boot may stay on, no reboot is needed.
stage driver
branch=580-server
newest=0
for device in "${CLOUDGPU_PCI_DIR:-/sys/bus/pci/devices}"/*; do
  case "$(cat "$device/vendor" "$device/class" 2>/dev/null | tr '\n' ' ')" in
    "0x10de 0x03"*) id=$(cat "$device/device"); [ "$((id))" -le "$newest" ] || newest=$((id)) ;;
  esac
done
if [ "$newest" -gt 0 ] && ! command -v nvidia-smi >/dev/null; then
  # the open modules drive Turing (0x1e00) and later, and Blackwell takes no others
  flavour=$branch
  [ "$newest" -lt "$((0x1e00))" ] || flavour=$branch-open
  apt update
  apt install --no-install-recommends "linux-modules-nvidia-$flavour-$(uname -r)" \
    "nvidia-headless-no-dkms-$flavour" "nvidia-utils-$branch"
  modprobe nvidia
  nvidia-smi >/dev/null
fi
