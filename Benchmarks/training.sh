#!/usr/bin/env bash
# Training beside LightGBM, XGBoost and scikit-learn: make bench-training, or with other sizes
#     ROWS=4000000 FEATURES=50 ROUNDS=500 THREADS=2 make bench-training
# QUICK=1 takes 200,000 rows and 200 rounds: under a minute.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
build=$(cd "$here/.." && pwd)/.build/bench-training
if [ -n "${QUICK:-}" ]; then
    ROWS=${ROWS:-200000} ROUNDS=${ROUNDS:-200}
fi
mkdir -p "$build"
swift=$("$here/../scripts/find-swift")
"$swift" build --configuration release --package-path "$here/Training" --scratch-path "$build/swift" >&2
if [ ! -x "$build/venv/bin/python" ]; then
    python3 -m venv "$build/venv" >&2
    "$build/venv/bin/pip" install --quiet numpy==2.4.6 lightgbm==4.7.0 scikit-learn==1.9.1 \
        xgboost==3.2.0 >&2 ||
        "$build/venv/bin/pip" install --quiet numpy >&2
fi
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"$build/venv/bin/python" "$here/Training/rivals.py" "$build/swift/release/bench-training" "$folder" \
    "${ROWS:-1000000}" "${FEATURES:-50}" "${ROUNDS:-2000}" "${THREADS:-2}"
