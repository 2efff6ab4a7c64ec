// SPDX-License-Identifier: Apache-2.0
// One step of a record: what the record must say for it and what is declared, in one form; then
// (where it weighs) a stop before it is taken.
import { useEffect, useState } from 'preact/hooks'
import { patch, post, segment, type List } from '../api'
import { useDraft } from '../draft'
import { both, t } from '../language'
import { useKept, useLoad } from '../load'
import { Due, Label, StateTag } from '../parts/chips'
import { FieldFacts, Facts, Value } from '../parts/facts'
import { Form, Input, readTyped, TypedInput, type Errors } from '../parts/form'
import { Icon } from '../parts/icon'
import { Interruption } from '../parts/interruption'
import { NotFound, Page, Show } from '../parts/page'
import { go } from '../route'
import { useSession } from '../session'
import { articleText } from '../text'
import type { FieldType, Law, Procedure, RecordOf, Step } from '../types'
import { changedFields, editable, textsOf } from './record-edit'

const isEmpty = (value: unknown) => value === undefined || value === null || value === '' || (Array.isArray(value) && !value.length)

/** The fields a step needs that the record does not say yet. */
export function missingOf(step: Step, record: RecordOf): string[] {
  const told = (step.facts ?? []).map((f) => f.id)
  return (step.needs ?? []).filter((id) => !told.includes(id) && isEmpty(record.fields?.[id]))
}

export default function StepPage(props: { id?: string; event?: string }) {
  const path = `/records/${segment(props.id!)}`
  const record = useLoad<RecordOf>(path)
  const steps = useLoad<Step[] | List<Step>>(`${path}/steps`)
  return (
    <Show of={record}>
      {(r) => (
        <Show of={steps}>
          {(list) => {
            const step = (Array.isArray(list) ? list : list.items).find((s) => s.event === props.event)
            return step ? <StepShown record={r} step={step} onChange={() => { record.reload(); steps.reload() }} /> : <Page title={t('step.title')}><NotFound /></Page>
          }}
        </Show>
      )}
    </Show>
  )
}

function StepShown(props: { record: RecordOf; step: Step; onChange: () => void }) {
  const { record, step } = props
  const missing = missingOf(step, record)
  const procedure = useKept<Procedure>(`/procedures/${segment(record.procedure)}`)
  const law = useKept<Law>('/law')
  const back = `/records/${segment(record.id)}`
  const needed = step.needs?.length
    ? procedure && editable(procedure.fields, record).filter((f) => step.needs!.includes(f.id)) : []
  const second = both(law?.roles?.find((r) => r.id === step.second)?.name) || step.second
  return (
    <Page title={both(step.name) || step.event} kicker={<a href={back}>{record.id} {record.title}</a>}
      chips={<><Label label={record.label} /> <StateTag state={record.state} name={record.state_name} /></>}
      lead={step.article && <span class="quiet">{articleText(step.article)}</span>}>
      {record.deadline && <p>{t('records.deadline')}: <Due at={record.deadline} /></p>}
      {second && <p class="banner info"><Icon name="info" />{t('step.second', { second })}</p>}
      {!needed ? <p class="waiting">{t('loading')}</p>
        : step.allowed ? <StepForm record={record} step={step} needed={needed} second={second} />
          : missing.length > 0 && !step.is_voted ? <Fill {...props} fields={needed} /> : <WhyNot step={step} back={back} />}
    </Page>
  )
}

/** What is missing for the step, to be said in the record first. */
function Fill(props: { record: RecordOf; step: Step; fields: FieldType[]; onChange: () => void }) {
  const { record, step, fields } = props
  const { session } = useSession()
  const draft = useDraft(`${session.person.id}:${record.id}:${step.event}:fields`, textsOf(fields, record))
  const v = (id: string) => draft.values[id] ?? ''
  const back = `/records/${segment(record.id)}`
  const check = (): Errors => {
    const wrong: Errors = {}
    for (const f of fields) {
      readTyped(f, v(f.id), (words) => { wrong[`f-${f.id}`] = words })
    }
    return wrong
  }
  // Some are wanted under one basis only: what is still missing the hub says.
  const send = async () => {
    await patch(back, { fields: changedFields(fields, draft.values, record) })
    draft.clear()
    props.onChange()
  }
  return (
    <>
      <p class="banner info"><Icon name="info" />{both(step.why_not)}</p>
      <h2>{t('step.fields')}</h2>
      <Form action={t('step.fill')} check={check} send={send} fieldIds={Object.fromEntries(fields.map((f) => [f.id, `f-${f.id}`]))}
        extra={<a href={back}>{t('do.back')}</a>}>
        {fields.map((f) => (
          <TypedInput key={f.id} field={f} id={`f-${f.id}`} value={v(f.id)} isOptional={false} onChange={(x) => draft.change(f.id, x)} />
        ))}
      </Form>
    </>
  )
}

function StepForm(props: { record: RecordOf; step: Step; needed: FieldType[]; second?: string }) {
  const { record, step, needed } = props
  const { session } = useSession()
  const [isStopped, setStopped] = useState(false)
  const [isProposed, setProposed] = useState(false)
  const draft = useDraft(`${session.person.id}:${record.id}:${step.event}`)
  const facts = step.facts ?? []
  const v = (id: string) => draft.values[id] ?? ''
  const back = `/records/${segment(record.id)}`
  const name = both(step.name) || step.event
  const needsReason = facts.some((f) => f.id === 'reason' || f.id === 'reasons')
  const ids = Object.fromEntries(facts.map((f) => [f.id, `f-${f.id}`]))
  useEffect(() => scrollTo(0, 0), [isStopped])
  const read = (list: FieldType[]): Record<string, unknown> => Object.fromEntries(
    list.map((f): [string, unknown] => [f.id, readTyped(f, v(f.id), () => {})]).filter(([, x]) => x !== undefined))
  const check = (): Errors => {
    const wrong: Errors = {}
    for (const f of facts) {
      const value = readTyped(f, v(f.id), (words) => { wrong[`f-${f.id}`] = words })
      if (value !== undefined || wrong[`f-${f.id}`]) continue
      wrong[`f-${f.id}`] = t(/^(boolean|yes_no|choice)$/.test(f.type) ? 'form.wrong.choose' : 'form.wrong.empty', { field: both(f.name) || f.id })
    }
    return wrong
  }
  const take = async (key: string) => {
    const answer = await post<RecordOf & { waits_for?: string }>(
      `${back}/steps`, { event: step.event, facts: read(facts), reason: v('step_reason').trim() || undefined }, { key })
    draft.clear()
    if (answer?.waits_for) setProposed(true)
    else go(back)
  }
  if (isProposed) {
    return (
      <div class="banner success" role="status"><Icon name="success" />
        <div><p>{t('step.proposed', { second: props.second ?? '' })}</p><p><a href={back}>{t('do.back')}</a></p></div></div>
    )
  }
  if (isStopped) {
    return (
      <Interruption title={t('step.stop', { step: name })} word={record.id.slice(-4)} action={name} send={take} onBack={() => setStopped(false)}
        consequence={both(step.consequence) || t('step.consequence', { step: name, record: record.id })}
        details={<Review fields={[...needed, ...facts]} values={{ ...record.fields, ...read(facts) }} />} />
    )
  }
  const onward = step.is_weighty ? async () => { setStopped(true) } : take
  const input = (f: FieldType) => (
    <TypedInput key={f.id} field={f} id={`f-${f.id}`} value={v(f.id)} isOptional={false} onChange={(x) => draft.change(f.id, x)} />
  )
  return (
    <>
      {draft.isRestored && <p class="banner info" role="status">{t('form.restored')}</p>}
      {needed.length > 0 && (
        <section>
          <div class="row"><h2>{t('step.fields')}</h2><a href={`${back}/edit`}>{t('record.edit')}</a></div>
          <FieldFacts fields={needed} values={record.fields ?? {}} />
        </section>
      )}
      <Form action={step.is_weighty ? t('do.continue') : name} check={check} send={onward} fieldIds={ids} extra={<a href={back}>{t('do.back')}</a>}>
        {facts.length > 0 && <><h2>{t('step.facts')}</h2>{facts.map(input)}</>}
        {!needsReason && (
          <Input id="step_reason" label={t('step.reason')} isOptional rows={3} value={v('step_reason')} onChange={(x) => draft.change('step_reason', x)} />
        )}
      </Form>
    </>
  )
}

function Review(props: { fields: FieldType[]; values: Record<string, unknown> }) {
  if (!props.fields.length) return null
  return (
    <>
      <h3>{t('step.check')}</h3>
      <Facts of={props.fields.map((f) => [both(f.name) || f.id, <Value of={props.values[f.id]} field={f} />])} />
    </>
  )
}

function WhyNot(props: { step: Step; back: string }) {
  return (
    <div class="banner warning" role="note">
      <Icon name="warning" />
      <div>
        <p><strong>{t('step.not')}</strong> {both(props.step.why_not) || (props.step.is_voted ? t('step.voted') : '')}</p>
        <p><a href={props.back}>{t('do.back')}</a></p>
      </div>
    </div>
  )
}
