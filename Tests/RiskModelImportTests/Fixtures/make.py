"""Makes the fixtures: models of other libraries, and what they think of some awkward rows.

    python3 make.py        lightgbm 4.7.0, xgboost 3.2.0, scikit-learn 1.9.1, numpy 2.4.6
"""
import json
import os
import re

import lightgbm as lgb
import numpy as np
import xgboost as xgb
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

here = os.path.dirname(os.path.abspath(__file__))
names = ["amount", "count_7d", "share", "gap", "flag"]
r = np.random.default_rng(7)


def world(rows):
    X = np.column_stack([
        np.exp(r.normal(3, 1.5, rows)), r.poisson(2, rows), r.random(rows), r.normal(0, 1, rows),
        r.integers(0, 2, rows)]).astype(np.float32)
    z = np.log(X[:, 0]) - 4 + 0.5 * X[:, 1] * (X[:, 2] > 0.4) - np.abs(X[:, 3]) + X[:, 4]
    y = (z + r.logistic(size=rows) > 1).astype(int)
    X[r.random(X.shape) < 0.05] = np.nan
    return X, y


X, y = world(4000)


def rows(thresholds):
    """Rows of thresholds and their neighbours, zeros, infinities and missing values."""
    pool = [np.float32(t) for t in thresholds]
    pool += [np.nextafter(t, np.float32(s * np.inf)) for t in pool for s in (-1, 1)]
    pool += [np.float32(v) for v in (0, -0.0, np.inf, -np.inf, 1e-36, -1e-36, 1e30, -1e30)]
    awkward = r.choice(np.array(pool, dtype=np.float32), (60, len(names)))
    awkward[r.random(awkward.shape) < 0.15] = np.nan
    return np.vstack([awkward, X[:40]]).astype(np.float32)


def expect(name, R, log_odds):
    def cell(v):
        return None if np.isnan(v) else v if np.isfinite(v) else "inf" if v > 0 else "-inf"
    with open(os.path.join(here, name), "w") as file:
        json.dump({"rows": [[cell(float(v)) for v in row] for row in R],
                   "logOdds": [float(v) for v in log_odds]}, file)


for kind, params in {"nan": {}, "zero": dict(zero_as_missing=True),
                     "none": dict(use_missing=False)}.items():
    settings = dict(objective="binary", num_leaves=2, learning_rate=0.2, max_bin=63, verbose=-1,
                    num_threads=1, deterministic=True, seed=1, **params)
    model = lgb.train(settings, lgb.Dataset(X, y, feature_name=names, params=settings), 60)
    path = os.path.join(here, f"lightgbm-{kind}.txt")
    model.save_model(path)
    text = open(path).read()
    R = rows(float(t) for line in re.findall(r"^threshold=(.*)$", text, re.M) for t in line.split())
    expect(f"lightgbm-{kind}.json", R, model.predict(R.astype(np.float64), raw_score=True))
lgb.train(dict(settings, num_leaves=4), lgb.Dataset(X, y), 2).save_model(
    os.path.join(here, "lightgbm-deep.txt"))

data = xgb.DMatrix(X, y, feature_names=names)
model = xgb.train(dict(objective="binary:logistic", max_depth=1, eta=0.3, nthread=1, seed=1), data, 60)
model.save_model(os.path.join(here, "xgboost.json"))
trees = json.load(open(os.path.join(here, "xgboost.json")))["learner"]["gradient_booster"]["model"]["trees"]
R = rows(t["split_conditions"][0] for t in trees)
R[np.isinf(R)] = np.float32(3e38)  # XGBoost takes no infinities
expect("xgboost-rows.json", R, model.predict(xgb.DMatrix(R, feature_names=names), output_margin=True))
xgb.train(dict(objective="binary:logistic", max_depth=2), data, 2).save_model(
    os.path.join(here, "xgboost-deep.json"))

F = np.nan_to_num(X.astype(np.float64), nan=1.0)
pipeline = make_pipeline(StandardScaler(), LogisticRegression()).fit(F, y)
scaler, regression = pipeline[0], pipeline[1]
json.dump({"features": names, "coefficients": regression.coef_[0].tolist(),
           "intercept": float(regression.intercept_[0]), "mean": scaler.mean_.tolist(),
           "scale": scaler.scale_.tolist(), "missing": [1.0] * len(names)},
          open(os.path.join(here, "logistic.json"), "w"))
R = X[:100]
expect("logistic-rows.json", R, pipeline.decision_function(np.nan_to_num(R.astype(np.float64), nan=1.0)))
