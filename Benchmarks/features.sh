#!/bin/sh
# Sixteen point-in-time window features: bench-features beside Polars and DuckDB, in the same run.
#
#     Benchmarks/features.sh [EVENTS ...]  # default 1, 3, 10 and 30 million
#     QUICK=1 Benchmarks/features.sh       # 2 million
#     PYTHON=…/bin/python                  # a Python with numpy, polars, pyarrow and duckdb
#
# DuckDB is left out beyond DUCKDB_LIMIT events (default 10 million; it takes minutes). Nothing is left behind.
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
cd "$root"
build="$root/.build/bench-features"
swift=$(scripts/find-swift)
"$swift" build -c release --package-path Benchmarks/Features --scratch-path "$build" >&2
bench="$build/release/bench-features"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT INT TERM
if [ $# -eq 0 ]; then
    set -- 1000000 3000000 10000000 30000000
    if [ "${QUICK:-}" = 1 ]; then set -- 2000000; fi
fi
for events in "$@"; do
    DUCKDB_LIMIT="${DUCKDB_LIMIT:-10000000}" "${PYTHON:-python3}" Benchmarks/features.py "$bench" "$work" "$events" 2
done
