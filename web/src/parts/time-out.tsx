// SPDX-License-Identifier: Apache-2.0
// Two minutes before a session ends it is said, and one button keeps it.
import { useEffect, useState } from 'preact/hooks'
import { t } from '../language'
import { useSession } from '../session'
import { timeText } from '../text'
import { Icon } from './icon'

const WARNED_MS = 2 * 60 * 1000

export function TimeOut() {
  const { session, refresh } = useSession()
  const [now, setNow] = useState(Date.now())
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 5000)
    return () => clearInterval(timer)
  }, [])
  const left = new Date(session.expires).getTime() - now
  useEffect(() => {
    if (left <= 0) void refresh()
  }, [left <= 0])
  if (Number.isNaN(left) || left > WARNED_MS) return null
  return (
    <div class="banner warning" role="alert">
      <Icon name="warning" />
      <div>
        <p><strong>{t('timeout.title')}</strong> {t('timeout.text', { at: timeText(session.expires) })}</p>
        <button type="button" onClick={() => void refresh()}>{t('timeout.extend')}</button>
      </div>
    </div>
  )
}
