// SPDX-License-Identifier: Apache-2.0
// What the hub answers with, as the page reads it.
import type { Both } from './language'

export interface Role { role: string; name: Both; organisation?: Both; sectors?: string[]; until?: string; from?: string; n?: number }
export interface Session {
  person: { id: string; name: string; display: string; organisation?: Both; language?: string }
  roles: Role[]
  clearance?: { level: string | number; until?: string }
  csrf: string
  purpose?: string
  expires: string
  strength: 'password' | 'totp' | 'passkey'
  exercise: boolean
}
export interface Named { id: string; name: Both; article?: string; is_refused?: boolean; in_force?: boolean }
export interface Law {
  roles?: Named[]; bases?: Named[]; purposes?: Named[]; labels?: Named[]; sectors?: Named[]; kinds?: Named[]; finding_kinds?: string[]; handling?: Named[]
}
export interface FieldType {
  id: string; name: Both; type: string; label?: string; choices?: (Named | string)[]
  required_at?: string[] | string; help?: Both; is_told?: boolean
}
export interface State { id: string; name: Both; is_end?: boolean }
export interface ProcedureStep {
  event: string; name: Both; from: string[]; to: string; role: string
  votes?: { of: number; quorum: number }; needs?: string[]; article?: string
}
export interface Procedure {
  id: string; version: string | number; name: Both; bases?: string[]; help?: Both
  fields?: FieldType[]; states?: State[]; steps?: ProcedureStep[]
}
export type FieldValue = unknown
export interface Duty { id: string; name: Both; from?: string; to?: string; article?: string; due: string; met?: string | null; may_tell?: boolean }
export interface RecordOf {
  id: string; procedure: string; version: string | number; title: string
  state: string; state_name?: Both; label?: string; organisation?: Both; sector?: string; basis?: string
  fields?: Record<string, FieldValue>; created?: string; updated?: string; by?: Both
  edition?: number; is_end?: boolean; is_editable?: boolean
  duties?: Duty[]
  deadline?: string | null; payload?: { type: string; digest: string } | null; exercise?: boolean
}
export interface Step {
  event: string; name: Both; allowed: boolean; why_not?: Both; article?: string
  needs?: string[]; facts?: FieldType[]; is_weighty?: boolean; is_voted?: boolean; is_next?: boolean; second?: string; consequence?: Both
}
export interface Task {
  record: { id: string; title: string; procedure: string; state: string }
  what: Both; event?: string; due?: string; is_overdue?: boolean
  kind: 'step' | 'vote' | 'duty' | 'task' | 'notice'
}
export interface TimelineItem {
  at: string; kind: string; who?: Both; role?: Both; event?: string; name?: Both; text?: string
  from?: Both; to?: Both; entry?: number; digest?: string; label?: string; article?: string; reason?: string
}
export interface Vote { id?: string; person: string; role?: Both; vote: string; at?: string; reason?: string }
export interface Ballot {
  payload: { type: string; text: string; digest: string }
  event: string
  quorum: { needed: number; of: number; role?: Both; missing?: number; result?: string }
  votes: Vote[]
  excluded?: { person: string; why: Both }[]
  seats?: { person: string; is_chair?: boolean }[]
  closes?: string | null
  is_emergency?: boolean
  selectors?: { name: string; rule: string; words: Both; reach?: Record<string, unknown> }[]
}
export interface Measure { id: string; name?: Both; value: unknown; threshold?: unknown; unit?: string; points?: number; met?: boolean }
export interface Finding {
  id: string; kind: string; kind_name?: Both; about: string; score: number; state?: string; label?: string
  first?: string; last?: string; sensor_count?: number
  sensors?: { id?: string; name: string; seen?: string; score?: number }[]
  measures?: Measure[]; records?: { id: string; title: string }[]; sentence?: Both; version?: string
  would_change?: Both[]; verdict?: { verdict: string; by?: string; at?: string; reason?: string } | null
}
export interface Sensor {
  id: string; name: string; organisation?: Both; basis?: string; equipment?: string; fingerprint?: string
  last_seen?: string | null; lag_s?: number | null; batches?: number; version?: string
  checkpoint?: { state: string; size?: number; at?: string } | null; is_active?: boolean
}
export interface Warrant {
  serial: string; record?: string; basis?: string; from?: string; until?: string; state?: string
  selectors?: { name: string; rule: string; words: Both; reach?: Record<string, unknown> }[]; equipment?: string; title?: string; issued?: string
  reach?: Record<string, unknown> | Both; signers?: { person?: string | null; name?: string | null; role?: Both; key: string; at?: string | null }[]
  delivered?: { sensor: string; at: string | null; outcome?: string; serial?: string }[]; delivered_count?: number
  revoked?: string | null
}
export interface Graph {
  nodes: { id: string; kind: string; label: string; record?: string }[]
  edges: { from: string; to: string; why: Both }[]
  shown: number; cap: number; is_capped: boolean
}
export interface Entry {
  number: number; at: string; kind: string; kind_name?: Both; actor?: string; subject?: string
  digest?: string; octets?: string; body?: unknown; committed?: boolean
}
export interface Person {
  id: string; name: string; display: string; organisation?: Both; organisation_id?: string; is_active?: boolean
  clearance?: { level: string; from?: string; until?: string } | null; roles?: Role[]; last_seen?: string
}
export interface Organisation { id: string; name: Both; parent?: string | null; kind?: string; sectors?: string[] }
export interface Notice { id: string; at: string; text: Both; record?: string; is_read?: boolean; kind?: string; due?: string }
export interface Attachment { digest: string; name: string; octets: number; at?: string; by?: Both; label?: string }
export interface NoteOf { id: string; text: string; label?: string; at: string; by?: Both }
export interface TaskOf { id: string; text: string; assignee?: string; who?: string; due?: string; done?: boolean }
