// SPDX-License-Identifier: Apache-2.0
// The one catalogue: each entry English, then Japanese.  What is missing does not compile.
import { frame } from './frame'
import { records } from './records'
import { findings } from './findings'
import { people } from './people'
import { inspect } from './inspect'

export const words = { ...frame, ...records, ...findings, ...people, ...inspect }
export type Word = keyof typeof words
