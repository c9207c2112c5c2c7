/* Margins and gradients of a linear model over a block of single precision, summed in double.

   A block lies in tiles of 32 rows, a tile column after column: it is read from one end to the other,
   margins of a tile stay in registers while the columns go by, and a value is widened in a register. That is
   half the memory's traffic of doubles, and no copy. */
#include "lanes.h"
#include "risk_kernels.h"
#include "variants.h"
#pragma STDC FP_CONTRACT OFF

enum { tile = RK_TILE, parts = RK_TILE / RK_LANES };

RK_VARIANTS
void rk_margins_f32(const float *block, size_t rows, size_t columns, const double *theta,
                    double *margins) {
    for (size_t start = 0; start < rows; start += tile) {
        const float *x = block + start * columns;
        rk_doubles8 sums[parts];
        for (int k = 0; k < parts; k++) sums[k] = RK_SPREAD(theta[0]);
        for (size_t c = 0; c < columns; c++, x += tile) {
            double factor = theta[c + 1];
            if (factor == 0) continue;
            for (int k = 0; k < parts; k++) {
                rk_floats8 values;
                RK_LOAD(values, x + k * RK_LANES);
                sums[k] += RK_WIDEN(values) * factor;
            }
        }
        RK_STORE(margins + start, sums);
    }
}

RK_VARIANTS
void rk_add_gradient_f32(const float *block, size_t rows, size_t columns, const double *residuals,
                         double *gradient) {
    for (size_t start = 0; start < rows; start += tile) {
        const float *x = block + start * columns;
        double padded[tile] = {0};
        memcpy(padded, residuals + start, (rows - start < tile ? rows - start : tile) * sizeof *padded);
        rk_doubles8 r[parts], sum;
        for (int k = 0; k < parts; k++) RK_LOAD(r[k], padded + k * RK_LANES);
        RK_LOAD(sum, gradient);
        sum += (r[0] + r[1]) + (r[2] + r[3]);
        RK_STORE(gradient, sum);
        for (size_t c = 0; c < columns; c++, x += tile) {
            rk_floats8 values[parts];
            RK_LOAD(values, x);
            double *to = gradient + (c + 1) * RK_LANES;
            RK_LOAD(sum, to);
            sum += (r[0] * RK_WIDEN(values[0]) + r[1] * RK_WIDEN(values[1]))
                   + (r[2] * RK_WIDEN(values[2]) + r[3] * RK_WIDEN(values[3]));
            RK_STORE(to, sum);
        }
    }
}

RK_VARIANTS
void rk_widen_f32(const float *block, size_t rows, size_t columns, double *out) {
    for (size_t start = 0; start < rows; start += tile) {
        size_t count = rows - start < tile ? rows - start : tile;
        for (size_t c = 0; c < columns; c++) {
            const float *x = block + start * columns + c * tile;
            for (size_t i = 0; i < count; i++) out[c * rows + start + i] = x[i];
        }
    }
}
