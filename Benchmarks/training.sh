#!/usr/bin/env bash
# Training beside LightGBM, XGBoost, scikit-learn and InterpretML: make bench-training, or with other sizes
#     ROWS=4000000 FEATURES=50 ROUNDS=500 THREADS=2 PARTS=rivals make bench-training
# PARTS are: rivals (1,000,000 x 50, 2,000 rounds), interpret (100,000 x 50), cards (the card transactions), cost (a
# table over rows and features; POINTS="10000x10x100 ..." are others). A quarter of an hour for all.
# QUICK=1 is rivals with 200,000 rows and 200 rounds: under a minute. PYTHON=... is one that has the rivals already.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/.." && pwd)
build=$root/.build/bench-training
if [ -n "${QUICK:-}" ]; then
    ROWS=${ROWS:-200000} ROUNDS=${ROUNDS:-200} PARTS=${PARTS:-rivals}
fi
mkdir -p "$build"
swift=$("$here/../scripts/find-swift")
"$swift" build --configuration release --package-path "$here/Training" --scratch-path "$build/swift" >&2
python=${PYTHON:-$build/rivals-venv/bin/python}
if [ ! -x "$python" ]; then
    python3 -m venv "$build/rivals-venv" >&2
    "$build/rivals-venv/bin/pip" install --quiet numpy==2.4.6 pandas lightgbm==4.7.0 \
        scikit-learn==1.9.1 xgboost==3.2.0 interpret-core==0.7.8 >&2 ||
        "$build/rivals-venv/bin/pip" install --quiet numpy pandas >&2
fi
program=$build/swift/release/bench-training
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
for part in ${PARTS:-rivals interpret cards cost}; do
    printf '\n## %s\n' "$part"
    case $part in
    rivals)
        "$python" "$here/Training/rivals.py" "$program" "$folder" \
            "${ROWS:-1000000}" "${FEATURES:-50}" "${ROUNDS:-2000}" "${THREADS:-2}"
        ;;
    interpret)
        "$python" "$here/Training/glass_box.py" "$program" "$folder" 100000 50 "${THREADS:-2}"
        ;;
    cards)
        cards="${RISKKIT_DATA:-$root/../shared/data}/cards/transactions.csv.gz"
        if [ ! -e "$cards" ]; then
            echo "the card transactions are not on this machine; see datasets/README.md"
            continue
        fi
        spec="$root/models/card-misuse/features.yaml"
        if [ ! -e "$build/cards.csv" ] || [ "$build/cards.csv" -ot "$spec" ]; then
            "$swift" build --configuration release --package-path "$root" --product risk >&2
            "$root/.build/release/risk" features --spec "$spec" \
                --events transaction="$cards" --output "$build/cards.new.csv" --quiet
            mv "$build/cards.new.csv" "$build/cards.csv"
        fi
        "$python" "$here/Training/cards.py" "$program" "$folder" "$build/cards.csv" \
            "${ROUNDS:-2000}" "${THREADS:-2}"
        ;;
    cost)
        # shellcheck disable=SC2086 # one word a point
        "$python" "$here/Training/cost.py" "$program" "$folder" "${THREADS:-2}" ${POINTS:-}
        ;;
    *)
        echo "training.sh: there is no part $part; there are rivals, interpret, cards, cost" >&2
        exit 64
        ;;
    esac
done
