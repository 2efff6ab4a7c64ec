// SPDX-License-Identifier: Apache-2.0
#include "access/access.h"
