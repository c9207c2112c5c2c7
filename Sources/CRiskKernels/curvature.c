/* Rows of a block scaled by the roots of their curvature, for the Hessian of a log loss. */
#include "lanes.h"
#include "risk_kernels.h"
#include "variants.h"
#pragma STDC FP_CONTRACT OFF

enum { tile = RK_TILE };

RK_VARIANTS
void rk_scale_rows_f32(const float *block, size_t columns, const int32_t *chosen, size_t chosen_count,
                       const float *factors, size_t count, float *out, size_t stride) {
    for (size_t start = 0; start < count; start += tile) {
        size_t length = count - start < tile ? count - start : tile;
        for (size_t c = 0; c < chosen_count; c++) {
            const float *x = block + start * columns + (size_t)chosen[c] * tile;
            float *to = out + c * stride + start;
            for (size_t i = 0; i < length; i++) to[i] = x[i] * factors[start + i];
        }
    }
}

RK_VARIANTS
void rk_add_f32_f64(const float *values, size_t count, double *sums) {
    for (size_t i = 0; i < count; i++) sums[i] += values[i];
}
