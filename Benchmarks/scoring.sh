#!/usr/bin/env bash
# Nanoseconds a row of the scorer: beside the pace of reading the same matrix, in every shape, and
# beside LightGBM, lleaves, TL2cgen, XGBoost and CatBoost over a thousand stumps: make bench-scoring.
# QUICK=1 takes fewer rows. PYTHON=…/bin/python takes a Python that has the rivals installed.
set -euo pipefail
cd "$(dirname "$0")/.."
swift=$(scripts/find-swift)
rows=${ROWS:-1000000} shapes=() stumps=1000
if [ -n "${QUICK:-}" ]; then
    rows=${ROWS:-200000} shapes=(50 64) stumps=300
fi
scratch=.build/bench-scoring
"$swift" build -c release --package-path Benchmarks/Scoring --scratch-path "$scratch" >&2
"$swift" build -c release --product riskscore -Xswiftc -static-stdlib --scratch-path .build/library >&2
lib=$(cd .build/library/release && pwd)
python=${PYTHON:-$scratch/venv/bin/python}
if [ ! -x "$python" ]; then
    python3 -m venv "$scratch/venv" >&2
    for package in numpy==2.4.6 lightgbm==4.7.0 xgboost==3.2.0 "lleaves==1.3.0 llvmlite==0.43.0" \
        "treelite==4.8.1 tl2cgen==1.0.0" catboost==1.2.10; do
        # shellcheck disable=SC2086  # two packages that belong together
        "$python" -m pip install --quiet $package >&2 || echo "$package could not be installed" >&2
    done
fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cc -O2 -std=c11 Benchmarks/Scoring/single_row.c -I Sources/CRiskScore/include -L "$lib" \
    -Wl,-rpath,"$lib" -lriskscore -lpthread -ldl -lm -o "$work/single_row"
"$scratch/release/ScoringBenchmark" "$rows" ${shapes[@]+"${shapes[@]}"}
"$python" Benchmarks/Scoring/rivals.py "$lib/libriskscore.so" "$scratch/release/ScoringBenchmark" \
    "$work/single_row" "$work" "$rows" "$stumps"
