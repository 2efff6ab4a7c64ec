// SPDX-License-Identifier: Apache-2.0
// The language of the page.  Words of the page come from the catalogue, words of the law and of
// people from the hub as { en, ja }; nothing else is shown.
import { words, type Word } from './words/words'

export type Language = 'ja' | 'en'
export type Both = { en?: string; ja?: string } | string | null | undefined

const KEPT = 'sekisho.language'
const listeners = new Set<() => void>()
let current: Language = first()

function first(): Language {
  const kept = localStorage.getItem(KEPT)
  if (kept === 'ja' || kept === 'en') return kept
  return navigator.language.startsWith('ja') ? 'ja' : 'en'
}

export function language(): Language {
  return current
}

export function setLanguage(wanted: Language): void {
  current = wanted
  localStorage.setItem(KEPT, wanted)
  document.documentElement.lang = wanted
  for (const tell of listeners) tell()
}

export function onLanguage(tell: () => void): () => void {
  listeners.add(tell)
  return () => listeners.delete(tell)
}

/** Words of the catalogue; {name} is put in from values. */
export function t(key: Word, values: Record<string, string | number> = {}): string {
  const text = words[key][current === 'en' ? 0 : 1]
  return text.replace(/\{(\w+)\}/g, (_, name: string) => String(values[name] ?? ''))
}

/** Words in two languages: the page's own, else the other one. */
export function both(text: Both): string {
  if (!text) return ''
  if (typeof text === 'string') return text
  return begun(text[current] || text[current === 'en' ? 'ja' : 'en'] || '')
}

/** Names of organisations, as they are written. */
export function bothAsIs(text: Both): string {
  return !text || typeof text === 'string' ? text || '' : text[current] || text[current === 'en' ? 'ja' : 'en'] || ''
}

/** The law's data has its English words small; on a page they begin headings, labels and buttons. */
function begun(text: string): string {
  return /^[a-z]/.test(text) ? text[0]!.toUpperCase() + text.slice(1) : text
}

/** The language `both` took, where it is not the page's: for `lang` on mixed passages. */
export function otherLanguage(text: Both): Language | undefined {
  if (!text || typeof text === 'string' || text[current]) return undefined
  return current === 'en' ? 'ja' : 'en'
}
