#include "cells.h"
#include "table_kernels.h"

#pragma STDC FP_CONTRACT OFF

_Static_assert(sizeof(rk_table) % 64 == 0, "what a row needs of a table is one cache line");

int32_t rk_cell_of_f32(const rk_cells_f32 *cells, float x) {
    return rk_place_f32(cells, cells->kind, x);
}

int32_t rk_cell_of_f64(const rk_cells_f64 *cells, double x) {
    return rk_place_f64(cells, cells->kind, x);
}

/* The plain definitions; those for x86-64-v3 are in cells_v3.c. */

static inline void rk_add_kind_f32(const rk_table *table, int32_t kind, const float *values,
                                   size_t count, int32_t *sums) {
    rk_cells_f32 cells = table->f32; /* so that no store to `sums` can be thought to change it */
    int32_t missing = table->missing;
    for (size_t i = 0; i < count; i++) {
        float x = values[i];
        int32_t units = rk_units_f32(&cells, kind, x);
        sums[i] += x == x ? units : missing;
    }
}

void rk_cells_add_f32_plain(const rk_table *table, const float *values, size_t count,
                            int32_t *sums) {
    switch (table->f32.kind) {
    case RK_CELLS_LINEAR: rk_add_kind_f32(table, RK_CELLS_LINEAR, values, count, sums); break;
    case RK_CELLS_BITS: rk_add_kind_f32(table, RK_CELLS_BITS, values, count, sums); break;
    default: rk_few_add_f32_plain(table, values, count, sums); break;
    }
}

void rk_few_add_f32_plain(const rk_table *table, const float *values, size_t count, int32_t *sums) {
    const rk_few_f32 *few = table->f32.few;
    for (size_t i = 0; i < count; i++) {
        float x = values[i];
        size_t bin = 0;
        for (int cut = 0; cut < few->count; cut++) bin += x > few->cuts[cut];
        sums[i] += x == x ? few->units[bin] : table->missing;
    }
}

static inline void rk_add_kind_f64(const rk_table *table, int32_t kind, const double *values,
                                   size_t count, int32_t *sums) {
    rk_cells_f64 cells = table->f64;
    int32_t missing = table->missing;
    for (size_t i = 0; i < count; i++) {
        double x = values[i];
        int32_t units = rk_units_f64(&cells, kind, x);
        sums[i] += x == x ? units : missing;
    }
}

void rk_cells_add_f64_plain(const rk_table *table, const double *values, size_t count,
                            int32_t *sums) {
    if (table->f64.kind == RK_CELLS_LINEAR)
        rk_add_kind_f64(table, RK_CELLS_LINEAR, values, count, sums);
    else
        rk_add_kind_f64(table, RK_CELLS_BITS, values, count, sums);
}
