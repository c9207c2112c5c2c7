# An independent reading of sample.risk.json: recomputes every golden vector from the tables.
#   python3 check_sample.py        (Python 3.11, standard library only; prints "14 golden vectors hold")
import bisect
import json
import os

path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "sample.risk.json")
model = json.load(open(path))
names = [feature["name"] for feature in model["features"]]
knots, probabilities = model["calibration"]["logOdds"], model["calibration"]["probabilities"]


def units(row):
    total = model["intercept"]
    for table in model["tables"]:
        x = row[table["feature"]]
        if x is None:
            total += table["missing"]
        else:
            total += table["units"][bisect.bisect_left(table["cutPoints"], x)]
    for term in model["linearTerms"]:
        x = row[term["feature"]]
        if x is None:
            total += term["missing"]
        else:
            total += round(min(max(term["coefficient"] * x * 2**18, -2.0**23), 2.0**23))
    return total


def probability(total):
    if total <= knots[0]:
        return probabilities[0]
    if total >= knots[-1]:
        return probabilities[-1]
    k = bisect.bisect_right(knots, total)
    share = (total - knots[k - 1]) / (knots[k] - knots[k - 1])
    return min(probabilities[k - 1] + (probabilities[k] - probabilities[k - 1]) * share,
               probabilities[k])


for vector in model["goldenVectors"]:
    values = [None if value is None else float(value) for value in vector["values"]]
    total = units(dict(zip(names, values)))
    assert total == vector["units"], (vector, total)
    assert probability(total) == vector["probability"], (vector, probability(total))
print(len(model["goldenVectors"]), "golden vectors hold")
