"""The path of an elastic net, RiskKit beside R's glmnet. `make bench-path` calls this.

    python path.py BENCH-TRAINING FOLDER ROWS FEATURES L1_RATIO THREADS

Both get the same matrix in memory; glmnet has one thread, as it is made. Three rounds, one after the
other, the fastest counts. Speed is compared at what glmnet does by default (thresh 1e-7), coefficients
with glmnet at thresh 1e-14, on the same lambdas. Exit code 1 where a coefficient of standardised
features differs by more than 1e-4.
"""
import json, os, subprocess, sys

program, folder, rows, features, ratio, threads = (
    sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4]), float(sys.argv[5]), int(sys.argv[6]))
import numpy as np

RSCRIPT = """
suppressMessages(library(glmnet))
a <- commandArgs(TRUE); f <- file(a[1], "rb"); n <- readBin(f, "integer", 4)[c(1, 3)]
x <- matrix(readBin(f, "double", n[1] * n[2]), n[1]); y <- readBin(f, "double", n[1]); close(f)
alpha <- as.numeric(a[2])
for (round in 1:3) {
    t <- system.time(g <- glmnet(x, y, family = "binomial", alpha = alpha))
    cat(t[["elapsed"]], t[["user.self"]], length(g$lambda), "\n")
}
g <- glmnet(x, y, family = "binomial", alpha = alpha, lambda = g$lambda, thresh = 1e-14, maxit = 1e7)
write.table(format(cbind(g$lambda, g$a0, t(as.matrix(g$beta))), digits = 15), a[3], sep = ",",
            row.names = FALSE, col.names = FALSE, quote = FALSE)
"""
r = np.random.default_rng(0)
common = r.normal(size=(rows, 6))
X = common @ r.normal(size=(6, features)) * 0.5 + r.normal(size=(rows, features))
b = r.normal(size=features) * (r.random(features) < 0.5)
z = X @ b
y = (1.6 * z / z.std() - 3 + r.logistic(size=rows) > 0).astype(float)
train = os.path.join(folder, "train")
with open(train, "wb") as f:
    np.array(X.shape, dtype=np.int64).tofile(f)
    X.ravel(order="F").tofile(f)
    y.tofile(f)
print(f"{rows} rows x {features} features, {y.mean():.1%} events, l1 ratio {ratio}\n")
print("| | seconds | work | lambdas |\n| --- | --- | --- | --- |")

script, theirs = os.path.join(folder, "path.R"), os.path.join(folder, "theirs.csv")
with open(script, "w") as f:
    f.write(RSCRIPT)
lines = subprocess.run(["Rscript", script, train, str(ratio), theirs], check=True, capture_output=True,
                       text=True).stdout.split("\n")
glmnet = min(tuple(map(float, line.split())) for line in lines if line.strip())
print(f"| glmnet | {glmnet[0]:.2f} | {glmnet[1]:.2f} | {glmnet[2]:.0f} |")
# lambda 1e9 is taken for the model, so that the path is walked without folds.
settings = dict(learner="logistic", penalty="elasticnet", l1Ratio=ratio, path=True, holdOut=0)
settings["lambda"] = 1e9
ours = os.path.join(folder, "path.json")
for count in sorted({1, threads}):
    best = None
    for _ in range(int(os.environ.get("ROUNDS", 3))):
        out = json.loads(subprocess.run(
            [program, train, train, os.path.join(folder, "scores"),
             json.dumps(dict(settings, threads=count)), ours],
            check=True, capture_output=True, text=True).stdout)
        best = out if best is None or out["seconds"] < best["seconds"] else best
    path = json.load(open(ours))
    points = path["points"][1:]
    print(f"| RiskKit, {count} threads | {best['seconds']:.2f} | {best['work']:.2f} | {len(points)} |")
print(f"\nglmnet / RiskKit: {glmnet[0] / best['seconds']:.1f}; {path['looks']} looks, "
      f"{path['hessians']} Hessians")
out = json.loads(subprocess.run(
    [program, train, train, os.path.join(folder, "scores"),
     json.dumps({"learner": "logistic", "penalty": "elasticnet", "l1Ratio": ratio, "holdOut": 0,
                 "threads": threads, "folds": 10}), ours],
    check=True, capture_output=True, text=True).stdout)
print(f"with 10 folds: {out['seconds']:.2f} s")
deviation = X.std(0)
worst = 0
table = np.loadtxt(theirs, delimiter=",")
for point, row in zip(points, table):
    assert abs(point["lambda"] / row[0] - 1) < 1e-6, "the paths have different lambdas"
    mine = np.zeros(features)
    for name, value in point["coefficients"].items():
        mine[int(name.removeprefix("feature")) - 1000] = value
    worst = max(worst, np.abs((mine - row[2:]) * deviation).max())
print(f"{min(len(points), len(table))} lambdas compared: coefficients differ by {worst:.1e} at most")
sys.exit(int(worst > 1e-4))
