/* How a value finds its cell: risk_score_rows.h says what cells are. */
#ifndef RISKKIT_CELLS_H
#define RISKKIT_CELLS_H
#include "risk_score_rows.h"
#include <string.h>

#pragma STDC FP_CONTRACT OFF

/* A NaN comes out as some cell in 0...top. Comparisons with the bounds are of the kind that are one
   instruction: (x > y ? x : y) is y for a NaN x. */
static inline int32_t rk_place_f32(const rk_cells_f32 *cells, int32_t kind, float x) {
    float y = x - cells->low;
    if (kind == RK_CELLS_LINEAR) {
        float place = y * cells->scale;
        float top = (float)cells->top;
        place = place > 0 ? place : 0;
        place = place < top ? place : top;
        return (int32_t)place;
    }
    int32_t bits;
    memcpy(&bits, &y, sizeof bits);
    int32_t place = (bits >> cells->shift) - cells->base;
    place = place > 0 ? place : 0;
    return place < cells->top ? place : cells->top;
}

static inline int32_t rk_place_f64(const rk_cells_f64 *cells, int32_t kind, double x) {
    double y = x - cells->low;
    if (kind == RK_CELLS_LINEAR) {
        double place = y * cells->scale;
        double top = (double)cells->top;
        place = place > 0 ? place : 0;
        place = place < top ? place : top;
        return (int32_t)place;
    }
    int64_t bits;
    memcpy(&bits, &y, sizeof bits);
    int32_t place = ((int32_t)(bits >> 32) >> cells->shift) - cells->base;
    place = place > 0 ? place : 0;
    return place < cells->top ? place : cells->top;
}

/* The units of x among cells, for a NaN anything. */
static inline int32_t rk_units_f32(const rk_cells_f32 *cells, int32_t kind, float x) {
    const rk_cell_f32 *cell = cells->cells + rk_place_f32(cells, kind, x);
    return cell[x > cell->cut].units; /* no branch: which side it is cannot be predicted */
}

static inline int32_t rk_units_f64(const rk_cells_f64 *cells, int32_t kind, double x) {
    const rk_cell_f64 *cell = cells->cells + rk_place_f64(cells, kind, x);
    return cell->units[x > cell->cut];
}

#endif
