// SPDX-License-Identifier: Apache-2.0
// Every record of every procedure, as one big table.
import { useState } from 'preact/hooks'
import { get, post, segment, type List } from '../api'
import { both, t } from '../language'
import { useKept } from '../load'
import { Due, Label, StateTag, Time } from '../parts/chips'
import { Interruption } from '../parts/interruption'
import { Org } from '../parts/who'
import { Page } from '../parts/page'
import { BigTable, namedChoices, type Column, type Filter } from '../parts/table'
import { usePlace } from '../route'
import type { Law, Organisation, Procedure, RecordOf, Step } from '../types'

const TLP = ['CLEAR', 'GREEN', 'AMBER', 'AMBER+STRICT', 'RED']

export default function Records() {
  const { query } = usePlace()
  const law = useKept<Law>('/law')
  const procedures = useKept<List<Procedure>>('/procedures')
  const organisations = useKept<List<Organisation>>('/organisations?limit=200')
  const chosen = query.get('procedure')
  const procedure = procedures?.items.find((p) => p.id === chosen)
  const whole = useKept<Procedure>(chosen ? `/procedures/${segment(chosen)}` : '/procedures')
  const states = procedure?.states ?? (chosen ? whole?.states : undefined)
  const name = (id: string) => both(procedures?.items.find((p) => p.id === id)?.name) || id
  const sector = (id: string) => both(law?.sectors?.find((s) => s.id === id)?.name) || id
  const columns: Column<RecordOf>[] = [
    { id: 'title', name: t('records.title'), by: (r) => r.title || r.id, cell: (r) => (
      <><a href={`/records/${segment(r.id)}`}>{r.title || r.id}</a><br /><span class="small">{r.id}</span></>) },
    { id: 'procedure', name: t('records.procedure'), by: (r) => name(r.procedure), cell: (r) => name(r.procedure) },
    { id: 'state', name: t('records.state'), by: (r) => both(r.state_name), cell: (r) => <StateTag state={r.state} name={r.state_name} /> },
    { id: 'label', name: t('records.label'), by: (r) => TLP.indexOf((r.label ?? '').replace('TLP:', '')), cell: (r) => <Label label={r.label} /> },
    { id: 'deadline', name: t('records.deadline'), by: (r) => r.deadline, cell: (r) => <Due at={r.deadline} /> },
    { id: 'sector', name: t('records.sector'), cell: (r) => r.sector ? sector(r.sector) : null, isExtra: true },
    { id: 'organisation', name: t('records.organisation'), cell: (r) => <Org of={r.organisation} />, isExtra: true },
    { id: 'basis', name: t('records.basis'), cell: (r) => both(law?.bases?.find((b) => b.id === r.basis)?.name) || r.basis, isExtra: true },
    { id: 'created', name: t('records.created'), by: (r) => r.created, cell: (r) => <Time at={r.created} isShort />, isExtra: true },
    { id: 'updated', name: t('records.updated'), by: (r) => r.updated, cell: (r) => <Time at={r.updated} isShort /> },
  ]
  const filters: Filter[] = [
    { id: 'procedure', name: t('records.procedure'), choices: namedChoices(procedures?.items, both) },
    ...(states ? [{ id: 'state', name: t('records.state'), choices: namedChoices(states, both) }] : []),
    { id: 'label', name: t('records.label'), choices: TLP.map((l) => ({ value: l, label: `TLP:${l}` })) },
    { id: 'sector', name: t('records.sector'), choices: namedChoices(law?.sectors, both) },
    { id: 'organisation', name: t('records.organisation'), choices: namedChoices(organisations?.items, both) },
    { id: 'updated_since', name: t('records.updated_since'), type: 'day' },
  ]
  return (
    <Page title={procedure ? both(procedure.name) : t('records.page')}
      actions={<a class="button primary" href={chosen ? `/records/new?procedure=${segment(chosen)}` : '/records/new'}>{t('records.new')}</a>}>
      <BigTable<RecordOf> path="/records" caption={t('records.page')} columns={columns} filters={filters} exports="records"
        rowId={(r) => r.id} empty={t('records.empty')}
        bulk={(selected, done) => <BulkStep records={selected} done={done} />} />
    </Page>
  )
}

interface Plan { event: string; name: string; can: RecordOf[]; not: { record: RecordOf; why: string }[] }

/** The same step for many: first what would happen to each, then one after the other. */
function BulkStep(props: { records: RecordOf[]; done: () => void }) {
  const [plans, setPlans] = useState<Plan[]>()
  const [plan, setPlan] = useState<Plan>()
  const [outcome, setOutcome] = useState<{ id: string; text: string }[]>([])
  const preview = async () => {
    const steps = await Promise.all(props.records.map(async (record) =>
      ({ record, steps: await stepsOf(record.id) })))
    const events = [...new Map(steps.flatMap((s) => s.steps).map((s) => [s.event, both(s.name)]))]
    setPlans(events.map(([event, name]) => {
      const one = (r: { steps: Step[] }) => r.steps.find((s) => s.event === event)
      return {
        event, name,
        can: steps.filter((s) => one(s)?.allowed && !one(s)?.facts?.length).map((s) => s.record),
        not: steps.filter((s) => !one(s)?.allowed || one(s)?.facts?.length)
          .map((s) => ({ record: s.record, why: both(one(s)?.why_not) || t('records.bulk.needs') })),
      }
    }))
  }
  const run = async () => {
    for (const record of plan!.can) {
      const text = await post(`/records/${segment(record.id)}/steps`, { event: plan!.event, facts: {} })
        .then(() => t('records.bulk.done'), (error: Error) => error.message)
      setOutcome((all) => [...all, { id: record.id, text }])
    }
    setPlan(undefined)
    setPlans(undefined)
  }
  if (plan) {
    return (
      <Interruption title={plan.name} word={String(plan.can.length)} action={plan.name} onBack={() => setPlan(undefined)} send={run}
        consequence={t('records.bulk.consequence', { step: plan.name, can: plan.can.length, not: plan.not.length })}
        details={plan.not.length > 0 && (
          <ul>{plan.not.map((n) => <li key={n.record.id}>{n.record.id}: {n.why}</li>)}</ul>
        )} />
    )
  }
  return (
    <div class="row">
      {outcome.length > 0 && (
        <div role="status">
          <ul>{outcome.map((o) => <li key={o.id}>{o.id}: {o.text}</li>)}</ul>
          <button type="button" onClick={props.done}>{t('records.bulk.close')}</button>
        </div>
      )}
      {!plans && <button type="button" onClick={() => void preview()}>{t('records.bulk.preview')}</button>}
      {plans?.length === 0 && <span>{t('records.bulk.none')}</span>}
      {plans?.map((p) => (
        <button type="button" key={p.event} disabled={!p.can.length} onClick={() => setPlan(p)}>
          {t('records.bulk.step', { step: p.name, can: p.can.length })}
        </button>
      ))}
    </div>
  )
}

export async function stepsOf(id: string): Promise<Step[]> {
  const answer = await get<Step[] | List<Step>>(`/records/${segment(id)}/steps`)
  return Array.isArray(answer) ? answer : answer.items
}
