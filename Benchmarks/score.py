"""`risk score` from CSV to CSV beside Polars and lleaves: see score.sh.

    score.py RISK FOLDER STUMPS MILLIONS ...

LightGBM learns the stumps; RiskKit imports that very model, lleaves compiles it, and the log-odds that both
write are compared. Each chain is a process of its own, so that its peak memory is its own, and they take
turns; the best of three counts. What a chain does once for a model (importing, compiling) is not counted.
"""

import os
import subprocess
import sys
import time
import warnings

THREADS = 2
os.environ["POLARS_MAX_THREADS"] = os.environ["OMP_NUM_THREADS"] = str(THREADS)
warnings.filterwarnings("ignore")
FEATURES = 50


def world(n, seed=0):
    """3 % events; every second feature a count with a long tail, the others with six decimals, 2 % missing."""
    import numpy as np

    r = np.random.default_rng(seed)
    common = np.random.default_rng(1).normal(size=(8, FEATURES)) * 0.6
    weights = np.random.default_rng(2).normal(size=FEATURES)
    X = r.normal(size=(n, 8)) @ common + r.normal(size=(n, FEATURES))
    X[:, ::2] = np.floor(np.exp(X[:, ::2].clip(-4, 6)))
    X[:, 1::2] = X[:, 1::2].round(6)
    z = (np.tanh(X / 3) * weights).sum(axis=1)
    z = 1.6 * (z - z.mean()) / z.std() + r.logistic(size=n)
    X[r.random(X.shape) < 0.02] = np.nan
    return X, (z > np.quantile(z, 0.97)).astype(int)


def write(path, rows):
    """In parts, so that the script needs no more memory than what it measures."""
    import numpy as np
    import polars as pl

    names = [f"f{j}" for j in range(FEATURES)]
    with open(path, "wb") as file:
        for start in range(0, rows, 200_000):
            X, _ = world(min(200_000, rows - start), seed=start + 10)
            frame = pl.DataFrame(dict(zip(names, X.T))).fill_nan(None)
            frame = frame.with_columns(
                pl.col(names[::2]).cast(pl.Int64),
                id=pl.Series([f"s{start + i:09d}" for i in range(len(X))]))
            frame.select("id", *names).write_csv(file, include_header=start == 0)


def learn(folder, stumps, risk):
    import lightgbm as lgb

    X, y = world(100_000, seed=1)
    names = [f"f{j}" for j in range(FEATURES)]
    booster = lgb.train(
        dict(objective="binary", num_leaves=2, max_bin=63, learning_rate=0.1, verbose=-1,
             num_threads=THREADS),
        lgb.Dataset(X, y, feature_name=names), stumps)
    booster.save_model(f"{folder}/m.txt")
    subprocess.run(
        [risk, "import", f"{folder}/m.txt", "--name", "m", "--output", f"{folder}/m.risk.json"],
        check=True, stdout=subprocess.DEVNULL)
    try:
        import lleaves

        model = lleaves.Model(f"{folder}/m.txt")
        model.compile(cache=f"{folder}/m.lleaves", raw_score=True)
        return "lleaves"
    except ImportError:
        return "LightGBM"


def chain(folder, source, target):
    """The rivals' way, in a process of its own."""
    import numpy as np
    import polars as pl

    frame = pl.read_csv(source)
    X = frame.drop("id").to_numpy()
    try:
        import lleaves

        model = lleaves.Model(f"{folder}/m.txt")
        model.compile(cache=f"{folder}/m.lleaves", raw_score=True)
        raw = model.predict(np.ascontiguousarray(X, np.float64), n_jobs=THREADS)
    except ImportError:
        import lightgbm as lgb

        raw = lgb.Booster(model_file=f"{folder}/m.txt").predict(
            X, raw_score=True, num_threads=THREADS)
    frame.select(
        "id", log_odds=pl.Series(raw), probability=pl.Series(1 / (1 + np.exp(-raw)))
    ).write_csv(target)


def scan(source):
    """The floor: counting line ends, block by block."""
    start = time.time()
    lines = 0
    with open(source, "rb", buffering=0) as file:
        while block := file.read(1 << 20):
            lines += block.count(b"\n")
    return time.time() - start


def aside(*arguments):
    """Has this script do something in a process of its own: what a chain's process is said to have had at
    its peak is never less than what its parent had when it began, so this one must stay small."""
    subprocess.run([sys.executable, __file__, *map(str, arguments)], check=True)


def measured(command):
    start = time.time()
    process = subprocess.Popen(command)
    _, status, usage = os.wait4(process.pid, 0)
    if status:
        sys.exit(f"{command[0]} ended with {os.waitstatus_to_exitcode(status)}")
    return (
        time.time() - start, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024)


def main():
    risk, folder, stumps = sys.argv[1], sys.argv[2], int(sys.argv[3])
    aside("--learn", folder, stumps, risk)
    with open(f"{folder}/rival") as file:
        rival = file.read()
    print(f"{FEATURES} features, {stumps} stumps, {THREADS} threads; best of three, taking turns")
    print(f"{'':24}{'rows':>10}{'GB':>6}{'seconds':>9}{'work s':>8}{'rows/s':>10}{'peak MB':>9}"
          "  as long")
    for millions in sys.argv[4:]:
        rows = int(float(millions) * 1e6)
        source = f"{folder}/base.csv"
        aside("--write", source, rows)
        size = os.path.getsize(source) / 1e9
        ways = {
            "risk score": [
                risk, "score", "--model", f"{folder}/m.risk.json", "--input", source, "--output",
                f"{folder}/risk.csv", "--threads", str(THREADS), "--quiet"],
            f"Polars + {rival}": [
                sys.executable, __file__, "--chain", folder, source, f"{folder}/rival.csv"],
        }
        best = {}
        for _ in range(3):
            for name, command in ways.items():
                best[name] = min(best.get(name, (1e9,)), measured(command))
        own = best["risk score"][0]
        for name, (seconds, work, peak) in best.items():
            print(f"{name:24}{rows:10,}{size:6.2f}{seconds:9.2f}{work:8.2f}{rows / seconds:10,.0f}"
                  f"{peak:9,.0f}  {seconds / own:.2f} ×", flush=True)
        floor = min(scan(source) for _ in range(3))
        print(f"{'floor: counting lines':24}{rows:10,}{size:6.2f}{floor:9.2f}{'':8}{rows / floor:10,.0f}"
              f"{'':9}  {floor / own:.2f} ×", flush=True)
        aside("--compare", folder)


def compare(folder):
    import polars as pl

    a = pl.read_csv(f"{folder}/risk.csv", columns=["id", "log_odds"])
    b = pl.read_csv(f"{folder}/rival.csv", columns=["id", "log_odds"])
    if not a["id"].equals(b["id"]):
        sys.exit("the ids differ")
    largest = (a["log_odds"] - b["log_odds"]).abs().max()
    bound = FEATURES * 2**-19
    print(f"{'':24}largest difference of log-odds {largest:.2e}; allowed {bound:.2e} "
          "(2^-19 a feature)")
    if largest > bound:
        sys.exit("the scores differ")


if __name__ == "__main__":
    if sys.argv[1] == "--chain":
        chain(*sys.argv[2:])
    elif sys.argv[1] == "--learn":
        with open(f"{sys.argv[2]}/rival", "w") as file:
            file.write(learn(sys.argv[2], int(sys.argv[3]), sys.argv[4]))
    elif sys.argv[1] == "--write":
        write(sys.argv[2], int(sys.argv[3]))
    elif sys.argv[1] == "--compare":
        compare(sys.argv[2])
    else:
        main()
