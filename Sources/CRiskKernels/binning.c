#include "bin_cells.h"
#include "risk_kernels.h"
#include "risk_score_rows.h"
#include "variants.h"
#include <math.h>
#include <string.h>

#pragma STDC FP_CONTRACT OFF

enum { rk_bin_block = 512, rk_most_keys = 320, rk_most_units = 257, rk_cells_pay = 4096 };

/* A score table whose units are the bins' numbers: a search tree that resolves a factor of nine a level
   takes three levels for 255 bins where a binary search takes eight steps (see table.c). */
static void rk_bin_tree(const double *cut_points, size_t cut_count, uint8_t missing, double *keys,
                         int32_t *units, rk_tree *tree) {
    for (size_t bin = 0; bin <= cut_count; bin++) units[bin] = (int32_t)bin;
    units[cut_count + 1] = missing;
    *tree = (rk_tree){.keys = keys, .units = units, .missing = (uint32_t)cut_count + 1};
    size_t span = 1, start = 0;
    while (span < cut_count + 1) {
        span *= RK_TABLE_FANOUT;
        tree->depth += 1;
    }
    for (uint32_t level = 0; level < tree->depth; level++) {
        tree->level_start[level] = (uint32_t)start;
        size_t child = span / RK_TABLE_FANOUT;
        for (size_t node = 0; node <= cut_count / span; node++)
            for (size_t key = 0; key < RK_TABLE_NODE; key++) {
                size_t cut = node * span + (key + 1) * child - 1;
                keys[start++] = cut < cut_count ? cut_points[cut] : HUGE_VAL;
            }
        span = child;
    }
}

void rk_bin_f64(const double *values, const uint32_t *rows, size_t count, const double *cut_points,
                size_t cut_count, uint8_t missing, uint8_t *bins) {
    double gathered[rk_bin_block];
    rk_bin_cells cells;
    if (count >= rk_cells_pay && rk_bin_cells_make(&cells, cut_points, cut_count, missing)) {
        for (size_t start = 0; start < count; start += rk_bin_block) {
            size_t length = count - start < rk_bin_block ? count - start : rk_bin_block;
            const double *block = values + start;
            if (rows) {
                for (size_t i = 0; i < length; i++) gathered[i] = values[rows[start + i]];
                block = gathered;
            }
            rk_bin_by_cells_f64(&cells, block, length, bins + start);
        }
        return;
    }
    double keys[rk_most_keys];
    int32_t units[rk_most_units], sums[rk_bin_block];
    rk_table table = {.f64.kind = RK_CELLS_NONE};
    rk_bin_tree(cut_points, cut_count, missing, keys, units, &table.tree);
    for (size_t start = 0; start < count; start += rk_bin_block) {
        size_t length = count - start < rk_bin_block ? count - start : rk_bin_block;
        const double *block = values + start;
        if (rows) {
            for (size_t i = 0; i < length; i++) gathered[i] = values[rows[start + i]];
            block = gathered;
        }
        memset(sums, 0, length * sizeof *sums);
        rk_table_add_f64(&table, block, length, sums);
        for (size_t i = 0; i < length; i++) bins[start + i] = (uint8_t)sums[i];
    }
}

RK_VARIANTS
void rk_standardize_f64(const double *values, const uint32_t *rows, size_t count, double scale,
                        double centre, double factor, double *out) {
    if (rows) {
        for (size_t i = 0; i < count; i++) out[i] = values[rows[i]];
        values = out;
    }
    for (size_t i = 0; i < count; i++) {
        double x = values[i];
        out[i] = x == x ? (x * scale - centre) * factor : 0.0;
    }
}

RK_VARIANTS
void rk_indicate_missing_f64(const double *values, const uint32_t *rows, size_t count, double present,
                             double absent, double *out) {
    for (size_t i = 0; i < count; i++) {
        double x = values[rows ? rows[i] : i];
        out[i] = x == x ? present : absent;
    }
}

void rk_map_u8(uint8_t *bytes, size_t count, const uint8_t *map) {
    for (size_t i = 0; i < count; i++) bytes[i] = map[bytes[i]];
}

int rk_has_nan_f64(const double *values, const uint32_t *rows, size_t count) {
    enum { stretch = 1024 };
    for (size_t start = 0; start < count; start += stretch) {
        size_t end = count - start < stretch ? count : start + stretch;
        int found = 0;
        if (rows) {
            for (size_t i = start; i < end; i++) found |= values[rows[i]] != values[rows[i]];
        } else {
            for (size_t i = start; i < end; i++) found |= values[i] != values[i];
        }
        if (found) return 1;
    }
    return 0;
}
