#include "risk_kernels.h"
#include "variants.h"

#pragma STDC FP_CONTRACT OFF

/* Four tables at a time: a margin is loaded and stored once for the four. */
void rk_add_tables_i32(int32_t *margins, const uint8_t *bins, size_t bin_stride,
                       const uint32_t *features, size_t feature_count, const int32_t *tables,
                       size_t length, size_t count) {
    /* Unsigned, because the sum fits but a part of it need not. */
    uint32_t *sums = (uint32_t *)margins;
    const uint32_t *entries = (const uint32_t *)tables;
    size_t at = 0;
    for (; at + 4 <= feature_count; at += 4) {
        const uint8_t *bins0 = bins + features[at] * bin_stride;
        const uint8_t *bins1 = bins + features[at + 1] * bin_stride;
        const uint8_t *bins2 = bins + features[at + 2] * bin_stride;
        const uint8_t *bins3 = bins + features[at + 3] * bin_stride;
        const uint32_t *table0 = entries + features[at] * length;
        const uint32_t *table1 = entries + features[at + 1] * length;
        const uint32_t *table2 = entries + features[at + 2] * length;
        const uint32_t *table3 = entries + features[at + 3] * length;
        for (size_t i = 0; i < count; i++)
            sums[i] += table0[bins0[i]] + table1[bins1[i]] + table2[bins2[i]] + table3[bins3[i]];
    }
    for (; at < feature_count; at++) {
        const uint8_t *bins0 = bins + features[at] * bin_stride;
        const uint32_t *table0 = entries + features[at] * length;
        for (size_t i = 0; i < count; i++) sums[i] += table0[bins0[i]];
    }
}

enum { rk_most_bins = 256 };

/* The gain of every cut with the missing values on one side. `shift` is what the missing values add
   to the left. Nothing here depends on the order of evaluation, so that vectors have the same bits. */
RK_VARIANTS
static void rk_cut_gains(const double *gradients, const double *hessians, size_t count, double shift_gradient,
                         double shift_hessian, double total_gradient, double total_hessian, double l2,
                         double least, double *gains) {
    for (size_t i = 0; i < count; i++) {
        double gl = gradients[i] + shift_gradient, hl = hessians[i] + shift_hessian;
        double gr = total_gradient - gl, hr = total_hessian - hl;
        double dl = hl + l2, dr = hr + l2;
        double gain = gl * gl / dl + gr * gr / dr;
        double low = hl < hr ? hl : hr;
        double denominator = dl < dr ? dl : dr;
        gain = low >= least ? gain : -1.0;
        gains[i] = denominator > 0 ? gain : -1.0;
    }
}

RK_VARIANTS
static double rk_largest(const double *values, size_t count) {
    enum { lanes = 8 };
    double largest[lanes];
    for (int lane = 0; lane < lanes; lane++) largest[lane] = -1.0;
    size_t i = 0;
    for (; i + lanes <= count; i += lanes)
        for (int lane = 0; lane < lanes; lane++)
            largest[lane] = values[i + (size_t)lane] > largest[lane] ? values[i + (size_t)lane] : largest[lane];
    for (; i < count; i++) largest[0] = values[i] > largest[0] ? values[i] : largest[0];
    for (int lane = 1; lane < lanes; lane++)
        largest[0] = largest[lane] > largest[0] ? largest[lane] : largest[0];
    return largest[0];
}

int rk_best_cut_f64(const double *gradients, const double *hessians, const rk_cuts *cuts, double l2,
                    double least, rk_cut *best) {
    double g[rk_most_bins], h[rk_most_bins], right[rk_most_bins], left[rk_most_bins];
    double gradient = 0, hessian = 0;
    for (size_t bin = 0; bin < cuts->bins; bin++) {
        gradient += gradients[bin];
        hessian += hessians[bin];
        g[bin] = gradient;
        h[bin] = hessian;
    }
    double absent_gradient = gradients[cuts->missing], absent_hessian = hessians[cuts->missing];
    double total_gradient = gradient + absent_gradient, total_hessian = hessian + absent_hessian;
    size_t first_right = cuts->first[0], end_right = cuts->end[0];
    size_t first_left = cuts->first[1], end_left = cuts->end[1];
    double most = -1.0;
    if (end_right > first_right) {
        rk_cut_gains(g + first_right, h + first_right, end_right - first_right, 0, 0, total_gradient,
                     total_hessian, l2, least, right + first_right);
        most = rk_largest(right + first_right, end_right - first_right);
    }
    if (end_left > first_left) {
        rk_cut_gains(g + first_left, h + first_left, end_left - first_left, absent_gradient,
                     absent_hessian, total_gradient, total_hessian, l2, least, left + first_left);
        double largest = rk_largest(left + first_left, end_left - first_left);
        most = largest > most ? largest : most;
    }
    if (!(most > best->gain)) return 0;
    for (size_t bin = 0; bin < cuts->bins; bin++) {
        int is_right = bin >= first_right && bin < end_right && right[bin] == most;
        int is_left = !is_right && bin >= first_left && bin < end_left && left[bin] == most;
        if (!is_right && !is_left) continue;
        best->gain = most;
        best->last_left = (uint32_t)bin;
        best->missing_left = (uint32_t)is_left;
        best->left_gradient = g[bin] + (is_left ? absent_gradient : 0);
        best->left_hessian = h[bin] + (is_left ? absent_hessian : 0);
        best->right_gradient = total_gradient - best->left_gradient;
        best->right_hessian = total_hessian - best->left_hessian;
        return 1;
    }
    return 0;
}

RK_VARIANTS
void rk_move_gradients_f64(double *gradients, const double *hessians, const float *row, size_t count,
                           double everywhere, double left) {
    for (size_t i = 0; i < count; i++)
        gradients[i] += everywhere * hessians[i] + left * (double)row[i];
}

RK_VARIANTS
void rk_move_gradients_too_f64(double *gradients, const float *row, size_t count, double left) {
    for (size_t i = 0; i < count; i++) gradients[i] += left * (double)row[i];
}
