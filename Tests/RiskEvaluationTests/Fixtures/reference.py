"""Reference values for RiskEvaluationTests, made with scikit-learn and pandas.

    python Tests/RiskEvaluationTests/Fixtures/reference.py > Tests/RiskEvaluationTests/Fixtures/reference.json

Versions that made the committed file: numpy, pandas, scikit-learn and Python as named in its "versions".
"""
import json
import platform

import numpy as np
import pandas as pd
import sklearn
from sklearn.metrics import (
    average_precision_score, brier_score_loss, log_loss, precision_recall_curve, roc_auc_score,
    roc_curve)

random = np.random.default_rng(20261122)


def ranking_case(name, scores, labels, weights):
    false_rate, true_rate, _ = roc_curve(
        labels, scores, sample_weight=weights, drop_intermediate=False)
    precision, recall, thresholds = precision_recall_curve(labels, scores, sample_weight=weights)
    clipped = np.clip(scores, 0, 1)
    return dict(
        name=name, scores=[float(s) for s in scores], labels=[int(y) for y in labels],
        weights=None if weights is None else [float(w) for w in weights],
        rocAUC=roc_auc_score(labels, scores, sample_weight=weights),
        averagePrecision=average_precision_score(labels, scores, sample_weight=weights),
        ksStatistic=float(np.max(np.abs(true_rate - false_rate))),
        logLoss=log_loss(labels, clipped, sample_weight=weights),
        brierScore=brier_score_loss(labels, clipped, sample_weight=weights),
        precision=precision[:-1].tolist(), recall=recall[:-1].tolist(),
        thresholds=thresholds.tolist())


def ranking_cases():
    def outcome(n, digits, rate):
        logit = random.normal(size=n) + np.log(rate / (1 - rate))
        labels = random.random(n) < 1 / (1 + np.exp(-logit))
        scores = np.round(1 / (1 + np.exp(-(logit + random.normal(size=n)))), digits)
        labels[0], labels[1] = True, False
        return scores, labels.astype(int)

    for name, n, digits, rate in [
            ("without ties", 300, 12, 0.3), ("many ties", 300, 1, 0.3), ("rare", 400, 3, 0.02),
            ("two rows", 2, 6, 0.5), ("zeros and ones", 120, 0, 0.4)]:
        scores, labels = outcome(n, digits, rate)
        yield ranking_case(name, scores, labels, None)
        yield ranking_case(name + ", weighted", scores, labels, np.round(random.gamma(1, 1, n), 3))
    scores, labels = outcome(200, 2, 0.2)
    weights = random.integers(0, 3, 200).astype(float)
    weights[:2] = 1
    yield ranking_case("weights with zeros", scores, labels, weights)
    labels = np.array([0, 1] * 20)
    yield ranking_case("all scores equal", np.full(40, 0.25), labels, None)
    yield ranking_case("perfect", labels * 0.5 + 0.25, labels, None)
    yield ranking_case("inverted", 0.75 - labels * 0.5, labels, None)


def capacity_case(name, n, cards, days, capacity, digits):
    """A plain pandas reading of card precision top-k: a frame per day, detected cards dropped."""
    frame = pd.DataFrame(dict(
        day=random.integers(3, 3 + days, n), card=random.integers(0, cards, n),
        score=np.round(random.random(n), digits)))
    bad = random.random(cards) < 0.2
    frame["label"] = (bad[frame.card] & (random.random(n) < 0.5)).astype(int)
    frame["score"] = np.round(np.clip(frame.score + 0.3 * frame.label, 0, 1.3), digits)
    answers = {}
    for remove in (True, False):
        detected, daily, positives = set(), [], []
        for _, today in frame.groupby("day"):
            today = today[~today.card.isin(detected)]
            positives.append(int(today[today.label == 1].card.nunique()))
            cases = today.groupby("card")[["score", "label"]].max().sort_index()
            top = cases.sort_values("score", ascending=False, kind="stable").head(capacity)
            hits = set(top[top.label == 1].index)
            daily.append(len(hits))
            if remove:
                detected |= hits
        answers["removed" if remove else "kept"] = dict(
            hits=daily, positives=positives, precision=float(np.mean([h / capacity for h in daily])))
    return dict(
        name=name, capacity=capacity, day=frame.day.tolist(), card=frame.card.tolist(),
        score=frame.score.tolist(), label=frame.label.tolist(), **answers)


def known_case():
    """The book's test protocol: per test day, cards positive up to that day minus the delay go."""
    n, cards, train, delay, test = 1500, 150, 5, 3, 4
    frame = pd.DataFrame(dict(
        day=random.integers(0, 3 + train + delay + test, n), card=random.integers(0, cards, n)))
    frame["label"] = ((random.random(cards) < 0.3)[frame.card] & (random.random(n) < 0.2)).astype(int)
    start = 3
    positive = frame[frame.label == 1]
    known = set(positive[(positive.day >= start) & (positive.day < start + train)].card)
    kept = []
    for k in range(test):
        day = start + train + delay + k
        known |= set(positive[positive.day == start + train + k - 1].card)
        today = frame[frame.day == day]
        kept += today[~today.card.isin(known)].index.tolist()
    return dict(
        day=frame.day.tolist(), card=frame.card.tolist(), label=frame.label.tolist(), firstDay=start,
        delay=delay, testFrom=start + train + delay, kept=sorted(kept))


print(json.dumps(dict(
    versions=dict(
        python=platform.python_version(), numpy=np.__version__, pandas=pd.__version__,
        scikit_learn=sklearn.__version__),
    ranking=list(ranking_cases()),
    capacity=[
        capacity_case("fine scores", 1500, 90, 8, 10, 9),
        capacity_case("ties", 900, 60, 6, 7, 1),
        capacity_case("more capacity than cards", 60, 25, 5, 40, 2)],
    known=known_case())))
