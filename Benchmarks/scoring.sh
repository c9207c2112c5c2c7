#!/usr/bin/env bash
# Nanoseconds a row of the scorer beside the pace of reading the same matrix: make bench-scoring.
# QUICK=1 takes 200,000 rows.
set -euo pipefail
cd "$(dirname "$0")/.."
swift=$(scripts/find-swift)
exec "$swift" run -c release --package-path Benchmarks/Scoring --scratch-path .build/bench-scoring \
    ScoringBenchmark "${ROWS:-${QUICK:+200000}}"
