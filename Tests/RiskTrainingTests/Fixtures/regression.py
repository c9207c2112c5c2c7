"""Reference results for LogisticPathTests, FirthTests and InferenceTests.

Run: python Tests/RiskTrainingTests/Fixtures/regression.py
with numpy 2.4.6, scikit-learn 1.9.1, statsmodels 0.15.0, firthlogist 0.5.0 (PyPI; made for an older
Python: pip install --ignore-requires-python --no-deps firthlogist tabulate), firthmodels 0.8.2, and Rscript with R 4.2.2
and glmnet 4.1-6 (Debian: r-cran-glmnet). Writes regression.json beside itself.
"""
import csv, json, pathlib, subprocess, tempfile
import numpy as np
import statsmodels.api as sm
from firthlogist import FirthLogisticRegression
import firthmodels
from sklearn.linear_model import LogisticRegression
from sklearn.utils.validation import validate_data
from statsmodels.stats.outliers_influence import variance_inflation_factor

# firthlogist calls a method that scikit-learn has since made a function.
FirthLogisticRegression._validate_data = lambda self, X, y, **k: validate_data(self, X, y, **k)

r = np.random.default_rng(20261122)
RSCRIPT = r"""
suppressMessages(library(glmnet))
a <- commandArgs(TRUE); d <- as.matrix(read.csv(a[1])); alpha <- as.numeric(a[2])
standardize <- a[3] == "TRUE"; lower <- as.numeric(a[4]); folds <- as.integer(a[5])
n <- nrow(d); p <- ncol(d) - 3
x <- d[, 1:p]; y <- d[, p + 1]; w <- d[, p + 2]; o <- d[, p + 3]
glmnet.control(fdev = 0, devmax = 1)
fit <- function(rows, lambda = NULL) glmnet(x[rows, ], y[rows], family = "binomial", weights = w[rows],
    offset = if (any(o != 0)) o[rows] else NULL, alpha = alpha, standardize = standardize,
    lower.limits = lower, lambda = lambda, thresh = 1e-16, maxit = 1e8)
f <- fit(1:n)
out <- cbind(f$lambda, f$dev.ratio, f$a0, t(as.matrix(f$beta)), 0, 0)
if (folds > 0) {
    part <- floor((seq_len(n) - 0.5) / n * (folds + 1))
    loss <- sapply(1:folds, function(k) {
        g <- fit(which(part < k), f$lambda); test <- which(part == k)
        eta <- predict(g, x[test, ], newoffset = o[test])
        colSums(w[test] * (log1p(exp(eta)) - y[test] * eta)) / sum(w[test]) })
    mass <- sapply(1:folds, function(k) sum(w[part == k]))
    mean <- apply(loss, 1, weighted.mean, mass)
    out[, ncol(out) - 1] <- mean
    out[, ncol(out)] <- sqrt(apply((loss - mean)^2, 1, weighted.mean, mass) / (folds - 1))
}
write.table(format(out, digits = 15), a[6], sep = ",", row.names = FALSE, col.names = FALSE, quote = FALSE)
"""


def labels(z):
    return (z + r.logistic(size=len(z)) > 0).astype(int)


def world(n, p, shift=0.0):
    X = np.round(r.normal(size=(n, p)) @ (np.eye(p) + 0.3 * r.normal(size=(p, p))), 3)
    X[:, 1] = np.round(np.exp(X[:, 1] / 2), 3)
    b = r.normal(size=p) * (np.arange(p) % 2 == 0)
    return X, labels(X @ b * 0.6 + shift)


def data(X, y, w=None, o=None):
    return {"columns": X.T.tolist(), "labels": y.tolist(),
            "weights": None if w is None else w.tolist(), "offset": None if o is None else o.tolist()}


def inference(X, y, w=None, o=None):
    m = sm.GLM(y, sm.add_constant(X), family=sm.families.Binomial(), freq_weights=w, offset=o).fit(
        tol=1e-14, maxiter=200)
    C = np.corrcoef(X.T)
    plain = w is None
    return data(X, y, w, o) | {
        "estimates": m.params.tolist(), "errors": m.bse.tolist(), "pValues": m.pvalues.tolist(),
        "intervals": m.conf_int(0.05).tolist(),
        "inflation": [variance_inflation_factor(sm.add_constant(X), j + 1)
                      for j in range(X.shape[1])] if plain else None,
        "condition": np.linalg.cond(C) if plain else None}


def ridge(X, y, l2):
    """On features as they are: le Cessie and van Houwelingen's variance by its formula."""
    m = LogisticRegression(C=1 / l2, solver="newton-cholesky", tol=1e-13, max_iter=1000).fit(X, y)
    Z = sm.add_constant(X)
    theta = np.r_[m.intercept_, m.coef_[0]]
    p = 1 / (1 + np.exp(-Z @ theta))
    I = (Z * (p * (1 - p))[:, None]).T @ Z
    P = np.linalg.inv(I + np.diag([0] + [l2] * X.shape[1]))
    return data(X, y) | {"l2": l2, "estimates": theta.tolist(),
                         "errors": np.sqrt(np.diag(P @ I @ P)).tolist()}


def path(name, X, y, alpha, w=None, o=None, standardize=True, lower=-np.inf, folds=0):
    with tempfile.TemporaryDirectory() as folder:
        table, out, script = (pathlib.Path(folder, n) for n in ("in.csv", "out.csv", "path.R"))
        n = len(y)
        with table.open("w") as f:
            writer = csv.writer(f)
            writer.writerow([f"x{j}" for j in range(X.shape[1])] + ["y", "w", "o"])
            for row in zip(*X.T, y, np.ones(n) if w is None else w, np.zeros(n) if o is None else o):
                writer.writerow(row)
        script.write_text(RSCRIPT)
        subprocess.run(["Rscript", script, table, str(alpha), str(standardize).upper(),
                        "-Inf" if np.isinf(lower) else str(lower), str(folds), out], check=True)
        rows = [[float(v) for v in row] for row in csv.reader(out.open())]
    p = X.shape[1]
    return data(X, y, w, o) | {
        "name": name, "alpha": alpha, "standardize": standardize, "isPositive": lower == 0, "folds": folds,
        "points": [{"place": i, "lambda": v[0], "deviance": v[1], "intercept": v[2],
                    "coefficients": v[3:3 + p], "loss": v[3 + p], "error": v[4 + p]}
                   for i, v in enumerate(rows) if folds or i % 9 == 0]}


def firth(X, y):
    m = FirthLogisticRegression(max_iter=1000, tol=1e-10, pl_max_iter=1000, max_stepsize=5,
                                pl_max_stepsize=5).fit(X, y)
    k = X.shape[1]
    # firthlogist drops the column that it tests, and its share of the penalty with it; firthmodels keeps
    # the penalty of the full model, as logistf does, so that tests and intervals agree.
    tests = firthmodels.FirthLogisticRegression(max_iter=1000, gtol=1e-8, xtol=1e-9).fit(X, y).lrt()
    return data(X, y) | {
        "estimates": [m.intercept_, *m.coef_.tolist()],
        "errors": [m.bse_[k], *m.bse_[:k].tolist()], "pValues": tests.lrt_pvalues_[:k].tolist(),
        "intervals": m.ci_[:k].tolist()}


out = {}
X, y = world(300, 5)
w = r.integers(1, 6, 300).astype(float)
o = np.round(0.5 * r.normal(size=300), 3)
out["inference"] = [inference(X, y), inference(X, y, w, o)]
out["ridge"] = [ridge(X, y, 7.5)]
X, y = world(400, 12, -0.5)
w = np.round(r.gamma(2.0, size=400), 2) + 0.01
o = np.round(0.5 * r.normal(size=400), 3)
out["path"] = [
    path("lasso", X, y, 1), path("elastic net, weights", X, y, 0.5, w), path("ridge", X, y, 0),
    path("lasso on own scale", X, y, 1, standardize=False),
    path("elastic net, offset", X, y, 0.3, None, o), path("no negative signs", X, y, 0.7, lower=0)]
X, y = world(330, 6, -0.5)
out["folds"] = [path("rolling origin", X, y, 0.8, folds=10)]
# Rare events, and a binary column that separates: all of its rows have events.
X = np.round(r.normal(size=(60, 3)), 2)
X[:, 2] = (np.arange(60) < 9).astype(float)
y = labels(X[:, 0] - 1.2)
y[X[:, 2] == 1] = 1
rare = np.round(r.normal(size=(200, 2)), 2)
z = labels(rare[:, 0] - 3.6)
out["firth"] = [firth(X, y), firth(rare, z)]
print("events", y.sum(), z.sum())
file = pathlib.Path(__file__).with_name("regression.json")
file.write_text(json.dumps(out, separators=(",", ":"), default=float) + "\n")
print(file.stat().st_size)
