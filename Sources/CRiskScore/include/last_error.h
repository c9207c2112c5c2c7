/* The message of a thread's last failure: for RiskScoreABI, not for those who call the library. */
#ifndef RISKSCORE_LAST_ERROR_H
#define RISKSCORE_LAST_ERROR_H
#include <stddef.h>

/* Keeps the text (of so many bytes, UTF-8) as what rsk_last_error says on this thread; a text that is
   too long is cut at a whole character. */
__attribute__((visibility("hidden"))) void rsk_keep_error(const char *text, size_t length);

#endif
