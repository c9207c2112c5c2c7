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

/* A score table laid out for the search: bin k holds the x with cut[k-1] < x <= cut[k]. */
typedef struct {
    /* Strictly increasing, 2^levels - 1 of them: what the model has, then +inf. */
    const double *cut_points;
    /* 2^levels + 1 of them: one a bin, and the missing value's last. */
    const int32_t *units;
    /* Which column it reads. */
    uint32_t feature;
    /* Steps of the binary search, in 0..30. */
    uint32_t levels;
} rk_table;

/* sums[i] += units of values[i], for i < count; NaN is the missing value.
   The caller sees to it that no sum overflows. */
void rk_table_add_f64(const rk_table *table, const double *values, size_t count, int32_t *sums);

/* The same, a row at a time and without any variant: what the fast one must equal. */
void rk_table_add_f64_plain(
    const rk_table *table, const double *values, size_t count, int32_t *sums);

/* The sum over the tables of one row; row[table.feature] is a table's value. */
int64_t rk_tables_row_f64(const rk_table *tables, size_t count, const double *row);

/* The units of one value in one table. */
int32_t rk_table_units_f64(const rk_table *table, double value);

#endif
