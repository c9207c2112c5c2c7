#!/usr/bin/env bash
# Rows a second and nanoseconds a row of the scorer; see Benchmarks/Scoring.
set -euo pipefail
cd "$(dirname "$0")/.."
swift=$(scripts/find-swift)
exec "$swift" run -c release --package-path Benchmarks/Scoring --scratch-path .build/benchmark-scoring
