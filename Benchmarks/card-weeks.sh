#!/usr/bin/env bash
# How settings do on other weeks of the card transactions than the test week of the recipe: the book's
# protocol (7 days of training, 7 of delay, 7 of test) for each week. Prints ROC AUC / average precision /
# card precision at 100 a day.
#
#     Benchmarks/card-weeks.sh [SETTINGS.yaml ...]   # default: the learner's defaults, and a single run
set -euo pipefail
cd "$(dirname "$0")/.."
cards="${RISKKIT_DATA:-../shared/data}/cards/transactions.csv.gz"
if [ ! -e "$cards" ]; then
    echo "card-weeks: the card transactions are not on this machine; see datasets/README.md"
    exit 0
fi
swift build -c release --product risk >&2
risk="$(swift build -c release --show-bin-path)/risk"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
[ $# -gt 0 ] || set -- models/card-misuse/training.yaml models/card-misuse/single-run.yaml
weeks=(2018-06-06 2018-06-20 2018-07-04 2018-07-18 2018-08-29 2018-09-12 2018-08-08)
[ "${QUICK:-}" != 1 ] || weeks=(2018-06-06 2018-08-08)
printf '%-12s %-18s' 'test from' spec
for settings in "$@"; do printf ' %-30s' "$(basename "$settings")"; done
printf '\n'
for week in "${weeks[@]}"; do
    from=$(date -u -d "$week -14 days" +%F)
    until=$(date -u -d "$week +7 days" +%F)
    for spec in features-handbook features; do
        "$risk" features --spec "models/card-misuse/$spec.yaml" --events transaction="$cards" \
            --from "$from" --until "$until" --output "$work/vectors.csv" --quiet
        printf '%-12s %-18s' "$week" "$spec"
        for settings in "$@"; do
            "$risk" train --data "$work/vectors.csv" --label label --learner stumps --settings "$settings" \
                --spec "models/card-misuse/$spec.yaml" --name week --time time --train-from "$from" \
                --test-from "$week" --test-until "$until" --gap 7d --entity customer --capacity 100 \
                --known-delay 7d --resamples 0 --ignore terminal id --output "$work/model.risk.json" \
                --report "$work/report.json" >/dev/null 2>"$work/errors" || { cat "$work/errors" >&2; exit 1; }
            python3 - "$work/report.json" <<'PYTHON'
import json, sys
metrics = json.load(open(sys.argv[1]))["test"]["metrics"]
names = ("rocAUC", "averagePrecision", "precisionAt100ADay")
print(" %-30s" % " / ".join("%.4f" % metrics[name]["value"] for name in names), end="")
PYTHON
        done
        printf '\n'
    done
done
