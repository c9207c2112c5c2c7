/* Counts the edges that the library goes along. Swift reports them by these two calls; libFuzzer's own
   functions of these names only say that they want another kind of report, so that these are linked
   into the library and bound to it. */
#include <stdint.h>

extern uint8_t fuzz_edges[1 << 18];

void __sanitizer_cov_trace_pc_guard_init(uint32_t *start, uint32_t *end) {
    static uint32_t count;
    if (start == end || *start) return;
    for (uint32_t *guard = start; guard < end; guard++) *guard = ++count;
}

void __sanitizer_cov_trace_pc_guard(uint32_t *guard) { fuzz_edges[*guard % sizeof fuzz_edges]++; }
