"""The folds by group of scikit-learn, for ValidationFoldsTests.

    python group_folds.py > group_folds.json

Written with scikit-learn 1.9.1 and NumPy 2.4.6.
"""
import json
import numpy as np
from sklearn.model_selection import StratifiedGroupKFold

cases = []
for rows, groups, step, count, seed in [
    (12, 6, 2, 2, 0), (60, 60, 3, 3, 7), (400, 90, 7, 5, 42), (1500, 40, 11, 4, 1), (900, 300, 2, 9, 4294967295),
]:
    # Row r is of group r * (r + 1) // 2 % groups, and positive are the rows 0, `step`, 2 `step`, …
    row = np.arange(rows)
    labels = (row % step == 0).astype(int)
    group = row * (row + 1) // 2 % groups
    folds = np.empty(rows, dtype=int)
    split = StratifiedGroupKFold(count, shuffle=True, random_state=seed)
    for fold, (_, test) in enumerate(split.split(np.zeros((rows, 1)), labels, group)):
        folds[test] = fold
    cases.append(dict(rows=rows, groups=groups, step=step, count=count, seed=seed,
                      folds="".join(map(str, folds))))
print(json.dumps(cases, indent=1))
