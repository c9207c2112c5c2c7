/* Margins and gradients of a linear model over a block of single precision, summed in double.

   A value is read once and widened in a register: half the memory's traffic of doubles, and no copy.
   Four columns at a time go over the margins, so that these are loaded and stored a quarter as often;
   sums go to eight lanes that are added in a fixed order. */
#include "risk_kernels.h"
#include "variants.h"
#pragma STDC FP_CONTRACT OFF

enum { lanes = 8 };

RK_VARIANTS
void rk_margins_f32(const float *block, size_t rows, size_t columns, const double *theta,
                    double *margins) {
    for (size_t i = 0; i < rows; i++) margins[i] = theta[0];
    size_t used[4];
    size_t count = 0;
    for (size_t c = 0; c <= columns; c++) {
        if (c < columns && theta[c + 1] != 0) used[count++] = c;
        if (count == 4) {
            const float *a = block + used[0] * rows, *b = block + used[1] * rows;
            const float *d = block + used[2] * rows, *e = block + used[3] * rows;
            double ta = theta[used[0] + 1], tb = theta[used[1] + 1];
            double td = theta[used[2] + 1], te = theta[used[3] + 1];
            for (size_t i = 0; i < rows; i++)
                margins[i] += (ta * a[i] + tb * b[i]) + (td * d[i] + te * e[i]);
            count = 0;
        } else if (c == columns) {
            for (size_t k = 0; k < count; k++) {
                const float *a = block + used[k] * rows;
                double ta = theta[used[k] + 1];
                for (size_t i = 0; i < rows; i++) margins[i] += ta * a[i];
            }
        }
    }
}

RK_VARIANTS
void rk_add_gradient_f32(const float *block, size_t rows, size_t columns, const double *residuals,
                         double *gradient) {
    double whole = 0;
    for (size_t i = 0; i < rows; i++) whole += residuals[i];
    gradient[0] += whole;
    for (size_t c = 0; c < columns; c++) {
        const float *a = block + c * rows;
        double sums[lanes] = {0};
        size_t i = 0;
        for (; i + lanes <= rows; i += lanes)
            for (size_t lane = 0; lane < lanes; lane++)
                sums[lane] += residuals[i + lane] * a[i + lane];
        for (; i < rows; i++) sums[0] += residuals[i] * a[i];
        gradient[c + 1] += ((sums[0] + sums[1]) + (sums[2] + sums[3]))
                           + ((sums[4] + sums[5]) + (sums[6] + sums[7]));
    }
}
