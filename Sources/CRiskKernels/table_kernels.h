/* The loops that add one table's units to the sums of many rows, by variant. Those over cells need
   cells of a kind other than RK_CELLS_NONE. */
#ifndef RISKKIT_TABLE_KERNELS_H
#define RISKKIT_TABLE_KERNELS_H
#include "risk_score_rows.h"

void rk_cells_add_f32_plain(const rk_table *table, const float *values, size_t count, int32_t *sums);
void rk_cells_add_f64_plain(const rk_table *table, const double *values, size_t count, int32_t *sums);

/* Tables of RK_CELLS_FEW. */
void rk_few_add_f32_plain(const rk_table *table, const float *values, size_t count, int32_t *sums);

#if defined(__x86_64__)
#define RK_HAS_V3 1
void rk_cells_add_f32_v3(const rk_table *table, const float *values, size_t count, int32_t *sums);
void rk_cells_add_f64_v3(const rk_table *table, const double *values, size_t count, int32_t *sums);
void rk_few_add_f32_v3(const rk_table *table, const float *values, size_t count, int32_t *sums);
#endif

#endif
