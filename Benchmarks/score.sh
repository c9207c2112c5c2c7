#!/bin/sh
# risk score from CSV to CSV, beside Polars read_csv + lleaves + write_csv, in the same run: 50 features, a
# thousand stumps that LightGBM learnt, an id carried along.
#
#     Benchmarks/score.sh [MILLIONS ...]      # default 0.5, 2 and 8: 8 GB of disk, a quarter of an hour
#     QUICK=1 Benchmarks/score.sh             # 0.2 million rows and 300 stumps, under a minute
#     PYTHON=…/bin/python                     # a Python with numpy, lightgbm, polars and lleaves
#     RISK=…/risk                             # a release build that is there already
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
cd "$root"
if [ -z "${RISK:-}" ]; then
    swift build -c release --product risk >&2
    RISK="$(swift build -c release --show-bin-path)/risk"
fi
scratch=.build/bench-score
python=${PYTHON:-$scratch/venv/bin/python}
if [ ! -x "$python" ]; then
    python3 -m venv "$scratch/venv" >&2
    "$python" -m pip install --quiet numpy==2.4.6 lightgbm==4.7.0 polars==2.1.0 >&2
    "$python" -m pip install --quiet lleaves==1.3.0 llvmlite==0.43.0 >&2 ||
        echo "lleaves could not be installed: LightGBM predicts in its place" >&2
fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT INT TERM
stumps=1000
if [ "${QUICK:-}" = 1 ]; then
    stumps=300
    set -- 0.2
elif [ $# -eq 0 ]; then
    set -- 0.5 2 8
fi
"$python" Benchmarks/score.py "$RISK" "$work" "$stumps" "$@"
