"""How hard the card-misuse world is: the figures of docs/simulation.md.

    risk simulate card-misuse --subscribers 5000 --days 183 --seed 1 --output world
    python Tests/RiskSimulationTests/Fixtures/separability.py world

Trains on 21 days and tests on 7, with seven days between in which labels become known; cards that are
known as compromised by then are left out. Needs pandas, scikit-learn and LightGBM.
"""
import sys

import lightgbm
import numpy as np
import pandas as pd
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import average_precision_score, roc_auc_score

DAY = 86_400
TRAIN, KNOWN_FROM, TEST = range(101, 122), 115, range(129, 136)

world = sys.argv[1]
data = pd.read_csv(f"{world}/transactions.csv", parse_dates=["TX_DATETIME"])
truth = pd.read_csv(f"{world}/truth.csv", keep_default_na=False)
data[["CIRCUMSTANCE", "TACTIC"]] = truth[["CIRCUMSTANCE", "TACTIC"]]
start = data.TX_DATETIME.min().normalize()
print(f"{len(data):,} payments, {data.TX_FRAUD.mean():.2%} fraud")
print((data.CIRCUMSTANCE.value_counts(normalize=True) * 100).round(2).to_dict())
print(data.groupby(["TX_FRAUD_SCENARIO", "TACTIC"]).TX_AMOUNT.describe()[["count", "mean", "50%"]].round(2))

data["day"] = (data.TX_DATETIME - start).dt.days
data["second"] = ((data.TX_DATETIME - start) / pd.Timedelta("1s")).astype("int64")
data = data[data.day <= TEST[-1]].copy()
data["hour"] = data.TX_DATETIME.dt.hour
data["night"] = (data.hour <= 6).astype(int)
data["weekend"] = (data.TX_DATETIME.dt.day_of_week >= 5).astype(int)


def windows(key, values, days, delay=0):
    """Count and mean of the values of the same key in (t - delay - days, t - delay]."""
    order = data.sort_values([key, "second"], kind="stable").index
    keys = data.loc[order, key].to_numpy()
    place = keys.astype("int64") * 10**10 + data.loc[order, "second"].to_numpy()
    sums = np.concatenate([[0], np.cumsum(values.loc[order])])
    first = np.searchsorted(keys, keys)
    last = np.searchsorted(place, place - delay * DAY, side="right") if delay else np.arange(1, len(place) + 1)
    last = np.maximum(last, first)
    begin = np.maximum(np.searchsorted(place, place - (delay + days) * DAY, side="right"), first)
    count = last - begin
    mean = np.where(count > 0, (sums[last] - sums[begin]) / np.maximum(count, 1), 0)
    return pd.Series(count, order), pd.Series(mean, order)


for days in (1, 7, 30):
    data[f"card_count_{days}d"], data[f"card_mean_{days}d"] = windows("CUSTOMER_ID", data.TX_AMOUNT, days)
    data[f"terminal_count_{days}d"], data[f"terminal_risk_{days}d"] = windows(
        "TERMINAL_ID", data.TX_FRAUD, days, delay=7)
book = ["TX_AMOUNT", "night", "weekend"] + [
    f"{name}_{days}d" for days in (1, 7, 30)
    for name in ("card_count", "card_mean", "terminal_count", "terminal_risk")]
_, terminal_mean = windows("TERMINAL_ID", data.TX_AMOUNT, 30)
for days in (1, 7, 30):
    data[f"over_card_mean_{days}d"] = data.TX_AMOUNT / data[f"card_mean_{days}d"]
data["over_terminal_mean"] = data.TX_AMOUNT / terminal_mean
data["card_mean_jump_1d"] = data.card_mean_1d / data.card_mean_30d
data["card_mean_jump_7d"] = data.card_mean_7d / data.card_mean_30d
data["card_burst_1d"] = data.card_count_1d / data.card_count_30d
data["visits_before"] = data.groupby(["CUSTOMER_ID", "TERMINAL_ID"]).cumcount()
ratios = [
    "over_card_mean_1d", "over_card_mean_7d", "over_card_mean_30d", "over_terminal_mean",
    "card_mean_jump_1d", "card_mean_jump_7d", "card_burst_1d", "visits_before", "hour"]

train, test = data[data.day.isin(TRAIN)], data[data.day.isin(TEST)]
first_fraud = data[(data.TX_FRAUD == 1) & (data.day >= KNOWN_FROM)].groupby("CUSTOMER_ID").day.min()
test = test[~(test.CUSTOMER_ID.map(first_fraud) <= test.day - 8)]
labels = test.TX_FRAUD.to_numpy()
print(f"test: {len(test):,} payments, {labels.sum()} fraud")


def show(name, scores):
    print(f"{name}: AUC {roc_auc_score(labels, scores):.3f}, "
          f"average precision {average_precision_score(labels, scores):.3f}")


single = {
    name: max(average_precision_score(labels, sign * test[name]) for sign in (1, -1))
    for name in book + ratios}
for name in sorted(single, key=single.get, reverse=True)[:3]:
    print(f"single feature {name}: average precision {single[name]:.3f}")
for name, columns in (("the book's features", book), ("with ratios to habit", book + ratios)):
    mean, deviation = train[columns].mean(), train[columns].std()
    logistic = LogisticRegression(max_iter=2000).fit((train[columns] - mean) / deviation, train.TX_FRAUD)
    show(f"logistic regression, {name}", logistic.predict_proba((test[columns] - mean) / deviation)[:, 1])
    stumps = lightgbm.LGBMClassifier(
        n_estimators=1000, num_leaves=2, learning_rate=0.05, reg_lambda=10, n_jobs=1, verbose=-1
    ).fit(train[columns], train.TX_FRAUD)
    scores = stumps.predict_proba(test[columns])[:, 1]
    show(f"boosted stumps, {name}", scores)
found = test.assign(found=scores >= np.quantile(scores, 0.99))
print("share found in the stumps' top 1 %:")
fraud = found[found.TX_FRAUD == 1].groupby(["TX_FRAUD_SCENARIO", "TACTIC"]).found
print(fraud.agg(["mean", "size"]).round(2).to_string())
print("honest payments in the top 1 %, by circumstance:")
print((found[found.TX_FRAUD == 0].groupby("CIRCUMSTANCE").found.mean() * 100).round(2).to_string())
