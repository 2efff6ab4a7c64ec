// SPDX-License-Identifier: Apache-2.0
// The hub's rows as the pages read them: names of the law and of people beside ids, one form
// where the hub has a short one in lists and a long one alone.
import type { Both } from './language'
import type { Attachment, Finding, Law, Measure, Named, NoteOf, Person, Sensor, TaskOf, TimelineItem, Vote, Warrant } from './types'
import { kindWords, measureWords } from './words/detection'

type Row = Record<string, unknown>
const text = (v: unknown) => (typeof v === 'string' && v ? v : undefined)
const number = (v: unknown) => (typeof v === 'number' ? v : undefined)
const named = (words: Record<string, [string, string]>, id: string): Both =>
  words[id] ? { en: words[id][0], ja: words[id][1] } : undefined

/** What findings are called: the law's words, else our own. */
export function kindsOf(law: Law | undefined): Named[] {
  if (law?.kinds) return law.kinds
  return (law?.finding_kinds ?? Object.keys(kindWords)).map((id) => ({ id, name: named(kindWords, id) }))
}

/** Dates outside 1971 to 2199 stand for none: never, and without end. */
export function realTime(at: unknown): string | undefined {
  const year = Number(String(at ?? '').slice(0, 4))
  return year > 1970 && year < 2200 ? String(at) : undefined
}

const verdicts: Record<string, string> = { harmful: 'true', harmless: 'benign', unclear: 'unclear' }

function readMeasure(m: Row): Measure {
  const isShare = m.unit === 'share'
  const scaled = (v: unknown) => (isShare && typeof v === 'number' ? v * 100 : v)
  const value = number(m.value)
  const threshold = number(m.threshold)
  const id = String(m.id ?? m.name)
  return {
    id, name: (typeof m.name === 'object' ? (m.name as Both) : undefined) ?? named(measureWords, id), value: scaled(m.value) ?? null,
    threshold: scaled(threshold), unit: isShare ? '%' : m.unit === 'count' ? undefined : text(m.unit), points: number(m.points ?? m.weight),
    met: typeof m.met === 'boolean' ? m.met : value === undefined || threshold === undefined || !m.weight ? undefined : (number(m.weight) ?? 0) > 0,
  }
}

export function readFinding(raw: unknown): Finding {
  const f = raw as Row
  const detail = (f.detail ?? {}) as Row
  const kind = String(f.kind)
  const told = text(f.verdict)
  const records = f.records as Finding['records']
  const measures = (f.measures ?? detail.measures) as Row[] | undefined
  const seen = f.sensors
  return {
    ...(f as unknown as Finding), kind, kind_name: (f.kind_name as Both) ?? named(kindWords, kind),
    about: String(f.about ?? f.subject ?? ''), first: text(f.first ?? f.first_seen), last: text(f.last ?? f.last_seen),
    state: text(f.state) ?? (told ? verdicts[told] ?? told : records?.length ? 'linked' : 'new'),
    sensor_count: Array.isArray(seen) ? seen.length : number(seen) ?? 0,
    sensors: Array.isArray(seen) ? (seen as Row[]).map((s) => ({
      id: text(s.id), name: String(s.name ?? s.sensor), seen: text(s.seen ?? s.last_seen), score: number(s.score),
    })) : undefined,
    measures: measures?.map(readMeasure), version: text(f.rule ?? detail.rule) ?? (typeof f.version === 'string' ? f.version : undefined),
    verdict: f.verdict && typeof f.verdict === 'object' ? (f.verdict as Finding['verdict']) : null,
  }
}

export function readSensor(raw: unknown): Sensor {
  const s = raw as Row
  return {
    ...(s as unknown as Sensor), last_seen: realTime(s.last_seen ?? s.seen) ?? null, version: text(s.program) ?? text(s.version),
    checkpoint: (s.checkpoint as Sensor['checkpoint']) ?? (s.checkpoint_state
      ? { state: String(s.checkpoint_state), size: number(s.checkpoint_size), at: realTime(s.checkpoint_at) } : null),
  }
}

function standing(from: unknown, until: unknown): string {
  const now = Date.now()
  if (new Date(String(from)).getTime() > now) return 'future'
  return new Date(String(until)).getTime() < now ? 'expired' : 'active'
}

export function readWarrant(raw: unknown): Warrant {
  const w = raw as Row
  const signers = w.signers as (string | Row)[] | undefined
  return {
    ...(w as unknown as Warrant), state: text(w.state) ?? (w.revoked ? 'revoked' : standing(w.from, w.until)),
    signers: signers?.map((s) => (typeof s === 'string' ? { key: s } : s)) as Warrant['signers'],
    delivered_count: Array.isArray(w.delivered) ? (w.delivered as Row[]).filter((d) => d.at).length : number(w.deliveries),
  }
}

const levels = ['none', 'confidential', 'secret']
export const levelNumber = (level: string) => levels.indexOf(level)

export function readLevel(level: unknown): string {
  return typeof level === 'number' ? levels[level] ?? 'none' : String(level ?? 'none')
}

export function readPerson(raw: unknown): Person {
  const p = raw as Row
  const own = p.clearance as Row | null | undefined
  const level = readLevel(own?.level ?? p.clearance_level)
  return {
    ...(p as unknown as Person),
    organisation: p.organisation_en ? { en: String(p.organisation_en), ja: text(p.organisation_ja) } : (p.organisation as Both),
    clearance: level === 'none' ? null : { level, until: realTime(own?.until ?? p.clearance_until) },
    roles: ((p.roles ?? []) as (Row | string)[]).map((r, i) => typeof r === 'string' ? { role: r, n: i } : ({ ...r, n: r.id ?? r.n ?? i, until: realTime(r.until) })) as unknown as Person['roles'],
  }
}

const by = (r: Row): Both => (text(r.display) ?? (r.by as Both) ?? (r.who as Both) ?? text(r.person))

export function readHappening(raw: unknown): TimelineItem {
  const i = raw as Row
  return {
    ...(i as unknown as TimelineItem), who: by(i), event: text(i.event ?? i.what), from: (i.from ?? i.before) as Both, to: (i.to ?? i.after) as Both,
    entry: number(i.entry),
  }
}

export const readNote = (raw: unknown): NoteOf => ({ ...(raw as NoteOf), by: by(raw as Row) })
export const readFile = (raw: unknown): Attachment => ({ ...(raw as Attachment), by: by(raw as Row) })
export function readTask(raw: unknown): TaskOf {
  const r = raw as Row
  return { ...(raw as TaskOf), who: text(r.display) ?? text(r.assignee), due: realTime(r.due), done: !!r.done }
}
export function readVote(raw: unknown): Vote {
  const r = raw as Row
  return { ...(raw as Vote), id: text(r.person), person: text(r.display) ?? String(r.person) }
}

export interface Series { id: string; name?: Both; points: { at: string; count: number }[] }
export interface Situation {
  from: string; to: string; by_kind: Series[]; by_sector: Series[]
  totals?: Record<string, number>; sentence?: Both; as_of?: string
}

/** Counted rows (at, what, count) as series that say 0 where nothing was counted. */
function readSeries(rows: Row[] | undefined, key: string, from: string, to: string): Series[] {
  if (!rows?.length || rows[0]!.points) return (rows ?? []) as unknown as Series[]
  const days = (new Date(to).getTime() - new Date(from).getTime()) / 86400e3
  const step = (days > 31 ? 7 : 1) * 86400e3
  const start = new Date(from).getTime()
  const times = Array.from({ length: Math.ceil((days * 86400e3) / step) }, (_, i) => start + i * step)
  return [...new Set(rows.map((r) => String(r[key] ?? '')))].map((id) => ({
    id,
    points: times.map((at) => ({
      at: new Date(at).toISOString(),
      count: rows.filter((r) => String(r[key] ?? '') === id && Math.floor((new Date(String(r.at)).getTime() - start) / step) === (at - start) / step)
        .reduce((sum, r) => sum + Number(r.count), 0),
    })),
  }))
}

export function readSituation(raw: unknown): Situation {
  const s = raw as Row
  const [from, to] = [String(s.from), String(s.to)]
  return {
    ...(s as unknown as Situation), by_kind: readSeries(s.by_kind as Row[], 'kind', from, to), by_sector: readSeries(s.by_sector as Row[], 'sector', from, to),
  }
}
