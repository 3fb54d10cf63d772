#!/usr/bin/env bash
# A launch from a shell script: --json gives one document on standard output, everything else goes to standard error.
# Against a real account leave out the next line.
export CLOUDGPU_REHEARSAL=1
set -euo pipefail

field() {
  python3 -c 'import json, sys; print(json.load(sys.stdin)[sys.argv[1]])' "$1"
}

name=script-$$
trap 'cloudgpu destroy "$name" --yes >&2' EXIT

launched=$(cloudgpu launch "$name" --provider "${1:-aws}" --gpu T4 --max-lifetime 2h --yes --json)
echo "a $(field instance_type <<<"$launched") in $(field zone <<<"$launched"), $(field price_per_hour <<<"$launched") USD/h"

tunnel=$(cloudgpu tunnel "$name" --background --json)
url=$(field url <<<"$tunnel")
python3 - "$url" <<'PYTHON'
import json, sys, urllib.request

address, _, token = sys.argv[1].partition("/lab?token=")
with urllib.request.urlopen(f"{address}/api/status?token={token}", timeout=30) as answer:
    print("Jupyter is up since", json.load(answer)["started"])
PYTHON
cloudgpu tunnel "$name" --stop >&2
