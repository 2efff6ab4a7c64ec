// SPDX-License-Identifier: Apache-2.0
// One's own account: passkeys, one-time codes, password, tokens for programs.
import { useState } from 'preact/hooks'
import { post, put, remove, segment, type List } from '../api'
import { readLevel, realTime } from '../hub'
import { both, t } from '../language'
import { useLoad } from '../load'
import { hasPasskeys, makePasskey, type CreationOptions } from '../passkey'
import { Tag, Time } from '../parts/chips'
import { Facts } from '../parts/facts'
import { Form, Input, readTime, type Errors } from '../parts/form'
import { Org } from '../parts/who'
import { Empty, Page, ProblemBox, Show } from '../parts/page'
import { Table } from '../parts/table'
import { useSession } from '../session'
import { normalise } from '../text'

export default function Account() {
  const { session: s } = useSession()
  return (
    <Page title={t('nav.account')}>
      <Facts of={[
        [t('people.display'), s.person.display],
        [t('people.name'), s.person.name],
        [t('records.organisation'), s.person.organisation && <Org of={s.person.organisation} />],
        [t('people.roles'), s.roles.length ? (
          <ul class="values">{s.roles.map((r, i) => <li key={i}>{both((r as { name?: never }).name) || r.role}{realTime(r.until) && <> ({t('people.until')} <Time at={r.until} isShort />)</>}</li>)}</ul>
        ) : undefined],
        [t('people.clearance'), <>{t(`people.clearance.${readLevel(s.clearance?.level)}` as 'people.clearance.none')} <Time at={realTime(s.clearance?.until)} isShort /></>],
        [t('account.strength'), t(`account.strength.${s.strength}`)],
        [t('account.expires'), <Time at={s.expires} withDistance />],
      ]} />
      <Passkeys />
      <Codes />
      <Password />
      <Tokens />
      <p class="hint">{t('account.drafts')}</p>
    </Page>
  )
}

interface PasskeyOf { id: string; name?: string; created?: string; used?: string }

function Passkeys() {
  const list = useLoad<List<PasskeyOf>>('/me/passkeys')
  const [name, setName] = useState('')
  const [told, setTold] = useState('')
  const [error, setError] = useState<unknown>()
  const check = (): Errors => (name.trim() ? {} : { 'passkey-name': t('form.wrong.empty', { field: t('passkeys.name') }) })
  const add = async () => {
    setTold('')
    try {
      const credential = await makePasskey(await post<CreationOptions>('/me/passkeys/options', { name: name.trim() }))
      if (!credential) return setTold(t('passkeys.left'))
      await post('/me/passkeys', { name: name.trim(), credential })
      setName('')
      setTold(t('passkeys.made'))
      list.reload()
    } catch (problem) {
      if (problem instanceof DOMException) setTold(t('passkeys.left'))
      else throw problem
    }
  }
  return (
    <section>
      <h2>{t('passkeys.title')}</h2>
      <p>{t('passkeys.why')}</p>
      <ProblemBox error={error} />
      <Show of={list}>
        {(data) => data.items.length === 0 ? <Empty>{t('passkeys.none')}</Empty> : (
          <Table caption={t('passkeys.title')} isHidden items={data.items} rowId={(k) => k.id} columns={[
            { id: 'name', name: t('passkeys.name'), cell: (k) => k.name || k.id },
            { id: 'created', name: t('passkeys.created'), cell: (k) => <Time at={k.created} isShort /> },
            { id: 'used', name: t('passkeys.used'), cell: (k) => <Time at={k.used} isShort /> },
            { id: 'do', name: t('tasks.do'), cell: (k) => (
              <button type="button" aria-label={t('passkeys.remove', { name: k.name || k.id })}
                onClick={() => void remove(`/me/passkeys/${segment(k.id)}`).then(list.reload, setError)}>{t('do.remove')}</button>) },
          ]} />
        )}
      </Show>
      <p role="status" class={told ? 'banner info' : ''}>{told}</p>
      {hasPasskeys() && (
        <Form action={t('passkeys.add')} check={check} send={add}>
          <Input id="passkey-name" label={t('passkeys.name')} hint={t('passkeys.name.hint')} value={name} onChange={setName} />
        </Form>
      )}
    </section>
  )
}

function Codes() {
  const [made, setMade] = useState<{ secret?: string; uri: string; id?: string }>()
  const [code, setCode] = useState('')
  const [isDone, setDone] = useState(false)
  const [error, setError] = useState<unknown>()
  const check = (): Errors => (/^\d{6}$/.test(normalise(code)) ? {} : { totp: t('codes.wrong') })
  const send = async () => {
    await put('/me/totp', { code: normalise(code), id: made?.id })
    setDone(true)
    setMade(undefined)
  }
  return (
    <section>
      <h2>{t('codes.title')}</h2>
      <ProblemBox error={error} />
      {isDone && <p role="status"><Tag tone="success" icon="success">{t('codes.done')}</Tag></p>}
      {!made ? (
        <p class="actions"><button type="button" onClick={() => void post<{ secret?: string; uri: string; id?: string }>('/me/totp').then(setMade, setError)}>{t('codes.begin')}</button></p>
      ) : (
        <Form action={t('codes.finish')} check={check} send={send}>
          <p>{t('codes.how')}</p>
          <Facts of={[[t('codes.secret'), <code class="digest">{made.secret ?? new URLSearchParams(made.uri.split('?')[1]).get('secret')}</code>], [t('codes.uri'), <a href={made.uri}>{t('codes.open')}</a>]]} />
          <Input id="totp" label={t('sign_in.code')} value={code} onChange={setCode} inputMode="numeric" autoComplete="one-time-code" width="short" />
        </Form>
      )}
    </section>
  )
}

function Password() {
  const [old, setOld] = useState('')
  const [next, setNext] = useState('')
  const [isDone, setDone] = useState(false)
  const check = (): Errors => ({
    ...(old ? {} : { old: t('form.wrong.empty', { field: t('password.old') }) }),
    ...([...next].length < 12 ? { next: t('setup.password.short') } : {}),
  })
  const send = async () => {
    await post('/me/password', { old: old.normalize('NFKC'), password: next.normalize('NFKC') })
    setOld('')
    setNext('')
    setDone(true)
  }
  return (
    <section>
      <h2>{t('password.title')}</h2>
      {isDone && <p role="status"><Tag tone="success" icon="success">{t('password.done')}</Tag></p>}
      <Form action={t('password.do')} check={check} send={send}>
        <Input id="old" type="password" label={t('password.old')} value={old} onChange={setOld} autoComplete="current-password" />
        <Input id="next" type="password" label={t('password.new')} hint={t('setup.password.hint')} value={next} onChange={setNext} autoComplete="new-password" />
      </Form>
    </section>
  )
}

interface TokenOf { id: string; name: string; scopes?: string[]; expires?: string; used?: string }

function Tokens() {
  const list = useLoad<List<TokenOf>>('/me/tokens')
  const [name, setName] = useState('')
  const [scopes, setScopes] = useState('list read')
  const [expires, setExpires] = useState('')
  const [token, setToken] = useState('')
  const [error, setError] = useState<unknown>()
  const check = (): Errors => ({
    ...(name.trim() ? {} : { 'token-name': t('form.wrong.empty', { field: t('tokens.name') }) }),
    ...(readTime(expires) ? {} : { expires: t('form.wrong.time', { field: t('tokens.expires') }) }),
  })
  const send = async (key: string) => {
    const made = await post<{ token: string }>('/me/tokens', {
      name: name.trim(), scopes: normalise(scopes).split(/[\s,]+/).filter(Boolean), expires: readTime(expires),
    }, { key })
    setToken(made.token)
    setName('')
    list.reload()
  }
  return (
    <section>
      <h2>{t('tokens.title')}</h2>
      <ProblemBox error={error} />
      <Show of={list}>
        {(data) => data.items.length === 0 ? <Empty>{t('tokens.none')}</Empty> : (
          <Table caption={t('tokens.title')} isHidden items={data.items} rowId={(k) => k.id} columns={[
            { id: 'name', name: t('tokens.name'), cell: (k) => k.name },
            { id: 'scopes', name: t('tokens.scopes'), cell: (k) => (k.scopes ?? []).join(', ') },
            { id: 'expires', name: t('tokens.expires'), cell: (k) => <Time at={k.expires} isShort /> },
            { id: 'do', name: t('tasks.do'), cell: (k) => (
              <button type="button" aria-label={t('tokens.remove', { name: k.name })}
                onClick={() => void remove(`/me/tokens/${segment(k.id)}`).then(list.reload, setError)}>{t('do.remove')}</button>) },
          ]} />
        )}
      </Show>
      <p role="status">{token && <>{t('tokens.once')} <code class="digest">{token}</code></>}</p>
      <Form action={t('tokens.add')} check={check} send={send}>
        <Input id="token-name" label={t('tokens.name')} value={name} onChange={setName} />
        <Input id="scopes" label={t('tokens.scopes')} hint={t('tokens.scopes.hint')} value={scopes} onChange={setScopes} />
        <Input id="expires" type="time" label={t('tokens.expires')} value={expires} onChange={setExpires} />
      </Form>
    </section>
  )
}
