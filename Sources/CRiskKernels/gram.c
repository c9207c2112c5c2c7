#include "risk_kernels.h"

/* Two features beside one: the row's value and its place in the one feature are loaded once. */
void rk_pair_histograms_i32(const uint16_t *starts, const uint8_t *bins_a, const uint8_t *bins_b,
                            const int32_t *values, size_t count, int32_t *cells_a, int32_t *cells_b) {
    if (bins_b) {
        for (size_t i = 0; i < count; i++) {
            size_t start = starts[i];
            int32_t value = values[i];
            cells_a[start + bins_a[i]] += value;
            cells_b[start + bins_b[i]] += value;
        }
    } else {
        for (size_t i = 0; i < count; i++) cells_a[starts[i] + bins_a[i]] += values[i];
    }
}

void rk_spread_cells_f32(int32_t *cells, size_t length, float *forward, float *backward,
                         size_t row_stride) {
    size_t missing = length - 1;
    /* Down the rows, each the sum of itself and those above; the missing bin stands by itself. */
    int32_t sums[256];
    for (size_t k = 0; k < length; k++) sums[k] = 0;
    for (size_t j = 0; j < missing; j++)
        for (size_t k = 0; k < length; k++) {
            sums[k] += cells[j * length + k];
            forward[j * row_stride + k] = (float)sums[k];
        }
    for (size_t k = 0; k < length; k++)
        forward[missing * row_stride + k] = (float)cells[missing * length + k];
    /* The same along the columns, turned over. */
    for (size_t j = 0; j < length; j++) {
        int32_t sum = 0;
        for (size_t k = 0; k < missing; k++) {
            sum += cells[j * length + k];
            cells[j * length + k] = sum;
        }
    }
    for (size_t k = 0; k < length; k++)
        for (size_t j = 0; j < length; j++)
            backward[k * row_stride + j] = (float)cells[j * length + k];
}
