/* Batches of scores as Arrow arrays: for RiskScoreABI, not for those who call the library. */
#ifndef RISKSCORE_SCORE_BATCH_H
#define RISKSCORE_SCORE_BATCH_H
#include "riskscore.h"

/* Exports the schema of scores: a struct of units, log_odds, probability and points, none of them
   missing. 0 or ENOMEM. */
__attribute__((visibility("hidden"))) int rsk_export_score_schema(struct ArrowSchema *schema);

/* Exports a batch with room for the scores of so many rows, and says where they go. 0 or ENOMEM. */
__attribute__((visibility("hidden"))) int rsk_export_score_batch(int64_t rows,
                                                                struct ArrowArray *batch,
                                                                rsk_scores *scores);

#endif
