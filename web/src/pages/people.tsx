// SPDX-License-Identifier: Apache-2.0
import { useState } from 'preact/hooks'
import { post, segment, type List } from '../api'
import { useDraft } from '../draft'
import { readPerson } from '../hub'
import { both, t } from '../language'
import { useKept, useLoad } from '../load'
import { Tag } from '../parts/chips'
import { Form, Input, type Errors } from '../parts/form'
import { Org } from '../parts/who'
import { Page } from '../parts/page'
import { BigTable, type Column } from '../parts/table'
import { go } from '../route'
import { useSession } from '../session'
import { normalise } from '../text'
import type { Law, Organisation, Person } from '../types'

export default function People() {
  const [isAdding, setAdding] = useState(false)
  const law = useKept<Law>('/law')
  const columns: Column<Person>[] = [
    { id: 'display', name: t('people.display'), by: (p) => p.display || p.name, cell: (p) => <a href={`/people/${segment(p.id)}`}>{p.display || p.name}</a> },
    { id: 'name', name: t('people.name'), by: (p) => p.name, cell: (p) => p.name },
    { id: 'organisation', name: t('records.organisation'), cell: (p) => <Org of={p.organisation} /> },
    { id: 'active', name: t('people.active'), cell: (p) => p.is_active === false
      ? <Tag tone="quiet" icon="ended">{t('people.is_not_active')}</Tag> : <Tag tone="success" icon="active">{t('people.is_active')}</Tag> },
    { id: 'clearance', name: t('people.clearance'), cell: (p) => t(`people.clearance.${p.clearance?.level ?? 'none'}` as 'people.clearance.none') },
    { id: 'roles', name: t('people.roles'), cell: (p) => (p.roles ?? []).map((r) => both(law?.roles?.find((l) => l.id === r.role)?.name) || r.role).join(', ') },
  ]
  return (
    <Page title={t('nav.people')} actions={!isAdding && <button type="button" class="primary" onClick={() => setAdding(true)}>{t('people.new')}</button>}>
      {isAdding && <NewPerson />}
      <BigTable<Person> path="/people" caption={t('nav.people')} columns={columns} rowId={(p) => p.id} empty={t('people.empty')} read={readPerson} />
    </Page>
  )
}

function NewPerson() {
  const { session } = useSession()
  const organisations = useLoad<List<Organisation>>('/organisations?limit=200')
  const own = typeof session.person.organisation === 'string' ? session.person.organisation : ''
  const draft = useDraft(`${session.person.id}:person`, own ? { organisation: own } : {})
  const v = (id: string) => draft.values[id] ?? ''
  const check = (): Errors => ({
    ...(v('name').trim() ? {} : { name: t('form.wrong.empty', { field: t('people.name') }) }),
    ...(v('display').trim() ? {} : { display: t('form.wrong.empty', { field: t('people.display') }) }),
  })
  const send = async (key: string) => {
    const made = await post<Person>('/people', {
      name: normalise(v('name')), display: v('display').trim(), organisation: v('organisation') || undefined,
    }, { key })
    draft.clear()
    go(`/people/${segment(made.id)}`)
  }
  return (
    <section class="card wide">
      <h2>{t('people.new')}</h2>
      <Form action={t('do.add')} check={check} send={send}>
        <Input id="name" label={t('people.name')} value={v('name')} onChange={(x) => draft.change('name', x)} />
        <Input id="display" label={t('people.display')} value={v('display')} onChange={(x) => draft.change('display', x)} />
        <Input id="organisation" label={t('records.organisation')} isOptional value={v('organisation')} onChange={(x) => draft.change('organisation', x)}
          choices={[{ value: '', label: t('form.choose') }, ...(organisations.data?.items ?? []).map((o) => ({ value: o.id, label: both(o.name) }))]} />
      </Form>
    </section>
  )
}
