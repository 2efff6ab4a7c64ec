// SPDX-License-Identifier: Apache-2.0
// The tree of organisations.
import { post, type List } from '../api'
import { useDraft } from '../draft'
import { both, t } from '../language'
import { useKept, useLoad } from '../load'
import { Form, Input, type Errors } from '../parts/form'
import { Empty, Page, Show } from '../parts/page'
import { Words } from '../parts/chips'
import { Table } from '../parts/table'
import { useSession } from '../session'
import type { Law, Organisation } from '../types'

/** Depth first, each with how deep it stands; what has an unknown parent stands at the top. */
function tree(all: Organisation[]): (Organisation & { depth: number })[] {
  const found: (Organisation & { depth: number })[] = []
  const add = (o: Organisation, depth: number) => {
    if (found.some((f) => f.id === o.id)) return
    found.push({ ...o, depth })
    for (const child of all) if (child.parent === o.id) add(child, depth + 1)
  }
  for (const o of all) if (!o.parent || !all.some((p) => p.id === o.parent)) add(o, 0)
  return found
}

export default function Organisations() {
  const list = useLoad<List<Organisation>>('/organisations?limit=200')
  const law = useKept<Law>('/law')
  const sector = (id: string) => both(law?.sectors?.find((s) => s.id === id)?.name) || id
  return (
    <Page title={t('nav.organisations')}>
      <Show of={list}>
        {(data) => (
          <>
            {data.items.length === 0 ? <Empty>{t('organisations.empty')}</Empty> : (
              <Table caption={t('nav.organisations')} isHidden items={tree(data.items)} rowId={(o) => o.id} columns={[
                { id: 'name', name: t('organisations.name'), cell: (o) => (
                  <span class={`depth-${Math.min(o.depth, 4)}`}>{o.depth > 0 && <span class="hidden">{t('organisations.depth', { depth: o.depth })}</span>}<Words of={o.name} /></span>) },
                { id: 'kind', name: t('organisations.kind'), cell: (o) => o.kind },
                { id: 'sectors', name: t('organisations.sectors'), cell: (o) => (o.sectors ?? []).map(sector).join(', ') },
                { id: 'id', name: t('organisations.id'), cell: (o) => <code>{o.id}</code> },
              ]} />
            )}
            <NewOrganisation all={data.items} onMade={list.reload} />
          </>
        )}
      </Show>
    </Page>
  )
}

function NewOrganisation(props: { all: Organisation[]; onMade: () => void }) {
  const { session } = useSession()
  const draft = useDraft(`${session.person.id}:organisation`)
  const v = (id: string) => draft.values[id] ?? ''
  const check = (): Errors => ({
    ...(v('ja').trim() ? {} : { ja: t('form.wrong.empty', { field: t('organisations.name.ja') }) }),
    ...(v('en').trim() ? {} : { en: t('form.wrong.empty', { field: t('organisations.name.en') }) }),
  })
  const send = async (key: string) => {
    await post('/organisations', {
      name: { ja: v('ja').trim(), en: v('en').trim() }, parent: v('parent') || undefined, kind: v('kind').trim() || undefined,
    }, { key })
    draft.clear()
    props.onMade()
  }
  return (
    <section>
      <h2>{t('organisations.new')}</h2>
      <Form action={t('do.add')} check={check} send={send}>
        <Input id="ja" lang="ja" label={t('organisations.name.ja')} value={v('ja')} onChange={(x) => draft.change('ja', x)} />
        <Input id="en" lang="en" label={t('organisations.name.en')} value={v('en')} onChange={(x) => draft.change('en', x)} />
        <Input id="parent" label={t('organisations.parent')} isOptional value={v('parent')} onChange={(x) => draft.change('parent', x)}
          choices={[{ value: '', label: t('nothing.none') }, ...props.all.map((o) => ({ value: o.id, label: both(o.name) }))]} />
        <Input id="kind" label={t('organisations.kind')} isOptional value={v('kind')} onChange={(x) => draft.change('kind', x)} />
      </Form>
    </section>
  )
}
