/* One function compiled for several levels of the architecture, the best chosen when it is loaded.

   That needs indirect functions of the dynamic loader (glibc); elsewhere there is the plain one.
   Every file that uses this turns FP_CONTRACT off, so that no variant fuses what others round. */
#ifndef RISKKIT_VARIANTS_H
#define RISKKIT_VARIANTS_H
#include <stdlib.h>

/* The choice is made before a sanitizer's runtime is ready, so with one there is no choice. */
#if defined(__SANITIZE_THREAD__) || defined(__SANITIZE_ADDRESS__)
#define RK_SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer) || __has_feature(address_sanitizer)
#define RK_SANITIZED 1
#endif
#endif

#if defined(__x86_64__) && defined(__GLIBC__) && !defined(RK_SANITIZED)
#define RK_VARIANTS \
    __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "arch=x86-64-v2", "default")))
#else
#define RK_VARIANTS
#endif

#endif
