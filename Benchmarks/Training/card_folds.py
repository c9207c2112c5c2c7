"""Scorecards of telecom subscribers and credit defaults by five folds, through the command line.

    python card_folds.py RISK DATA FOLDER ['{"bins": 6}' ...]

RISK is the command line tool, DATA the folder of data sets, FOLDER one for what is written. The folds are
StratifiedKFold(5, shuffle, random_state 42), as in folds.py; the subscribers' number is no feature. Each JSON
argument is a set of settings of the scorecard; without one the defaults. Prints mean AUC and log loss, and
the features on the cards.
"""
import json, os, subprocess, sys
import numpy as np, pandas as pd
from sklearn.metrics import log_loss, roc_auc_score
from sklearn.model_selection import StratifiedKFold

risk, data, folder = sys.argv[1:4]
SETTINGS = [json.loads(text) for text in sys.argv[4:]] or [{}]


def world(name):
    if name == "credit":
        table = pd.read_csv(f"{data}/credit/uci-default.csv.gz").iloc[:, 1:]
        return table.rename(columns={table.columns[-1]: "label"})
    table = pd.read_csv(f"{data}/telecom/subscribers.csv").drop(columns="subscriber")
    return table.select_dtypes("number")


for name in ("telecom", "credit"):
    table = world(name)
    folds = list(StratifiedKFold(5, shuffle=True, random_state=42).split(table, table.label))
    for settings in SETTINGS:
        figures = []
        for a, b in folds:
            train, test, model, scores, yaml = (
                os.path.join(folder, f) for f in ("a.csv", "b.csv", "m.risk.json", "s.csv", "s.yaml"))
            table.iloc[a].to_csv(train, index=False)
            table.iloc[b].to_csv(test, index=False)
            with open(yaml, "w") as f:
                json.dump(settings or {"learner": "scorecard"}, f)
            run = subprocess.run(
                [risk, "train", "--data", train, "--label", "label", "--learner", "scorecard", "--settings", yaml,
                 "--output", model, "--json"], check=True, capture_output=True)
            card = json.loads(run.stdout)["run"]["scorecard"]
            subprocess.run([risk, "score", "--model", model, "--input", test, "--output", scores], check=True,
                           capture_output=True)
            p = pd.read_csv(scores).probability.values
            y = table.label.values[b]
            figures.append((roc_auc_score(y, p), log_loss(y, p), len(card["features"])))
        print(f"{name} {json.dumps(settings)}: AUC %.4f log loss %.5f, %.1f features" % tuple(np.mean(figures, 0)),
              flush=True)
