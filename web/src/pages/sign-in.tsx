// SPDX-License-Identifier: Apache-2.0
// Signing in without puzzles: password with code, passkey, or another's word.
import { useEffect, useState } from 'preact/hooks'
import { get, post } from '../api'
import { t } from '../language'
import { normalise } from '../text'
import { askPasskey, hasPasskeys, type RequestOptions } from '../passkey'
import { Form, Input, type Errors } from '../parts/form'
import { Icon } from '../parts/icon'
import { ProblemBox } from '../parts/page'
import { here } from '../route'
import type { Session } from '../types'
import type { Word } from '../words/words'

/** What the hub says of a journey to the provider, where it did not end well. */
const PROVIDER: Record<string, Word> = {
  none: 'sign_in.oidc.none', busy: 'sign_in.oidc.busy', expired: 'sign_in.oidc.expired',
  refused: 'sign_in.oidc.refused', provider: 'sign_in.oidc.provider', unknown: 'sign_in.oidc.unknown',
}

export function SignIn(props: { isAgain: boolean; onSession: (session: Session) => void }) {
  const [name, setName] = useState('')
  const [password, setPassword] = useState('')
  const [code, setCode] = useState('')
  const [error, setError] = useState<unknown>()
  const [hasLeft, setLeft] = useState(false)
  const fault = here().path === '/sign-in' ? PROVIDER[here().query.get('error') ?? ''] : undefined
  useEffect(() => { document.title = `${t('sign_in.title')} - Sekisho` })
  const check = (): Errors => ({
    ...(name.trim() ? {} : { name: t('sign_in.need.name') }),
    ...(password ? {} : { password: t('sign_in.need.password') }),
  })
  const send = async (key: string) => {
    const given = { name: normalise(name), password: password.normalize('NFKC'), code: normalise(code) || undefined }
    await post('/session/password', given, { key })
    props.onSession(await get<Session>('/session'))
  }
  const withPasskey = async () => {
    setError(undefined)
    setLeft(false)
    try {
      const options = await post<RequestOptions>('/session/passkey/options', { name: normalise(name) || undefined })
      const credential = await askPasskey(options)
      if (!credential) return setLeft(true)
      await post('/session/passkey', credential)
      props.onSession(await get<Session>('/session'))
    } catch (problem) {
      if (problem instanceof DOMException) setLeft(true)
      else setError(problem)
    }
  }
  return (
    <div class="card">
      <h1>{t('sign_in.title')}</h1>
      {props.isAgain && <p class="banner info" role="status">{t('sign_in.ended')}</p>}
      {fault && <div class="banner error" role="alert"><Icon name="error" /><p>{t(fault)}</p></div>}
      <Form action={t('sign_in.do')} check={check} send={send}>
        <Input id="name" label={t('sign_in.name')} value={name} onChange={setName} autoComplete="username webauthn" />
        <Input id="password" label={t('sign_in.password')} value={password} onChange={setPassword} type="password" autoComplete="current-password" />
        <Input id="code" label={t('sign_in.code')} hint={t('sign_in.code.hint')} isOptional value={code} onChange={setCode}
          autoComplete="one-time-code" inputMode="numeric" width="short" />
      </Form>
      <h2>{t('sign_in.other')}</h2>
      {hasLeft && <p class="banner info" role="alert">{t('sign_in.passkey.left')}</p>}
      <ProblemBox error={error} />
      <p class="actions">
        {hasPasskeys() && <button type="button" onClick={() => void withPasskey()}>{t('sign_in.passkey')}</button>}
        <a class="button" href="/api/v1/session/oidc/start">{t('sign_in.oidc')}</a>
      </p>
    </div>
  )
}
