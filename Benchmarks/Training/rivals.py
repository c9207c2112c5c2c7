"""Training side by side: RiskKit, LightGBM, XGBoost, scikit-learn. `make bench-training` calls this.

    python rivals.py BENCH-TRAINING FOLDER ROWS FEATURES ROUNDS THREADS

Every system gets the same matrix in memory and the same number of threads, and builds its bins within
its time. Lines of one group go one after the other, so that they meet the same machine. A line a system: seconds by the clock, seconds of the processors' work (what counts where
the machine has other things to do; with several threads waiting counts as work), and the log loss on
rows that nobody saw.
"""
import json, os, subprocess, sys, time

program, folder, rows, features, rounds, threads = (
    sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4]), int(sys.argv[5]), sys.argv[6])
for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ[name] = threads
import numpy as np

HELD_OUT = 100_000


def world(rows, features, seed=0):
    """3 % events; normal and counting features that hang together; steps, waves and bends in the
    log-odds; 2 % of the values missing."""
    r = np.random.default_rng(seed)
    common = r.normal(size=(rows, 6))
    X = np.empty((rows, features))
    z = np.zeros(rows)
    for j in range(features):
        x = common @ (r.normal(size=6) * 0.5) + r.normal(size=rows)
        shape = [np.tanh(x), 0.7 * (np.abs(x) > 1.2), 0.5 * np.sin(1.5 * x)][j % 3]
        z += r.normal() * shape
        X[:, j] = np.floor(np.exp(np.clip(x, -4, 5))) if j % 2 else np.round(x, 3)
    z = 1.6 * z / z.std() + r.logistic(size=rows)
    X[r.random(X.shape) < 0.02] = np.nan
    return X, (z > np.quantile(z, 0.97)).astype(int)


def save(path, X, y):
    with open(path, "wb") as f:
        np.array(X.shape, dtype=np.int64).tofile(f)
        X.ravel(order="F").tofile(f)
        y.astype(float).tofile(f)


def log_loss(y, z):
    return np.mean(np.logaddexp(0, np.where(y == 1, -z, z)))


def say(name, seconds, work, z):
    print(f"| {name} | {seconds:.2f} | {work:.2f} | {log_loss(yt, z):.6f} |", flush=True)


def theirs(name, train, score):
    start, work = time.time(), time.process_time()
    model = train()
    seconds, work = time.time() - start, time.process_time() - work
    if score is None:
        print(f"| {name} | {seconds:.2f} | {work:.2f} | |", flush=True)
    else:
        say(name, seconds, work, score(model))


def ours(name, **settings):
    out = subprocess.run(
        [program, *paths, os.path.join(folder, "scores"),
         json.dumps(dict(settings, holdOut=0, threads=int(threads)))],
        check=True, capture_output=True, text=True).stdout
    times = json.loads(out)
    say(name, times["seconds"], times["work"], np.fromfile(os.path.join(folder, "scores")))


peers = os.environ.get("RISKKIT_PEERS", os.path.join(os.path.dirname(__file__), "../../../shared/peers"))
if os.path.exists(os.path.join(peers, "gen.py")):
    sys.path.insert(0, peers)
    from gen import make

    X, y = make(rows + HELD_OUT, features)
    print("world: gen.py of RISKKIT_PEERS")
else:
    X, y = world(rows + HELD_OUT, features)
    print("world: this script's own")
X, Xt, y, yt = X[:rows], X[rows:], y[:rows], y[rows:]
paths = [os.path.join(folder, "train"), os.path.join(folder, "test")]
save(paths[0], X.astype(float), y)
save(paths[1], Xt.astype(float), yt)
print(f"{rows} rows x {features} features, {y.mean():.1%} events, {rounds} rounds, {threads} threads\n")
print("| | seconds | work | log loss |\n| --- | --- | --- | --- |")
threads = int(threads)
plain = dict(learner="stumps", learningRate=0.1, l2=0, minimumLeafHessian=0.001, bags=1, smoothing=0)
ours("RiskKit stumps, bins and one round", boostingRounds=1, bins=64, **plain)
for bins in (64, 255):
    # P = features x 256 columns: the Gram matrix of 50 features takes 655 MB.
    ours(f"RiskKit stumps, {bins} bins", boostingRounds=rounds, bins=bins, gramMemory=1000, **plain)
    try:
        import lightgbm as lgb
    except ImportError:
        print("| LightGBM | not installed | | |")
        continue
    params = dict(objective="binary", num_leaves=2, learning_rate=0.1, num_threads=threads,
                  max_bin=bins, min_data_in_leaf=20, verbose=-1)
    data = lgb.Dataset(X, y, params=params)
    theirs(f"LightGBM {lgb.__version__}, {bins} bins: the bins", lambda: data.construct(), None)
    theirs(f"LightGBM {lgb.__version__}, {bins} bins: the rounds",
           lambda: lgb.train(params, data, rounds), lambda model: model.predict(Xt, raw_score=True))
try:
    import xgboost as xgb

    params = dict(objective="binary:logistic", max_depth=1, eta=0.1, nthread=threads,
                  tree_method="hist", max_bin=256)
    theirs(f"XGBoost {xgb.__version__}, 256 bins",
           lambda: xgb.train(params, xgb.QuantileDMatrix(X, y, nthread=threads), rounds),
           lambda model: model.inplace_predict(Xt, predict_type="margin"))
except ImportError:
    print("| XGBoost | not installed | | |")
try:
    import sklearn
    from sklearn.ensemble import HistGradientBoostingClassifier

    theirs(f"scikit-learn {sklearn.__version__} HistGradientBoosting",
           lambda: HistGradientBoostingClassifier(
               max_leaf_nodes=2, learning_rate=0.1, max_iter=rounds, early_stopping=False).fit(X, y),
           lambda model: model.decision_function(Xt))
except ImportError:
    print("| scikit-learn | not installed | | |")
ours("RiskKit logistic regression", learner="logistic")
try:
    import sklearn
    from sklearn.linear_model import LogisticRegression

    mean = np.nanmean(X, 0)
    A, At = ((np.hstack([np.where(np.isnan(M), mean, M), np.isnan(M)])) for M in (X, Xt))
    centre, sd = A.mean(0), A.std(0)
    A, At = (A - centre) / sd, (At - centre) / sd
    theirs(f"scikit-learn {sklearn.__version__} newton-cholesky, float64, prepared",
           lambda: LogisticRegression(C=1, solver="newton-cholesky", tol=1e-8).fit(A, y),
           lambda model: model.decision_function(At))
except ImportError:
    print("| scikit-learn | not installed | | |")
