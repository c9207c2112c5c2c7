/* What riskscore.h promises, held to from C: every way to a score has the same bits, wrong arguments are
   answered and not obeyed, hostile bytes are refused, and threads share a model.

     abi_test MODEL [MUTANTS, by default 10,000] */
#include <math.h>
#include <pthread.h>
#include <riskscore.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CHECK(condition)                                                                            \
    do {                                                                                            \
        if (!(condition)) {                                                                         \
            fprintf(stderr, "%s:%d: %s (%s)\n", __FILE__, __LINE__, #condition, rsk_last_error());  \
            exit(1);                                                                                \
        }                                                                                           \
    } while (0)

enum { ROWS = 30011 };

static uint64_t seed = 42;
static uint64_t next(void) { /* SplitMix64 */
    uint64_t z = seed += 0x9e3779b97f4a7c15u;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    z = (z ^ z >> 27) * 0x94d049bb133111ebu;
    return z ^ z >> 31;
}

static float awkward(void) {
    static const float values[] = {NAN, INFINITY, -INFINITY, 0, -0.0f, 50, 50.000004f, 0.1f, 1e-40f,
                                   100000, 3e38f, -3e38f, 0.33333334f};
    uint64_t n = next();
    return n % 3 ? values[n / 3 % 13] : (float)(n % 2000003) / 7919 - 100;
}

/* The same values of one model in every shape that a batch may have. */
typedef struct {
    rsk_model *model;
    size_t features;
    float *by_column, *by_row;
    double *doubles;
    uint8_t *validity;
    int64_t *units;
    double *probability;
    int32_t *points;
} world;

static world make_world(rsk_model *model) {
    world w = {.model = model, .features = rsk_model_feature_count(model)};
    size_t n = w.features * ROWS;
    w.by_column = malloc(n * 4 + 4), w.by_row = malloc(n * 4 + 4), w.doubles = malloc(n * 8 + 8);
    w.validity = calloc(w.features + 1, ROWS / 8 + 2);
    w.units = malloc(ROWS * 8), w.probability = malloc(ROWS * 8), w.points = malloc(ROWS * 4);
    for (size_t f = 0; f < w.features; f++) {
        uint8_t *bits = w.validity + f * (ROWS / 8 + 2);
        for (size_t i = 0; i < ROWS; i++) {
            float x = awkward();
            w.by_column[f * ROWS + i] = w.by_row[i * w.features + f] = x;
            /* Under a bit of 0 may stand anything; bits begin at 3. */
            w.doubles[f * ROWS + i] = x == x ? x : 77;
            if (x == x) bits[(i + 3) / 8] |= (uint8_t)(1 << (i + 3) % 8);
        }
    }
    return w;
}

static void free_world(world *w) {
    free(w->by_column), free(w->by_row), free(w->doubles), free(w->validity);
    free(w->units), free(w->probability), free(w->points);
}

static void check_batch(world *w, const rsk_column *columns, int threads) {
    int64_t *units = malloc(ROWS * 8);
    double *log_odds = malloc(ROWS * 8), *probability = malloc(ROWS * 8);
    int32_t *points = malloc(ROWS * 4);
    rsk_scores scores = {units, log_odds, probability, points};
    CHECK(rsk_score(w->model, columns, w->features, ROWS, threads, &scores) == RSK_OK);
    CHECK(!memcmp(units, w->units, ROWS * 8) && !memcmp(points, w->points, ROWS * 4));
    CHECK(!memcmp(probability, w->probability, ROWS * 8));
    for (size_t i = 0; i < ROWS; i++) CHECK(log_odds[i] == (double)units[i] / 262144);
    free(units), free(log_odds), free(probability), free(points);
}

static void every_way_has_the_same_bits(world *w) {
    size_t features = w->features;
    double *row = malloc(features * 8 + 8);
    for (size_t i = 0; i < ROWS; i++) {
        rsk_row_score score;
        rsk_reason reasons[4];
        size_t count = 4;
        for (size_t f = 0; f < features; f++) row[f] = w->by_column[f * ROWS + i];
        CHECK(rsk_score_row(w->model, row, features, &score, NULL, NULL) == RSK_OK);
        w->units[i] = score.units;
        w->probability[i] = score.probability;
        w->points[i] = score.points;
        CHECK(rsk_score_row(w->model, row, features, &score, reasons, &count) == RSK_OK);
        CHECK(score.units == w->units[i] && count <= 4);
        for (size_t r = 0; r < count; r++) {
            CHECK(reasons[r].units > 0 && reasons[r].feature < features);
            CHECK(r == 0 || reasons[r - 1].units >= reasons[r].units);
        }
    }
    free(row);
    rsk_column *columns = calloc(features + 1, sizeof *columns);
    for (int threads = 1; threads <= 3; threads++) {
        for (size_t f = 0; f < features; f++)
            columns[f] = (rsk_column){.values = w->by_column + f * ROWS, .stride = 4,
                                      .type = RSK_FLOAT32,
                                      .name = rsk_model_feature_name(w->model, f)};
        check_batch(w, columns, threads);
        for (size_t f = 0; f < features; f++)
            columns[f] = (rsk_column){.values = w->by_row + f, .stride = 4 * (ptrdiff_t)features,
                                      .type = RSK_FLOAT32};
        check_batch(w, columns, threads);
        for (size_t f = 0; f < features; f++)
            columns[f] = (rsk_column){.values = w->doubles + f * ROWS, .stride = 8,
                                      .validity = w->validity + f * (ROWS / 8 + 2),
                                      .bit_offset = 3, .type = RSK_FLOAT64};
        check_batch(w, columns, threads);
    }
    free(columns);
}

static void wrong_arguments_are_answered(world *w) {
    rsk_model *none = NULL;
    CHECK(rsk_model_load(NULL, 0, &none) == RSK_INVALID_ARGUMENT && !none);
    CHECK(rsk_model_load("{}", 2, NULL) == RSK_INVALID_ARGUMENT);
    CHECK(rsk_model_load("{}", 2, &none) == RSK_INVALID_MODEL && !none);
    CHECK(strstr(rsk_last_error(), "riskkit"));
    CHECK(rsk_model_load_file("/no/such/file", &none) == RSK_NO_FILE);
    CHECK(rsk_model_load_file("/", &none) == RSK_NO_FILE);
    CHECK(rsk_model_load_file("/dev/zero", &none) == RSK_NO_FILE);
    CHECK(rsk_model_load_file(NULL, &none) == RSK_INVALID_ARGUMENT);
    rsk_model_free(NULL);
    CHECK(!rsk_model_name(NULL) && !rsk_model_feature_count(NULL));
    CHECK(!rsk_model_feature_name(w->model, w->features));
    CHECK(!rsk_model_feature_name(w->model, (size_t)-1));
    rsk_row_score score;
    rsk_reason reason = {1, 0};
    size_t count = (size_t)-1, length = 0;
    CHECK(rsk_score_row(w->model, NULL, w->features, &score, NULL, NULL) == RSK_WRONG_COLUMNS);
    CHECK(rsk_score_row(w->model, w->doubles, w->features + 1, &score, NULL, NULL)
          == RSK_WRONG_COLUMNS);
    CHECK(rsk_score_row(w->model, w->doubles, w->features, NULL, NULL, NULL)
          == RSK_INVALID_ARGUMENT);
    CHECK(rsk_score_row(w->model, w->doubles, w->features, &score, &reason, NULL)
          == RSK_INVALID_ARGUMENT);
    CHECK(rsk_score_row(w->model, w->doubles, w->features, &score, &reason, &count)
          == RSK_INVALID_ARGUMENT);
    CHECK(rsk_score_row(NULL, w->doubles, w->features, &score, NULL, NULL) == RSK_INVALID_ARGUMENT);
    rsk_scores scores = {0};
    rsk_column *columns = calloc(w->features, sizeof *columns);
    CHECK(rsk_score(w->model, columns, w->features, 1, 1, &scores) == RSK_WRONG_COLUMNS);
    CHECK(rsk_score(w->model, columns, w->features, 0, 1, &scores) == RSK_OK);
    CHECK(rsk_score(w->model, columns, w->features, 0, 0, &scores) == RSK_INVALID_ARGUMENT);
    CHECK(rsk_score(w->model, columns, w->features, (size_t)-1, 1, &scores)
          == RSK_INVALID_ARGUMENT);
    CHECK(rsk_score(w->model, columns, w->features - 1, 0, 1, &scores) == RSK_WRONG_COLUMNS);
    columns[0].name = "of another model";
    CHECK(rsk_score(w->model, columns, w->features, 0, 1, &scores) == RSK_WRONG_COLUMNS);
    CHECK(strstr(rsk_last_error(), "\"of another model\""));
    columns[0].name = NULL, columns[0].type = (rsk_type)99;
    CHECK(rsk_score(w->model, columns, w->features, 0, 1, &scores) == RSK_WRONG_COLUMNS);
    free(columns);
    char text[512], cut[8];
    CHECK(rsk_reason_text(w->model, &reason, 5, "zh", RSK_INVESTIGATOR, text, sizeof text, &length)
          == RSK_OK);
    CHECK(strlen(text) == length && length > 8);
    CHECK(rsk_reason_text(w->model, &reason, 5, "zh", RSK_INVESTIGATOR, cut, sizeof cut, &length)
          == RSK_OK);
    CHECK(strlen(cut) < sizeof cut && strlen(text) == length);
    CHECK(!strncmp(text, cut, strlen(cut)));
    CHECK(rsk_reason_text(w->model, &reason, 5, NULL, RSK_CUSTOMER, NULL, 0, NULL) == RSK_OK);
    reason.feature = (uint32_t)w->features;
    CHECK(rsk_reason_text(w->model, &reason, 5, NULL, RSK_CUSTOMER, NULL, 0, NULL)
          == RSK_INVALID_ARGUMENT);
    struct ArrowSchema schema = {0};
    struct ArrowArray array = {0};
    CHECK(rsk_score_arrow(w->model, NULL, &array, 1, &scores) == RSK_INVALID_ARGUMENT);
    CHECK(rsk_score_arrow(w->model, &schema, &array, 1, &scores) == RSK_WRONG_COLUMNS);
}

/* A stream of the world's doubles in batches of growing length, with a column more; it fails where it is
   told to, and counts what was released. */
enum { BATCHES = 40 };

typedef struct {
    world *w;
    size_t next;        /* the row that the next batch begins with */
    int batches, fails; /* how many there were; the batch that cannot be read, or -1 */
    int wrong;          /* the batch that has no values, or -1 */
    int released;       /* streams, schemas and batches */
} source;

static void release_source_schema(struct ArrowSchema *schema) {
    for (int64_t i = 0; i < schema->n_children; i++) free(schema->children[i]);
    free(schema->children);
    ((source *)schema->private_data)->released++;
    schema->release = NULL;
}

static int source_schema(struct ArrowArrayStream *stream, struct ArrowSchema *schema) {
    source *from = stream->private_data;
    size_t n = from->w->features + 1;
    *schema = (struct ArrowSchema){.format = "+s", .n_children = (int64_t)n,
                                   .children = calloc(n, sizeof *schema->children),
                                   .release = release_source_schema, .private_data = from};
    for (size_t i = 0; i < n; i++) {
        schema->children[i] = calloc(1, sizeof(struct ArrowSchema));
        schema->children[i]->format = i ? "g" : "u";
        schema->children[i]->name = i ? rsk_model_feature_name(from->w->model, i - 1) : "id";
    }
    return 0;
}

static void release_source_batch(struct ArrowArray *batch) {
    for (int64_t i = 0; i < batch->n_children; i++) {
        free(batch->children[i]->buffers);
        free(batch->children[i]);
    }
    free(batch->children);
    ((source *)batch->private_data)->released++;
    batch->release = NULL;
}

static int source_batch(struct ArrowArrayStream *stream, struct ArrowArray *batch) {
    source *from = stream->private_data;
    if (from->batches == from->fails) return 5;
    size_t n = from->w->features + 1, rows = (size_t)from->batches * 41;
    if (from->next + rows > ROWS || from->batches == BATCHES) {
        batch->release = NULL;
        return 0;
    }
    *batch = (struct ArrowArray){.length = (int64_t)rows, .n_buffers = 1, .n_children = (int64_t)n,
                                 .children = calloc(n, sizeof *batch->children),
                                 .release = release_source_batch, .private_data = from};
    for (size_t i = 0; i < n; i++) {
        struct ArrowArray *column = batch->children[i] = calloc(1, sizeof *column);
        column->length = (int64_t)rows, column->offset = (int64_t)from->next;
        column->n_buffers = i ? 2 : 3, column->null_count = -1;
        column->buffers = calloc(3, sizeof(void *));
        if (!i || from->batches == from->wrong) continue;
        /* The world's validity bits begin at 3. */
        column->offset += 3;
        column->buffers[0] = from->w->validity + (i - 1) * (ROWS / 8 + 2);
        column->buffers[1] = from->w->doubles + (i - 1) * ROWS - 3;
    }
    from->batches++, from->next += rows;
    return 0;
}

static const char *source_error(struct ArrowArrayStream *stream) {
    (void)stream;
    return "the line is dead";
}

static void release_source(struct ArrowArrayStream *stream) {
    ((source *)stream->private_data)->released++;
    stream->release = NULL;
}

static struct ArrowArrayStream stream_of(source *from) {
    return (struct ArrowArrayStream){source_schema, source_batch, source_error, release_source, from};
}

static void streams_are_scored_as_they_come(world *w, const char *bytes, size_t size) {
    for (int way = 0; way < 3; way++) {
        source from = {.w = w, .fails = way == 1 ? 7 : -1, .wrong = way == 2 ? 7 : -1};
        struct ArrowArrayStream stream = stream_of(&from), scores;
        /* The model may go before the stream does. */
        rsk_model *model;
        CHECK(rsk_model_load(bytes, size, &model) == RSK_OK);
        CHECK(rsk_score_arrow_stream(model, &stream, 2, &scores) == RSK_OK);
        CHECK(!stream.release);
        rsk_model_free(model);
        struct ArrowSchema schema;
        CHECK(!scores.get_schema(&scores, &schema) && schema.n_children == 4);
        CHECK(!strcmp(schema.format, "+s") && !strcmp(schema.children[0]->name, "units"));
        CHECK(!strcmp(schema.children[3]->format, "i") && !scores.get_last_error(&scores));
        schema.release(&schema);
        size_t row = 0;
        int batches = 0;
        for (;; batches++) {
            struct ArrowArray batch;
            int code = scores.get_next(&scores, &batch);
            if (code) {
                CHECK(way && batches == 7 && !batch.release && code == (way == 1 ? 5 : 22));
                CHECK(strstr(scores.get_last_error(&scores), way == 1 ? "is dead" : "two buffers"));
                break;
            }
            if (!batch.release) break;
            size_t rows = (size_t)batch.length;
            CHECK(rows == (size_t)batches * 41 && batch.n_children == 4 && batch.null_count == 0);
            /* A column that is taken out of its batch outlives it. */
            struct ArrowArray points = *batch.children[3];
            batch.children[3]->release = NULL;
            CHECK(!memcmp(batch.children[0]->buffers[1], w->units + row, rows * 8));
            CHECK(!memcmp(batch.children[2]->buffers[1], w->probability + row, rows * 8));
            batch.release(&batch);
            CHECK(!memcmp(points.buffers[1], w->points + row, rows * 4));
            points.release(&points);
            row += rows;
        }
        CHECK(way ? batches == 7 : row > ROWS / 2);
        scores.release(&scores);
        CHECK(!scores.release && from.released == from.batches + 2);
    }
    source from = {.w = w, .fails = -1, .wrong = -1};
    struct ArrowArrayStream stream = stream_of(&from), scores = {0}, gone = {0};
    CHECK(rsk_score_arrow_stream(NULL, &stream, 1, &scores) == RSK_INVALID_ARGUMENT);
    CHECK(rsk_score_arrow_stream(w->model, &stream, 0, &scores) == RSK_INVALID_ARGUMENT);
    CHECK(rsk_score_arrow_stream(w->model, &stream, 1, NULL) == RSK_INVALID_ARGUMENT);
    CHECK(rsk_score_arrow_stream(w->model, &stream, 1, &stream) == RSK_INVALID_ARGUMENT);
    CHECK(rsk_score_arrow_stream(w->model, &gone, 1, &scores) == RSK_INVALID_ARGUMENT);
    CHECK(rsk_score_arrow_stream(w->model, NULL, 1, &scores) == RSK_INVALID_ARGUMENT);
    CHECK(stream.release && !scores.release && !from.released);
    /* Of another width of columns: the last feature is not there. */
    world narrow = *w;
    narrow.features--;
    from.w = &narrow;
    CHECK(rsk_score_arrow_stream(w->model, &stream, 1, &scores) == RSK_WRONG_COLUMNS);
    CHECK(strstr(rsk_last_error(), "is missing") && stream.release && from.released == 1);
}

/* Bytes that were changed are refused, or are the model still. */
static void mutants_are_refused(const char *bytes, size_t size, int mutants, world *w) {
    char *mutant = malloc(size + 1);
    int accepted = 0;
    for (int i = 0; i < mutants; i++) {
        size_t length = size;
        memcpy(mutant, bytes, size);
        size_t place = next() % size;
        switch (next() % 5) {
        case 0: mutant[place] ^= (char)(1 << next() % 8); break;
        case 1: length = place; break;
        case 2: memmove(mutant + place, mutant + place + 1, --length - place); break;
        case 3: mutant[place] = (char)next(); break;
        default: {
            char swap = mutant[place];
            size_t other = next() % size;
            mutant[place] = mutant[other], mutant[other] = swap;
        }
        }
        rsk_model *model = NULL;
        rsk_status status = rsk_model_load(mutant, length, &model);
        CHECK(status == RSK_OK || status == RSK_INVALID_MODEL);
        CHECK((status == RSK_OK) == (model != NULL));
        if (!model) continue;
        accepted += 1;
        rsk_row_score score;
        CHECK(rsk_model_feature_count(model) == w->features);
        for (size_t f = 0; f < w->features; f++) w->doubles[f] = w->by_column[f * ROWS];
        CHECK(rsk_score_row(model, w->doubles, w->features, &score, NULL, NULL) == RSK_OK);
        CHECK(score.units == w->units[0] && score.probability == w->probability[0]);
        rsk_model_free(model);
    }
    printf("%d mutants, of which %d were the same model\n", mutants, accepted);
    free(mutant);
}

static void *score_rows(void *context) {
    const world *w = context;
    double *row = malloc(w->features * 8 + 8);
    for (size_t i = 0; i < ROWS; i++) {
        rsk_row_score score;
        for (size_t f = 0; f < w->features; f++) row[f] = w->by_column[f * ROWS + i];
        CHECK(rsk_score_row(w->model, row, w->features, &score, NULL, NULL) == RSK_OK);
        CHECK(score.units == w->units[i] && score.probability == w->probability[i]);
        /* The errors of a thread are its own. */
        if (i % 1000 == 0) {
            CHECK(rsk_score_row(w->model, row, i, &score, NULL, NULL) != RSK_OK || i == w->features);
            char expected[32];
            snprintf(expected, sizeof expected, "found %zu", i);
            CHECK(i == w->features || strstr(rsk_last_error(), expected));
        }
    }
    free(row);
    return NULL;
}

int main(int argc, char **argv) {
    if (argc < 2) return 64;
    FILE *file = fopen(argv[1], "rb");
    CHECK(file);
    char *bytes = malloc(1 << 20);
    size_t size = fread(bytes, 1, 1 << 20, file);
    fclose(file);
    CHECK(rsk_version() == RSK_VERSION_MAJOR * 1000 + RSK_VERSION_MINOR);
    rsk_model *model;
    CHECK(rsk_model_load(bytes, size, &model) == RSK_OK);
    world w = make_world(model);
    every_way_has_the_same_bits(&w);
    wrong_arguments_are_answered(&w);
    streams_are_scored_as_they_come(&w, bytes, size);
    pthread_t threads[8];
    for (int i = 0; i < 8; i++) CHECK(!pthread_create(&threads[i], NULL, score_rows, &w));
    for (int i = 0; i < 8; i++) CHECK(!pthread_join(threads[i], NULL));
    mutants_are_refused(bytes, size, argc > 2 ? atoi(argv[2]) : 10000, &w);
    free_world(&w);
    rsk_model_free(model);
    free(bytes);
    printf("the C interface holds\n");
    return 0;
}
