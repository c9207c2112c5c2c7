"""A scorecard's regression by scikit-learn for ScorecardTests: logistic regression on weights of evidence.

Run: python Tests/RiskTrainingTests/Fixtures/scorecard.py   (numpy 2.x, scikit-learn 1.9.1)
Writes scorecard.json beside itself. Columns have few values, so that every value is a bin and the
weights of evidence are known here without a binning: ln((events / all events) / (others / all others)).
"""
import json, pathlib
import numpy as np
from sklearn.linear_model import LogisticRegression

r = np.random.default_rng(11)
n = 1500
columns = [r.integers(0, k, n).astype(float) for k in (3, 5, 8)]
columns[2][r.random(n) < 0.1] = np.nan
margin = -1 + 0.6 * columns[0] - 0.4 * (columns[1] - 2) ** 2 + 0.5 * np.nan_to_num(np.sin(columns[2]), nan=1.5)
y = (r.random(n) < 1 / (1 + np.exp(-margin))).astype(int)
evidence = []
for c in columns:
    w = np.zeros(n)
    for v in list(np.unique(c[~np.isnan(c)])) + [np.nan]:
        rows = np.isnan(c) if np.isnan(v) else c == v
        if rows.any():
            events, others = y[rows].sum(), (1 - y[rows]).sum()
            assert events > 0 and others > 0
            w[rows] = np.log((events / y.sum()) / (others / (1 - y).sum()))
    evidence.append(w)
X = np.column_stack(evidence)
fit = LogisticRegression(C=1.0, solver="newton-cholesky", tol=1e-12, max_iter=1000).fit(X, y)
out = {"columns": [[None if np.isnan(v) else int(v) for v in c] for c in columns], "labels": y.tolist(),
       "coefficients": fit.coef_[0].tolist(), "intercept": float(fit.intercept_[0]),
       "logOdds": fit.decision_function(X)[:200].round(9).tolist()}
path = pathlib.Path(__file__).with_name("scorecard.json")
path.write_text(json.dumps(out, separators=(",", ":")) + "\n")
print(path.stat().st_size, y.mean(), out["coefficients"])
