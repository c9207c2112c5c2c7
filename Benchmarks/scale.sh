#!/bin/sh
# A month of a whole operator: a world simulated, its vectors computed within a bounded memory and scored as
# they come, through a pipe; events, bytes, time and peak memory of each stage.
#
#     Benchmarks/scale.sh [SUBSCRIBERS [MEMORY]]  # default 1,000,000 within 3GB: 26 GB of disk, 10 to 30 minutes
#     QUICK=1 Benchmarks/scale.sh                 # 20,000 within 500MB
#     MODEL=…/sim-farm.risk.json                  # else `risk recipe sim-farm` makes one, of 20,000 subscribers
#     RISK=…/risk                                 # a release build that is there already
#     WORK=FOLDER                                 # where the disk is; a folder of its own is made there, and removed
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
cd "$root"
if [ -z "${RISK:-}" ]; then
    swift build -c release --product risk >&2
    RISK="$(swift build -c release --show-bin-path)/risk"
fi
if [ "${QUICK:-}" = 1 ]; then set -- 20000 500MB; fi
work=$(mktemp -d "${WORK:-${TMPDIR:-/tmp}}/scale.XXXXXX")
trap 'rm -rf "$work"' EXIT INT TERM
if [ -z "${MODEL:-}" ]; then
    "$RISK" recipe sim-farm --simulated --resamples 0 --quiet --output "$work/recipe" >&2
    mv "$work/recipe/sim-farm.risk.json" "$work/"
    rm -r "$work/recipe"
    MODEL=$work/sim-farm.risk.json
fi
python3 Benchmarks/scale.py "$RISK" "$work" "$MODEL" "${1:-1000000}" "${2:-3GB}"
