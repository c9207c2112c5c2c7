# References for exp, ln and the logistic function, to 32 digits.
#   python3 kernels.py > kernels.json        (mpmath 1.3.0, Python 3.11)
# A reference is a pair of doubles, the value rounded to nearest and what is left of it.
import json, math, random
import mpmath

mpmath.mp.prec = 200
random.seed(20261122)
TINY = 5e-324


def pair(value):
    high = float(value)
    return [high, float(value - mpmath.mpf(high)) if math.isfinite(high) else 0.0]


def rows(function, inputs):
    return [[x] + pair(function(mpmath.mpf(x))) for x in inputs]


def around(x):
    return [math.nextafter(x, -math.inf), x, math.nextafter(x, math.inf)]


def exp_inputs():
    fixed = [0.0, 1.0, -1.0, 1e-300, -1e-300, 709.782712893384, -708.39, -744.44, -745.13, 1e-17]
    halves = [x for k in (-1000, -33, -1, 0, 1, 2, 33, 1000)
              for x in around((k + 0.5) * math.log(2))]
    return (fixed + halves + [random.uniform(-1, 1) for _ in range(250)]
            + [random.uniform(-40, 40) for _ in range(250)]
            + [random.uniform(-744, 709) for _ in range(250)])


def log_inputs():
    fixed = [TINY, 1e-320, 2.2250738585072014e-308, 1.7976931348623157e308, 0.5, 2.0, 3.0, 10.0]
    near = around(1.0) + around(math.sqrt(2)) + around(math.sqrt(0.5)) + around(2.0)
    return (fixed + near + [random.uniform(0.5, 2) for _ in range(300)]
            + [1 + random.uniform(-1e-3, 1e-3) for _ in range(150)]
            + [math.exp(random.uniform(-700, 700)) for _ in range(300)])


def logistic_inputs():
    fixed = [0.0, 1e-300, 36.0, 37.0, -36.0, -37.0, 700.0, -700.0]
    units = [random.randrange(-2**24, 2**24) / 2**18 for _ in range(300)]
    return fixed + units + [random.uniform(-8, 8) for _ in range(300)]


print(json.dumps({
    "exp": rows(mpmath.exp, exp_inputs()),
    "log": rows(mpmath.log, log_inputs()),
    "logistic": rows(lambda x: 1 / (1 + mpmath.exp(-x)), logistic_inputs()),
}).replace("]], ", "]],\n").replace("], [", "],\n["))
