"""Telecom subscribers and credit defaults by five folds: RiskKit's stumps beside LightGBM's, tuned.

    python folds.py BENCH-TRAINING DATA FOLDER ['{"l2": 5}' ...]

StratifiedKFold(5, shuffle, random_state 42). LightGBM's stumps (two leaves, rate 0.1) are tuned by the
same folds, rounds and L2 with the lowest mean log loss; RiskKit has its defaults, or the settings given.
"""
import json, os, subprocess, sys
import numpy as np, pandas as pd, lightgbm as lgb
from sklearn.metrics import log_loss, roc_auc_score
from sklearn.model_selection import StratifiedKFold

program, data, folder = sys.argv[1:4]
SETTINGS = [json.loads(text) for text in sys.argv[4:]] or [{}]
ROUNDS = (100, 200, 400, 800, 1200, 1600)


def world(name):
    if name == "credit":
        table = pd.read_csv(f"{data}/credit/uci-default.csv.gz")
        return table.iloc[:, 1:-1].values.astype(float), table.iloc[:, -1].values
    table = pd.read_csv(f"{data}/telecom/subscribers.csv")
    features = table.drop(columns=["label"]).select_dtypes("number")
    names = [c for c in features if c.lower() not in ("id", "phone_no_m", "index", "subscriber")]
    return features[names].values.astype(float), table.label.values


def save(path, X, y):
    with open(path, "wb") as f:
        np.array(X.shape, dtype=np.int64).tofile(f)
        X.ravel(order="F").tofile(f)
        y.astype(float).tofile(f)


def ours(X, y, Xt, yt, settings):
    paths = [os.path.join(folder, name) for name in ("train", "test", "scores")]
    save(paths[0], X, y)
    save(paths[1], Xt, yt)
    subprocess.run([program, *paths, json.dumps({"learner": "stumps", **settings})], check=True,
                   stdout=subprocess.DEVNULL)
    return 1 / (1 + np.exp(-np.fromfile(paths[2])))


for name in ("telecom", "credit"):
    X, y = world(name)
    folds = list(StratifiedKFold(5, shuffle=True, random_state=42).split(X, y))
    theirs = {}
    for l2 in (0, 10, 40):
        params = dict(objective="binary", num_leaves=2, learning_rate=0.1, lambda_l2=l2, verbose=-1, num_threads=1)
        for a, b in folds:
            model = lgb.train(params, lgb.Dataset(X[a], y[a]), ROUNDS[-1])
            for rounds in ROUNDS:
                p = model.predict(X[b], num_iteration=rounds)
                theirs.setdefault((l2, rounds), []).append((roc_auc_score(y[b], p), log_loss(y[b], p)))
    means = {key: np.mean(value, 0) for key, value in theirs.items()}
    best = min(means, key=lambda key: means[key][1])
    print(f"{name}: LightGBM stumps, L2 {best[0]}, {best[1]} rounds: AUC %.4f log loss %.5f" % tuple(means[best]), flush=True)
    for settings in SETTINGS:
        figures = []
        for a, b in folds:
            p = ours(X[a], y[a], X[b], y[b], settings)
            figures.append((roc_auc_score(y[b], p), log_loss(y[b], p)))
        print(f"{name}: RiskKit stumps {json.dumps(settings)}: AUC %.4f log loss %.5f" % tuple(np.mean(figures, 0)), flush=True)
