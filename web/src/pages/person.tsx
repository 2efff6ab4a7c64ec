// SPDX-License-Identifier: Apache-2.0
// One person: roles and clearance, each with its time; an invitation; switching off.
import { useState } from 'preact/hooks'
import { patch, post, remove, segment, type List } from '../api'
import { useDraft } from '../draft'
import { levelNumber, readPerson } from '../hub'
import { both, t } from '../language'
import { useKept, useLoad } from '../load'
import { Tag, Time } from '../parts/chips'
import { Facts } from '../parts/facts'
import { Form, Input, readTime, timeBoxesOf, type Errors } from '../parts/form'
import { Interruption } from '../parts/interruption'
import { Org } from '../parts/who'
import { Empty, Page, ProblemBox, Show } from '../parts/page'
import { Table } from '../parts/table'
import { useSession } from '../session'
import type { Law, Organisation, Person } from '../types'

export default function PersonPage(props: { id?: string }) {
  const path = `/people/${segment(props.id!)}`
  const person = useLoad<Person>(path, readPerson)
  return <Show of={person}>{(p) => <Shown person={p} path={path} onChange={person.reload} />}</Show>
}

function Shown(props: { person: Person; path: string; onChange: () => void }) {
  const { person: p, path } = props
  return (
    <Page title={p.display || p.name} kicker={<a href="/people">{t('nav.people')}</a>}
      chips={p.is_active === false ? <Tag tone="quiet" icon="ended">{t('people.is_not_active')}</Tag> : <Tag tone="success" icon="active">{t('people.is_active')}</Tag>}>
      <Facts of={[
        [t('people.name'), p.name],
        [t('records.organisation'), p.organisation && <Org of={p.organisation} />],
        [t('people.clearance'), p.clearance ? <>{t(`people.clearance.${p.clearance.level}` as 'people.clearance.none')} {p.clearance.until && <>{t('people.until')} <Time at={p.clearance.until} isShort /></>}</> : t('people.clearance.none')],
      ]} />
      <Roles {...props} />
      <Clearance {...props} />
      <Invitation path={path} />
      <Switch {...props} />
    </Page>
  )
}

function Roles(props: { person: Person; path: string; onChange: () => void }) {
  const { person: p, path } = props
  const { session } = useSession()
  const law = useKept<Law>('/law')
  const organisations = useLoad<List<Organisation>>('/organisations?limit=200')
  const draft = useDraft(`${session.person.id}:${p.id}:role`)
  const [error, setError] = useState<unknown>()
  const v = (id: string) => draft.values[id] ?? ''
  const roleName = (id: string) => both(law?.roles?.find((r) => r.id === id)?.name) || id
  const check = (): Errors => ({
    ...(v('role') ? {} : { role: t('form.wrong.choose', { field: t('people.role') }) }),
    ...(readTime(v('until')) ? {} : { until: t('form.wrong.time', { field: t('people.until') }) }),
  })
  const send = async (key: string) => {
    await post(`${path}/roles`, {
      role: v('role'), organisation: v('organisation') || undefined, until: readTime(v('until')) ?? undefined,
      sectors: v('sectors') ? [v('sectors')] : undefined,
    }, { key })
    draft.clear()
    props.onChange()
  }
  return (
    <section>
      <h2>{t('people.roles')}</h2>
      <ProblemBox error={error} />
      {!p.roles?.length ? <Empty>{t('people.roles.none')}</Empty> : (
        <Table caption={t('people.roles')} isHidden items={p.roles.map((r, n) => ({ ...r, n: r.n ?? n }))} rowId={(r) => String(r.n)} columns={[
          { id: 'role', name: t('people.role'), cell: (r) => roleName(r.role) },
          { id: 'organisation', name: t('records.organisation'), cell: (r) => r.organisation ? <Org of={r.organisation} /> : t('people.everywhere') },
          { id: 'until', name: t('people.until'), cell: (r) => r.until ? <Time at={r.until} isShort withDistance /> : t('people.no_end') },
          { id: 'do', name: t('tasks.do'), cell: (r) => (
            <button type="button" aria-label={t('people.role.remove', { role: roleName(r.role) })}
              onClick={() => void remove(`${path}/roles/${r.n}`).then(props.onChange, setError)}>{t('do.remove')}</button>) },
        ]} />
      )}
      <h3>{t('people.role.new')}</h3>
      <Form action={t('people.role.add')} check={check} send={send}>
        <Input id="role" label={t('people.role')} value={v('role')} onChange={(x) => draft.change('role', x)}
          choices={[{ value: '', label: t('form.choose') }, ...(law?.roles ?? []).map((r) => ({ value: r.id, label: both(r.name) }))]} />
        <Input id="organisation" label={t('records.organisation')} isOptional value={v('organisation')} onChange={(x) => draft.change('organisation', x)}
          choices={[{ value: '', label: t('people.everywhere') }, ...(organisations.data?.items ?? []).map((o) => ({ value: o.id, label: both(o.name) }))]} />
        <Input id="sectors" label={t('records.sector')} isOptional value={v('sectors')} onChange={(x) => draft.change('sectors', x)}
          choices={[{ value: '', label: t('list.any') }, ...(law?.sectors ?? []).map((s) => ({ value: s.id, label: both(s.name) }))]} />
        <Input id="until" type="time" label={t('people.until')} value={v('until')} onChange={(x) => draft.change('until', x)} />
      </Form>
    </section>
  )
}

function Clearance(props: { person: Person; path: string; onChange: () => void }) {
  const { person: p } = props
  const [level, setLevel] = useState(p.clearance?.level ?? 'none')
  const [until, setUntil] = useState(timeBoxesOf(p.clearance?.until))
  const check = (): Errors => (level === 'none' || readTime(until) ? {} : { 'clearance-until': t('form.wrong.time', { field: t('people.until') }) })
  const send = async () => {
    await patch(props.path, { clearance: { level: levelNumber(level), from: new Date().toISOString(), until: readTime(until) ?? undefined } })
    props.onChange()
  }
  return (
    <section>
      <h2>{t('people.clearance')}</h2>
      <Form action={t('people.clearance.set')} check={check} send={send}>
        <Input id="level" type="radio" label={t('people.clearance.level')} value={level} onChange={setLevel}
          choices={(['none', 'confidential', 'secret'] as const).map((l) => ({ value: l, label: t(`people.clearance.${l}`) }))} />
        {level !== 'none' && <Input id="clearance-until" type="time" label={t('people.until')} value={until} onChange={setUntil} />}
      </Form>
    </section>
  )
}

function Invitation(props: { path: string }) {
  const [link, setLink] = useState('')
  const [error, setError] = useState<unknown>()
  const ask = () => post<{ link: string }>(`${props.path}/invitation`).then((a) => setLink(a.link), setError)
  return (
    <section>
      <h2>{t('people.invitation')}</h2>
      <p>{t('people.invitation.why')}</p>
      <ProblemBox error={error} />
      <p class="actions"><button type="button" onClick={() => void ask()}>{t('people.invitation.do')}</button></p>
      <p role="status">{link && <><span>{t('people.invitation.once')}</span> <code class="digest">{link}</code></>}</p>
    </section>
  )
}

function Switch(props: { person: Person; path: string; onChange: () => void }) {
  const [isAsking, setAsking] = useState(false)
  const isOff = props.person.is_active === false
  const send = async () => {
    await patch(props.path, { is_active: isOff })
    setAsking(false)
    props.onChange()
  }
  const words = t(isOff ? 'people.switch_on' : 'people.switch_off')
  if (!isAsking) return <p class="actions apart"><button type="button" onClick={() => setAsking(true)}>{words}</button></p>
  return (
    <Interruption title={words} word={props.person.name} action={words} send={send} onBack={() => setAsking(false)}
      consequence={t(isOff ? 'people.switch_on.consequence' : 'people.switch_off.consequence')} />
  )
}
