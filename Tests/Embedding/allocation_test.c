/* Scores rows one at a time, and batches on one thread, and demands that nothing is allocated.

     LD_PRELOAD=./counted_malloc.so ./allocation_test MODEL [ROWS, by default 10,000,000] */
#include <math.h>
#include <riskscore.h>
#include <stdio.h>
#include <stdlib.h>

extern unsigned long long counted_allocations(void) __attribute__((weak));

int main(int argc, char **argv) {
    if (argc < 2 || !counted_allocations) {
        fprintf(stderr, "usage: LD_PRELOAD=counted_malloc.so allocation_test MODEL [ROWS]\n");
        return 64;
    }
    long rows = argc > 2 ? atol(argv[2]) : 10000000;
    rsk_model *model;
    if (rsk_model_load_file(argv[1], &model)) {
        fprintf(stderr, "%s\n", rsk_last_error());
        return 65;
    }
    size_t features = rsk_model_feature_count(model);
    double *row = calloc(features + 1, sizeof *row);
    enum { batch = 5000 };
    rsk_column *columns = calloc(features + 1, sizeof *columns);
    float *values = calloc(batch, sizeof *values);
    double *probability = calloc(batch, sizeof *probability);
    for (size_t f = 0; f < features; f++)
        columns[f] = (rsk_column){.values = values, .stride = 4, .type = RSK_FLOAT32};
    long long sum = 0;
    unsigned long long before = counted_allocations();
    for (long i = 0; i < rows; i++) {
        rsk_row_score score;
        rsk_reason reasons[3];
        size_t count = 3;
        for (size_t f = 0; f < features; f++) row[f] = (i + (long)f) % 17 ? i % 1000 * 0.37 : NAN;
        if (rsk_score_row(model, row, features, &score, i % 2 ? reasons : NULL,
                          i % 2 ? &count : NULL))
            return 1;
        sum += score.units;
        if (i % batch == 0
            && rsk_score(model, columns, features, batch, 1,
                         &(rsk_scores){.probability = probability}))
            return 1;
    }
    unsigned long long allocated = counted_allocations() - before;
    printf("%ld rows one at a time and %ld batches: %llu allocations (sum %lld)\n", rows,
           (rows + batch - 1) / batch, allocated, sum);
    free(row);
    free(columns);
    free(values);
    free(probability);
    rsk_model_free(model);
    return allocated != 0;
}
