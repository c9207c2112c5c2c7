"""Who reaches which log loss in which time: RiskKit, LightGBM, XGBoost, scikit-learn. `make bench-training` calls this.

    python rivals.py BENCH-TRAINING FOLDER ROWS FEATURES ROUNDS THREADS

comparison.py says what is measured. RiskKit makes a tenth more rounds than the others, because what counts is the time to
a log loss: a round on the quadratic model lowers the loss a little less than one on the rows, and costs
microseconds.
"""
import os
import sys

from comparison import PLAIN, Comparison, own_world, ratio, use_threads, with_peers

program, folder, rows, features, rounds, threads = (
    sys.argv[1], sys.argv[2], *map(int, sys.argv[3:7]))
use_threads(threads)
HELD_OUT = 100_000

X, y = with_peers(own_world)(rows + HELD_OUT, features)
print(f"{rows} rows x {features} features, {y[:rows].mean():.1%} events, {threads} threads\n")
c = Comparison(program, folder, threads, X[:rows], y[:rows], X[rows:], y[rows:])
c.header()
os.environ["REPEAT"] = "3"
one = c.riskkit("RiskKit, 64 bins", boostingRounds=1, bins=64, **PLAIN)
os.environ["REPEAT"] = "1"
more = rounds + rounds // 10
ours = c.riskkit("RiskKit, 64 bins", boostingRounds=more, bins=64, **PLAIN)
# P = features x 256 columns: the Gram matrix of 50 features takes 655 MB.
c.riskkit("RiskKit, 255 bins", boostingRounds=more, bins=255, gramMemory=1000, **PLAIN)
os.environ["REPEAT"] = "3"
light = [found for found in (c.lightgbm(63, rounds), c.lightgbm(255, rounds)) if found]
xgb = c.xgboost(256, rounds)
sk = c.scikit_learn(rounds)
print()
if light:
    # The lower loss, and the shorter time, whichever runs they are of.
    ratio("LightGBM", ours, (min(l[1] for l in light), min(l[2] for l in light)))
    bins = min(l[0] for l in light)
    print(f"LightGBM's bins: {bins:.2f} s, RiskKit's with a round {one[0]:.2f} s: "
          f"{bins / one[0]:.1f} times as fast")
ratio("XGBoost", ours, xgb)
ratio("scikit-learn", ours, sk)
