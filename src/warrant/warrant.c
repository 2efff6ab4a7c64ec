// SPDX-License-Identifier: Apache-2.0
#include "warrant/warrant.h"
