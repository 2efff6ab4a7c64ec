// SPDX-License-Identifier: Apache-2.0
/* Of which commit the program is, as the build found it: "3c16b66eca7b", with "-dirty" when
 * files were changed since, "unknown" outside a repository. */
#pragma once

extern const char commit_of_build[];
