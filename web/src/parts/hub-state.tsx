// SPDX-License-Identifier: Apache-2.0
// Where the hub cannot do its work people see it, with what still works and when it was looked at.
import { useEffect, useState } from 'preact/hooks'
import { whenTroubled } from '../api'
import { t } from '../language'
import { numberText, timeText } from '../text'
import { Icon } from './icon'

interface Ready { status: string; ledger_behind?: number; why?: string | null }
interface Seen { why: string; behind: number; at: string }

const GOOD_S = 60
const TROUBLED_S = 15
const known = ['database', 'lock', 'ledger', 'behind', 'offline'] as const

async function look(): Promise<Seen | null> {
  const at = new Date().toISOString()
  try {
    const answer = await fetch('/readyz', { cache: 'no-store', credentials: 'same-origin' })
    if (answer.ok) return null
    const ready = await answer.json().catch(() => ({})) as Ready
    return { why: ready.why ?? 'database', behind: ready.ledger_behind ?? 0, at }
  } catch {
    return { why: 'offline', behind: 0, at }
  }
}

export function HubState() {
  const [seen, setSeen] = useState<Seen | null>(null)
  const [turn, setTurn] = useState(0)
  const again = () => setTurn((n) => n + 1)
  useEffect(() => whenTroubled(again), [])
  useEffect(() => {
    let isGone = false
    let timer: ReturnType<typeof setTimeout>
    void look().then((found) => {
      if (isGone) return
      setSeen(found)
      timer = setTimeout(again, (found ? TROUBLED_S : GOOD_S) * 1000)
    })
    return () => { isGone = true; clearTimeout(timer) }
  }, [turn])
  if (!seen) return null
  const why = known.find((k) => k === seen.why) ?? 'database'
  return (
    <div class="banner error emergency-banner" role="alert">
      <Icon name="error" />
      <div>
        <p><strong>{t('hub_state.title')}</strong> {t(`hub_state.${why}`, { count: numberText(seen.behind) })}{' '}
          <span class="small">{t('as_of', { at: timeText(seen.at) })}</span></p>
        <button type="button" onClick={again}>{t('hub_state.again')}</button>
      </div>
    </div>
  )
}
