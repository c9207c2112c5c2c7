/* riskscore.h: RiskKit's scorer for any language that can call C.

   A program links the library `riskscore` (or loads it), reads a model artifact (*.risk.json), and
   scores batches of columns or single rows. docs/embedding.md shows it in C and Python.

   Rules that hold for every function:
   - Result. RSK_OK (0) or another rsk_status; after the latter rsk_last_error() says what was wrong,
     and the outputs are not written. Nothing ends or signals the host process because of what a
     caller's data, a file or a model says. A pointer that points to nothing is still the caller's fault.
   - Threads. A model does not change after it was loaded: any number of threads may use one at the
     same time, without a lock. The errors are those of the calling thread.
   - Ownership. What a caller passes stays the caller's, and is not kept after the call; what a function
     returns inside a model lives until rsk_model_free.
   - Numbers. A score is a sum of whole units of 2^-18 of log-odds, so it has the same bits alone, in
     a batch, with any number of threads and on every machine. A missing value is a NaN. */
#ifndef RISKSCORE_H
#define RISKSCORE_H
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The version of this interface. A library of another major version is another library; one with a
   higher minor version has more functions. */
#define RSK_VERSION_MAJOR 1
#define RSK_VERSION_MINOR 1

typedef enum {
    RSK_OK = 0,
    RSK_INVALID_ARGUMENT = 1, /* an argument that no caller should pass, such as NULL */
    RSK_NO_FILE = 2,          /* a file that is not there or cannot be read */
    RSK_INVALID_MODEL = 3,    /* bytes that are no valid model artifact */
    RSK_WRONG_COLUMNS = 4     /* columns that do not fit the model: absent, twice, of a wrong type */
} rsk_status;

/* The version of the loaded library: major * 1000 + minor. Thread-safe; allocates nothing. */
int32_t rsk_version(void);

/* What the last call that failed on this thread had to say, in English, as UTF-8; an empty text where
   none has failed yet. It names every mistake of a model, each on its line. Valid until the next call
   that fails on this thread. Never NULL. */
const char *rsk_last_error(void);

/* A model that was loaded and compiled. */
typedef struct rsk_model rsk_model;

/* Reads a model from the bytes of its artifact. Everything is checked before the model is believed:
   bounds, JSON, digest, shape, meaning, and the golden vectors' scores to the bit.
     bytes, size  the artifact; not kept
     model        where the new model goes; the caller owns it and gives it back by rsk_model_free
   RSK_INVALID_ARGUMENT, RSK_INVALID_MODEL. */
rsk_status rsk_model_load(const void *bytes, size_t size, rsk_model **model);

/* The same from a file, whose path is in the file system's encoding. RSK_NO_FILE too. */
rsk_status rsk_model_load_file(const char *path, rsk_model **model);

/* Gives a model back, and all that was returned inside it. No thread may be using it. NULL is fine. */
void rsk_model_free(rsk_model *model);

/* The model's name as UTF-8, owned by the model; NULL where `model` is NULL. */
const char *rsk_model_name(const rsk_model *model);

/* How many features the model reads; 0 where `model` is NULL. */
size_t rsk_model_feature_count(const rsk_model *model);

/* The name of a feature as UTF-8, owned by the model; NULL where there is no such feature. The order is
   that in which columns and rows are expected; it is fixed for a model. */
const char *rsk_model_feature_name(const rsk_model *model, size_t index);

/* What the values of a column are. Whole numbers are scored as doubles of the same value (64-bit ones
   beyond 2^53 as the nearest), bits as 0 and 1. */
typedef enum {
    RSK_FLOAT32 = 0, RSK_FLOAT64 = 1, RSK_INT8 = 2, RSK_UINT8 = 3, RSK_INT16 = 4, RSK_UINT16 = 5,
    RSK_INT32 = 6, RSK_UINT32 = 7, RSK_INT64 = 8, RSK_UINT64 = 9, RSK_BIT = 10
} rsk_type;

/* A column of a batch. */
typedef struct {
    /* Row i's value lies at (const char *)values + i * stride. May be NULL where there are no rows. */
    const void *values;
    /* Bytes from a row's value to the next row's: 4 for floats in a row, the size of a row where the
       matrix lies row by row. May be negative. Not used with RSK_BIT. */
    ptrdiff_t stride;
    /* NULL, or a bit a row, 0 where the value is missing: bit i is (validity[i / 8] >> i % 8) & 1. */
    const uint8_t *validity;
    /* Is added to the row's number in `validity`, and in `values` with RSK_BIT. */
    size_t bit_offset;
    rsk_type type;
    /* The column's name as UTF-8, or NULL. Where it is given it must be the feature's. */
    const char *name;
} rsk_column;

/* Where the scores of a batch go: an array of one entry a row each, or NULL for what is not wanted. */
typedef struct {
    int64_t *units;      /* the sum in units of 2^-18 of log-odds, exact */
    double *log_odds;    /* the same, units / 262144 */
    double *probability; /* calibrated, in [0, 1] */
    int32_t *points;     /* more points, more risk */
} rsk_scores;

/* Scores a batch.
     columns  one a feature, in the order of rsk_model_feature_name; column_count must be their number
     rows     how many rows every column and every output has
     threads  how many threads share the rows, at least 1; the scores do not depend on it
   With one thread it allocates nothing and takes no lock. With more, the work is done by a pool of
   the process. RSK_INVALID_ARGUMENT, RSK_WRONG_COLUMNS. */
rsk_status rsk_score(const rsk_model *model, const rsk_column *columns, size_t column_count,
                     size_t rows, int32_t threads, const rsk_scores *scores);

/* The score of one row. */
typedef struct {
    int64_t units;
    double log_odds;
    double probability;
    int32_t points;
} rsk_row_score;

/* A term that raised a score above what is typical, by so many units (more than 0). */
typedef struct {
    int64_t units;
    uint32_t feature; /* the index of rsk_model_feature_name */
} rsk_reason;

/* Scores one row, for the hot path of a service: allocates nothing and takes no lock.
     row            one value a feature, in their order; NaN where missing; value_count is their number
     score          where the score goes
     reasons        NULL, or room for *reason_count reasons: the terms that are most above what is
                    typical in the population are written there, the largest first
     reason_count   NULL where `reasons` is; becomes how many there are
   RSK_INVALID_ARGUMENT, RSK_WRONG_COLUMNS. */
rsk_status rsk_score_row(const rsk_model *model, const double *row, size_t value_count,
                         rsk_row_score *score, rsk_reason *reasons, size_t *reason_count);

/* Who a reason is told to: the investigator sees feature and value; the customer is told nothing that
   teaches how to evade. */
typedef enum { RSK_INVESTIGATOR = 0, RSK_CUSTOMER = 1 } rsk_audience;

/* A reason as a sentence, in the model's words where it has some for the language (a code such as "en"
   or "zh"; NULL is "en").
     value            the row's value of the reason's feature
     buffer, capacity where the sentence goes, as UTF-8 with a 0 at its end; it is cut at a whole
                      character where it does not fit. May be NULL with a capacity of 0.
     length           NULL, or becomes the bytes of the whole sentence without the 0
   RSK_INVALID_ARGUMENT. */
rsk_status rsk_reason_text(const rsk_model *model, const rsk_reason *reason, double value,
                           const char *language, rsk_audience audience, char *buffer,
                           size_t capacity, size_t *length);

/* The Arrow C data interface, as https://arrow.apache.org/docs/format/CDataInterface.html defines it. */
#ifndef ARROW_C_DATA_INTERFACE
#define ARROW_C_DATA_INTERFACE

#define ARROW_FLAG_DICTIONARY_ORDERED 1
#define ARROW_FLAG_NULLABLE 2
#define ARROW_FLAG_MAP_KEYS_SORTED 4

struct ArrowSchema {
    const char *format;
    const char *name;
    const char *metadata;
    int64_t flags;
    int64_t n_children;
    struct ArrowSchema **children;
    struct ArrowSchema *dictionary;
    void (*release)(struct ArrowSchema *);
    void *private_data;
};

struct ArrowArray {
    int64_t length;
    int64_t null_count;
    int64_t offset;
    int64_t n_buffers;
    int64_t n_children;
    const void **buffers;
    struct ArrowArray **children;
    struct ArrowArray *dictionary;
    void (*release)(struct ArrowArray *);
    void *private_data;
};

#endif

/* Scores a record batch: a struct array and its schema. Its columns are matched by name and may stand
   in any order; those that are no feature are ignored. Columns are floats, doubles, whole numbers,
   booleans or null; others, and dictionaries, are refused. Offsets and validity bits count.
     schema, array  borrowed: neither is released, and nothing of them is kept
     threads        as in rsk_score
     scores         each output has array->length entries
   RSK_INVALID_ARGUMENT, RSK_WRONG_COLUMNS. */
rsk_status rsk_score_arrow(const rsk_model *model, const struct ArrowSchema *schema,
                           const struct ArrowArray *array, int32_t threads,
                           const rsk_scores *scores);

/* The Arrow C stream interface, as https://arrow.apache.org/docs/format/CStreamInterface.html defines
   it. */
#ifndef ARROW_C_STREAM_INTERFACE
#define ARROW_C_STREAM_INTERFACE

struct ArrowArrayStream {
    int (*get_schema)(struct ArrowArrayStream *, struct ArrowSchema *);
    int (*get_next)(struct ArrowArrayStream *, struct ArrowArray *);
    const char *(*get_last_error)(struct ArrowArrayStream *);
    void (*release)(struct ArrowArrayStream *);
    void *private_data;
};

#endif

/* Makes of a stream of record batches one of their scores, a batch for each batch, row by row, scored
   when it is asked for: what is held is one batch, however long the stream.
     stream   moved: it becomes the result's, which reads and releases it; its `release` is NULL
              afterwards. Its columns are as in rsk_score_arrow, and are looked at at once. Where the
              call fails it stays the caller's
     threads  as in rsk_score
     result   where the new stream goes, whose columns are units (int64), log_odds and probability
              (double) and points (int32), none of them missing; the caller releases it. It keeps what
              it needs of the model, which may be freed before
   The result's get_next answers EINVAL where a batch does not fit, ENOMEM, or what the stream answered;
   its get_last_error says more. Like every stream, it is used by one thread at a time.
   RSK_INVALID_ARGUMENT, RSK_WRONG_COLUMNS. */
rsk_status rsk_score_arrow_stream(const rsk_model *model, struct ArrowArrayStream *stream,
                                  int32_t threads, struct ArrowArrayStream *result);

#ifdef __cplusplus
}
#endif
#endif
