/* A column of a linear model, eight values at a time. */
#ifndef RISKKIT_TERMS_H
#define RISKKIT_TERMS_H
#include "lanes.h"

/* Eight values from row `i`: those in a row where they lie, those of a list gathered, and what is
   beyond the end is missing. */
#define RK_FETCH8(x, values, rows, i, count)                                                        \
    do {                                                                                            \
        if (!(rows) && (i) + RK_LANES <= (count))                                                   \
            RK_LOAD(x, (values) + (i));                                                             \
        else                                                                                        \
            for (size_t lane = 0; lane < RK_LANES; lane++)                                          \
                (x)[lane] = (i) + lane < (count) ? (values)[(rows) ? (rows)[(i) + lane] : (i) + lane] \
                                                 : __builtin_nan("");                               \
    } while (0)

/* The column's eight values of eight raw ones. */
#define RK_TERM8(term, x)                                                                           \
    RK_CHOOSE((x) != (x), RK_SPREAD((term)->absent),                                                \
              (term)->indicates ? RK_SPREAD((term)->present)                                        \
                                : ((x) * (term)->scale - (term)->centre) * (term)->factor)

#endif
