// SPDX-License-Identifier: Apache-2.0
// A new record: the form comes from the procedure's fields.
import { post, segment, type List } from '../api'
import { useDraft } from '../draft'
import { both, t } from '../language'
import { useKept } from '../load'
import { Form, Input, readTyped, TypedInput, type Errors } from '../parts/form'
import { Empty, Page } from '../parts/page'
import { go, usePlace } from '../route'
import { useSession } from '../session'
import type { FieldType, Law, Procedure, RecordOf } from '../types'

const TLP = ['CLEAR', 'GREEN', 'AMBER', 'AMBER+STRICT', 'RED']

export default function RecordNew() {
  const { query } = usePlace()
  const procedures = useKept<List<Procedure>>('/procedures')
  const wanted = query.get('procedure')
  const one = useKept<Procedure>(wanted ? `/procedures/${segment(wanted)}` : '/procedures?none') as Procedure | undefined
  if (!wanted) {
    return (
      <Page title={t('new.title')} lead={t('new.choose')}>
        {procedures ? (
          <ul class="links">
            {procedures.items.map((p) => <li key={p.id}><a href={`/records/new?procedure=${segment(p.id)}`}>{both(p.name)}</a></li>)}
          </ul>
        ) : <Empty>{t('loading')}</Empty>}
      </Page>
    )
  }
  if (!one) return <Page title={t('new.title')}><p class="waiting">{t('loading')}</p></Page>
  return <NewForm key={one.id} procedure={one} findings={query.get('findings')?.split(',').filter(Boolean) ?? []} />
}

const isNeeded = (field: FieldType, procedure: Procedure) => {
  const at = ([] as string[]).concat(field.required_at ?? [])
  return at.includes('create') || at.includes(procedure.states?.[0]?.id ?? '')
}

/** What the first steps ask for; the rest can wait. */
function isEarly(field: FieldType, procedure: Procedure): boolean {
  const first = procedure.states?.[0]?.id ?? ''
  const events = (procedure.steps ?? []).filter((s) => s.from.includes(first)).map((s) => s.event)
  const at = ([] as string[]).concat(field.required_at ?? [])
  return isNeeded(field, procedure) || at.some((event) => events.includes(event))
}

function NewForm(props: { procedure: Procedure; findings: string[] }) {
  const { procedure } = props
  const { session } = useSession()
  const law = useKept<Law>('/law')
  const named = Object.fromEntries((procedure.fields ?? []).filter((f) => f.type === 'findings' && props.findings.length)
    .map((f) => [f.id, props.findings.join('\n')]))
  const draft = useDraft(`${session.person.id}:new:${procedure.id}`, { label: 'AMBER', ...named })
  const fields = (procedure.fields ?? []).filter((f) => !f.is_told)
  const v = (id: string) => draft.values[id] ?? ''
  const check = (): Errors => {
    const wrong: Errors = {}
    if (!v('title').trim()) wrong.title = t('form.wrong.empty', { field: t('records.title') })
    for (const f of fields) {
      const read = readTyped(f, v(f.id), (words) => { wrong[`f-${f.id}`] = words })
      if (read === undefined && isNeeded(f, procedure)) wrong[`f-${f.id}`] = t('form.wrong.empty', { field: both(f.name) || f.id })
    }
    return wrong
  }
  const send = async (key: string) => {
    const values = Object.fromEntries(fields.map((f) => [f.id, readTyped(f, v(f.id), () => {})]).filter(([, x]) => x !== undefined))
    const made = await post<RecordOf>('/records', {
      procedure: procedure.id, title: v('title').trim(), label: v('label'), sector: v('sector') || undefined,
      basis: v('basis') || undefined, fields: values, findings: props.findings.length ? props.findings : undefined,
    }, { key })
    draft.clear()
    go(`/records/${segment(made.id)}`)
  }
  const later = fields.filter((f) => !isEarly(f, procedure))
  const input = (f: FieldType) => (
    <TypedInput key={f.id} field={f} id={`f-${f.id}`} value={v(f.id)} onChange={(x) => draft.change(f.id, x)} isOptional={!isNeeded(f, procedure)} />
  )
  const bases = law?.bases?.filter((b) => b.in_force !== false && (!procedure.bases || procedure.bases.includes(b.id)))
  const ids = Object.fromEntries(fields.map((f) => [f.id, `f-${f.id}`]))
  return (
    <Page title={t('new.of', { what: both(procedure.name) })}>
      {draft.isRestored && <p class="banner info" role="status">{t('form.restored')}</p>}
      {props.findings.length > 0 && <p>{t('new.findings', { count: props.findings.length, ids: props.findings.slice(0, 5).join(', ') })}</p>}
      <Form action={t('new.do')} check={check} send={send} fieldIds={ids}>
        <Input id="title" label={t('records.title')} value={v('title')} onChange={(x) => draft.change('title', x)} width="full" />
        <Input id="label" label={t('records.label')} hint={t('new.label.hint')} value={v('label')} onChange={(x) => draft.change('label', x)}
          choices={TLP.map((l) => ({ value: l, label: `TLP:${l}` }))} />
        {bases && bases.length > 0 && (
          <Input id="basis" label={t('records.basis')} value={v('basis')} onChange={(x) => draft.change('basis', x)} isOptional
            choices={[{ value: '', label: t('form.choose') }, ...bases.map((b) => ({ value: b.id, label: both(b.name) }))]} />
        )}
        {law?.sectors && (
          <Input id="sector" label={t('records.sector')} value={v('sector')} onChange={(x) => draft.change('sector', x)} isOptional
            choices={[{ value: '', label: t('form.choose') }, ...law.sectors.map((s) => ({ value: s.id, label: both(s.name) }))]} />
        )}
        {fields.filter((f) => isEarly(f, procedure)).map(input)}
        {later.length > 0 && (
          <details open={later.some((f) => v(f.id))}>
            <summary>{t('new.later', { count: later.length })}</summary>
            {later.map(input)}
          </details>
        )}
      </Form>
    </Page>
  )
}
