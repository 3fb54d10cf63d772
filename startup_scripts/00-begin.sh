#!/bin/bash
# The state machine that all stages stand on. In the state folder: `status` (one line: `running <stage>`,
# `failed <stage> <line>` or `done`), `stages` (a line for each that is over: name, begin, seconds, outcome) and, after
# a failure, `failure` (stage, line and exit status, then the last 40 lines of the output). No record that cannot be
# written stops a stage: on a full disk the machine still has to end in time.
set -Eeuo pipefail
shopt -s inherit_errexit 2>/dev/null || true
umask 022
export DEBIAN_FRONTEND=noninteractive NEEDRESTART_MODE=a NEEDRESTART_SUSPEND=1 LC_ALL=C

state=${CLOUDGPU_STATE_DIR:-/var/lib/cloudgpu}
root=${CLOUDGPU_ROOT:-}
log=${CLOUDGPU_LOG:-/var/log/cloudgpu-startup.log}
current='' began=0 since=0 repeated=yes failed_at=0 interrupted=no
mkdir -p "$state" 2>/dev/null || true
{ log_was=$(stat -c %s "$log") || log_was=0; } 2>/dev/null
{ echo "cloudgpu startup: boot $(date -u +%Y-%m-%dT%H:%M:%SZ)" >>"$log"; } 2>/dev/null || log=/dev/null
# two runs at a time would take each other's stages for their own
{ exec 9>"$state/lock" && flock 9; } 2>/dev/null || true
before=$(cat "$state/status" 2>/dev/null || true)
rm -f "$state/failure" || true
exec >>"$log" 2>&1

# What comes in becomes the file $1, wholly or not at all, whenever the power goes.
put() {
  cat >"$1.new" && sync "$1.new" && mv -f "$1.new" "$1"
}

console() {
  { cat >>"$root/dev/console"; } 2>/dev/null || true
}

announce() {
  echo "cloudgpu startup: $*" || true
  echo "cloudgpu startup: $*" | console
}

tell() {
  echo "$*" | put "$state/status" || true
  announce "$@"
}

# By the clock that nobody sets: the other one may jump while a machine boots.
hundredths() {
  local up
  read -r up _ </proc/uptime
  echo "$((10#${up/./}))"
}

# The stage $1 begins, and the one before it is over. A machine that is done stays so while it boots again.
stage() {
  over "done"
  rm -f "$state/failed-at" || true
  current=$1 began=$(date +%s) since=$(hundredths)
  if [ "$before" = "done" ]; then announce running "$current"; else tell running "$current"; fi
}

# What is needed once has one line, whatever a later boot finds to look at again.
over() {
  local tenths last
  [ -n "$current" ] || return 0
  tenths=$((($(hundredths) - since + 5) / 10))
  last=$(grep -s "^$current " "$state/stages" | tail -n 1) || true
  if [ "$repeated" = yes ] || [ "$1" != "done" ] || [ "${last##* }" != "done" ]; then
    {
      cat "$state/stages" 2>/dev/null || true
      echo "$current $began $((tenths / 10)).$((tenths % 10)) $1"
    } | put "$state/stages" || true
  fi
  current=''
}

# Of a failure that comes up through subshells, the innermost line counts; these cannot set a variable out here.
mark() {
  if [ "$BASH_SUBSHELL" -gt 0 ]; then
    [ -e "$state/failed-at" ] || echo "$1 $2" >"$state/failed-at" || true
  elif [ "$failed_at" = 0 ]; then
    failed_at=$2
    local code line
    if read -r code line 2>/dev/null <"$state/failed-at" && [ "$code" = "$1" ]; then failed_at=$line; fi
  fi
}

fail() {
  echo "cloudgpu startup: $*"
  mark 1 "${BASH_LINENO[0]}"
  exit 1
}

# At the very end of a shutdown nobody answers any more, on a machine that runs by systemd.
going_down() {
  case $(systemctl is-system-running 2>/dev/null) in
    stopping) return 0 ;;
    offline | unknown | '') [ -d "$root/run/systemd/system" ] ;;
    *) return 1 ;;
  esac
}

# A machine that goes down in the middle has not failed: the next boot takes the stage up again.
ended() {
  local code=$? stage=$current
  trap - ERR EXIT
  set +e
  [ -n "$stage" ] && [ "$interrupted" = no ] || exit "$code"
  ! going_down || exit "$code"
  [ "$code" != 0 ] || code=1
  # an unset variable ends a script past all traps, but bash has said where
  [ "$failed_at" != 0 ] || failed_at=$(tail -n 1 "$log" | sed -n 's/.*: line \([0-9][0-9]*\): .*/\1/p')
  failed_at=${failed_at:-0}
  {
    echo "$stage $failed_at $code"
    tail -c +"$((log_was + 1))" "$log" | tail -n 40 | tr -d '\000-\010\013-\037\177'
  } | put "$state/failure"
  over failed
  tell failed "$stage" "$failed_at"
  sed 's/^/cloudgpu startup| /' "$state/failure" | console
  exit "$code"
}

trap 'mark "$?" "$LINENO"' ERR
trap ended EXIT
trap 'interrupted=yes; exit 143' TERM INT HUP
