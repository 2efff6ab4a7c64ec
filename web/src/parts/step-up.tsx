// SPDX-License-Identifier: Apache-2.0
// Opens the session again with a passkey, where what is asked wants one; what was typed stays.
import { useState } from 'preact/hooks'
import { get, post } from '../api'
import { t } from '../language'
import { askPasskey, hasPasskeys, type RequestOptions } from '../passkey'
import { useSession } from '../session'
import type { Session } from '../types'
import { Icon } from './icon'
import { ProblemBox } from './page'

export function StepUp(props: { why: string; onDone?: () => void }) {
  const { session, set } = useSession()
  const [error, setError] = useState<unknown>()
  const [hasLeft, setLeft] = useState(false)
  if (session.strength === 'passkey') return null
  const ask = async () => {
    setError(undefined)
    setLeft(false)
    try {
      const credential = await askPasskey(await post<RequestOptions>('/session/passkey/options', { name: session.person.name }))
      if (!credential) return setLeft(true)
      await post('/session/passkey', credential)
      set(await get<Session>('/session'))
      props.onDone?.()
    } catch (problem) {
      if (problem instanceof DOMException) setLeft(true)
      else setError(problem)
    }
  }
  return (
    <div class="banner info">
      <Icon name="key" />
      <div>
        <p>{props.why}</p>
        {hasLeft && <p role="alert">{t('passkeys.none_used')}</p>}
        <ProblemBox error={error} />
        <p class="actions">
          {hasPasskeys() && <button type="button" onClick={() => void ask()}>{t('passkeys.confirm')}</button>}
          <a href="/account">{t('passkeys.first')}</a>
        </p>
      </div>
    </div>
  )
}
