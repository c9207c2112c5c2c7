"""The first 50 stumps of LightGBM on data of few distinct values, for LightGBMTests.

Run: python Tests/RiskTrainingTests/Fixtures/lightgbm_stumps.py   (numpy 2.x, lightgbm 4.7)
Writes lightgbm_stumps.json beside itself. Every distinct value is a bin of its own on both sides,
so that both choose among the same cuts; irregular weights of the values keep gains from being equal.
"""
import json, pathlib
import lightgbm as lgb
import numpy as np

r = np.random.default_rng(7)
n = 4000
X = np.column_stack([
    r.poisson(3, n), r.integers(1, 41, n), np.floor(np.exp(r.normal(size=n)) * 3),
    r.integers(0, 2, n), r.poisson(12, n), r.integers(-10, 11, n),
]).astype(float)
z = (0.4 * np.sqrt(X[:, 0]) + 0.8 * np.sin(X[:, 1] / 7) + 0.5 * np.log1p(X[:, 2])
     + 0.6 * X[:, 3] - 0.08 * X[:, 4] + 0.01 * X[:, 5] ** 2 - 2.5)
y = (z + r.logistic(size=n) > 0).astype(int)
X[(r.random(n) < 0.1) & (z < 0.5), 1] = np.nan
X[r.random(n) < 0.2 * (1 + y) / 2, 4] = np.nan
params = dict(
    objective="binary", num_leaves=2, learning_rate=0.1, lambda_l2=1.0, min_data_in_leaf=20,
    min_sum_hessian_in_leaf=1e-3, max_bin=255, min_data_in_bin=1, feature_pre_filter=False,
    boost_from_average=True, use_missing=True, zero_as_missing=False, deterministic=True,
    force_col_wise=True, num_threads=1, verbose=-1, seed=1)
model = lgb.train(params, lgb.Dataset(X, y, params=params), 50)
stumps = []
for tree in model.dump_model()["tree_info"]:
    t = tree["tree_structure"]
    stumps.append([
        t["split_feature"], t["threshold"], bool(t["default_left"]),
        t["left_child"]["leaf_value"], t["right_child"]["leaf_value"]])
# The first tree's leaves hold the intercept too.
raw = model.predict(X, raw_score=True)
out = {
    "columns": [[None if np.isnan(v) else int(v) for v in c] for c in X.T], "labels": y.tolist(),
    "stumps": stumps, "scores": [round(float(v), 6) for v in raw[:200]]}
path = pathlib.Path(__file__).with_name("lightgbm_stumps.json")
path.write_text(json.dumps(out, separators=(",", ":")) + "\n")
print(path.stat().st_size, len(stumps))
