// SPDX-License-Identifier: Apache-2.0
// What a page shows of the hub: asked for when the path changes, kept while it is asked again.
import { useCallback, useEffect, useState } from 'preact/hooks'
import { get, type List } from './api'

export interface Loaded<T> {
  data?: T
  error?: unknown
  isLoading: boolean
  reload: () => void
  set: (data: T) => void
}

const asIs = <T>(raw: unknown) => raw as T

/** Each item of a list, read. */
export const itemsBy = <T>(read: (raw: unknown) => T) => (raw: unknown): List<T> =>
  ({ ...(raw as List<T>), items: ((raw as List<unknown>).items ?? []).map(read) })

/** path null: nothing is asked.  read: of a fixed function, as the pages want it. */
export function useLoad<T>(path: string | null, read: (raw: unknown) => T = asIs): Loaded<T> {
  const [state, setState] = useState<{ path: string | null; data?: T; error?: unknown }>({ path })
  const [turn, setTurn] = useState(0)
  useEffect(() => {
    if (path === null) return
    const stop = new AbortController()
    get<unknown>(path, { signal: stop.signal }).then(
      (data) => setState({ path, data: read(data) }),
      (error) => { if (!stop.signal.aborted) setState({ path, error }) })
    return () => stop.abort()
  }, [path, turn])
  const reload = useCallback(() => setTurn((n) => n + 1), [])
  const isOld = state.path !== path
  return {
    data: isOld ? undefined : state.data,
    error: isOld ? undefined : state.error,
    isLoading: path !== null && (isOld || (!state.data && !state.error)),
    reload,
    set: (data) => setState({ path, data }),
  }
}

const kept = new Map<string, Promise<unknown>>()

/** The same as useLoad for what does not change in a session: law, procedures. */
export function useKept<T>(path: string): T | undefined {
  const [data, setData] = useState<T>()
  useEffect(() => {
    if (!kept.has(path)) {
      const asked = get<T>(path)
      kept.set(path, asked)
      asked.catch(() => kept.delete(path))
    }
    let isGone = false
    kept.get(path)!.then((d) => { if (!isGone) setData(d as T) }, () => {})
    return () => { isGone = true }
  }, [path])
  return data
}

export function forgetKept(): void {
  kept.clear()
}
