#!/bin/bash
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
