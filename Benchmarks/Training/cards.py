"""The comparison of rivals.py on the card transactions, with the features of the recipe. `make bench-training` calls this.

    python cards.py BENCH-TRAINING FOLDER VECTORS ROUNDS THREADS

VECTORS is what `risk features --spec models/card-misuse/features.yaml` writes for all days. The first 80 % of the rows train, the
last 20 % are scored.
"""
import os
import sys

from comparison import PLAIN, Comparison, ratio, use_threads

program, folder, vectors, rounds, threads = (
    sys.argv[1], sys.argv[2], sys.argv[3], *map(int, sys.argv[4:6]))
use_threads(threads)
import numpy as np
import pandas as pd

data = pd.read_csv(vectors, dtype=np.float32, usecols=lambda name: name not in (
    "time", "customer", "terminal", "id"))
data = data[data["label"].notna()]
features = [name for name in data.columns if name != "label"]
X, y = np.ascontiguousarray(data[features].to_numpy()), data["label"].to_numpy().astype(np.int32)
rows = int(0.8 * len(y))
print(f"{rows} rows x {len(features)} features, {y[:rows].mean():.2%} events, {threads} threads\n")
c = Comparison(program, folder, threads, X[:rows], y[:rows], X[rows:], y[rows:])
c.header()
os.environ["REPEAT"] = "3"
one = c.riskkit("RiskKit, 64 bins", boostingRounds=1, bins=64, **PLAIN)
os.environ["REPEAT"] = "1"
ours = c.riskkit("RiskKit, 64 bins", boostingRounds=rounds + rounds // 10, bins=64, **PLAIN)
fine = c.riskkit("RiskKit, 255 bins", boostingRounds=rounds + rounds // 10, bins=255, **PLAIN)
os.environ["REPEAT"] = "3"
light = [found for found in (c.lightgbm(63, rounds), c.lightgbm(255, rounds)) if found]
xgb = c.xgboost(256, rounds)
sk = c.scikit_learn(rounds)
print()
for name, mine in (("64 bins", ours), ("255 bins", fine)):
    if light:
        ratio(f"LightGBM, {name}", mine, (min(l[1] for l in light), min(l[2] for l in light)))
    ratio(f"XGBoost, {name}", mine, xgb)
    ratio(f"scikit-learn, {name}", mine, sk)
if light:
    bins = min(l[0] for l in light)
    print(f"LightGBM's bins: {bins:.2f} s, RiskKit's with a round {one[0]:.2f} s: "
          f"{bins / one[0]:.1f} times as fast")
