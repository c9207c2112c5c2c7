/* What libFuzzer calls with bytes of its own making: they are a model or are refused; nothing else. */
#include <riskscore.h>
#include <stdlib.h>

/* How often fuzz_edges.c has seen each edge of the library, where libFuzzer looks for such counts. */
__attribute__((section("__libfuzzer_extra_counters"))) uint8_t fuzz_edges[1 << 18];

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
    rsk_model *model = NULL;
    rsk_status status = rsk_model_load(bytes, size, &model);
    if ((status == RSK_OK) != (model != NULL)) abort();
    if (!model) return 0;
    size_t features = rsk_model_feature_count(model);
    double *row = calloc(features + 1, sizeof *row);
    rsk_row_score score;
    if (rsk_score_row(model, row, features, &score, NULL, NULL)) abort();
    if (!(score.probability >= 0 && score.probability <= 1)) abort();
    free(row);
    rsk_model_free(model);
    return 0;
}
