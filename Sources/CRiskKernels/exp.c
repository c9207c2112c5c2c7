/* placeholder */
#include "risk_kernels.h"
