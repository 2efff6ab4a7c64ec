// SPDX-License-Identifier: Apache-2.0
// One step of a record: what it asks for, then (where it weighs) a stop before it is taken.
import { useEffect, useState } from 'preact/hooks'
import { post, segment } from '../api'
import { useDraft } from '../draft'
import { both, t } from '../language'
import { useLoad } from '../load'
import { Due, Label, StateTag } from '../parts/chips'
import { Form, Input, readTyped, TypedInput, type Errors } from '../parts/form'
import { Icon } from '../parts/icon'
import { Interruption } from '../parts/interruption'
import { NotFound, Page, Show } from '../parts/page'
import { Facts, Value } from '../parts/facts'
import { go } from '../route'
import { useSession } from '../session'
import type { FieldType, RecordOf, Step } from '../types'
import type { List } from '../api'

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
            return step ? <StepForm record={r} step={step} /> : <Page title={t('step.title')}><NotFound /></Page>
          }}
        </Show>
      )}
    </Show>
  )
}

function StepForm(props: { record: RecordOf; step: Step }) {
  const { record, step } = props
  const { session } = useSession()
  const [isStopped, setStopped] = useState(false)
  const draft = useDraft(`${session.person.id}:${record.id}:${step.event}`)
  const facts = step.facts ?? []
  const v = (id: string) => draft.values[id] ?? ''
  const back = `/records/${segment(record.id)}`
  const name = both(step.name) || step.event
  const needsReason = facts.some((f) => f.id === 'reason' || f.id === 'reasons')
  useEffect(() => scrollTo(0, 0), [isStopped])
  const check = (): Errors => {
    const wrong: Errors = {}
    for (const f of facts) {
      const read = readTyped(f, v(f.id), (words) => { wrong[`f-${f.id}`] = words })
      if (read === undefined && !wrong[`f-${f.id}`] && f.required_at !== 'never') {
        wrong[`f-${f.id}`] = t(f.type === 'boolean' ? 'form.wrong.choose' : 'form.wrong.empty', { field: both(f.name) || f.id })
      }
    }
    return wrong
  }
  const values = (): Record<string, unknown> => Object.fromEntries(
    facts.map((f): [string, unknown] => [f.id, readTyped(f, v(f.id), () => {})]).filter(([, x]) => x !== undefined))
  const take = async (key: string) => {
    await post<RecordOf>(`${back}/steps`, { event: step.event, facts: values(), reason: v('step_reason').trim() || undefined }, { key })
    draft.clear()
    go(back)
  }
  const onward = step.is_weighty ? async () => { setStopped(true) } : take
  const ids = Object.fromEntries(facts.map((f) => [f.id, `f-${f.id}`]))
  const chips = <><Label label={record.label} /> <StateTag state={record.state} name={record.state_name} /></>
  return (
    <Page title={name} kicker={<a href={back}>{record.id} {record.title}</a>} chips={chips}
      lead={step.article && <span class="quiet">{t('article', { article: step.article })}</span>}>
      {record.deadline && <p>{t('records.deadline')}: <Due at={record.deadline} /></p>}
      {!step.allowed ? <WhyNot step={step} back={back} />
        : isStopped ? (
          <Interruption title={t('step.stop', { step: name })} word={record.id.slice(-4)} action={name} send={take}
            onBack={() => setStopped(false)}
            consequence={both(step.consequence) || t('step.consequence', { step: name, record: record.id })}
            details={<Review facts={facts} values={values()} />} />
        ) : (
          <>
            {draft.isRestored && <p class="banner info" role="status">{t('form.restored')}</p>}
            <Form action={step.is_weighty ? t('do.continue') : name} check={check} send={onward} fieldIds={ids}
              extra={<a href={back}>{t('do.back')}</a>}>
              {facts.map((f) => (
                <TypedInput key={f.id} field={f} id={`f-${f.id}`} value={v(f.id)} isOptional={f.required_at === 'never'} onChange={(x) => draft.change(f.id, x)} />
              ))}
              {!needsReason && (
                <Input id="step_reason" label={t('step.reason')} isOptional rows={3} value={v('step_reason')} onChange={(x) => draft.change('step_reason', x)} />
              )}
            </Form>
          </>
        )}
    </Page>
  )
}

function Review(props: { facts: FieldType[]; values: Record<string, unknown> }) {
  if (!props.facts.length) return null
  return (
    <>
      <h3>{t('step.check')}</h3>
      <Facts of={props.facts.map((f) => [both(f.name) || f.id, <Value of={props.values[f.id]} field={f} />])} />
    </>
  )
}

function WhyNot(props: { step: Step; back: string }) {
  return (
    <div class="banner warning" role="note">
      <Icon name="warning" />
      <div>
        <p><strong>{t('step.not')}</strong> {both(props.step.why_not)}</p>
        <p><a href={props.back}>{t('do.back')}</a></p>
      </div>
    </div>
  )
}
