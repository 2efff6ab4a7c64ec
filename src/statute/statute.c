// SPDX-License-Identifier: Apache-2.0
#include "statute/statute.h"
