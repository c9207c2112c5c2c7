#include "risk_kernels.h"
#include "variants.h"

#pragma STDC FP_CONTRACT OFF

/* The bin of x is the number of cut points below it. With 2^levels - 1 cut points (padded with +inf,
   which is below nothing) the search takes the same `levels` steps for every x and has no branch
   that depends on the data. A NaN is above no cut point; it is sent to the last entry afterwards.

   A chunk of rows goes down the levels together: the steps of one row wait for each other, those of
   different rows do not. All is comparison and integer addition, so every variant has the same bits. */

enum { RK_CHUNK = 16 };

static inline size_t rk_bin(const rk_table *table, double x) {
    const double *cut_points = table->cut_points;
    size_t bin = 0;
    for (size_t step = (size_t)1 << table->levels >> 1; step > 0; step >>= 1) {
        bin += cut_points[bin + step - 1] < x ? step : 0;
    }
    return x == x ? bin : (size_t)1 << table->levels;
}

int32_t rk_table_units_f64(const rk_table *table, double value) {
    return table->units[rk_bin(table, value)];
}

int64_t rk_tables_row_f64(const rk_table *tables, size_t count, const double *row) {
    int64_t sum = 0;
    for (size_t i = 0; i < count; i++) {
        sum += tables[i].units[rk_bin(&tables[i], row[tables[i].feature])];
    }
    return sum;
}

void rk_table_add_f64_plain(
    const rk_table *table, const double *values, size_t count, int32_t *sums) {
    for (size_t i = 0; i < count; i++) sums[i] += table->units[rk_bin(table, values[i])];
}

RK_VARIANTS
void rk_table_add_f64(const rk_table *table, const double *values, size_t count, int32_t *sums) {
    const double *cut_points = table->cut_points;
    const int32_t *units = table->units;
    size_t missing = (size_t)1 << table->levels;
    size_t i = 0;
    for (; i + RK_CHUNK <= count; i += RK_CHUNK) {
        const double *x = values + i;
        size_t bin[RK_CHUNK] = {0};
        for (size_t step = missing >> 1; step > 0; step >>= 1) {
            for (int lane = 0; lane < RK_CHUNK; lane++) {
                bin[lane] += cut_points[bin[lane] + step - 1] < x[lane] ? step : 0;
            }
        }
        for (int lane = 0; lane < RK_CHUNK; lane++) {
            sums[i + lane] += units[x[lane] == x[lane] ? bin[lane] : missing];
        }
    }
    for (; i < count; i++) sums[i] += units[rk_bin(table, values[i])];
}
