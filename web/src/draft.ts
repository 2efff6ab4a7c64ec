// SPDX-License-Identifier: Apache-2.0
// What somebody was typing, kept on this device for a week or until it is sent or the person
// signs out.  Secrets are never drafted.
import { useState } from 'preact/hooks'

const PREFIX = 'sekisho.draft.'
const KEPT_MS = 7 * 86400 * 1000

export type Values = Record<string, string>

function read(name: string): Values {
  try {
    const kept = JSON.parse(localStorage.getItem(PREFIX + name) ?? 'null')
    return kept && Date.now() - kept.at < KEPT_MS ? kept.values : {}
  } catch {
    return {}
  }
}

export interface Draft {
  values: Values
  change: (field: string, value: string) => void
  changeAll: (values: Values) => void
  clear: () => void
  isRestored: boolean
}

/** name says what is being written ("person:record:step"); defaults stand where nothing is kept. */
export function useDraft(name: string, defaults: Values = {}): Draft {
  const [kept] = useState(() => read(name))
  const [values, setValues] = useState<Values>({ ...defaults, ...kept })
  const write = (next: Values) => {
    setValues(next)
    localStorage.setItem(PREFIX + name, JSON.stringify({ at: Date.now(), values: next }))
  }
  return {
    values,
    change: (field, value) => write({ ...values, [field]: value }),
    changeAll: (more) => write({ ...values, ...more }),
    clear: () => {
      localStorage.removeItem(PREFIX + name)
      setValues(defaults)
    },
    isRestored: Object.keys(kept).length > 0,
  }
}

export function forgetDrafts(): void {
  for (const key of Object.keys(localStorage)) {
    if (key.startsWith(PREFIX)) localStorage.removeItem(key)
  }
}
