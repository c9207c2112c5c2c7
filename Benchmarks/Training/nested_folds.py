"""Settings of the stump learner chosen by inner folds, on telecom subscribers and credit defaults.

    python nested_folds.py RISK DATA FOLDER telecom,credit '{}' '{"l2": 1}' ...

RISK is the command line tool, DATA the folder of data sets, FOLDER one for what is written (results are kept
there in results.json and not computed twice). Outer folds: StratifiedKFold(5, shuffle, random_state 42), as in
folds.py. Each training set is divided again by StratifiedKFold(4, shuffle, random_state 7); the settings with
the lowest mean log loss there are trained on all of it and measured on the outer fold: no outer fold has a say
in the settings that it measures. Prints for all settings the inner figures (all that may choose), then the
outer figures of what was chosen. OUTER=1 also prints the outer figures of every setting: to be read, not to
choose by. A settings JSON with "ignore": ["COLUMN", ...] leaves columns out.
"""
import hashlib, json, os, subprocess, sys
import numpy as np, pandas as pd
from sklearn.metrics import log_loss, roc_auc_score
from sklearn.model_selection import StratifiedKFold

risk, data, folder = sys.argv[1:4]
NAMES = sys.argv[4].split(",")
SETTINGS = [json.loads(text) for text in sys.argv[5:]] or [{}]
os.makedirs(folder, exist_ok=True)
store = os.path.join(folder, "results.json")
results = json.load(open(store)) if os.path.exists(store) else {}


def world(name):
    if name == "credit":
        table = pd.read_csv(f"{data}/credit/uci-default.csv.gz").iloc[:, 1:]
        return table.rename(columns={table.columns[-1]: "label"})
    return pd.read_csv(f"{data}/telecom/subscribers.csv").drop(columns="subscriber")


def measure(key, settings, train, test):
    """AUC, log loss of the calibrated probabilities, log loss of the scores as they are, rounds."""
    settings = dict(settings)
    ignore = settings.pop("ignore", [])
    digest = hashlib.sha1(json.dumps([key, settings, ignore], sort_keys=True).encode()).hexdigest()
    if digest not in results:
        paths = [os.path.join(folder, f) for f in ("a.csv", "b.csv", "m.risk.json", "s.csv", "s.yaml", "r.json")]
        train.drop(columns=ignore).to_csv(paths[0], index=False)
        test.drop(columns=ignore).to_csv(paths[1], index=False)
        with open(paths[4], "w") as f:
            json.dump({"learner": "stumps", **settings}, f)
        subprocess.run([risk, "train", "--data", paths[0], "--label", "label", "--settings", paths[4], "--output",
                        paths[2], "--report", paths[5], "--quiet"], check=True, capture_output=True)
        subprocess.run([risk, "score", "--model", paths[2], "--input", paths[1], "--output", paths[3], "--columns",
                        "label"], check=True, capture_output=True)
        scores = pd.read_csv(paths[3])
        raw = 1 / (1 + np.exp(-scores.log_odds.values))
        results[digest] = [roc_auc_score(test.label, scores.log_odds), log_loss(test.label, scores.probability),
                           log_loss(test.label, raw), json.load(open(paths[5]))["run"]["rounds"]]
    return results[digest]


for name in NAMES:
    table = world(name)
    outer = list(StratifiedKFold(5, shuffle=True, random_state=42).split(table, table.label))
    inner = np.zeros((len(SETTINGS), 5, 4, 4))
    for fold, (a, _) in enumerate(outer):
        part = table.iloc[a]
        for place, (c, d) in enumerate(StratifiedKFold(4, shuffle=True, random_state=7).split(part, part.label)):
            for index, settings in enumerate(SETTINGS):
                inner[index, fold, place] = measure([name, fold, place], settings, part.iloc[c], part.iloc[d])
        json.dump(results, open(store, "w"))
    for settings, figures in zip(SETTINGS, inner):
        print(f"{name} inner {json.dumps(settings)}: AUC %.5f log loss %.5f, raw %.5f, rounds %.0f"
              % tuple(figures.mean((0, 1))), flush=True)
    chosen = inner[:, :, :, 1].mean(2).argmin(0)
    figures = []
    for fold, (a, b) in enumerate(outer):
        settings = SETTINGS[chosen[fold]]
        figures.append(measure([name, fold], settings, table.iloc[a], table.iloc[b]))
        print(f"{name} fold {fold}: {json.dumps(settings)}", flush=True)
    print(f"{name} OUTER, settings by inner folds: AUC %.4f log loss %.5f, raw %.5f, rounds %.0f"
          % tuple(np.mean(figures, 0)), flush=True)
    if os.environ.get("OUTER"):
        for settings in SETTINGS:
            figures = [measure([name, fold], settings, table.iloc[a], table.iloc[b]) for fold, (a, b) in enumerate(outer)]
            print(f"{name} outer {json.dumps(settings)}: AUC %.4f log loss %.5f, raw %.5f, rounds %.0f"
                  % tuple(np.mean(figures, 0)), flush=True)
    json.dump(results, open(store, "w"))
