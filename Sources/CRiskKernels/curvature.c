/* Rows of a block scaled by the roots of their curvature, for the Hessian of a log loss. */
#include "lanes.h"
#include "risk_kernels.h"
#include "variants.h"
#pragma STDC FP_CONTRACT OFF

enum { tile = RK_TILE, one_in = 8 };

RK_VARIANTS
double rk_sum_squares_f64(const double *values, size_t count) {
    rk_doubles8 sums = {0};
    size_t i = 0;
    for (; i + RK_LANES <= count; i += RK_LANES) {
        rk_doubles8 v;
        RK_LOAD(v, values + i);
        sums += v * v;
    }
    double rest = 0;
    for (; i < count; i++) rest += values[i] * values[i];
    return RK_TOTAL(sums) + rest;
}

size_t rk_select_rows_f32(const double *roots, size_t rows, double unit, double floor, size_t phase,
                          uint32_t *selected, float *factors) {
    const double heavier = unit * 2.8284271247461903; /* the root of one_in */
    size_t count = 0;
    for (size_t i = 0; i < rows; i++) {
        int is_steep = roots[i] >= floor;
        selected[count] = (uint32_t)i;
        factors[count] = (float)(roots[i] * (is_steep ? unit : heavier));
        count += is_steep | (((i + phase) & (one_in - 1)) == 0);
    }
    return count;
}

RK_VARIANTS
void rk_scale_rows_f32(const float *block, size_t columns, const int32_t *chosen, size_t chosen_count,
                       const uint32_t *selected, const float *factors, size_t count, float *out,
                       size_t stride) {
    if (selected) {
        /* A few rows at a time, so that their places are known before the columns go by. */
        for (size_t start = 0; start < count; start += RK_LANES) {
            size_t length = count - start < RK_LANES ? count - start : RK_LANES;
            size_t places[RK_LANES];
            float own[RK_LANES];
            for (size_t i = 0; i < RK_LANES; i++) {
                size_t row = i < length ? selected[start + i] : 0;
                places[i] = row / tile * tile * columns + row % tile;
                own[i] = i < length ? factors[start + i] : 0;
            }
            for (size_t c = 0; c < chosen_count; c++) {
                const float *x = block + (size_t)chosen[c] * tile;
                float *to = out + c * stride + start;
                if (length == RK_LANES)
                    for (size_t i = 0; i < RK_LANES; i++) to[i] = x[places[i]] * own[i];
                else
                    for (size_t i = 0; i < length; i++) to[i] = x[places[i]] * own[i];
            }
        }
        return;
    }
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
