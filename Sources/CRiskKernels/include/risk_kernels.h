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

/* The values that are no NaN, in order, and where `multiples` (of values[rows[i]], or values[i] where `rows`
   is NULL) is not NULL theirs. Returns how many; `present` and `weights` have room for `count`. */
size_t rk_gather_present_f64(const double *values, const uint32_t *rows, const uint32_t *multiples,
                             size_t count, double *present, uint32_t *weights);

/* The different values among sorted ones, and how often each occurs, or the sum of its weights. Returns how
   many; `values` and `sums` have room for `count`. */
size_t rk_distinct_f64(const double *sorted, const uint32_t *weights, size_t count, double *values,
                       int64_t *sums);

/* bins[i] = how many of the cut points (at most 255, increasing) are below the value, `missing` for a
   NaN. The value is values[rows[i]], or values[i] where `rows` is NULL. */
void rk_bin_f64(const double *values, const uint32_t *rows, size_t count, const double *cut_points,
                size_t cut_count, uint8_t missing, uint8_t *bins);

/* First and second derivative of the log loss at margins in units of 2^-24 of log-odds:
   pairs[2i] = round((p - label) * scale) * weight, pairs[2i+1] = round(p (1 - p) * scale) * weight.
   scale is a power of two of at most 2^50; weights NULL means 1. */
void rk_gradients_i64(const int32_t *margins, const uint8_t *labels, const uint32_t *weights,
                      size_t count, double scale, int64_t *pairs);

/* The same two derivatives packed into one integer, so that one addition adds both: the gradient in the
   upper 32 bits, the Hessian in the lower. Adds round(log loss * loss_scale) * weight to *loss.
   Returns the sum of |gradient|, which bounds the sum of Hessians too: where it is above 2^31 - 1, no
   sum of these values can be unpacked. */
int64_t rk_gradients_packed_i64(const int32_t *margins, const uint8_t *labels, const uint32_t *weights,
                                size_t count, double scale, double loss_scale, int64_t *packed,
                                int64_t *loss);

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

/* The same with packed values, one integer a bin: histogram f starts at histograms + f * histogram_stride. */
void rk_histogram_packed_i64(const uint8_t *bins, size_t bin_stride, size_t features,
                             const int64_t *packed, size_t count, int64_t *histograms,
                             size_t histogram_stride);

/* Adds packed sums to pairs of sums, and sets them to 0. */
void rk_unpack_sums_i64(int64_t *packed, size_t count, int64_t *pairs);

/* margins[i] += the entries of row i's bins in the tables of some features. Feature f's bins start at
   bins + f * bin_stride, its table at tables + f * length. The caller sees to it that nothing overflows. */
void rk_add_tables_i32(int32_t *margins, const uint8_t *bins, size_t bin_stride,
                       const uint32_t *features, size_t feature_count, const int32_t *tables,
                       size_t length, size_t count);

/* The cuts of a feature: after bin b, with missing values on the right for first[0] <= b < end[0], on the
   left for first[1] <= b < end[1]. `bins` (at most 255) does not count the missing bin. */
typedef struct {
    size_t bins, missing;
    size_t first[2], end[2];
} rk_cuts;

/* A cut, and the sums on its two sides. */
typedef struct {
    double gain, left_gradient, left_hessian, right_gradient, right_hessian;
    uint32_t last_left, missing_left;
} rk_cut;

/* Looks for a cut with more gain than best->gain; returns whether it found one. The gain of a side is
   gradient^2 / (hessian + l2); each side has a Hessian of at least `least`. Of equal gains the lowest
   cut is taken, missing values on the right first. */
int rk_best_cut_f64(const double *gradients, const double *hessians, const rk_cuts *cuts, double l2,
                    double least, rk_cut *best);

/* gradients[i] += everywhere * hessians[i] + left * row[i]: what a stump does to gradient sums. */
void rk_move_gradients_f64(double *gradients, const double *hessians, const float *row, size_t count,
                           double everywhere, double left);

/* gradients[i] += left * row[i]. */
void rk_move_gradients_too_f64(double *gradients, const float *row, size_t count, double left);

/* cells_a[starts[i] + bins_a[i]] += values[i], and the same with b unless bins_b is NULL. */
void rk_pair_histograms_i32(const uint16_t *starts, const uint8_t *bins_a, const uint8_t *bins_b,
                            const int32_t *values, size_t count, int32_t *cells_a, int32_t *cells_b);

/* Writes a pair's histogram, `length` x `length`, into the two places that it has in a symmetric matrix
   whose rows are cumulated: row b of `forward` is the sum of the cells' rows up to b (the last row, of
   missing values, by itself), row b of `backward` the sum of their columns up to b. Spoils the cells. */
void rk_spread_cells_f32(int32_t *cells, size_t length, float *forward, float *backward,
                         size_t row_stride);

/* bytes[i] = map[bytes[i]]; the map has 256 entries. */
void rk_map_u8(uint8_t *bytes, size_t count, const uint8_t *map);

/* Whether a value is a NaN; x as in rk_bin_f64. */
int rk_has_nan_f64(const double *values, const uint32_t *rows, size_t count);

/* Adds a hash of each value (x as in rk_bin_f64) to the row's hash. */
void rk_hash_rows_u64(const double *values, const uint32_t *rows, size_t count, uint64_t key,
                      uint64_t *hashes);

/* Names of rows out of the sums of their hashes: evenly spread, and different for rows that are equal,
   of which the first, second, ... have the same names in any order. Rows are dealt to `parts` by their
   hash, equal ones to the same; this is for those of one part. `slots` and `repeats` have slot_count
   entries, all 0; slot_count is a power of two above rk_count_rows_u64. */
void rk_number_rows_u64(const uint64_t *hashes, size_t count, size_t part, size_t parts,
                        uint64_t *slots, uint64_t *repeats, size_t slot_count, uint64_t *names);

/* How many rows a part has. */
size_t rk_count_rows_u64(const uint64_t *hashes, size_t count, size_t part, size_t parts);

/* Per row at log-odds x: residual = weight (p - label), root of curvature = sqrt(weight p (1 - p)).
   Returns the sum of weight * log loss, summed in a fixed order. weights NULL means 1. */
double rk_logistic_rows_f64(const double *log_odds, const uint8_t *labels, const double *weights,
                            size_t count, double *residuals, double *root_curvatures);

/* Rows of a tile of single precision. A block lies tile after tile, a tile column after column, 32 values
   each; the last tile is as large as the others, with zeros beyond the end. */
enum { RK_TILE = 32 };

/* margins[i] = theta[0] + sum over c of theta[c + 1] * value (i, c), in double precision; columns whose
   theta is 0 are not read. `margins` has room for whole tiles. */
void rk_margins_f32(const float *block, size_t rows, size_t columns, const double *theta,
                    double *margins);

/* Adds residuals[i] * value (i, c) to eight sums for each column, gradient[8 (c + 1) ...], and the
   residuals to the first eight; in double precision and a fixed order. */
void rk_add_gradient_f32(const float *block, size_t rows, size_t columns, const double *residuals,
                         double *gradient);

/* A block in double precision, column after column of `rows` values each. */
void rk_widen_f32(const float *block, size_t rows, size_t columns, double *out);

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

/* A column of a linear model: (x * scale - centre) * factor, `absent` where x is a NaN; or where it
   indicates missing values, `present` and `absent`. */
typedef struct {
    int indicates;
    double scale, centre, factor, present, absent;
} rk_term;

/* A column's values by such a term into its places in tiles, `stride` values from one tile to the next; x
   as in rk_bin_f64. */
void rk_fill_f32(const rk_term *term, const double *values, const uint32_t *rows, size_t count,
                 size_t stride, float *out);

/* margins[i] += coefficient * the value. `margins` has room for a multiple of eight. */
void rk_add_margins_f64(const rk_term *term, const double *values, const uint32_t *rows, size_t count,
                        double coefficient, double *margins);

/* Extremes by class (infinite where there is none), missing and infinite rows; x as in rk_bin_f64, labels are
   0 or 1. */
typedef struct {
    double lowest[2], highest[2];
    int64_t missing, infinite;
} rk_extremes;

void rk_extremes_f64(const double *values, const uint32_t *rows, const uint8_t *labels, size_t count,
                     rk_extremes *extremes);

/* Sums of whole multiples of a step, the same in any order of rows (see exact.c): each summand x is rounded to
   one, and |x| is at most 2^51 steps. magic = 1.5 * 2^52 * step; weights NULL means 1. */

/* Adds to sums[0...2], over present values, weights, weights * z and weights * z^2, z = (x * scale - centre) *
   factor of the term. */
void rk_add_moments_i64(const rk_term *term, const double *values, const uint32_t *rows,
                        const double *weights, size_t count, double magic, int64_t *sums);

/* The sum of weight * log loss; a loss above 64 is 64. */
int64_t rk_losses_i64(const double *log_odds, const uint8_t *labels, const double *weights,
                      size_t count, double magic);

/* The sum of squares. */
int64_t rk_squares_i64(const double *values, size_t count, double magic);

/* Adds residuals[i] * value (i, c) to eight sums for each column, sums[8 (c + 1) ...], and the residuals to
   the first eight; a magic number for each. */
void rk_add_gradient_i64(const float *block, size_t rows, size_t columns, const double *residuals,
                         const double *magics, int64_t *sums);

/* The sum of residuals[i] * the value of a term. */
int64_t rk_gradient_i64(const rk_term *term, const double *values, const uint32_t *rows, size_t count,
                        const double *residuals, double magic);

/* Rows for a Hessian: all with roots[i] >= floor, and of the others those with drawn[i] = 1, one in eight,
   which stand for eight. Returns how many; factors are the roots. `selected` and `factors` have room for one
   more than all rows. */
size_t rk_select_rows_f64(const double *roots, size_t rows, double floor, const uint8_t *drawn,
                          uint32_t *selected, double *factors);

/* out[(c + 1) * stride + i] = value (selected[i], c) * factors[i] * scales[c + 1], rounded to a whole number; the
   factors times scales[0] come first. */
void rk_whole_rows_f64(const float *block, size_t columns, const uint32_t *selected,
                       const double *factors, size_t count, const double *scales, double *out,
                       size_t stride);

/* sums[i] += values[i], which are whole numbers. */
void rk_add_whole_f64_i64(const double *values, size_t count, int64_t *sums);

/* out[c * stride + i] = value (i, chosen[c]) * factors[i] of a block in tiles. */
void rk_scale_rows_f32(const float *block, size_t columns, const int32_t *chosen, size_t chosen_count,
                       const float *factors, size_t count, float *out, size_t stride);

/* sums[i] += values[i]. */
void rk_add_f32_f64(const float *values, size_t count, double *sums);

/* Hints that a place in memory is read, or written, soon: for loops that jump about. */
static inline void rk_prefetch_read(const void *place) { __builtin_prefetch(place, 0, 3); }
static inline void rk_prefetch_write(const void *place) { __builtin_prefetch(place, 1, 3); }

/* The most windows that rk_window_heads_i64 takes. */
enum { RK_MOST_WINDOWS = 8 };

/* For each moment from..to-1 and each window, the first entry from `first` on whose key is greater than
 * the moment less the window's length, at most the moment's tail. Keys ascend up to the last tail, moments
 * and tails ascend, tails are at least `first`; four places behind the keys can be read. */
void rk_window_heads_i64(const int64_t *keys, const int64_t *now, const int64_t *tails, size_t from,
                         size_t to, int64_t first, const int64_t *lengths, size_t windows,
                         int64_t *const *heads);

/* line[i] = values[columns[i] * count] for eight columns of `count` values. `line` is aligned to 64
 * bytes, and written past the caches where the processor can: rk_stream_end before others read it. */
void rk_stream_line_f64(const double *values, size_t count, const int32_t *columns, double *line);

/* Lets what was streamed be seen before what is written later. */
void rk_stream_end(void);

#endif
