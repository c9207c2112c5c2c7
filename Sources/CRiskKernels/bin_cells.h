/* Cells for bins: how rk_bin_f64 finds a value's bin with a table look-up and one or two comparisons of
   four cut points each. */
#ifndef RISKKIT_BIN_CELLS_H
#define RISKKIT_BIN_CELLS_H
#include <stddef.h>
#include <stdint.h>

/* The line of numbers is divided into cells, none with more than eight cut points. A value's cell is
   arithmetic that never decreases in the value, so that its rounding does not matter: cut points of lower
   cells are below the value, those of higher ones are not, and those of its own are compared.

     linear     (x - low) * scale, towards zero
     else       (the upper 32 bits of x, in the order of the values) >> shift, less base

   both held within 0...top. */
enum { RK_BIN_CELLS = 4096, RK_BIN_KEYS = 8 };

typedef struct {
    /* The cut points, and +inf behind them: eight can be read from any place up to 255. */
    double keys[256 + RK_BIN_KEYS];
    double low, scale;
    int32_t is_linear, shift, base, top;
    /* The most cut points in a cell. */
    int32_t most;
    /* For each cell how many cut points are in lower ones; behind the last, the bin of a missing value. */
    uint8_t below[RK_BIN_CELLS + 1];
} rk_bin_cells;

/* Returns 0 where there are no such cells. */
int rk_bin_cells_make(rk_bin_cells *cells, const double *cut_points, size_t cut_count,
                      uint8_t missing);

/* bins[i] = the bin of values[i]. */
void rk_bin_by_cells_f64(const rk_bin_cells *cells, const double *values, size_t count,
                         uint8_t *bins);

#endif
