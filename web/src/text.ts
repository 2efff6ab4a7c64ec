// SPDX-License-Identifier: Apache-2.0
// How times, numbers and what people type are written.
import { language, t } from './language'

const two = (n: number) => String(n).padStart(2, '0')

export function zoneOf(date: Date): string {
  const minutes = -date.getTimezoneOffset()
  if (minutes === 0) return 'UTC'
  if (Intl.DateTimeFormat().resolvedOptions().timeZone === 'Asia/Tokyo') return 'JST'
  const size = Math.abs(minutes)
  return `${minutes < 0 ? '-' : '+'}${two(Math.floor(size / 60))}:${two(size % 60)}`
}

/** "2026-11-21 15:04 JST": ISO date, 24 hours, zone. */
export function timeText(at: string): string {
  const d = new Date(at)
  if (Number.isNaN(d.getTime())) return at
  return `${dateText(d)} ${two(d.getHours())}:${two(d.getMinutes())} ${zoneOf(d)}`
}

export function dateText(d: Date): string {
  return `${d.getFullYear()}-${two(d.getMonth() + 1)}-${two(d.getDate())}`
}

/** "06:04Z", with the date where it is another one there; nothing where we are at UTC. */
export function utcText(at: string): string {
  const d = new Date(at)
  if (Number.isNaN(d.getTime()) || d.getTimezoneOffset() === 0) return ''
  const day = d.getUTCDate() === d.getDate() ? '' : d.toISOString().slice(0, 10) + ' '
  return `${day}${d.toISOString().slice(11, 16)}Z`
}

/** How far off: "in 3 days", "2 hours ago". */
export function distanceText(at: string, now = Date.now()): string {
  const seconds = (new Date(at).getTime() - now) / 1000
  if (Number.isNaN(seconds)) return ''
  const format = new Intl.RelativeTimeFormat(language(), { numeric: 'always' })
  const size = Math.abs(seconds)
  if (size < 60) return t('time.now')
  if (size < 3600) return format.format(Math.trunc(seconds / 60), 'minute')
  if (size < 48 * 3600) return format.format(Math.trunc(seconds / 3600), 'hour')
  return format.format(Math.trunc(seconds / 86400), 'day')
}

const roman = ['i', 'ii', 'iii', 'iv', 'v', 'vi', 'vii', 'viii', 'ix', 'x']
const acts: Record<string, string> = { PDA: '警察官職務執行法', SDF: '自衛隊法', ESPA: '経済安全保障推進法' }

/** "61(2)(viii)" as each language writes it: art. 61(2)(viii), 第61条第2項第8号; rules of our own stay. */
export function articleText(article: string): string {
  const found = /^(?:([A-Z]+) )?(\d+)(?:-(\d+))?(?:\((\d+)\))?(?:\(([ivx]+)\))?$/.exec(article)
  if (!found) return article
  if (language() === 'en') return found[1] ? article : t('article', { article })
  const [, act, number, branch, paragraph, item] = found
  return `${act ? acts[act] ?? act + ' ' : ''}第${number}条${branch ? 'の' + branch : ''}${paragraph ? `第${paragraph}項` : ''}${item ? `第${roman.indexOf(item) + 1}号` : ''}`
}

export function numberText(n: number | undefined | null, digits = 2): string {
  if (n === undefined || n === null) return ''
  return new Intl.NumberFormat(language(), { maximumFractionDigits: digits }).format(n)
}

/** What was measured: three figures are enough where it is not whole. */
export function figuresText(n: number): string {
  return new Intl.NumberFormat(language(), Number.isInteger(n) ? {} : { maximumSignificantDigits: Math.max(3, String(Math.trunc(n)).length) }).format(n)
}

export function octetsText(n: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB']
  let i = 0
  for (; n >= 1000 && i < units.length - 1; i++) n /= 1000
  return `${numberText(n, 1)} ${units[i]}`
}

/** "10,000" or "10,000+", as the hub knows it. */
export function countText(count: number, isExact: boolean): string {
  return t('list.count', { count: numberText(count) + (isExact ? '' : '+') })
}

/** What was typed as figures, letters or dates: full width becomes half width. */
export function normalise(text: string): string {
  return text.normalize('NFKC').trim()
}

export function shortDigest(digest: string): string {
  const bare = digest.replace(/^sha-?256[:=]/i, '')
  return bare.length > 20 ? `${bare.slice(0, 8)}…${bare.slice(-8)}` : bare
}
