#!/bin/sh
# Reading a CSV log as typed columns: bench-tables beside Polars and DuckDB, in the same run.
#
#     Benchmarks/tables.sh [FILE ...]     # CSV or CSV.gz in the form of the card transactions
#     QUICK=1 Benchmarks/tables.sh        # a smaller log, under a minute
#     PYTHON=…/bin/python                 # a Python with polars and duckdb; default python3
#
# Without a FILE it makes a log by a fixed seed, and takes the card transactions too where the data
# is present ($RISKKIT_DATA, else ../shared/data). Nothing is left behind.
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
cd "$root"
swift build -c release --product bench-tables >&2
bench="$(swift build -c release --show-bin-path)/bench-tables"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT INT TERM
repeats=7
rows=4000000
if [ "${QUICK:-}" = 1 ]; then
    repeats=3
    rows=500000
fi
if [ $# -eq 0 ]; then
    "$bench" generate "$work/made.csv" $rows
    gzip -1 -c "$work/made.csv" >"$work/made.csv.gz"
    set -- "$work/made.csv" "$work/made.csv.gz"
    cards="${RISKKIT_DATA:-../shared/data}/cards/transactions.csv.gz"
    if [ -e "$cards" ]; then
        gzip -dc "$cards" >"$work/cards.csv"
        set -- "$@" "$work/cards.csv" "$cards"
    fi
fi
"${PYTHON:-python3}" Benchmarks/tables.py "$bench" "$repeats" "$@"
