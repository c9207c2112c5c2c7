"""The engines: each takes an exported file and rows, and gives back what it makes of them.

A score is {"log_odds", "probability": float64, "points": int64, and where asked "reasons": lists of names}.
Each engine gets the rows by its own binary way in, so that no reading of decimals is tested along.
"""
import ctypes
import os
import pathlib
import shutil
import sqlite3
import subprocess
import tempfile

import numpy as np

COLUMNS = ["risk_log_odds", "risk_probability", "risk_points"]


def names_of(model):
    return [f["name"] for f in model["features"]]


def wanted(reasons):
    return COLUMNS + [f"risk_reason_{k + 1}{end}" for k in range(reasons) for end in ("", "_log_odds")]


def collect(found, reasons):
    """Columns in the order of `wanted` as a score; rows were put in order before."""
    score = {"log_odds": np.asarray(found[0], dtype=np.float64),
             "probability": np.asarray(found[1], dtype=np.float64),
             "points": np.asarray(found[2], dtype=np.int64)}
    if reasons:
        score["reasons"] = [[None if v is None or v != v else v for v in found[3 + 2 * k]]
                            for k in range(reasons)]
        score["reason_log_odds"] = [
            np.array([0.0 if v is None or v != v else v for v in found[4 + 2 * k]], dtype=np.float64)
            for k in range(reasons)]
    return score


class SQLite:
    """Python's sqlite3, bound doubles. A NaN is stored as NULL."""
    dialect = "sqlite"

    def version(self):
        return sqlite3.sqlite_version

    def score(self, model, sql, columns, reasons, work):
        quoted = ["`" + n.replace("`", "``") + "`" for n in names_of(model)]
        path = os.path.join(work, "rows.db")
        pathlib.Path(path).unlink(missing_ok=True)
        database = sqlite3.connect(path)
        database.execute("PRAGMA journal_mode=OFF")
        database.execute("PRAGMA synchronous=OFF")
        database.execute(f"CREATE TABLE t (id INTEGER PRIMARY KEY, {', '.join(q + ' REAL' for q in quoted)})")
        marks = ", ".join("?" * (len(quoted) + 1))
        ids = range(len(columns[0]))
        database.executemany(f"INSERT INTO t VALUES ({marks})",
                             zip(ids, *(c.tolist() for c in columns)))
        database.executescript(sql)
        chosen = ", ".join(wanted(reasons))
        found = database.execute(f"SELECT {chosen} FROM scores ORDER BY id").fetchall()
        database.close()
        os.unlink(path)
        return collect(list(zip(*found)), reasons)


def arrow(model, columns):
    """Every second row's missing values are null, those of the others stay NaN."""
    import pyarrow as pa
    ids = np.arange(len(columns[0]))
    odd = ids % 2 == 1
    arrays = [pa.array(ids)] + [pa.array(c, mask=np.isnan(c) & odd) for c in columns]
    return pa.table(arrays, names=["id"] + names_of(model))


class DuckDB:
    dialect = "duckdb"

    def version(self):
        import duckdb
        return duckdb.__version__

    def score(self, model, sql, columns, reasons, work):
        import duckdb
        database = duckdb.connect()
        database.execute("SET threads = 2")
        rows = arrow(model, columns)
        database.execute("CREATE TABLE t AS SELECT * FROM rows")
        database.execute(sql)
        chosen = ", ".join(wanted(reasons))
        found = database.sql(f"SELECT {chosen} FROM scores ORDER BY id").to_arrow_table()
        return collect([self.values(c) for c in found.columns], reasons)

    @staticmethod
    def values(column):
        import pyarrow as pa
        return column.to_pylist() if pa.types.is_string(column.type) or column.null_count else \
            column.to_numpy()


class ClickHouse:
    """chdb, the engine of ClickHouse in the process; rows from a Parquet file."""
    dialect = "clickhouse"

    def version(self):
        import chdb
        return str(chdb.query("SELECT version()", "TSVRaw")).strip()

    def score(self, model, sql, columns, reasons, work):
        import pyarrow.parquet as pq
        from chdb import session
        pq.write_table(arrow(model, columns), os.path.join(work, "rows.parquet"))
        database = session.Session(os.path.join(work, "clickhouse"))
        quoted = ["`" + n.replace("\\", "\\\\").replace("`", "\\`") + "` Nullable(Float64)"
                  for n in names_of(model)]
        rows = os.path.join(work, "rows.parquet")
        database.query("CREATE DATABASE IF NOT EXISTS d ENGINE = Atomic")
        database.query("DROP VIEW IF EXISTS d.scores")
        database.query("DROP TABLE IF EXISTS d.t")
        database.query(f"CREATE TABLE d.t (id Int64, {', '.join(quoted)}) ENGINE = Memory")
        database.query(f"INSERT INTO d.t SELECT * FROM file('{rows}', Parquet)")
        database.query("USE d")
        before, create, statement = sql.partition("CREATE VIEW")
        for line in before.split("\n"):
            if line.startswith("SET "):
                database.query(line)
        database.query((create + statement).rstrip().rstrip(";"))
        out = os.path.join(work, "scores.parquet")
        pathlib.Path(out).unlink(missing_ok=True)
        chosen = ", ".join(wanted(reasons))
        database.query(f"SELECT {chosen} FROM d.scores ORDER BY id INTO OUTFILE '{out}' FORMAT Parquet")
        found = pq.read_table(out)
        database.close()
        values = []
        for column in found.columns:
            if str(column.type) in ("binary", "string"):
                values.append([v.decode() if isinstance(v, bytes) else v for v in column.to_pylist()])
            else:
                values.append(DuckDB.values(column))
        return collect(values, reasons)


class PostgreSQL:
    """A cluster of its own in a temporary folder, listening on a socket there; rows by binary COPY."""
    dialect = "postgresql"

    def __init__(self):
        found = shutil.which("pg_ctl")
        folders = sorted(pathlib.Path("/usr/lib/postgresql").glob("*/bin"))
        if not found and not folders:
            raise RuntimeError("there is no PostgreSQL: apt-get install postgresql")
        self.bin = os.path.dirname(found) if found else str(folders[-1])
        self.folder = tempfile.mkdtemp(prefix="risk-pg-")
        self.user = None
        if os.getuid() == 0:
            # PostgreSQL does not run as root.
            self.user = "nobody"
            shutil.chown(self.folder, "nobody")
        self.run("initdb", "-D", f"{self.folder}/data", "-U", "risk", "-A", "trust", "-E", "UTF8",
                 "--locale=C.UTF-8", "-N")
        self.run("pg_ctl", "-D", f"{self.folder}/data", "-w", "-l", f"{self.folder}/log", "-o",
                 f"-k {self.folder} -c listen_addresses= -c fsync=off -c jit=off -c shared_buffers=256MB"
                 " -c max_wal_size=8GB", "start")

    def run(self, program, *arguments):
        subprocess.run([os.path.join(self.bin, program), *arguments], check=True, user=self.user,
                       stdout=subprocess.DEVNULL, cwd=self.folder)

    def close(self):
        self.run("pg_ctl", "-D", f"{self.folder}/data", "-m", "immediate", "stop")
        shutil.rmtree(self.folder)

    def connect(self):
        import psycopg2
        return psycopg2.connect(host=self.folder, user="risk", dbname="postgres")

    def version(self):
        with self.connect() as c:
            return str(c.server_version // 10000) + "." + str(c.server_version % 10000)

    def score(self, model, sql, columns, reasons, work):
        names = names_of(model)
        quoted = ['"' + n.replace('"', '""') + '"' for n in names]
        layout = [("fields", ">i2"), ("id_size", ">i4"), ("id", ">i8")]
        for i in range(len(names)):
            layout += [(f"s{i}", ">i4"), (f"v{i}", ">f8")]
        packed = np.empty(len(columns[0]), dtype=layout)
        packed["fields"], packed["id_size"], packed["id"] = len(names) + 1, 8, np.arange(len(packed))
        for i, column in enumerate(columns):
            packed[f"s{i}"], packed[f"v{i}"] = 8, column
        path = os.path.join(work, "rows.copy")
        with open(path, "wb") as file:
            file.write(b"PGCOPY\n\xff\r\n\0" + bytes(8))
            packed.tofile(file)
            file.write(b"\xff\xff")
        connection = self.connect()
        connection.autocommit = True
        cursor = connection.cursor()
        cursor.execute("DROP TABLE IF EXISTS raw, t CASCADE")
        typed = ", ".join(q + " double precision" for q in quoted)
        cursor.execute(f"CREATE UNLOGGED TABLE raw (id bigint, {typed})")
        with open(path, "rb") as file:
            cursor.copy_expert("COPY raw FROM STDIN (FORMAT binary)", file)
        os.unlink(path)
        halved = ", ".join(f"CASE WHEN id % 2 = 1 THEN NULLIF({q}, 'NaN') ELSE {q} END AS {q}"
                           for q in quoted).replace("%", "%%")
        cursor.execute(f"CREATE UNLOGGED TABLE t AS SELECT id, {halved} FROM raw".replace("%%", "%"))
        cursor.execute("DROP TABLE raw")
        cursor.execute(sql)
        chosen = ", ".join(wanted(reasons))
        if reasons:
            cursor.execute(f"SELECT {chosen} FROM scores ORDER BY id")
            found = list(zip(*cursor.fetchall()))
        else:
            with open(path, "wb") as file:
                cursor.copy_expert(f"COPY (SELECT id, {chosen} FROM scores) TO STDOUT (FORMAT binary)",
                                   file)
            kind = [("fields", ">i2"), ("si", ">i4"), ("id", ">i8"), ("sl", ">i4"), ("l", ">f8"),
                    ("sp", ">i4"), ("p", ">f8"), ("st", ">i4"), ("t", ">i4")]
            data = np.frombuffer(open(path, "rb").read()[19:-2], dtype=kind)
            os.unlink(path)
            data = data[np.argsort(data["id"], kind="stable")]
            found = [data["l"], data["p"], data["t"]]
        connection.close()
        return collect(found, reasons)


class Spark:
    """PySpark, two threads; rows from a Parquet file."""
    dialect = "spark"

    def __init__(self):
        from pyspark.sql import SparkSession
        self.session = (SparkSession.builder.master("local[2]").config("spark.ui.enabled", "false")
                        .config("spark.driver.memory", "4g").config("spark.sql.ansi.enabled", "true")
                        .getOrCreate())
        self.session.sparkContext.setLogLevel("OFF")

    def close(self):
        self.session.stop()

    def version(self):
        return self.session.version

    def score(self, model, sql, columns, reasons, work):
        import pyarrow.parquet as pq
        path = os.path.join(work, "rows.parquet")
        pq.write_table(arrow(model, columns), path, row_group_size=50_000)
        self.session.read.parquet(path).createOrReplaceTempView("t")
        # A temporary table has no place for a lasting view.
        query = sql[sql.index("SELECT"):].rstrip().rstrip(";")
        out = os.path.join(work, "scores")
        shutil.rmtree(out, ignore_errors=True)
        self.session.sql(query).select("id", *wanted(reasons)).write.parquet(out)
        found = pq.read_table(out).sort_by("id").drop(["id"])
        return collect([DuckDB.values(c) for c in found.columns], reasons)


class ONNXRuntime:
    def version(self):
        import onnxruntime
        return onnxruntime.__version__

    def score(self, model, path, columns, reasons, work):
        import onnx
        import onnxruntime
        onnx.checker.check_model(path, full_check=True)
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 2
        session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
        names = [i.name for i in session.get_inputs()]
        assert names == names_of(model), "inputs are not the features"
        outputs = [o.name for o in session.get_outputs()]
        parts = []
        for start in range(0, len(columns[0]), 50_000):
            feed = {n: c[start:start + 50_000].reshape(-1, 1) for n, c in zip(names, columns)}
            parts.append(session.run(None, feed))
        found = {n: np.concatenate([p[i] for p in parts]) for i, n in enumerate(outputs)}
        score = {k: found["risk_" + k][:, 0] for k in ("log_odds", "probability", "points")}
        if reasons:
            index = found["risk_reasons"]
            score["reasons"] = [[None if i < 0 else names[i] for i in index[:, k]]
                                for k in range(reasons)]
            score["reason_log_odds"] = [found["risk_reason_log_odds"][:, k] for k in range(reasons)]
        return score


class JPMML:
    """JPMML-Evaluator by its Python package, in a Java machine of its own."""

    def version(self):
        import jpmml_evaluator
        from importlib.metadata import version
        return version("jpmml_evaluator")

    def score(self, model, path, columns, reasons, work):
        import pandas as pd
        from jpmml_evaluator import make_evaluator
        evaluator = make_evaluator(path, backend="jpype").verify()
        parts = []
        for start in range(0, len(columns[0]), 50_000):
            rows = pd.DataFrame({n: c[start:start + 50_000] for n, c in zip(names_of(model), columns)})
            parts.append(evaluator.evaluateAll(rows))
        found = pd.concat(parts)
        score = {k: found["risk_" + k].to_numpy() for k in ("log_odds", "probability", "points")}
        if reasons:
            score["reasons"] = [[v if isinstance(v, str) else None for v in found[f"risk_reason_{k + 1}"]]
                                for k in range(reasons)]
        return score


class C:
    """The compiled file, called for all rows from a loop of C."""

    def __init__(self, compiler, flags=()):
        self.compiler, self.flags = compiler, list(flags)

    def version(self):
        said = subprocess.run([self.compiler, "--version"], capture_output=True, text=True)
        return said.stdout.split("\n")[0] + " " + " ".join(self.flags)

    def score(self, model, path, columns, reasons, work):
        loop = os.path.join(work, "loop.c")
        library = os.path.join(work, "loop.so")
        pathlib.Path(library).unlink(missing_ok=True)
        with open(loop, "w") as file:
            file.write("""
#define m_DECLARATIONS_ONLY
#include "m.c"
void score(const double *rows, size_t count, size_t limit, double *log_odds, double *probability,
           int32_t *points, size_t *found, size_t *features, double *above);
void score(const double *rows, size_t count, size_t limit, double *log_odds, double *probability,
           int32_t *points, size_t *found, size_t *features, double *above) {
    for (size_t i = 0; i < count; i++) {
        const double *row = rows + i * m_FEATURE_COUNT;
        log_odds[i] = m_logodds(row);
        probability[i] = m_probability(row);
        points[i] = m_points(row);
        found[i] = m_reasons(row, limit, features + i * limit, above + i * limit);
    }
}
""")
        # A file per call, since a process keeps what it has loaded.
        library = tempfile.mktemp(dir=work, suffix=".so")
        subprocess.run([self.compiler, "-std=c99", "-pedantic", "-Wall", "-Wextra", "-Werror", "-fPIC",
                        "-shared", *self.flags, "-I", os.path.dirname(path), "-o", library, loop, path],
                       check=True)
        count = len(columns[0])
        rows = np.ascontiguousarray(np.stack(columns, axis=1))
        log_odds, probability = np.empty(count), np.empty(count)
        points, found = np.empty(count, np.int32), np.empty(count, np.uint64)
        features, above = np.zeros((count, reasons), np.uint64), np.zeros((count, reasons))
        loaded = ctypes.CDLL(library)
        pointer = lambda a: a.ctypes.data_as(ctypes.c_void_p)
        loaded.score(pointer(rows), ctypes.c_size_t(count), ctypes.c_size_t(reasons), pointer(log_odds),
                     pointer(probability), pointer(points), pointer(found), pointer(features),
                     pointer(above))
        score = {"log_odds": log_odds, "probability": probability, "points": points.astype(np.int64)}
        if reasons:
            names = (ctypes.c_char_p * len(names_of(model))).in_dll(loaded, "m_features")
            names = [n.decode() for n in names]
            assert names == names_of(model), "names are not the features"
            score["reasons"] = [[names[int(f)] if k < n else None for f, n in zip(features[:, k], found)]
                                for k in range(reasons)]
            score["reason_log_odds"] = [np.where(k < found, above[:, k], 0.0) for k in range(reasons)]
        return score
