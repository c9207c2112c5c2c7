"""Turns the handbook's daily pickles into transactions.csv.gz and reference-features.csv.gz.

    python datasets/cards.py FOLDER-OF-PICKLES OUTPUT-FOLDER

datasets/fetch-cards calls it with a pandas of its own.
"""
import datetime
import gzip
import hashlib
import os
import pickle
import sys

import pandas
from pandas.compat import pickle_compat

FIRST, LAST = datetime.date(2018, 4, 1), datetime.date(2018, 9, 30)
FEATURES_FIRST, FEATURES_LAST = datetime.date(2018, 7, 25), datetime.date(2018, 8, 14)

TRANSACTIONS = [
    "TRANSACTION_ID", "TX_DATETIME", "CUSTOMER_ID", "TERMINAL_ID", "TX_AMOUNT", "TX_FRAUD",
    "TX_FRAUD_SCENARIO"]
FEATURES = ["TRANSACTION_ID", "TX_DURING_WEEKEND", "TX_DURING_NIGHT"] + [
    f"CUSTOMER_ID_{what}_{days}DAY_WINDOW" for days in (1, 7, 30) for what in ("NB_TX", "AVG_AMOUNT")
] + [f"TERMINAL_ID_{what}_{days}DAY_WINDOW" for days in (1, 7, 30) for what in ("NB_TX", "RISK")]

# SHA-256 of the CSV before compression: how gzip packs it differs from one version to the next.
# The payments are in the order of the copy that the project's figures were measured on, the features
# in the order of their ids.
DIGESTS = {
    "transactions.csv": "10927f25ef1848d9ca4d0295e32d492942cee125d60903e638d42a7ba508bced",
    "reference-features.csv": "2e32f6da014a6ed8bfa5b573c7068e102ce582a2fbc7a0a87bc333154fabb3a1",
}

# The names that the pickle of a pandas table calls; anything else is refused.
ADMITTED = {
    "builtins": {"slice"},
    "_codecs": {"encode"},
    "functools": {"partial"},
    "numpy": {"ndarray", "dtype"},
    "numpy.core.multiarray": {"_reconstruct", "scalar"},
    "numpy._core.multiarray": {"_reconstruct", "scalar"},
    "numpy.core.numeric": {"_frombuffer"},
    "numpy._core.numeric": {"_frombuffer"},
    "pandas._libs.internals": {"_unpickle_block"},
    "pandas.core.frame": {"DataFrame"},
    "pandas.core.internals.managers": {"BlockManager"},
    "pandas.core.internals.blocks": {"new_block"},
    "pandas.core.indexes.base": {"Index", "_new_Index"},
    "pandas.core.indexes.range": {"RangeIndex"},
    "pandas.core.indexes.numeric": {"Int64Index"},
    "pandas._libs.arrays": {"__pyx_unpickle_NDArrayBacked"},
    "pandas.core.arrays.datetimes": {"DatetimeArray"},
    "pandas.core.arrays.string_": {"StringArray", "StringDtype"},
    "pandas._libs.tslibs.timestamps": {"_unpickle_timestamp"},
}


class TableUnpickler(pickle_compat.Unpickler):
    """Reads the pickle of a table, by pandas' own rules for tables of older versions."""

    def find_class(self, module, name):
        if name not in ADMITTED.get(module, ()):
            raise pickle.UnpicklingError(f"a table's pickle does not need {module}.{name}")
        return super().find_class(module, name)


def day_table(folder, day):
    path = os.path.join(folder, f"{day}.pkl")
    with open(path, "rb") as file:
        table = TableUnpickler(file).load()
    if not isinstance(table, pandas.DataFrame):
        raise SystemExit(f"{path}: expected a pandas table, found {type(table).__name__}")
    absent = [column for column in TRANSACTIONS + FEATURES if column not in table.columns]
    if absent:
        raise SystemExit(f"{path}: the column {absent[0]} is missing")
    return table


def checked(name, tables, **format):
    """The CSV of the first table whose digest is as expected."""
    found = []
    for table in tables:
        text = table.to_csv(index=False, **format)
        found.append(hashlib.sha256(text.encode()).hexdigest())
        if found[-1] == DIGESTS[name]:
            return text
    raise SystemExit(
        f"{name}: expected SHA-256 {DIGESTS[name]}, found {' and '.join(found)}; nothing was "
        "written. The source has changed, or pandas writes numbers in another way.")


def write(folder, name, text):
    """Whole or not at all: writes aside and renames."""
    data = text.encode()
    path = os.path.join(folder, name + ".gz")
    aside = path + ".part"
    try:
        with open(aside, "wb") as file:
            with gzip.GzipFile(filename="", mode="wb", fileobj=file, mtime=0) as packed:
                packed.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.replace(aside, path)
    finally:
        if os.path.exists(aside):
            os.remove(aside)
    print(f"{path}: {text.count(chr(10)) - 1:,} rows, SHA-256 of the CSV as expected")


def main(source, target):
    days = [FIRST + datetime.timedelta(n) for n in range((LAST - FIRST).days + 1)]
    absent = [day for day in days if not os.path.exists(os.path.join(source, f"{day}.pkl"))]
    if absent:
        raise SystemExit(f"{source}: {len(absent)} of {len(days)} days are missing, {absent[0]} first")
    payments, features = [], []
    for day in days:
        table = day_table(source, day)
        payments.append(table[TRANSACTIONS])
        if FEATURES_FIRST <= day <= FEATURES_LAST:
            features.append(table[FEATURES])
    counts = [column for column in FEATURES if "_NB_TX_" in column or "DURING" in column]
    features = pandas.concat(features).astype({column: "int64" for column in counts})
    # Payments of one second have no order by themselves, and windows that end at a payment depend on
    # it. The copy's order is that of a day's payments sorted by id, then by time with numpy's unstable
    # sort; where a version of numpy sorts otherwise, the files' own order may still be that one.
    by_time = [day.sort_values("TRANSACTION_ID").sort_values("TX_DATETIME") for day in payments]
    csv = {
        "transactions.csv": checked(
            "transactions.csv", [pandas.concat(by_time), pandas.concat(payments)]),
        "reference-features.csv": checked(
            "reference-features.csv", [features.sort_values("TRANSACTION_ID")],
            float_format="%.10g"),
    }
    for name, text in csv.items():
        write(target, name, text)


if __name__ == "__main__":
    if len(sys.argv) != 3:
        raise SystemExit("usage: python datasets/cards.py FOLDER-OF-PICKLES OUTPUT-FOLDER")
    main(sys.argv[1], sys.argv[2])
