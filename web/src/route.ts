// SPDX-License-Identifier: Apache-2.0
// Where we are: the URL holds everything, so that a page can be kept, sent and come back to.
import { useEffect, useState } from 'preact/hooks'

export interface Place { path: string; query: URLSearchParams; hash: string }

const listeners = new Set<() => void>()

export function here(): Place {
  return {
    path: location.pathname,
    query: new URLSearchParams(location.search),
    hash: location.hash.slice(1),
  }
}

export function go(to: string, replace = false): void {
  if (replace) history.replaceState(null, '', to)
  else history.pushState(null, '', to)
  for (const tell of listeners) tell()
}

export function usePlace(): Place {
  const [place, setPlace] = useState(here)
  useEffect(() => {
    const tell = () => setPlace(here())
    listeners.add(tell)
    addEventListener('popstate', tell)
    return () => {
      listeners.delete(tell)
      removeEventListener('popstate', tell)
    }
  }, [])
  return place
}

/** Changes parameters of the query and keeps the rest; undefined takes one away. */
export function queryWith(query: URLSearchParams, changes: Record<string, string | undefined>): string {
  const next = new URLSearchParams(query)
  for (const [name, value] of Object.entries(changes)) {
    if (value) next.set(name, value)
    else next.delete(name)
  }
  const text = next.toString()
  return location.pathname + (text ? '?' + text : '')
}

/** Links of this page change the place without loading it again. */
export function followLinks(): void {
  document.addEventListener('click', (event) => {
    if (event.defaultPrevented || event.button || event.metaKey || event.ctrlKey || event.shiftKey ||
        event.altKey) return
    const link = (event.target as Element | null)?.closest?.('a[href]')
    if (!(link instanceof HTMLAnchorElement) || link.target || link.hasAttribute('download')) return
    const url = new URL(link.href)
    const isOurs = url.origin === location.origin && !/^\/(api|openapi|healthz|metrics)/.test(url.pathname)
    const isSamePage = url.pathname === location.pathname && url.search === location.search
    if (!isOurs || (isSamePage && url.hash)) return
    event.preventDefault()
    go(url.pathname + url.search + url.hash)
  })
}

/** "/records/:id/:tab?" against a path: what stands for the names, or null. */
export function match(pattern: string, path: string): Record<string, string> | null {
  const wanted = pattern.split('/').filter(Boolean)
  const given = path.split('/').filter(Boolean)
  const found: Record<string, string> = {}
  for (const [i, part] of wanted.entries()) {
    const value = given[i]
    if (part.startsWith(':')) {
      if (value === undefined && !part.endsWith('?')) return null
      if (value !== undefined) found[part.replace(/[:?]/g, '')] = decode(value)
    } else if (part !== value) return null
  }
  return given.length > wanted.length ? null : found
}

function decode(value: string): string {
  try {
    return decodeURIComponent(value)
  } catch {
    return value
  }
}
