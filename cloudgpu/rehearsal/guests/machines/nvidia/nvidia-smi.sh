#!/bin/sh
# Stands for NVIDIA's nvidia-smi where there is no GPU, and says so in the name of each. `gpus` beside it has one line
# for each: index,name,uuid,MiB. `trouble` holds the name of a failure that was ordered.
here=${REHEARSAL_GPU:-/usr/share/rehearsal-gpu}
driver=580.159.04
case $(cat "$here/trouble" 2>/dev/null) in
  missing)
    echo "NVIDIA-SMI has failed because it couldn't communicate with the NVIDIA driver." \
      "Make sure that the latest NVIDIA driver is installed and running."
    exit 9
    ;;
  mismatch)
    echo "Failed to initialize NVML: Driver/library version mismatch"
    echo "NVML library version: 580.159"
    exit 18
    ;;
  slow) sleep 20 ;;
  ecc)
    echo "Unable to determine the device handle for GPU0: 0000:00:04.0: GPU is lost. Reboot the system to recover this GPU"
    exit 15
    ;;
esac
[ -r "$here/gpus" ] || { echo "No devices were found"; exit 6; }

visible=,${NVIDIA_VISIBLE_DEVICES:-all},
query=
list=
form=csv
for word in "$@"; do
  case $word in
    -L | --list-gpus) list=yes ;;
    --query-gpu=*) query=${word#*=} ;;
    --query-compute-apps=*) exit 0 ;;
    --format=*) form=${word#*=} ;;
  esac
done
if [ -n "$query" ]; then
  case $form in *noheader*) ;; *) echo "$query" ;; esac
fi
while IFS=, read -r index name uuid memory; do
  case $visible in
    ,all, | *",$index,"* | *",$uuid,"*) ;;
    *) continue ;;
  esac
  if [ -n "$list" ]; then
    echo "GPU $index: $name (UUID: $uuid)"
  elif [ -n "$query" ]; then
    unit=" MiB"
    case $form in *nounits*) unit= ;; esac
    line=
    rest=$query,
    while [ -n "$rest" ]; do
      case ${rest%%,*} in
        index) value=$index ;;
        name | gpu_name) value=$name ;;
        uuid | gpu_uuid) value=$uuid ;;
        driver_version) value=$driver ;;
        count) value=1 ;;
        memory.total | memory.free) value=$memory$unit ;;
        memory.used) value=0$unit ;;
        utilization.*) value=0 ;;
        *) value='[N/A]' ;;
      esac
      line=${line:+$line, }$value
      rest=${rest#*,}
    done
    echo "$line"
  else
    echo "| NVIDIA-SMI (TEST GPU, no hardware)  Driver Version: $driver | GPU $index $name | 0MiB / ${memory}MiB |"
  fi
done <"$here/gpus"
