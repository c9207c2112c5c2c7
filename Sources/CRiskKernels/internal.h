/* Shared by the kernels' files; not part of the interface. */
#ifndef RISKKIT_KERNELS_INTERNAL_H
#define RISKKIT_KERNELS_INTERNAL_H
#include "risk_kernels.h"
#include <string.h>

/* The same C, compiled for three generations of x86-64 and chosen at load time. Every operation is
   an IEEE operation in the order written (FP_CONTRACT OFF), so the variants have the same bits. */
#if defined(__x86_64__) && defined(__linux__) && defined(__clang__)
#define RK_VARIANTS __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define RK_VARIANTS
#endif

#endif
