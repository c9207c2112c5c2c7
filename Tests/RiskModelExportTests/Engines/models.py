"""Models to export, rows that are awkward for them, and what the rows score: by definition, in NumPy.

The definition is written down here a second time, from docs/model-format.md and the comments of
Sources/CRiskKernels (exp.c, log.c, link.c): searchsorted, integer sums, and the links' arithmetic, operation
by operation. run.py checks it against `risk score` before any engine is judged by it.
"""
import hashlib
import json

import numpy as np

UNITS = 262144.0
MAGIC = 6755399441055744.0


def write(model, path):
    """A model file: its digest is taken over the compact JSON of all other members."""
    compact = json.dumps(model, ensure_ascii=False, separators=(",", ":"))
    digest = hashlib.sha256(compact.encode()).hexdigest()
    with open(path, "w", encoding="utf-8") as file:
        json.dump({**model, "sha256": digest}, file, ensure_ascii=False)


def model(name, features, intercept, tables, terms=(), calibration=None):
    return {
        "riskkit": "model/1", "name": name, "features": [{"name": f} for f in features],
        "intercept": intercept, "tables": list(tables), "linearTerms": list(terms),
        "calibration": calibration or {"kind": "identity"},
        "points": {"basePoints": 500.0, "baseOdds": 0.01, "pointsToDoubleOdds": 40.0},
        "lineage": {}, "goldenVectors": []}


def table(feature, cuts, r, size):
    """Units of any size, and a typical value among them."""
    cuts = sorted(set(float(c) for c in cuts))
    units = r.integers(-size, size, len(cuts) + 1).tolist()
    return {"feature": feature, "cutPoints": cuts, "units": units,
            "missing": int(r.integers(-size, size)), "typical": int(sorted(units)[len(units) // 2])}


def small(r):
    """Cut points where readings of decimals go wrong: neighbours, subnormals, the largest, 17 digits."""
    names = ["plain", "zero", "tiny", "huge", "neighbours", "none", "unused"]
    third, tenth = 1 / 3, 0.1
    cuts = [
        [tenth, third, 2.0, 3.0000000000000004, 123456789.12345679],
        [-1.0, 0.0, 1.0],
        [-5e-324, 5e-324, 1e-310, 2.2250738585072014e-308, 1e-300],
        [-1.7976931348623157e308, -1e300, 1e22, 1e23, 8.5e307, 1.7976931348623157e308],
        [third, np.nextafter(third, 1), np.nextafter(third, 0), -third, 5e15 + 0.5, 2.0**53, 2.0**55],
        []]
    tables = [table(n, c, r, 400000) for n, c in zip(names, cuts)]
    return model("small", names, -1205863, tables)


def wide(r):
    """Fifty features of 255 cut points."""
    names = [f"feature_{i:02d}" for i in range(50)]
    tables = [table(n, r.normal(0, 10.0 ** r.integers(-3, 6), 255), r, 60000) for n in names]
    return model("wide", names, -900000, tables,
                 calibration={"kind": "platt", "slope": 1.0625, "intercept": -0.1})


def mixed(r):
    """Linear terms of all magnitudes among tables, and an isotonic calibration."""
    terms = [{"feature": f"linear_{i}", "coefficient": c, "missing": int(r.integers(-9999, 9999)),
              "typical": int(r.integers(-9999, 9999))}
             for i, c in enumerate([0.5, -0.3, 1e-305, -1e305, 0.0, 3.25, 1e-6, -2.0**-18])]
    tables = [table(f"binned_{i}", r.normal(0, 3, 9), r, 90000) for i in range(4)]
    names = [t["feature"] for t in terms] + [t["feature"] for t in tables]
    knots = sorted(set(r.integers(-3000000, 3000000, 40).tolist()))
    probabilities = sorted(r.random(len(knots)).tolist())
    probabilities[5] = probabilities[6]
    return model("mixed", names, 12345, tables, terms,
                 {"kind": "isotonic", "logOdds": knots, "probabilities": probabilities})


def far(r):
    """Linear terms under Platt's line: probabilities down to the smallest and to 0."""
    terms = [{"feature": f"x_{i}", "coefficient": 1.5, "missing": -5000000, "typical": 0}
             for i in range(40)]
    return model("far", [t["feature"] for t in terms], 0, [], terms,
                 {"kind": "platt", "slope": 0.9, "intercept": 0.25})


def names(r):
    """Names that would end a name, a text, a comment or a query somewhere."""
    hostile = ["select", "a b", 'say "hi"', "it's", "back`tick", "semi;colon -- x", "*/ \\ /*",
               "trailing\\", "消费_7d", "naïve", "0digit", "a,b", "[x]", "$1 {0} %s :p ?", "a.b", "<&>",
               "??/", "' OR '1'='1", "\"); DROP TABLE t; --", "FROM"]
    tables = [table(n, r.normal(0, 1, 4), r, 90000) for n in hostile]
    return model("*/ names' \"; -- \\", hostile, 7, tables)


MAKERS = {"small": small, "wide": wide, "mixed": mixed, "far": far, "names": names}


def rows(model, count, r):
    """Cut points, their neighbours, where linear terms round and are held, infinities, zeros, the smallest
    and largest doubles, missing values (NaN)."""
    cuts = {t["feature"]: np.array(t["cutPoints"]) for t in model["tables"]}
    slopes = {t["feature"]: t["coefficient"] for t in model["linearTerms"]}
    special = np.array([np.inf, -np.inf, 0.0, -0.0, 5e-324, -5e-324, 1e-310, 2.2250738585072014e-308,
                        1e308, -1e308, 1.7976931348623157e308, -1.7976931348623157e308, 1.0, -1.0])
    columns = []
    with np.errstate(all="ignore"):
        for feature in (f["name"] for f in model["features"]):
            at = cuts.get(feature, np.array([]))
            if feature in slopes and slopes[feature] != 0:
                # Halfway between units, and where the term is held.
                whole = np.concatenate([r.integers(-60, 60, 40) + 0.5, [8388608.0, -8388608.0]])
                at = whole / UNITS / slopes[feature]
                at = at[np.isfinite(at)]
            pool = np.concatenate([at, np.nextafter(at, np.inf), np.nextafter(at, -np.inf)])
            spread = np.abs(at).max() if len(at) and np.abs(at).max() < 1e15 else 10.0
            kind = r.integers(0, 20, count)
            column = r.normal(0, spread, count)
            if len(pool):
                column = np.where(kind < 10, r.choice(pool, count), column)
            column = np.where((kind == 10) | (kind == 11), r.choice(special, count), column)
            columns.append(np.where((kind == 12) | (kind == 13), np.nan, column))
    return columns


def terms(model, columns):
    """The units of each term: (feature, typical, int64 a row)."""
    place = {f["name"]: i for i, f in enumerate(model["features"])}
    found = []
    for t in model["tables"]:
        x = columns[place[t["feature"]]]
        missing = np.isnan(x)
        units = np.array(t["units"], dtype=np.int64)
        bins = np.searchsorted(np.array(t["cutPoints"]), np.where(missing, 0, x), side="left")
        found.append((place[t["feature"]], t["typical"], np.where(missing, t["missing"], units[bins])))
    with np.errstate(all="ignore"):
        for t in model["linearTerms"]:
            x = columns[place[t["feature"]]]
            product = t["coefficient"] * x * UNITS
            held = np.clip(np.where(np.isnan(product), 0, product), -8388608.0, 8388608.0)
            whole = np.rint(held).astype(np.int64)
            found.append((place[t["feature"]], t["typical"],
                          np.where(np.isnan(x), t["missing"], whole)))
    return found


def reasons(model, found, count):
    """The features most above typical and by how many log-odds; -1 and 0 where there are no more."""
    found = sorted(found, key=lambda term: term[0])
    above = np.stack([units - typical for _, typical, units in found], axis=1)
    order = np.argsort(-above, axis=1, kind="stable")[:, :count]
    top = np.take_along_axis(above, order, axis=1)
    features = np.array([feature for feature, _, _ in found])[order]
    return np.where(top > 0, features, -1), np.where(top > 0, top, 0) / UNITS


def logistic(x):
    h = np.maximum(-np.abs(x), -746.0)
    k = (h * 1.4426950408889634 + MAGIC) - MAGIC
    r = (h - k * 6.93147180369123816490e-01) - k * 1.90821492927058770002e-10
    p = np.full_like(r, 1.0 / 6227020800.0)
    for divisor in [479001600.0, 39916800.0, 3628800.0, 362880.0, 40320.0, 5040.0, 720.0, 120.0, 24.0,
                    6.0, 2.0]:
        p = p * r + 1.0 / divisor
    e = 1.0 + (r + r * r * p)
    far = k < -1000
    e = e * np.ldexp(1.0, (k + 200 * far).astype(np.int64)) * np.where(far, 2.0**-200, 1.0)
    e = np.where(h < -745.1332191019412, 0.0, e)
    return np.where(x < 0, e, 1.0) / (1.0 + e)


def log(x):
    m, k = np.frexp(x)
    m, k = m * 2, k - 1
    large = m > 1.4142135623730951
    m, k = np.where(large, m * 0.5, m), (k + large).astype(np.float64)
    f = m - 1.0
    s = f / (2.0 + f)
    z = s * s
    r = np.full_like(z, 2.0 / 23.0)
    for divisor in [21, 19, 17, 15, 13, 11, 9, 7, 5, 3]:
        r = r * z + 2.0 / divisor
    r = r * z
    half = 0.5 * f * f
    small = s * (half + r) + k * 1.90821492927058770002e-10
    return k * 6.93147180369123816490e-01 + (f - (half - small))


def link(model, units):
    """Log-odds, probability and points of sums."""
    log_odds = units / UNITS
    calibration = model["calibration"]
    if calibration["kind"] == "identity":
        probability = logistic(log_odds)
    elif calibration["kind"] == "platt":
        line = np.clip(calibration["slope"] * log_odds + calibration["intercept"], -1024.0, 1024.0)
        probability = logistic(np.rint(line * 2.0**32) / 2.0**32)
    else:
        knots = np.array(calibration["logOdds"])
        values = np.array(calibration["probabilities"])
        low = np.searchsorted(knots, units, side="right")
        i, j = np.clip(low - 1, 0, None), np.clip(low, None, len(knots) - 1)
        share = (units - knots[i]) / np.where(i == j, 1, knots[j] - knots[i])
        inside = np.minimum(values[i] + (values[j] - values[i]) * share, values[j])
        probability = np.where(low == 0, values[0], np.where(low == len(knots), values[-1], inside))
    scale = model["points"]
    with np.errstate(all="ignore"):
        odds = np.clip(probability / (1.0 - probability), 1e-20, 1e20)
    held = np.clip(log(odds), -40.0, 40.0)
    base = log(np.array([scale["baseOdds"]]))[0]
    exact = scale["basePoints"] + scale["pointsToDoubleOdds"] * ((held - base) * 1.4426950408889634)
    whole = np.trunc(exact)
    points = whole + (exact - whole >= 0.5) - (exact - whole <= -0.5)
    return log_odds, probability, points.astype(np.int64)
