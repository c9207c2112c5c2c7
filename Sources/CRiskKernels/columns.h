/* A block's values of a column, in a row: where they lie, or fetched into room for a block. */
#ifndef RISKKIT_COLUMNS_H
#define RISKKIT_COLUMNS_H
#include "risk_score_rows.h"
#include <string.h>

enum { RK_BLOCK_ROWS = 2048 };

typedef union {
    float f32[RK_BLOCK_ROWS];
    double f64[RK_BLOCK_ROWS];
} rk_values;

/* The values of `count` rows from `start`, of a column of type RK_F32; NaN where missing. */
const float *rk_floats(const rk_column *column, size_t start, size_t count, rk_values *room);

/* The same of a column of any other type. */
const double *rk_doubles(const rk_column *column, size_t start, size_t count, rk_values *room);

#endif
