// SPDX-License-Identifier: Apache-2.0
// The hub's stream of events: counted and offered, never redrawn under somebody's hands.
import { useEffect, useState } from 'preact/hooks'

export function useEvents(): { count: number; clear: () => void } {
  const [count, setCount] = useState(0)
  useEffect(() => {
    const source = new EventSource('/api/v1/events')
    const tell = () => setCount((n) => n + 1)
    for (const name of ['message', 'record', 'finding', 'notice', 'task', 'step', 'vote', 'warrant', 'sensor']) source.addEventListener(name, tell)
    return () => source.close()
  }, [])
  return { count, clear: () => setCount(0) }
}
