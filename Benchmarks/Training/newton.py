"""Logistic regression by Newton's method, RiskKit beside scikit-learn. `make bench-newton` calls this.

    python newton.py BENCH-TRAINING FOLDER THREADS ROUNDS SIZE...     SIZE: ROWSxFEATURES

Everyone gets the same values in memory and minimises the same objective, the sum of the log losses + 1/2
sum of the squared coefficients, the intercept free: scikit-learn a matrix row after row in float32 or
float64, RiskKit columns of doubles that hold the float32 values. No value is missing, all columns are
standardised beforehand. The fastest of ROUNDS counts.

"off" is how far the objective is above the optimum, as a share of it. The optimum is found here, in
float64, by Newton steps until they no longer lower the objective. Exit code 1 where RiskKit's is off by more than 1e-9.
"""
import json, os, subprocess, sys, time, warnings

program, folder, threads, rounds = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[name] = str(threads)
import numpy as np
import sklearn
from sklearn.linear_model import LogisticRegression

try:
    from daal4py import daalinit
    from sklearnex.linear_model import LogisticRegression as IntelRegression

    daalinit(threads)
except ImportError:
    IntelRegression = None
warnings.filterwarnings("ignore")
BLOCK = 1 << 14


def world(rows, features, seed=0):
    """3 % events; normal and counting features that hang together; steps, waves and bends."""
    r = np.random.default_rng(seed)
    common = r.normal(size=(rows, 6)).astype(np.float32)
    X = np.empty((rows, features), np.float32)
    z = np.zeros(rows, np.float32)
    for j in range(features):
        x = common @ (r.normal(size=6).astype(np.float32) * 0.5) + r.normal(size=rows).astype(np.float32)
        z += r.normal() * [np.tanh(x), 0.7 * (np.abs(x) > 1.2), 0.5 * np.sin(1.5 * x)][j % 3]
        X[:, j] = np.floor(np.exp(np.clip(x, -4, 5))) if j % 2 else x
    z = 1.6 * z / z.std() + r.logistic(size=rows)
    return X, (z > np.quantile(z, 0.97)).astype(int)


peers = os.environ.get("RISKKIT_PEERS", os.path.join(os.path.dirname(__file__), "../../../shared/peers"))
if os.path.exists(os.path.join(peers, "gen.py")):
    sys.path.insert(0, peers)
    from gen import make as world

    print("world: gen.py of RISKKIT_PEERS\n")
else:
    print("world: this script's own\n")


def prepared(rows, features):
    X, y = world(rows, features)
    X = np.nan_to_num(X)
    X = np.log1p(np.abs(X)) * np.sign(X)
    return np.ascontiguousarray((X - X.mean(0)) / X.std(0), np.float32), y


def objective(X, y, theta, derivatives=False):
    """In float64, block after block; with gradient and Hessian where they are asked for."""
    loss, order = [], len(theta)
    gradient, hessian = np.zeros(order), np.zeros((order, order))
    for start in range(0, len(y), BLOCK):
        A = np.empty((min(BLOCK, len(y) - start), order))
        A[:, 0], A[:, 1:] = 1, X[start : start + BLOCK]
        z, label = A @ theta, y[start : start + BLOCK]
        loss.append(np.logaddexp(0, np.where(label == 1, -z, z)).sum())
        if derivatives:
            p = 1 / (1 + np.exp(-z))
            gradient += A.T @ (p - label)
            hessian += (A * (p * (1 - p))[:, None]).T @ A
    value = np.sum(loss) + theta[1:] @ theta[1:] / 2
    gradient[1:] += theta[1:]
    hessian[np.arange(1, order), np.arange(1, order)] += 1
    return (value, gradient, hessian) if derivatives else value


def optimum(X, y, theta):
    """From a solution nearby."""
    best = np.inf
    for _ in range(6):
        value, gradient, hessian = objective(X, y, theta, derivatives=True)
        if value >= best:
            break
        best, theta = value, theta - np.linalg.solve(hessian, gradient)
    return best


def gemm_rate(dtype):
    """Floating-point operations a second of this machine's BLAS with these threads."""
    a = np.ones((2048, 2048), dtype)
    a @ a
    times = []
    for _ in range(3):
        start = time.time()
        a @ a
        times.append(time.time() - start)
    return 2 * 2048**3 / min(times)


def read_rate(X):
    X.sum()
    start = time.time()
    X.sum()
    return X.nbytes / (time.time() - start)


def theirs(train):
    best = None
    for _ in range(rounds):
        start, work = time.time(), time.process_time()
        model = train()
        now = time.time() - start, time.process_time() - work
        best = now if best is None or now < best else best
    theta = np.concatenate([np.ravel(model.intercept_), np.ravel(model.coef_)]).astype(np.float64)
    return *best, int(np.ravel(model.n_iter_)[0]), theta


def ours(features, **settings):
    settings = dict(learner="logistic", l2=1, standardize=False, holdOut=0, threads=threads, **settings)
    train, out = os.path.join(folder, "train"), os.path.join(folder, "model.json")
    # As for the others: all rounds in one process, which has the memory of the first from then on.
    line = json.loads(subprocess.run(
        [program, train, train, os.path.join(folder, "scores"), json.dumps(settings), out],
        env=dict(os.environ, REPEAT=str(rounds)), check=True, capture_output=True, text=True).stdout)
    model = json.load(open(out))
    theta = np.zeros(features + 1)
    theta[0] = model["intercept"]
    for name, value in model["coefficients"].items():
        theta[int(name.removeprefix("feature")) - 999] = value
    return line["seconds"], line["work"], line["rounds"], theta


def compare(rows, features):
    X, y = prepared(rows, features)
    with open(os.path.join(folder, "train"), "wb") as f:
        np.array(X.shape, dtype=np.int64).tofile(f)
        for j in range(features):
            X[:, j].astype(np.float64).tofile(f)
        y.astype(np.float64).tofile(f)
    print(f"{rows} rows x {features} features, {y.mean():.1%} events, {threads} threads\n")
    lines = []
    lines.append(("**RiskKit**, the fit alone", *ours(features, diagnostics=False)))
    lines.append(("**RiskKit**, with checks and standard errors", *ours(features)))
    own = len(lines)
    wide = X.astype(np.float64)
    name = f"scikit-learn {sklearn.__version__} newton-cholesky"
    for label, A in (("float32", X), ("float64", wide)):
        for tol in (1e-4, 1e-8):
            lines.append((f"{name}, {label}, tol {tol:.0e}", *theirs(
                lambda: LogisticRegression(C=1, solver="newton-cholesky", tol=tol).fit(A, y))))
    if IntelRegression is None:
        print("scikit-learn-intelex is not installed\n")
    else:
        for label, A in (("float32", X), ("float64", wide)):
            lines.append((f"scikit-learn-intelex lbfgs, {label}, tol 1e-08", *theirs(
                lambda: IntelRegression(C=1, solver="lbfgs", tol=1e-8, max_iter=500).fit(A, y))))
    del wide
    best = optimum(X, y, lines[own + 3][-1])
    print("| | seconds | work | iterations | off |\n| --- | --- | --- | --- | --- |")
    off = []
    for name, seconds, work, steps, theta in lines:
        off.append(objective(X, y, theta) / best - 1)
        print(f"| {name} | {seconds:.2f} | {work:.2f} | {steps} | {off[-1]:.1e} |")
    strict = [line for line in lines[own:] if "float64" not in line[0] or "intelex" in line[0]]
    strict = [line for line in strict if "1e-08" in line[0]]
    rival = min(strict, key=lambda line: line[1])
    print(f"\nfastest of the two rivals that count: {rival[0]}, {rival[1]:.2f} s; as a multiple of RiskKit's time: "
          f"{rival[1] / lines[0][1]:.1f} (the fit), {rival[1] / lines[1][1]:.1f} (with checks)")
    accurate = [line for line, gap in zip(lines[own:], off[own:]) if gap <= 1e-9]
    if accurate:
        rival = min(accurate, key=lambda line: line[1])
        print(f"fastest rival within 1e-9 of the optimum: {rival[0]}, {rival[1]:.2f} s: "
              f"{rival[1] / lines[0][1]:.1f} and {rival[1] / lines[1][1]:.1f}")
    flops = rows * (features + 1) ** 2
    single, double, read = gemm_rate(np.float32), gemm_rate(np.float64), read_rate(X)
    print(f"floor: one Hessian is {flops / 1e9:.1f} Gflop (SYRK), {flops / single:.3f} s in single and "
          f"{flops / double:.3f} s in double precision at this BLAS's {single / 1e9:.0f} and "
          f"{double / 1e9:.0f} Gflop/s;\nreading {2 * X.nbytes / 1e6:.0f} MB of doubles once "
          f"{2 * X.nbytes / read:.3f} s at {read / 1e9:.0f} GB/s (one thread)\n")
    return max(off[:own])


worst = max(compare(*map(int, size.split("x"))) for size in sys.argv[5:])
print(f"RiskKit's objective is off by {worst:.1e} at most")
sys.exit(int(worst > 1e-9))
