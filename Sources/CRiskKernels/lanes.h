/* Eight numbers side by side, in the compiler's own vectors: what is done to them is done to each, so
   results are the same whether a processor has registers for eight, four or two. */
#ifndef RISKKIT_LANES_H
#define RISKKIT_LANES_H
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#pragma STDC FP_CONTRACT OFF

enum { RK_LANES = 8 };

typedef double rk_doubles8 __attribute__((vector_size(64)));
typedef float rk_floats8 __attribute__((vector_size(32)));
typedef int64_t rk_wholes8 __attribute__((vector_size(64)));
typedef uint8_t rk_bytes8 __attribute__((vector_size(8)));

/* Macros, because vectors that are arguments would depend on the level of the architecture. */
#define RK_LOAD(target, from) memcpy(&(target), (from), sizeof(target))
#define RK_STORE(to, value) memcpy((to), &(value), sizeof(value))
#define RK_SPREAD(value) ((rk_doubles8){0} + (value))
#define RK_WIDEN(floats) __builtin_convertvector(floats, rk_doubles8)
#define RK_CHOOSE(mask, yes, no)                                                                    \
    ((rk_doubles8)(((mask) & (rk_wholes8)(yes)) | (~(mask) & (rk_wholes8)(no))))
/* The sum of the lanes, always in this order. */
#define RK_TOTAL(v)                                                                                 \
    ((((v)[0] + (v)[1]) + ((v)[2] + (v)[3])) + (((v)[4] + (v)[5]) + ((v)[6] + (v)[7])))

#endif
