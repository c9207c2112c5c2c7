#!/usr/bin/env bash
# The path of an elastic net beside glmnet's: make bench-path, or with other sizes
#     ROWS=100000 FEATURES=100 L1_RATIO=0.5 THREADS=2 make bench-path
# Needs R with glmnet (Debian: apt-get install r-cran-glmnet). QUICK=1 takes 20,000 rows.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
build=$(cd "$here/.." && pwd)/.build/bench-training
if [ -n "${QUICK:-}" ]; then ROWS=${ROWS:-20000}; fi
if ! Rscript -e 'library(glmnet)' > /dev/null 2>&1; then
    echo "path.sh: R with glmnet is not installed: apt-get install r-cran-glmnet" >&2
    exit 69
fi
mkdir -p "$build"
swift=$("$here/../scripts/find-swift")
"$swift" build --configuration release --package-path "$here/Training" --scratch-path "$build/swift" >&2
if [ ! -x "$build/path-venv/bin/python" ]; then
    python3 -m venv "$build/path-venv" >&2
    "$build/path-venv/bin/pip" install --quiet numpy==2.4.6 >&2
fi
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"$build/path-venv/bin/python" "$here/Training/path.py" "$build/swift/release/bench-training" "$folder" \
    "${ROWS:-100000}" "${FEATURES:-100}" "${L1_RATIO:-0.5}" "${THREADS:-2}"
