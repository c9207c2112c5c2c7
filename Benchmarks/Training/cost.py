"""How training's cost grows with rows and features, beside LightGBM. `make bench-training` calls this.

    python cost.py BENCH-TRAINING FOLDER THREADS [ROWSxFEATURESxROUNDS ...]

Both make the same number of rounds, at a learning rate of 0.1, with 63 or 64 bins, from a matrix in memory. RiskKit has its
default of 512 MB for the Gram matrix; where that does not suffice (200 features), every round looks at the rows.
"""
import os, sys

from comparison import PLAIN, Comparison, own_world, use_threads

program, folder, threads, points = sys.argv[1], sys.argv[2], int(sys.argv[3]), sys.argv[4:]
use_threads(threads)

if not points:
    points = [f"{n}x{p}x{100 if n * p <= 50_000_000 else 50 if n * p <= 200_000_000 else 10}"
              for n in (10_000, 100_000, 1_000_000, 4_000_000) for p in (10, 50, 200)
              if n * p <= 200_000_000]
lines = ["| rows × features | rounds | bins: RiskKit | LightGBM | all: RiskKit | LightGBM | ratio |",
         "| --- | --- | --- | --- | --- | --- | --- |"]
for point in points:
    rows, features, rounds = map(int, point.split("x"))
    X, y = own_world(rows + 1000, features)
    c = Comparison(program, folder, threads, X[:rows], y[:rows], X[rows:], y[rows:])
    print(f"\n{rows} x {features}")
    c.header()
    # The fastest of some where a run is short.
    os.environ["REPEAT"] = "3" if rows * features <= 10_000_000 else "1"
    one = c.riskkit("RiskKit", boostingRounds=1, bins=64, **PLAIN)
    ours = c.riskkit("RiskKit", boostingRounds=rounds, bins=64, **PLAIN)
    repetitions = int(os.environ["REPEAT"])
    os.environ["REPEAT"] = "1"
    runs = [c.lightgbm(63, rounds) for _ in range(repetitions)]
    if None in runs:
        break
    bins, all = min(r[0] for r in runs), min(r[1] for r in runs)
    lines.append(f"| {rows:,} × {features} | {rounds} | {one[0]:.3f} | {bins:.3f} | {ours[0]:.3f} | "
                 f"{all:.3f} | {all / ours[0]:.1f} |")
print("\n" + "\n".join(lines))
