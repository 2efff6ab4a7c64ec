// SPDX-License-Identifier: Apache-2.0
// The one-time link: of the first administrator, or of somebody invited.  The token is behind #,
// so that it is in no log of a server.
import { useEffect, useState } from 'preact/hooks'
import { post } from '../api'
import { t } from '../language'
import { Form, Input, type Errors } from '../parts/form'
import { here } from '../route'
import { normalise } from '../text'

const PASSWORD_MIN = 12

export function Setup() {
  const props = { isInvitation: here().path === '/invitation' || here().hash.startsWith('inv_') }
  const [token, setToken] = useState(here().hash)
  const [name, setName] = useState('')
  const [display, setDisplay] = useState('')
  const [password, setPassword] = useState('')
  const title = t(props.isInvitation ? 'setup.invited' : 'setup.title')
  useEffect(() => { document.title = `${title} - Sekisho` })
  const check = (): Errors => {
    const wrong: Errors = {}
    for (const [id, label, value] of [['token', t('setup.token'), token], ['name', t('setup.name'), name], ['display', t('setup.display'), display]] as const) {
      if (!value.trim() && !(props.isInvitation && id !== 'token')) wrong[id] = t('form.wrong.empty', { field: label })
    }
    if ([...password].length < PASSWORD_MIN) wrong.password = t('setup.password.short')
    return wrong
  }
  const send = async (key: string) => {
    await post('/setup', {
      token: token.trim(), name: normalise(name) || undefined, display: display.trim() || undefined,
      password: password.normalize('NFKC'),
    }, { key })
    location.replace('/')
  }
  return (
    <div class="card">
      <h1>{title}</h1>
      {!props.isInvitation && <p class="lead">{t('setup.lead')}</p>}
      <Form action={props.isInvitation ? t('setup.invited') : t('setup.do')} check={check} send={send}>
        {!here().hash && <Input id="token" label={t('setup.token')} value={token} onChange={setToken} width="full" />}
        {!props.isInvitation && (
          <>
            <Input id="name" label={t('setup.name')} value={name} onChange={setName} autoComplete="username" />
            <Input id="display" label={t('setup.display')} value={display} onChange={setDisplay} autoComplete="name" />
          </>
        )}
        <Input id="password" label={t('setup.password')} hint={t('setup.password.hint')} value={password} onChange={setPassword}
          type="password" autoComplete="new-password" />
      </Form>
    </div>
  )
}
