#!/bin/sh
# risk features on a log that is larger than the memory given: the same bytes as without the limit, and
# how much memory and time either way. CSV in, CSV out, hashed as it comes.
#
#     Benchmarks/memory.sh [EVENTS [MEMORY]]  # default 50 million events within 2GB: 20 GB of disk, 12 minutes
#     QUICK=1 Benchmarks/memory.sh            # 1 million within 200MB
#     PYTHON=…/bin/python                     # a Python with numpy and polars, for the log
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
cd "$root"
swift build -c release --product risk >&2
risk="$(swift build -c release --show-bin-path)/risk"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT INT TERM
if [ "${QUICK:-}" = 1 ]; then set -- 1000000 200MB; fi
"${PYTHON:-python3}" Benchmarks/memory.py "$risk" "$work" "${1:-50000000}" "${2:-2GB}"
