#!/bin/bash
# Made by cloudgpu; only the next two lines differ from machine to machine.
CLOUDGPU_USER=cloudgpu
CLOUDGPU_EXPIRES=1795197600

# 00-begin.sh
# What every stage relies on: where the state lies, how a stage is named, how a failure is told.
# `status` holds one line: `running <stage>`, `failed <stage> <line>` or `done`.
set -Eeuo pipefail
umask 022
export DEBIAN_FRONTEND=noninteractive NEEDRESTART_MODE=a NEEDRESTART_SUSPEND=1

state=${CLOUDGPU_STATE_DIR:-/var/lib/cloudgpu}
current=begin
failed_at=0
mkdir -p "$state"
before=$(cat "$state/status" 2>/dev/null || true)
exec > >(tee -a "${CLOUDGPU_LOG:-/var/log/cloudgpu-startup.log}") 2>&1

tell() {
  printf '%s\n' "$*" >"$state/status.new"
  mv "$state/status.new" "$state/status"
  echo "cloudgpu startup: $*"
}

# A machine that is done stays so while a later boot passes through the first stages again.
stage() {
  current=$1
  [ "$before" = "done" ] || tell running "$current"
}

over() {
  current=''
}

trap 'failed_at=$LINENO' ERR
trap '[ -z "$current" ] || tell failed "$current" "$failed_at"' EXIT

# apt-get waits for the lock of dpkg itself, but not for those of `update` and of downloads, which the timers of a first
# boot hold: only a lost race for a lock is worth another try.
apt() {
  local tries=60
  until apt-get -y -q -o DPkg::Lock::Timeout=600 -o Acquire::Retries=3 \
    -o Dpkg::Options::=--force-confold "$@" 2>"$state/apt.err"; do
    cat "$state/apt.err"
    tries=$((tries - 1))
    grep -Eq 'Could not get lock|Unable to (acquire|lock)' "$state/apt.err" && [ "$tries" -gt 0 ] || return 1
    sleep "${CLOUDGPU_APT_PAUSE:-10}"
  done
}

# 10-lifetime.sh
# First of all and at every boot: the machine ends itself, whatever becomes of the computer that launched it.
stage lifetime
if [ "${CLOUDGPU_EXPIRES:-never}" != never ]; then
  left=$((CLOUDGPU_EXPIRES - $(date +%s)))
  [ "$left" -gt 0 ] || left=1
  systemctl stop cloudgpu-expiry.timer 2>/dev/null || true
  systemd-run --unit=cloudgpu-expiry --on-active="${left}s" --timer-property=AccuracySec=1s systemctl poweroff
fi

# 15-host-keys.sh
# The SSH host keys, to the console, which only the cloud's account can read: whoever connects knows the machine by
# them. cloud-init writes the same block, but after all scripts, and not when a stopped machine comes back.
stage host-keys
{
  echo '-----BEGIN SSH HOST KEY KEYS-----'
  cat "${CLOUDGPU_ROOT:-}"/etc/ssh/ssh_host_*_key.pub
  echo '-----END SSH HOST KEY KEYS-----'
} >"${CLOUDGPU_ROOT:-}/dev/console" 2>/dev/null || true

# 20-once.sh
# Some clouds run this at every boot; what follows is needed once. After a failure it is tried again.
if [ "${before:-}" = "done" ]; then
  over
  exit 0
fi
stage quiet
systemctl stop apt-daily.timer apt-daily-upgrade.timer unattended-upgrades.service 2>/dev/null || true

# 25-driver.sh
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

# 27-nvme.sh
# Docker's images and containers go to the machine's own NVMe disk where Amazon gives it one: on small machines it reads
# several times faster than the network disk. It comes back empty from a stop, so this is done before Docker starts, at
# every boot. Amazon's images join several disks and mount them; of others the first is taken. Without success all stays
# on the network disk.
stage nvme
root=${CLOUDGPU_ROOT:-}
if compgen -G "$root/dev/disk/by-id/nvme-Amazon_EC2_NVMe_Instance_Storage_*" >/dev/null; then
  mkdir -p "$root/usr/local/sbin" "$root/etc/systemd/system/containerd.service.d"
  cat >"$root/usr/local/sbin/cloudgpu-nvme" <<'SCRIPT'
#!/bin/bash
set -eu
root=${CLOUDGPU_ROOT:-}
place=$root/opt/dlami/nvme
if ! mountpoint -q "$place"; then
  place=$root/mnt/cloudgpu-nvme
  disks=("$root"/dev/disk/by-id/nvme-Amazon_EC2_NVMe_Instance_Storage_*)
  mkdir -p "$place"
  mountpoint -q "$place" || mount "${disks[0]}" "$place" || { mkfs.ext4 -q -F "${disks[0]}" && mount "${disks[0]}" "$place"; }
fi
for kept in docker containerd; do
  mkdir -p -m 0710 "$place/$kept" "$root/var/lib/$kept"
  mountpoint -q "$root/var/lib/$kept" || mount --bind "$place/$kept" "$root/var/lib/$kept"
done
SCRIPT
  chmod 0755 "$root/usr/local/sbin/cloudgpu-nvme"
  printf '[Unit]\nAfter=dlami-nvme.service\n[Service]\nExecStartPre=-/usr/local/sbin/cloudgpu-nvme\n' \
    >"$root/etc/systemd/system/containerd.service.d/cloudgpu-nvme.conf"
  systemctl daemon-reload
  systemctl stop docker.socket docker containerd 2>/dev/null || true
  "$root/usr/local/sbin/cloudgpu-nvme" || echo "no NVMe disk for Docker"
  systemctl start containerd docker 2>/dev/null || true
fi

# 30-docker.sh
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

# 40-nvidia-container-toolkit.sh
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

# 50-user.sh
# The person who logs in may use Docker. The cloud's agent may not have made the account yet.
stage user
id "$CLOUDGPU_USER" >/dev/null 2>&1 || useradd --create-home --shell /bin/bash "$CLOUDGPU_USER"
usermod --append --groups docker "$CLOUDGPU_USER"

# 90-done.sh
# Last, and only when everything before it worked.
tell "done"
over
