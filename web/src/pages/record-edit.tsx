// SPDX-License-Identifier: Apache-2.0
// What a record says, changed.  The hub takes it only where nobody changed it meanwhile.
import { patch, segment } from '../api'
import { useDraft, type Values } from '../draft'
import { t } from '../language'
import { useKept, useLoad } from '../load'
import { Form, Input, readTyped, typedText, TypedInput, type Errors } from '../parts/form'
import { Icon } from '../parts/icon'
import { Page, Show } from '../parts/page'
import { go } from '../route'
import { useSession } from '../session'
import type { FieldType, Procedure, RecordOf } from '../types'

const TLP = ['CLEAR', 'GREEN', 'AMBER', 'AMBER+STRICT', 'RED']
const bare = (label?: string) => (label ?? 'AMBER').replace(/^TLP:/i, '')

export default function RecordEdit(props: { id?: string }) {
  const record = useLoad<RecordOf>(`/records/${segment(props.id!)}`)
  return <Show of={record}>{(r) => <Edit key={r.id} record={r} />}</Show>
}

/** What was withheld from whoever edits is not shown and not sent. */
export function editable(fields: FieldType[] | undefined, record: RecordOf): FieldType[] {
  return (fields ?? []).filter((f) => {
    const value = record.fields?.[f.id]
    return !f.is_told && !(value && typeof value === 'object' && 'withheld' in value)
  })
}

export function textsOf(fields: FieldType[], record: RecordOf): Values {
  return Object.fromEntries(fields.map((f) => [f.id, typedText(f, record.fields?.[f.id])]))
}

/** The fields whose text is another one than the record's. */
export function changedFields(fields: FieldType[], texts: Values, record: RecordOf): Record<string, unknown> {
  const before = textsOf(fields, record)
  return Object.fromEntries(fields.filter((f) => (texts[f.id] ?? '') !== before[f.id])
    .map((f) => [f.id, readTyped(f, texts[f.id] ?? '', () => {}) ?? null]))
}

function Edit(props: { record: RecordOf }) {
  const { record: r } = props
  const procedure = useKept<Procedure>(`/procedures/${segment(r.procedure)}`)
  if (!procedure) return <Page title={t('edit.title', { id: r.id })}><p class="waiting">{t('loading')}</p></Page>
  return <EditForm record={r} fields={editable(procedure.fields, r)} />
}

function EditForm(props: { record: RecordOf; fields: FieldType[] }) {
  const { record: r, fields } = props
  const { session } = useSession()
  const draft = useDraft(`${session.person.id}:${r.id}:edit`, { ...textsOf(fields, r), _title: r.title, _label: bare(r.label) })
  const v = (id: string) => draft.values[id] ?? ''
  const back = `/records/${segment(r.id)}`
  const check = (): Errors => {
    const wrong: Errors = {}
    if (!v('_title').trim()) wrong.title = t('form.wrong.empty', { field: t('records.title') })
    for (const f of fields) readTyped(f, v(f.id), (words) => { wrong[`f-${f.id}`] = words })
    return wrong
  }
  const send = async () => {
    await patch(back, { title: v('_title').trim(), label: v('_label'), fields: changedFields(fields, draft.values, r) })
    draft.clear()
    go(back)
  }
  return (
    <Page title={t('edit.title', { id: r.id })} kicker={<a href={back}>{r.title}</a>}>
      {draft.isRestored && <p class="banner info" role="status">{t('form.restored')}</p>}
      {r.payload && <p class="banner warning"><Icon name="warning" />{t('edit.void')}</p>}
      <Form action={t('edit.do')} check={check} send={send} fieldIds={Object.fromEntries(fields.map((f) => [f.id, `f-${f.id}`]))}
        extra={<a href={back}>{t('do.back')}</a>}>
        <Input id="title" label={t('records.title')} value={v('_title')} onChange={(x) => draft.change('_title', x)} width="full" />
        <Input id="label" label={t('records.label')} hint={t('new.label.hint')} value={v('_label')} onChange={(x) => draft.change('_label', x)}
          choices={TLP.map((l) => ({ value: l, label: `TLP:${l}` }))} />
        {fields.map((f) => (
          <TypedInput key={f.id} field={f} id={`f-${f.id}`} value={v(f.id)} onChange={(x) => draft.change(f.id, x)} isOptional />
        ))}
      </Form>
    </Page>
  )
}
