#!/bin/bash
# First of all and at every boot: the machine ends itself, whatever becomes of the computer that launched it. The timer
# is a file and not a passing unit, so that a boot ends in time as well in which this script does not run; it asks for
# the time a minute after each boot, too, because a date that is past starts nothing.
stage lifetime
expiry=cloudgpu-expiry
units=$root/etc/systemd/system
unit() {
  mkdir -p "$units" && printf '%s\n' "${@:2}" | put "$units/$expiry.$1"
}

# Without DefaultDependencies a boot that waits for its clock to be set does not hold this up.
write_expiry() {
  unit service '[Unit]' 'Description=The end of this machine, when its time is over' \
    '[Service]' 'Type=oneshot' \
    "ExecStart=/bin/sh -c '[ \$\$(date +%%s) -lt $CLOUDGPU_EXPIRES ] || exec systemctl poweroff'" &&
    unit timer '[Unit]' 'Description=When this machine ends' 'DefaultDependencies=no' \
      '[Timer]' "OnCalendar=$(date -u -d "@$CLOUDGPU_EXPIRES" '+%Y-%m-%d %H:%M:%S') UTC" 'OnBootSec=1min' \
      'AccuracySec=1s' '[Install]' 'WantedBy=timers.target'
}

if [ "${CLOUDGPU_EXPIRES:-never}" != never ]; then
  # a disk that is full or read-only is no reason to live for ever
  write_expiry || { units=$root/run/systemd/system && write_expiry; }
  systemctl daemon-reload
  systemctl enable "$expiry.timer" || true
  systemctl restart "$expiry.timer"
  [ "$(date +%s)" -lt "$CLOUDGPU_EXPIRES" ] || systemctl --no-block start "$expiry.service"
elif [ -e "$units/$expiry.timer" ]; then
  # left in an image that was made of another machine
  systemctl disable --now "$expiry.timer" || true
  rm -f "$units/$expiry.timer" "$units/$expiry.service"
fi
