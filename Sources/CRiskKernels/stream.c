#include "risk_kernels.h"

#if defined(__SSE2__)
#include <emmintrin.h>

void rk_stream_line_f64(const double *values, size_t count, const int32_t *columns, double *line) {
    for (int i = 0; i < 8; i += 2) {
        double low = values[(size_t)columns[i] * count];
        double high = values[(size_t)columns[i + 1] * count];
        _mm_stream_pd(line + i, _mm_set_pd(high, low));
    }
}

void rk_stream_end(void) { _mm_sfence(); }

#else

void rk_stream_line_f64(const double *values, size_t count, const int32_t *columns, double *line) {
    for (int i = 0; i < 8; i++) line[i] = values[(size_t)columns[i] * count];
}

void rk_stream_end(void) {}

#endif
