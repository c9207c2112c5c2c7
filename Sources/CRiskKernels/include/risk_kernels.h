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

/* A score table laid out for the search: bin k holds the x with cut[k-1] < x <= cut[k].

   The cut points are a search tree of nodes of eight (RK_TABLE_NODE), so that a node is a cache line
   and one or two vector comparisons. Level d of `depth` starts at keys[level_start[d]]; its node i
   spans the bins from i w up to (i + 1) w, w = 9^(depth - d), and its key j is the cut point below bin
   i w + (j + 1) w / 9, or +inf where there is none. Nodes behind the last bin are left out. */
enum { RK_TABLE_NODE = 8, RK_TABLE_FANOUT = 9, RK_TABLE_MAX_DEPTH = 7 };

typedef struct {
    const double *keys;
    /* One a bin, and a missing value's (NaN). */
    const int32_t *units;
    /* The index of the missing value's units. */
    uint32_t missing;
    /* Which column it reads. */
    uint32_t feature;
    /* Levels of the tree, in 0..RK_TABLE_MAX_DEPTH; 9^depth is at least the number of bins. */
    uint32_t depth;
    uint32_t level_start[RK_TABLE_MAX_DEPTH];
} rk_table;

/* sums[i] += units of values[i], for i < count; NaN is the missing value.
   The caller sees to it that no sum overflows. */
void rk_table_add_f64(const rk_table *table, const double *values, size_t count, int32_t *sums);

/* The sum over the tables of one row; row[table.feature] is a table's value. Where `terms` is not
   NULL, each table's units are written there. */
int64_t rk_tables_row_f64(
    const rk_table *tables, size_t count, const double *row, int32_t *terms);

/* How many variants of these two this machine can run, numbered from 1; the last is the fastest and
   what they choose, 1 is plain C. */
int rk_table_variants(void);

/* One of the variants, for tests and benchmarks. */
void rk_table_add_f64_variant(
    int variant, const rk_table *table, const double *values, size_t count, int32_t *sums);
int64_t rk_tables_row_f64_variant(
    int variant, const rk_table *tables, size_t count, const double *row, int32_t *terms);

#endif
