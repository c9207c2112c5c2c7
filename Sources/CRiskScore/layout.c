#include "risk_score_rows.h"
#include "riskscore.h"

/* RiskScoreABI hands the caller's columns and reasons to the kernels as they are. */
#define RSK_SAME_PLACE(ours, theirs, member)                                                        \
    _Static_assert(offsetof(ours, member) == offsetof(theirs, member), #member)

_Static_assert(sizeof(rsk_column) == sizeof(rk_column), "a column");
RSK_SAME_PLACE(rsk_column, rk_column, values);
RSK_SAME_PLACE(rsk_column, rk_column, stride);
RSK_SAME_PLACE(rsk_column, rk_column, validity);
RSK_SAME_PLACE(rsk_column, rk_column, type);
RSK_SAME_PLACE(rsk_column, rk_column, name);
_Static_assert(offsetof(rsk_column, bit_offset) == offsetof(rk_column, offset), "bit_offset");
_Static_assert(sizeof(rsk_type) == sizeof(rk_type), "a type");
_Static_assert((int)RSK_FLOAT32 == (int)RK_F32 && (int)RSK_FLOAT64 == (int)RK_F64, "floats");
_Static_assert((int)RSK_INT8 == (int)RK_I8 && (int)RSK_UINT64 == (int)RK_U64, "whole numbers");
_Static_assert((int)RSK_BIT == (int)RK_BIT, "bits");
_Static_assert(sizeof(rsk_reason) == sizeof(rk_reason), "a reason");
RSK_SAME_PLACE(rsk_reason, rk_reason, units);
RSK_SAME_PLACE(rsk_reason, rk_reason, feature);
