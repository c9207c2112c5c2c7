/* One row at a time, from C: RiskKit, and LightGBM's fastest function for that, on the same rows.

     single_row MODEL ROWS FEATURES [LIB_LIGHTGBM TEXT-MODEL]

   ROWS holds doubles row by row. Percentiles of single calls, by the clock; reading the clock is
   measured too and not taken off. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <math.h>
#include <pthread.h>
#include <riskscore.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { CALLS = 200000, REASONS = 3 };

static rsk_model *model;
static double *rows;
static size_t row_count, features;

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

static int by_size(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static void report(const char *what, double *times, size_t count) {
    qsort(times, count, sizeof *times, by_size);
    printf("  %-44s p50 %7.0f ns   p99 %7.0f ns\n", what, times[count / 2], times[count * 99 / 100]);
}

typedef void (*call)(size_t i);

static void measure(const char *what, call body, size_t count) {
    double *times = malloc(count * sizeof *times);
    for (size_t i = 0; i < count / 10; i++) body(i);
    for (size_t i = 0; i < count; i++) {
        double start = now();
        body(i);
        times[i] = now() - start;
    }
    report(what, times, count);
    free(times);
}

static size_t *places;
static double *packed; /* the rows with the features of the model only, as a service has them */
static size_t used;
static double sink;

static void nothing(size_t i) { sink += (double)i; }

static void plain(size_t i) {
    rsk_row_score score;
    rsk_score_row(model, packed + i % row_count * used, used, &score, NULL, NULL);
    sink += score.probability;
}

static void with_reasons(size_t i) {
    rsk_row_score score;
    rsk_reason reasons[REASONS];
    size_t count = REASONS;
    rsk_score_row(model, packed + i % row_count * used, used, &score, reasons, &count);
    sink += score.probability + (double)count;
}

static int (*predict)(void *, const void *, int64_t *, double *);
static void *fast;

static void lightgbm(size_t i) {
    int64_t length;
    double out;
    predict(fast, rows + i % row_count * features, &length, &out);
    sink += out;
}

static void *throughput(void *calls) {
    size_t count = *(size_t *)calls;
    double sum = 0;
    for (size_t i = 0; i < count; i++) {
        rsk_row_score score;
        rsk_score_row(model, packed + i % row_count * used, used, &score, NULL, NULL);
        sum += score.probability;
    }
    return sum < 0 ? calls : NULL;
}

static int load_lightgbm(const char *library, const char *text) {
    void *dl = dlopen(library, RTLD_NOW);
    if (!dl) return 0;
    int (*load)(const char *, int *, void **) =
        (int (*)(const char *, int *, void **))dlsym(dl, "LGBM_BoosterCreateFromModelfile");
    int (*init)(void *, int, int, int, int, int32_t, const char *, void **) =
        (int (*)(void *, int, int, int, int, int32_t, const char *, void **))dlsym(
            dl, "LGBM_BoosterPredictForMatSingleRowFastInit");
    *(void **)&predict = dlsym(dl, "LGBM_BoosterPredictForMatSingleRowFast");
    void *booster;
    int iterations;
    return load && init && predict && !load(text, &iterations, &booster)
           && !init(booster, 0, 0, -1, 1, (int32_t)features, "num_threads=1", &fast);
}

int main(int argc, char **argv) {
    if (argc < 4) return 64;
    if (rsk_model_load_file(argv[1], &model)) {
        fprintf(stderr, "%s\n", rsk_last_error());
        return 65;
    }
    features = (size_t)atol(argv[3]);
    FILE *file = fopen(argv[2], "rb");
    if (!file) return 66;
    fseek(file, 0, SEEK_END);
    row_count = (size_t)ftell(file) / 8 / features;
    rewind(file);
    rows = malloc(row_count * features * 8);
    if (fread(rows, features * 8, row_count, file) != row_count) return 74;
    fclose(file);
    used = rsk_model_feature_count(model);
    places = malloc(used * sizeof *places);
    packed = malloc(row_count * used * 8);
    for (size_t f = 0; f < used; f++)
        places[f] = (size_t)atol(strchr(rsk_model_feature_name(model, f), '_') + 1);
    for (size_t i = 0; i < row_count; i++)
        for (size_t f = 0; f < used; f++)
            packed[i * used + f] = rows[i * features + places[f]];
    measure("reading the clock", nothing, CALLS);
    measure("RiskKit", plain, CALLS);
    measure("RiskKit with three reasons", with_reasons, CALLS);
    if (argc > 5 && *argv[4] && load_lightgbm(argv[4], argv[5]))
        measure("LightGBM, PredictForMatSingleRowFast", lightgbm, CALLS / 20);
    for (int threads = 1; threads <= 8; threads *= 2) {
        pthread_t ids[8];
        size_t calls = 2000000 / (size_t)threads;
        double start = now();
        for (int i = 0; i < threads; i++) pthread_create(&ids[i], NULL, throughput, &calls);
        for (int i = 0; i < threads; i++) pthread_join(ids[i], NULL);
        printf("  %d threads on one model: %.2f million rows a second\n", threads,
               (double)calls * threads / (now() - start) * 1e3);
    }
    rsk_model_free(model);
    return sink == 42;
}
