#!/usr/bin/env bash
# Logistic regression by Newton's method beside scikit-learn and Intel's extension: make bench-newton,
# or with other sizes
#     SIZES="1000000x50 200000x300" THREADS=2 ROUNDS=3 make bench-newton
# QUICK=1 takes 200000x50 and 40000x300, once each: under a minute.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
build=$(cd "$here/.." && pwd)/.build/bench-training
if [ -n "${QUICK:-}" ]; then
    SIZES=${SIZES:-200000x50 40000x300} ROUNDS=${ROUNDS:-1}
fi
mkdir -p "$build"
swift=$("$here/../scripts/find-swift")
"$swift" build --configuration release --package-path "$here/Training" --scratch-path "$build/swift" >&2
if [ ! -x "$build/newton-venv/bin/python" ]; then
    python3 -m venv "$build/newton-venv" >&2
    "$build/newton-venv/bin/pip" install --quiet numpy==2.4.6 scikit-learn==1.9.1 \
        scikit-learn-intelex==2026.2.0 >&2 ||
        "$build/newton-venv/bin/pip" install --quiet numpy==2.4.6 scikit-learn==1.9.1 >&2
fi
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
# shellcheck disable=SC2086 # one word a size
"$build/newton-venv/bin/python" "$here/Training/newton.py" "$build/swift/release/bench-training" \
    "$folder" "${THREADS:-2}" "${ROUNDS:-3}" ${SIZES:-1000000x50 200000x300}
