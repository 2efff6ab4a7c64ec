// SPDX-License-Identifier: Apache-2.0
// Calls to the hub.  Everything comes from this origin; what the hub refuses becomes a Problem
// (RFC 9457) that the pages can show.
import { language } from './language'

export interface FieldError { field: string; message: string; message_ja?: string }

export class Problem extends Error {
  status: number
  titles: { en: string; ja: string }
  detail: string
  rule?: string
  article?: string
  errors: FieldError[]
  type: string

  constructor(status: number, body: Record<string, unknown>) {
    const title = String(body.title ?? '')
    super(title)
    this.status = status
    this.titles = { en: title, ja: String(body.title_ja ?? title) }
    this.detail = String((language() === 'ja' && body.detail_ja) || body.detail || '')
    this.type = String(body.type ?? '')
    this.rule = body.rule as string | undefined
    this.article = body.article as string | undefined
    this.errors = (body.errors as FieldError[] | undefined) ?? []
  }
}

/** The hub did not answer at all. */
export class Offline extends Error {}

let csrf = ''
let purpose = ''
let onSignedOut: () => void = () => {}
let onTrouble: () => void = () => {}
const etags = new Map<string, string>()

export function setCsrf(token: string): void { csrf = token }
export function setPurpose(wanted: string): void { purpose = wanted }
/** Tells when a call was not answered, or not for now. */
export function whenTroubled(tell: () => void): () => void {
  onTrouble = tell
  return () => { onTrouble = () => {} }
}
export function whenSignedOut(tell: () => void): void { onSignedOut = tell }

export interface Options {
  key?: string // Idempotency-Key: the same for each try of one submission
  match?: string // path whose ETag must still hold
  signal?: AbortSignal
  headers?: Record<string, string>
}

function headersFor(method: string, path: string, body: unknown, o: Options): Headers {
  const headers = new Headers({ Accept: 'application/json', ...o.headers })
  if (body !== undefined && !(body instanceof Blob)) headers.set('Content-Type', 'application/json')
  if (method !== 'GET' && csrf) headers.set('Sekisho-CSRF', csrf)
  if (method === 'POST') headers.set('Idempotency-Key', o.key ?? newKey())
  const tag = etags.get(o.match ?? path)
  if ((method === 'PATCH' || method === 'PUT') && tag) headers.set('If-Match', tag)
  if (purpose) headers.set('Sekisho-Purpose', purpose)
  return headers
}

export async function call<T>(
  method: string, path: string, body?: unknown, options: Options = {}): Promise<T> {
  let answer: Response
  try {
    answer = await fetch('/api/v1' + path, {
      method,
      headers: headersFor(method, path, body, options),
      body: body === undefined ? undefined : body instanceof Blob ? body : JSON.stringify(body),
      signal: options.signal,
      credentials: 'same-origin',
    })
  } catch (error) {
    if (error instanceof DOMException && error.name === 'AbortError') throw error
    onTrouble()
    throw new Offline()
  }
  const tag = answer.headers.get('ETag')
  if (tag && !path.includes('?')) etags.set(path, tag)
  const text = await answer.text()
  const read = readJson(text)
  if (answer.ok) return read as T
  if (answer.status === 401 && !path.startsWith('/session')) onSignedOut()
  if (answer.status === 503) onTrouble()
  throw new Problem(answer.status, (read ?? {}) as Record<string, unknown>)
}

function readJson(text: string): unknown {
  if (!text) return undefined
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

export const get = <T>(path: string, o?: Options) => call<T>('GET', path, undefined, o)
export const post = <T>(path: string, body?: unknown, o?: Options) =>
  call<T>('POST', path, body ?? {}, o)
export const patch = <T>(path: string, body: unknown, o?: Options) =>
  call<T>('PATCH', path, body, o)
export const put = <T>(path: string, body: unknown, o?: Options) => call<T>('PUT', path, body, o)
export const remove = <T>(path: string) => call<T>('DELETE', path)

export interface List<T> {
  items: T[]
  next?: string | null
  count?: number
  count_is_exact?: boolean
}

export function newKey(): string {
  const octets = crypto.getRandomValues(new Uint8Array(16))
  return Array.from(octets, (o) => o.toString(16).padStart(2, '0')).join('')
}

/** A path with a query of what is not empty. */
export function withQuery(path: string, query: Record<string, string | undefined>): string {
  const given = Object.entries(query).filter((e): e is [string, string] => !!e[1])
  return given.length ? path + '?' + new URLSearchParams(given) : path
}

export const segment = (id: string | number) => encodeURIComponent(String(id))
