"""Reference coefficients of scikit-learn for LogisticRegressionTests.

Run: python Tests/RiskTrainingTests/Fixtures/logistic.py   (numpy 2.x, scikit-learn 1.9.1)
Writes logistic.json beside itself.
"""
import json, pathlib
import numpy as np
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression

r = np.random.default_rng(20261122)


def labels(z):
    return (z + r.logistic(size=len(z)) > 0).astype(int)


def fit(X, y, l2, weights=None):
    m = LogisticRegression(C=1 / l2, solver="newton-cholesky", tol=1e-13, max_iter=1000)
    m.fit(X, y, sample_weight=weights)
    return m.coef_[0], float(m.intercept_[0])


def column(x):
    return [None if np.isnan(v) else float(v) for v in x]


def case(name, X, y, l2, weights=None):
    """Standardises by weighted mean and deviation, as the learner says it does, and raw."""
    w = np.ones(len(y)) if weights is None else weights
    missing = np.isnan(X)
    present = np.where(missing, 0, X)
    mean = (w[:, None] * present).sum(0) / (w[:, None] * ~missing).sum(0)
    filled = np.where(missing, mean, X)
    has = missing.any(0)
    D = np.hstack([filled, missing[:, has].astype(float)])
    centre = (w[:, None] * D).sum(0) / w.sum()
    sd = np.sqrt((w[:, None] * (D - centre) ** 2).sum(0) / w.sum())
    out = {"name": name, "l2": l2, "labels": y.tolist(),
           "weights": None if weights is None else weights.tolist(),
           "columns": [column(c) for c in X.T]}
    for kind, A, unit in (("raw", D, np.ones_like(sd)), ("standardized", (D - centre) / sd, sd)):
        coef, b = fit(A, y, l2, weights)
        own = coef / unit
        b = b - (0 if kind == "raw" else float((own * centre).sum()))
        p = X.shape[1]
        gamma = np.zeros(p)
        gamma[has] = own[p:]
        out[kind] = {"coefficients": own[:p].tolist(), "intercept": b,
                     "missing": (own[:p] * mean + gamma).tolist()}
    return out


cases = []
# Dense, correlated, balanced.
n, p = 400, 8
X = np.round(r.normal(size=(n, p)) @ (np.eye(p) + 0.3 * r.normal(size=(p, p))), 4)
cases.append(case("dense", X, labels(X @ r.normal(size=p) * 0.5), 1.0))
# Heavy-tailed, rare events, weights, two columns with missing values.
n, p = 500, 6
X = np.round(np.exp(r.normal(size=(n, p)) * [0.5, 1, 1.5, 0.3, 1, 1]), 4)
X[:, 4] = np.floor(X[:, 4])
y = labels(np.log(X + 0.1) @ [0.8, -0.5, 0.6, 0, 0.4, 0.3] - 2.2)
for j in (1, 5):
    X[r.random(n) < 0.15, j] = np.nan
w = np.round(r.gamma(2.0, size=n), 3) + 0.001
cases.append(case("skewed", X, y, 0.25, w))
# Almost collinear: column 2 is columns 0 + 1 and a little noise.
n, p = 300, 5
X = np.round(r.normal(size=(n, p)), 4)
X[:, 2] = np.round(X[:, 0] + X[:, 1] + 0.001 * r.normal(size=n), 5)
cases.append(case("collinear", X, labels(X[:, 0] - 0.7 * X[:, 3] + 0.3), 2.0))
path = pathlib.Path(__file__).with_name("logistic.json")
path.write_text(json.dumps(cases, separators=(",", ":")) + "\n")
print(path.stat().st_size)
