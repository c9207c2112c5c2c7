"""The folds of scikit-learn, for StratifiedFoldsTests.

    python folds.py > folds.json

Written with scikit-learn 1.9.1 and NumPy 2.4.6.
"""
import json
import numpy as np
from sklearn.model_selection import StratifiedKFold

cases = []
for rows, step, first, count, seed in [
    (10, 2, 1, 2, 0), (37, 3, 0, 3, 7), (200, 7, 0, 5, 42), (1000, 33, 5, 10, 42), (1013, 2, 1, 5, 4294967295),
]:
    # Positive are the rows `first`, `first + step`, …
    labels = np.zeros(rows, dtype=int)
    labels[first::step] = 1
    folds = np.empty(rows, dtype=int)
    split = StratifiedKFold(count, shuffle=True, random_state=seed).split(np.zeros((rows, 1)), labels)
    for fold, (_, test) in enumerate(split):
        folds[test] = fold
    cases.append(dict(rows=rows, step=step, first=first, count=count, seed=seed,
                      folds="".join(map(str, folds))))
print(json.dumps(cases, indent=1))
