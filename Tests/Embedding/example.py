"""The scorer in Python, with nothing but ctypes; NumPy arrays and Arrow batches are not copied.

    RISKSCORE=.build/library/release/libriskscore.so python3 example.py model.risk.json

Run by `make test-abi`, where it also replays the model's golden vectors."""
import ctypes as c
import json
import os
import sys

FLOAT32, FLOAT64 = 0, 1


class Column(c.Structure):
    _fields_ = [("values", c.c_void_p), ("stride", c.c_ssize_t), ("validity", c.c_void_p),
                ("bit_offset", c.c_size_t), ("type", c.c_int), ("name", c.c_char_p)]


class Scores(c.Structure):
    _fields_ = [("units", c.c_void_p), ("log_odds", c.c_void_p), ("probability", c.c_void_p),
                ("points", c.c_void_p)]


class RowScore(c.Structure):
    _fields_ = [("units", c.c_int64), ("log_odds", c.c_double), ("probability", c.c_double),
                ("points", c.c_int32)]


class Reason(c.Structure):
    _fields_ = [("units", c.c_int64), ("feature", c.c_uint32)]


def library(path):
    rsk = c.CDLL(path)
    rsk.rsk_last_error.restype = rsk.rsk_model_name.restype = c.c_char_p
    rsk.rsk_model_feature_name.restype = c.c_char_p
    rsk.rsk_model_feature_count.restype = c.c_size_t
    for name in ("rsk_model_free", "rsk_model_name", "rsk_model_feature_count"):
        getattr(rsk, name).argtypes = [c.c_void_p]
    rsk.rsk_model_feature_name.argtypes = [c.c_void_p, c.c_size_t]
    rsk.rsk_score.argtypes = [c.c_void_p, c.POINTER(Column), c.c_size_t, c.c_size_t, c.c_int32,
                              c.POINTER(Scores)]
    rsk.rsk_score_row.argtypes = [c.c_void_p, c.POINTER(c.c_double), c.c_size_t,
                                  c.POINTER(RowScore), c.POINTER(Reason), c.POINTER(c.c_size_t)]
    rsk.rsk_reason_text.argtypes = [c.c_void_p, c.POINTER(Reason), c.c_double, c.c_char_p, c.c_int,
                                    c.c_char_p, c.c_size_t, c.POINTER(c.c_size_t)]
    rsk.rsk_score_arrow.argtypes = [c.c_void_p, c.c_void_p, c.c_void_p, c.c_int32,
                                    c.POINTER(Scores)]
    rsk.rsk_score_arrow_stream.argtypes = [c.c_void_p, c.c_void_p, c.c_int32, c.c_void_p]
    return rsk


class Model:
    """A loaded model. May be shared by threads: ctypes gives the GIL up during a call."""

    def __init__(self, path, rsk=None):
        self.rsk = rsk or library(os.environ["RISKSCORE"])
        self.handle = c.c_void_p()
        self._check(self.rsk.rsk_model_load_file(os.fsencode(path), c.byref(self.handle)))
        count = self.rsk.rsk_model_feature_count(self.handle)
        self.names = [self.rsk.rsk_model_feature_name(self.handle, i).decode()
                      for i in range(count)]

    def __del__(self):
        self.rsk.rsk_model_free(self.handle)

    def _check(self, status):
        if status:
            raise ValueError(self.rsk.rsk_last_error().decode())

    def row(self, values, reasons=3):
        """The score of one row and its reasons: (RowScore, [(sentence, units)])."""
        row = (c.c_double * len(values))(*values)
        score, room, count = RowScore(), (Reason * reasons)(), c.c_size_t(reasons)
        self._check(self.rsk.rsk_score_row(self.handle, row, len(values), c.byref(score), room,
                                           c.byref(count)))
        told = []
        for reason in room[:count.value]:
            text = c.create_string_buffer(512)
            self._check(self.rsk.rsk_reason_text(
                self.handle, c.byref(reason), values[reason.feature], b"en", 0, text, 512, None))
            told.append((text.value.decode(), reason.units))
        return score, told

    def batch(self, X, threads=1):
        """The probabilities of a NumPy matrix of floats or doubles, of any strides."""
        import numpy as np
        types = {np.dtype("float32"): FLOAT32, np.dtype("float64"): FLOAT64}
        columns = (Column * X.shape[1])(*[
            Column(X[:, f].ctypes.data, X.strides[0], None, 0, types[X.dtype])
            for f in range(X.shape[1])])
        out = np.empty(len(X))
        scores = Scores(probability=out.ctypes.data)
        self._check(self.rsk.rsk_score(self.handle, columns, X.shape[1], len(X), threads,
                                       c.byref(scores)))
        return out

    def arrow(self, batch, threads=1):
        """The probabilities of a pyarrow record batch; columns are matched by name."""
        import numpy as np
        schema, array = (c.create_string_buffer(72), c.create_string_buffer(80))
        batch._export_to_c(c.addressof(array), c.addressof(schema))
        out = np.empty(batch.num_rows)
        try:
            self._check(self.rsk.rsk_score_arrow(self.handle, schema, array, threads, c.byref(
                Scores(probability=out.ctypes.data))))
        finally:  # what was exported for us is ours to release
            import pyarrow as pa
            pa.RecordBatch._import_from_c(c.addressof(array), c.addressof(schema))
        return out


    def stream(self, reader, threads=1):
        """A pyarrow reader of the scores of a reader's batches, each scored when it is asked for."""
        import pyarrow as pa
        stream, scores = (c.create_string_buffer(40), c.create_string_buffer(40))
        reader._export_to_c(c.addressof(stream))
        self._check(self.rsk.rsk_score_arrow_stream(self.handle, stream, threads, scores))
        return pa.RecordBatchReader._import_from_c(c.addressof(scores))


def main(path):
    model = Model(path)
    score, reasons = model.row([100.0] * len(model.names))
    print(f"{len(model.names)} columns; a row of hundreds has probability {score.probability}")
    for sentence, units in reasons:
        print(f"- {sentence}")
    words = {None: float("nan"), "inf": float("inf"), "-inf": float("-inf")}
    rows = []
    for vector in json.load(open(path))["goldenVectors"]:
        rows.append([words[v] if v in words else float(v) for v in vector["values"]])
        score, _ = model.row(rows[-1])
        assert (score.units, score.probability) == (vector["units"], vector["probability"])
    expected = [model.row(row)[0].probability for row in rows]
    print(len(rows), "golden vectors hold")
    try:
        import numpy as np
    except ImportError:
        return print("NumPy is not installed: batches were not tried")
    X = np.array(rows * 2000)
    for matrix in (X, np.asfortranarray(X), X[::-1][::-1], np.repeat(X, 2, axis=1)[:, ::2]):
        assert list(model.batch(matrix, threads=2)) == expected * 2000
    with np.errstate(over="ignore"):
        singles = X.astype(np.float32)
    assert (model.batch(singles) == model.batch(singles.astype(np.float64))).all()
    try:
        import pyarrow as pa
    except ImportError:
        return print("pyarrow is not installed: Arrow batches were not tried")
    columns = {name: pa.array(X[:, f], from_pandas=True) for f, name in enumerate(model.names)}
    columns["of no use"] = pa.array(["x"] * len(X))
    batch = pa.RecordBatch.from_pydict(dict(reversed(columns.items())))
    assert list(model.arrow(batch, threads=2)) == expected * 2000
    assert list(model.arrow(batch.slice(5, 100))) == (expected * 2000)[5:105]
    parts = [batch.slice(0, 3), batch.slice(3, 0), batch.slice(3, 5000), batch.slice(5003)]
    scores = model.stream(pa.RecordBatchReader.from_batches(batch.schema, iter(parts)), threads=2)
    assert scores.schema.names == ["units", "log_odds", "probability", "points"]
    scored = list(scores)
    assert [len(s) for s in scored] == [len(part) for part in parts]
    table = pa.Table.from_batches(scored)
    assert table["probability"].to_pylist() == expected * 2000
    assert table["log_odds"].to_pylist() == [u / 262144 for u in table["units"].to_pylist()]
    kinds = [pa.int8(), pa.uint8(), pa.int16(), pa.uint16(), pa.int32(), pa.uint32(), pa.int64(),
             pa.uint64(), pa.float32(), pa.bool_()]
    small = [1, 0, None, 1, 0, 1, None, 0, 1, 1, 1]
    for kind in kinds:
        whole = pa.RecordBatch.from_pydict({n: pa.array(small).cast(kind) for n in model.names})
        for part in (whole, whole.slice(3, 7)):
            plain = np.array([[float("nan") if v is None else v] * len(model.names)
                              for v in part.column(0).to_pylist()], dtype=np.float64)
            assert (model.arrow(part) == model.batch(plain)).all(), kind
    for bad, word in [(pa.array(["x"]), "format"), (pa.array(["x"]).dictionary_encode(), "dict")]:
        try:
            model.arrow(pa.RecordBatch.from_pydict({n: bad for n in model.names}))
            raise AssertionError("accepted")
        except ValueError as error:
            assert word in str(error), error
    try:
        model.arrow(batch.drop_columns([model.names[0]]))
        raise AssertionError("accepted")
    except ValueError as error:
        assert str(error) == f'column "{model.names[0]}" is missing', error
    print("NumPy and Arrow batches give the same bits")


main(sys.argv[1])
