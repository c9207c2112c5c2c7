/* A column of a linear model as it is used: centred, of unit deviation, missing values at the mean, or
   the indicator of missing values. Into single precision, or straight into margins: then the values in
   double precision are read and written nowhere. */
#include "lanes.h"
#include "risk_kernels.h"
#include "terms.h"
#include "variants.h"
#pragma STDC FP_CONTRACT OFF

enum { tile = RK_TILE };

RK_VARIANTS
void rk_fill_f32(const rk_term *term, const double *values, const uint32_t *rows, size_t count,
                 size_t stride, float *out) {
    for (size_t start = 0; start < count; start += tile)
        for (size_t k = 0; k < tile; k += RK_LANES) {
            rk_doubles8 x = {0};
            RK_FETCH8(x, values, rows, start + k, count);
            rk_floats8 z = __builtin_convertvector(RK_TERM8(term, x), rk_floats8);
            if (start + k + RK_LANES > count) /* beyond the end there is nothing */
                for (size_t lane = 0; lane < RK_LANES; lane++)
                    if (start + k + lane >= count) z[lane] = 0;
            RK_STORE(out + start / tile * stride + k, z);
        }
}

RK_VARIANTS
void rk_add_margins_f64(const rk_term *term, const double *values, const uint32_t *rows, size_t count,
                        double coefficient, double *margins) {
    for (size_t i = 0; i < count; i += RK_LANES) {
        rk_doubles8 x = {0}, m;
        RK_FETCH8(x, values, rows, i, count);
        RK_LOAD(m, margins + i);
        m += RK_TERM8(term, x) * coefficient;
        RK_STORE(margins + i, m);
    }
}
