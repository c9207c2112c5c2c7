/* The loops that must be fast and the functions whose bits must not depend on the machine.
   C and libm's rounding functions only; no allocation, no state, no locks. */
#ifndef RISKKIT_KERNELS_H
#define RISKKIT_KERNELS_H
#include <stddef.h>
#include <stdint.h>

/* e^x, within 1 ULP, the same bits on every machine (see exp.c). */
double rk_exp_f64(double x);

/* 1 / (1 + e^-x), within 2 ULP, the same bits on every machine. */
double rk_logistic_f64(double x);

#endif
