// SPDX-License-Identifier: Apache-2.0
/* The hub's tables, step by step: what is in them is a projection of the
 * ledger and of documents named there by their digest, but for secrets and what people are
 * doing just now (sessions, challenges). */
#pragma once

#include "database/database.h"

extern const struct database_migrations hub_migrations;
