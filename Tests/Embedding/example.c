/* The scorer in a C program: a model file, a batch of two columns, a row with its reasons.

     cc example.c -I Sources/CRiskScore/include -L.build/library/release -lriskscore -o example
     LD_LIBRARY_PATH=.build/library/release ./example model.risk.json */
#include <math.h>
#include <riskscore.h>
#include <stdio.h>
#include <stdlib.h>

static int failed(const char *what) {
    fprintf(stderr, "%s: %s\n", what, rsk_last_error());
    return 1;
}

int main(int argc, char **argv) {
    if (argc != 2) return 64;
    rsk_model *model;
    if (rsk_model_load_file(argv[1], &model)) return failed(argv[1]);
    size_t features = rsk_model_feature_count(model);
    printf("%s reads %zu columns\n", rsk_model_name(model), features);

    /* A batch: a thousand rows, one array a feature, in the order of the model's features. */
    enum { rows = 1000 };
    float *values = malloc(features * rows * sizeof *values);
    rsk_column *columns = calloc(features, sizeof *columns);
    double probability[rows];
    for (size_t f = 0; f < features; f++) {
        for (size_t i = 0; i < rows; i++)
            values[f * rows + i] = i % 10 == f ? NAN : (float)i / (float)(f + 1);
        columns[f] = (rsk_column){
            .values = values + f * rows, .stride = sizeof(float), .type = RSK_FLOAT32,
            .name = rsk_model_feature_name(model, f)};
    }
    rsk_scores scores = {.probability = probability};
    if (rsk_score(model, columns, features, rows, 2, &scores)) return failed("batch");
    printf("row 999 of the batch: probability %.6f\n", probability[999]);

    /* One row, with the three terms that raised its score most. */
    double *row = malloc(features * sizeof *row);
    for (size_t f = 0; f < features; f++) row[f] = values[f * rows + 999];
    rsk_row_score score;
    rsk_reason reasons[3];
    size_t count = 3;
    if (rsk_score_row(model, row, features, &score, reasons, &count)) return failed("row");
    printf("the same row alone:   probability %.6f, %d points\n", score.probability, score.points);
    if (score.probability != probability[999]) return 1;
    for (size_t i = 0; i < count; i++) {
        char text[256];
        double value = row[reasons[i].feature];
        if (rsk_reason_text(model, &reasons[i], value, "en", RSK_INVESTIGATOR, text, sizeof text,
                            NULL))
            return failed("reason");
        printf("- %s\n", text);
    }
    free(row);
    free(columns);
    free(values);
    rsk_model_free(model);
    return 0;
}
