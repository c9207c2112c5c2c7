#include "risk_kernels.h"

/* A gradient and a Hessian, added by one instruction. */
typedef int64_t rk_pair __attribute__((vector_size(16), aligned(8)));

/* Four features at a time: the pair is loaded once for the four, and their additions do not wait for
   each other where neighbouring rows fall into the same bin, as they do in a feature of many zeros. */
void rk_histogram_i64(const uint8_t *bins, size_t bin_stride, size_t features, const int64_t *pairs,
                      size_t count, int64_t *histograms, size_t histogram_stride) {
    const rk_pair *gradients = (const rk_pair *)pairs;
    size_t feature = 0;
    for (; feature + 4 <= features; feature += 4) {
        const uint8_t *bins0 = bins + feature * bin_stride;
        const uint8_t *bins1 = bins0 + bin_stride;
        const uint8_t *bins2 = bins1 + bin_stride;
        const uint8_t *bins3 = bins2 + bin_stride;
        rk_pair *sums0 = (rk_pair *)(histograms + 2 * feature * histogram_stride);
        rk_pair *sums1 = sums0 + histogram_stride;
        rk_pair *sums2 = sums1 + histogram_stride;
        rk_pair *sums3 = sums2 + histogram_stride;
        for (size_t i = 0; i < count; i++) {
            rk_pair gradient = gradients[i];
            sums0[bins0[i]] += gradient;
            sums1[bins1[i]] += gradient;
            sums2[bins2[i]] += gradient;
            sums3[bins3[i]] += gradient;
        }
    }
    for (; feature < features; feature++) {
        const uint8_t *bins0 = bins + feature * bin_stride;
        rk_pair *sums0 = (rk_pair *)(histograms + 2 * feature * histogram_stride);
        for (size_t i = 0; i < count; i++) sums0[bins0[i]] += gradients[i];
    }
}
