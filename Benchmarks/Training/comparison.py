"""What rivals.py, glass_box.py, cards.py and cost.py share: matrices in memory, trained side by side.

Every system gets the same matrix and the same threads, and builds its bins within its time: LightGBM, XGBoost,
scikit-learn and InterpretML float32, row after row, RiskKit columns of doubles that hold the same numbers. A
line a system: seconds by the clock, seconds of the processors' work (what counts where the machine has
other things to do; threads that wait count as work), and the log loss on rows that nobody saw.
"""
import json, os, subprocess, sys, time

ENOUGH = 0.00003  # a log loss that is no more than so much higher counts as reached


def use_threads(threads):
    """To be called before numpy is loaded."""
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
        os.environ[name] = str(threads)


def save(path, X, y):
    import numpy as np

    with open(path, "wb") as f:
        np.array(X.shape, dtype=np.int64).tofile(f)
        for j in range(X.shape[1]):
            X[:, j].astype(np.float64).tofile(f)
        y.astype(np.float64).tofile(f)


class Comparison:
    """Rows that train, rows that judge, and the systems."""

    def __init__(self, program, folder, threads, X, y, Xt, yt):
        self.program, self.folder, self.threads = program, folder, threads
        self.X, self.y, self.Xt, self.yt = X, y, Xt, yt
        self.paths = [os.path.join(folder, "train"), os.path.join(folder, "test")]
        save(self.paths[0], X, y)
        save(self.paths[1], Xt, yt)

    def header(self):
        print("| | seconds | work | log loss |\n| --- | --- | --- | --- |", flush=True)

    def say(self, name, seconds, work, z=None):
        import numpy as np

        loss = None
        if z is not None:
            loss = float(np.mean(np.logaddexp(0, np.where(self.yt == 1, -z, z))))
        print(f"| {name} | {seconds:.2f} | {work:.2f} | {'' if loss is None else f'{loss:.6f}'} |",
              flush=True)
        return seconds, loss

    def measure(self, name, train, score=None):
        start, work = time.time(), time.process_time()
        model = train()
        seconds, work = time.time() - start, time.process_time() - work
        return self.say(name, seconds, work, None if score is None else score(model))

    def riskkit(self, name, **settings):
        import numpy as np

        scores = os.path.join(self.folder, "scores")
        out = subprocess.run(
            [self.program, *self.paths, scores, json.dumps(dict(settings, threads=self.threads))],
            check=True, capture_output=True, text=True).stdout
        times = json.loads(out)
        rounds = "1 round" if times["rounds"] == 1 else f"{times['rounds']} rounds"
        return self.say(f"{name}, {rounds}", times["seconds"], times["work"], np.fromfile(scores))

    def lightgbm(self, bins, rounds, **settings):
        """Seconds of the bins, seconds in all, log loss; None where it is not installed."""
        try:
            import lightgbm as lgb
        except ImportError:
            print("| LightGBM | not installed | | |")
            return None
        params = dict(objective="binary", num_leaves=2, learning_rate=0.1, num_threads=self.threads,
                      max_bin=bins, min_data_in_leaf=20, verbose=-1, **settings)
        name = f"LightGBM {lgb.__version__}, {bins} bins: the"
        # Bins take little time, so the fastest of some counts, as RiskKit's of REPEAT.
        first = float("inf")
        for _ in range(int(os.environ.get("REPEAT", "1"))):
            data = lgb.Dataset(self.X, self.y, params=params)
            first = min(first, self.measure(f"{name} bins", lambda: data.construct())[0])
        second, loss = self.measure(f"{name} {rounds} rounds", lambda: lgb.train(params, data, rounds),
                                    lambda model: model.predict(self.Xt, raw_score=True))
        return first, first + second, loss

    def xgboost(self, bins, rounds):
        try:
            import xgboost as xgb
        except ImportError:
            print("| XGBoost | not installed | | |")
            return None
        params = dict(objective="binary:logistic", max_depth=1, eta=0.1, nthread=self.threads,
                      tree_method="hist", max_bin=bins)
        return self.measure(
            f"XGBoost {xgb.__version__}, {bins} bins, {rounds} rounds",
            lambda: xgb.train(
                params,
                xgb.QuantileDMatrix(self.X, self.y, nthread=self.threads, max_bin=bins), rounds),
            lambda model: model.inplace_predict(self.Xt, predict_type="margin"))

    def scikit_learn(self, rounds):
        try:
            import sklearn
            from sklearn.ensemble import HistGradientBoostingClassifier
        except ImportError:
            print("| scikit-learn | not installed | | |")
            return None
        return self.measure(
            f"scikit-learn {sklearn.__version__} HistGradientBoosting, {rounds} rounds",
            lambda: HistGradientBoostingClassifier(
                max_leaf_nodes=2, learning_rate=0.1, max_iter=rounds,
                early_stopping=False).fit(self.X, self.y),
            lambda model: model.decision_function(self.Xt))

    def interpret(self):
        try:
            from interpret.glassbox import ExplainableBoostingClassifier
            from importlib.metadata import version
        except ImportError:
            print("| InterpretML | not installed | | |")
            return None
        return self.measure(
            f"InterpretML {version('interpret-core')}, main effects, one bag",
            lambda: ExplainableBoostingClassifier(
                interactions=0, outer_bags=1, n_jobs=self.threads).fit(self.X, self.y),
            lambda model: model.decision_function(self.Xt))


# The rules of LightGBM's defaults, for RiskKit: one run on all rows, its learning rate, no penalty.
PLAIN = dict(learner="stumps", learningRate=0.1, l2=0, minimumLeafHessian=0.001, bags=1, smoothing=0,
             holdOut=0)


def ratio(name, ours, theirs):
    """Says how much faster RiskKit reached a rival's log loss."""
    if theirs is None:
        return
    (mine, my_loss), (seconds, loss) = ours, theirs[-2:]
    reached = "reached" if my_loss <= loss + ENOUGH else "NOT reached"
    print(f"{name}: {loss:.6f} in {seconds:.2f} s, {reached} by RiskKit ({my_loss:.6f}) in "
          f"{mine:.2f} s: {seconds / mine:.1f} times as fast", flush=True)


def with_peers(make):
    """gen.py of $RISKKIT_PEERS (../shared/peers) where there is one, else the world given."""
    peers = os.environ.get("RISKKIT_PEERS",
                           os.path.join(os.path.dirname(__file__), "../../../shared/peers"))
    if os.path.exists(os.path.join(peers, "gen.py")):
        sys.path.insert(0, peers)
        from gen import make

        print("world: gen.py of RISKKIT_PEERS")
    else:
        print("world: this script's own")
    return make


def own_world(rows, features, seed=0):
    """3 % events; normal and counting features that hang together; steps, waves and bends in the
    log-odds; 2 % of the values missing."""
    import numpy as np

    r = np.random.default_rng(seed)
    common = r.standard_normal((rows, 4), dtype=np.float32)
    X = np.empty((rows, features), np.float32)
    z = np.zeros(rows, np.float32)
    for j in range(features):
        x = common @ (r.standard_normal(4, dtype=np.float32) * 0.6)
        x += r.standard_normal(rows, dtype=np.float32)
        shape = [np.tanh(x), 0.7 * (np.abs(x) > 1.2), 0.5 * np.sin(1.5 * x)][j % 3]
        z += r.normal() * shape
        x = np.floor(np.exp(np.clip(x, -4, 5))) if j % 2 else x
        x[r.integers(0, rows, rows // 50)] = np.nan
        X[:, j] = x
    z = 1.6 * z / z.std() + r.logistic(size=rows)
    return X, (z > np.quantile(z, 0.97)).astype(np.int32)
