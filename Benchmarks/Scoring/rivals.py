"""The same rows through the same thousand stumps: RiskKit's C library beside the others, in one process.

    python rivals.py LIBRISKSCORE SCORING-BENCHMARK SINGLE-ROW FOLDER ROWS STUMPS

LightGBM learns the stumps (63 bins); RiskKit, lleaves and LightGBM itself score that very model, and the
log-odds must agree. XGBoost and CatBoost learn as many of their own from the same rows. Each gets the
matrix in the form that it likes best. The best of a few runs counts, and all take turns, so that a busy
machine is busy for all: what counts is the last column. SINGLE-ROW is single_row.c, compiled.
"""
import ctypes as c
import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

lib, bench, single, folder, rows, stumps = (*sys.argv[1:5], int(sys.argv[5]), int(sys.argv[6]))
THREADS = 2
os.environ["OMP_NUM_THREADS"] = str(THREADS)
import numpy as np

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../Tests/Embedding"))
import warnings

warnings.filterwarnings("ignore")
FEATURES = 50


def world(n, p, seed=0):
    """3 % events; every second feature a count with a long tail, 2 % missing."""
    r = np.random.default_rng(seed)
    common = r.normal(size=(8, p)) * 0.6
    X = (r.normal(size=(n, 8)) @ common + r.normal(size=(n, p))).astype(np.float32)
    X[:, ::2] = np.floor(np.exp(X[:, ::2].clip(-4, 6)))
    z = np.zeros(n)
    for j, w in enumerate(r.normal(size=p)):
        s = (X[:, j] - np.median(X[:, j])) / (X[:, j].std() + 1e-6)
        z += w * [np.tanh(s), 0.7 * (np.abs(s) > 1), 0.5 * np.sin(1.5 * s)][j % 3]
    z = 1.6 * z / z.std() + r.logistic(size=n)
    X[r.random(X.shape) < 0.02] = np.nan
    return X, (z > np.quantile(z, 0.97)).astype(int)


class Column(c.Structure):
    _fields_ = [("values", c.c_void_p), ("stride", c.c_ssize_t), ("validity", c.c_void_p),
                ("bit_offset", c.c_size_t), ("type", c.c_int), ("name", c.c_char_p)]


class Scores(c.Structure):
    _fields_ = [(n, c.c_void_p) for n in ("units", "log_odds", "probability", "points")]


class RiskKit:
    """libriskscore over a matrix: pointers into it, nothing copied."""

    def __init__(self, path):
        self.rsk = rsk = c.CDLL(lib)
        rsk.rsk_last_error.restype = rsk.rsk_model_feature_name.restype = c.c_char_p
        rsk.rsk_model_feature_count.restype = c.c_size_t
        rsk.rsk_model_feature_count.argtypes = [c.c_void_p]
        rsk.rsk_model_feature_name.argtypes = [c.c_void_p, c.c_size_t]
        rsk.rsk_score.argtypes = [c.c_void_p, c.c_void_p, c.c_size_t, c.c_size_t, c.c_int32, c.c_void_p]
        self.model = c.c_void_p()
        if rsk.rsk_model_load_file(path.encode(), c.byref(self.model)):
            sys.exit(rsk.rsk_last_error().decode())
        count = rsk.rsk_model_feature_count(self.model)
        self.places = [int(rsk.rsk_model_feature_name(self.model, i).decode().split("_")[1])
                       for i in range(count)]

    def scorer(self, X, threads, **outputs):
        columns = (Column * len(self.places))(*[
            Column(X[:, j].ctypes.data, X.strides[0], None, 0, 0 if X.itemsize == 4 else 1)
            for j in self.places])
        scores = Scores(**{k: v.ctypes.data for k, v in outputs.items()})

        def run():
            if self.rsk.rsk_score(self.model, columns, len(columns), len(X), threads, c.byref(scores)):
                sys.exit(self.rsk.rsk_last_error().decode())
        return run


def turns(runs, repeats):
    """The best seconds of each: (clock, processors' work)."""
    best = {name: [float("inf")] * 2 for name in runs}
    for name in runs:
        runs[name]()
    for _ in range(repeats):
        for name, run in runs.items():
            clock, work = time.perf_counter(), time.process_time()
            run()
            best[name] = [min(best[name][0], time.perf_counter() - clock),
                          min(best[name][1], time.process_time() - work)]
    return best


X, y = world(max(200_000, min(rows, 300_000)), FEATURES)
Xs = np.ascontiguousarray(np.tile(X, (rows // len(X) + 1, 1))[:rows])
Xf = np.asfortranarray(Xs)
import lightgbm as lgb

params = dict(objective="binary", num_leaves=2, learning_rate=0.1, num_threads=THREADS, verbose=-1,
              max_bin=63)
train = slice(0, min(len(X), 200_000))
light = lgb.train(params, lgb.Dataset(X[train], y[train], params=params), stumps)
text, artifact = os.path.join(folder, "stumps.txt"), os.path.join(folder, "stumps.risk.json")
light.save_model(text)
print(subprocess.run([bench, "import", text, artifact], check=True, capture_output=True,
                     text=True).stdout.strip())
ours = RiskKit(artifact)
units, log_odds, probability = np.empty(rows, np.int64), np.empty(rows), np.empty(rows)
points = np.empty(rows, np.int32)
runs, rivals = {}, {}
flat = Xf.ravel(order="K")
halves, pool = np.array_split(flat, THREADS), ThreadPoolExecutor(THREADS)
runs["sum of the matrix, one thread (NumPy)"] = lambda: np.add.reduce(flat)
runs["sum of the matrix, two threads (NumPy)"] = lambda: list(pool.map(np.add.reduce, halves))
both = dict(units=units, probability=probability, points=points)
runs["RiskKit, columns, log-odds"] = ours.scorer(Xf, THREADS, log_odds=log_odds)
runs["RiskKit, columns, probability"] = ours.scorer(Xf, THREADS, probability=probability)
runs["RiskKit, columns, units + probability + points"] = ours.scorer(Xf, THREADS, **both)
runs["RiskKit, columns, one thread, probability"] = ours.scorer(Xf, 1, probability=probability)
runs["RiskKit, rows, probability"] = ours.scorer(Xs, THREADS, probability=probability)
part = slice(0, max(1, rows // 10))  # the slower ones get a tenth of the rows
Xp = Xs[part]
rivals["LightGBM " + lgb.__version__] = (lambda: light.predict(Xp, num_threads=THREADS), part)
try:
    import lleaves

    leaves = lleaves.Model(model_file=text)
    leaves.compile()
    Xd = Xp.astype(np.float64)
    rivals["lleaves " + getattr(lleaves, "__version__", "")] = (
        lambda: leaves.predict(Xd, n_jobs=THREADS), part)
except Exception as error:
    print("lleaves:", error)
try:
    import tl2cgen
    import treelite

    compiled = os.path.join(folder, "stumps.so")
    tl2cgen.export_lib(treelite.frontend.load_lightgbm_model(text), toolchain="gcc",
                       libpath=compiled, params={"parallel_comp": 8}, nthread=THREADS)
    generated, table = tl2cgen.Predictor(compiled, nthread=THREADS), tl2cgen.DMatrix(Xp)
    rivals["TL2cgen " + tl2cgen.__version__] = (lambda: generated.predict(table), part)
except Exception as error:
    print("TL2cgen:", error)
try:
    import xgboost as xgb

    boosted = xgb.train(dict(objective="binary:logistic", max_depth=1, eta=0.1, nthread=THREADS,
                             max_bin=63), xgb.QuantileDMatrix(X[train], y[train], max_bin=63), stumps)
    rivals["XGBoost " + xgb.__version__] = (lambda: boosted.inplace_predict(Xp), part)
    path, own = os.path.join(folder, "xgb.json"), os.path.join(folder, "xgb.risk.json")
    boosted.save_model(path)
    print(subprocess.run([bench, "import", path, own], check=True, capture_output=True,
                         text=True).stdout.strip())
except Exception as error:
    print("XGBoost:", error)
try:
    import catboost

    cat = catboost.CatBoostClassifier(iterations=stumps, depth=1, learning_rate=0.1, verbose=0,
                                      thread_count=THREADS, boosting_type="Plain", border_count=63,
                                      allow_writing_files=False)
    cat.fit(X[train][:20_000], y[train][:20_000])
    data = catboost.FeaturesData(num_feature_data=Xp)
    rivals["CatBoost " + catboost.__version__] = (
        lambda: cat.predict(data, prediction_type="RawFormulaVal", thread_count=THREADS), part)
except Exception as error:
    print("CatBoost:", error)

runs["RiskKit, columns, probability"]()
expected = light.predict(Xp[:20_000], raw_score=True)
runs["RiskKit, columns, log-odds"]()
difference = np.abs(log_odds[:len(expected)] - expected).max()
print(f"log-odds of RiskKit and LightGBM differ by at most {difference:.2e} on {len(expected)} rows")
assert difference < 50 * 2.0 ** -19 + 1e-9
best = turns({**runs, **{name: run for name, (run, _) in rivals.items()}}, 5)
fastest = best["RiskKit, columns, probability"]
print(f"\n{rows} rows x {FEATURES} features, {stumps} stumps, {THREADS} threads; ns a row\n")
print("| | clock | work | times RiskKit's work |\n| --- | --- | --- | --- |")
for name, (clock, work) in best.items():
    count = len(Xp) if name in rivals else rows
    print(f"| {name} | {clock / count * 1e9:.1f} | {work / count * 1e9:.1f} | "
          f"{work / count * rows / fastest[1]:.1f} |")

library = next((os.path.join(d, f) for d, _, fs in os.walk(os.path.dirname(lgb.__file__))
                for f in fs if f.startswith("lib_lightgbm")), "")
print("\nOne row at a time, from C:", flush=True)
X[:20_000].astype(np.float64).tofile(os.path.join(folder, "rows"))
subprocess.run([single, artifact, os.path.join(folder, "rows"), str(FEATURES), library, text],
               check=True)
