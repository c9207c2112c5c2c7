/* The loops that must be fast and the functions whose bits must not depend on the machine.
   C and libm's rounding functions only; no allocation, no state, no locks. */
#ifndef RISKKIT_KERNELS_H
#define RISKKIT_KERNELS_H
#include <stddef.h>
#include <stdint.h>

/* e^x, within 1 ULP, the same bits on every machine (see exp.c). */
double rk_exp_f64(double x);

/* 1 / (1 + e^-x), within 2.5 ULP, the same bits on every machine. */
double rk_logistic_f64(double x);

/* ln x, within 1 ULP, the same bits on every machine (see log.c); -inf at 0, NaN below. */
double rk_log_f64(double x);

/* Sorts `count` values (no NaN, fewer than 2^32) upwards, and where `weights` is not NULL moves its
   entries along. The scratch buffers have the same size; weight_scratch may be NULL with weights. */
void rk_sort_f64(double *values, uint32_t *weights, size_t count, double *value_scratch,
                 uint32_t *weight_scratch);

/* bins[i] = how many of the cut points (at most 255, increasing) are below the value, `missing` for a
   NaN. The value is values[rows[i]], or values[i] where `rows` is NULL. */
void rk_bin_f64(const double *values, const uint32_t *rows, size_t count, const double *cut_points,
                size_t cut_count, uint8_t missing, uint8_t *bins);

/* First and second derivative of the log loss at margins in units of 2^-24 of log-odds:
   pairs[2i] = round((p - label) * scale) * weight, pairs[2i+1] = round(p (1 - p) * scale) * weight.
   scale is a power of two of at most 2^50; weights NULL means 1. */
void rk_gradients_i64(const int32_t *margins, const uint8_t *labels, const uint32_t *weights,
                      size_t count, double scale, int64_t *pairs);

/* The sum of round(log loss * scale) * weight at margins in units of 2^-24 of log-odds. The caller
   sees to it that the sum fits: a row's loss is at most 129. */
int64_t rk_log_loss_i64(const int32_t *margins, const uint8_t *labels, const uint32_t *weights,
                        size_t count, double scale);

/* Adds a stump to margins: `left` in bins up to last_left, `right` above, `absent` in bin `missing`. */
void rk_add_stump_i32(int32_t *margins, const uint8_t *bins, size_t count, uint8_t last_left,
                      uint8_t missing, int32_t left, int32_t right, int32_t absent);

/* Adds the pairs of `count` rows to the histograms of `features` features. Feature f's bins start at
   bins + f * bin_stride, its sums at histograms + 2 * f * histogram_stride (pairs again). Every bin
   is below histogram_stride. */
void rk_histogram_i64(const uint8_t *bins, size_t bin_stride, size_t features, const int64_t *pairs,
                      size_t count, int64_t *histograms, size_t histogram_stride);

/* Per row at log-odds x: residual = weight (p - label), root of curvature = sqrt(weight p (1 - p)).
   Returns the sum of weight * log loss, summed in a fixed order. weights NULL means 1. */
double rk_logistic_rows_f64(const double *log_odds, const uint8_t *labels, const double *weights,
                            size_t count, double *residuals, double *root_curvatures);

/* How many rows have log-odds that are not on their label's side of 0. */
size_t rk_count_wrong_f64(const double *log_odds, const uint8_t *labels, size_t count);

/* values[i] *= factors[i]. */
void rk_multiply_f64(double *values, const double *factors, size_t count);

/* out[i] = (x * scale - centre) * factor, 0 for a NaN; x as in rk_bin_f64. */
void rk_standardize_f64(const double *values, const uint32_t *rows, size_t count, double scale,
                        double centre, double factor, double *out);

/* out[i] = absent where x is a NaN, else present; x as in rk_bin_f64. */
void rk_indicate_missing_f64(const double *values, const uint32_t *rows, size_t count, double present,
                             double absent, double *out);

#endif
