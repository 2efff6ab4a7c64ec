// SPDX-License-Identifier: Apache-2.0
#include "keys/keys.h"
