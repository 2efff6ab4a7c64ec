// SPDX-License-Identifier: Apache-2.0
// A record: what it is, what may be done next and why not, and everything that belongs to it.
import { segment, type List } from '../api'
import { both, t } from '../language'
import { useKept, useLoad } from '../load'
import { Due, Label, StateTag, Tag, Time, Words } from '../parts/chips'
import { FieldFacts, Facts } from '../parts/facts'
import { Icon } from '../parts/icon'
import { Org } from '../parts/who'
import { Empty, Page, Show } from '../parts/page'
import { Who } from '../parts/who'
import { Tabs, type Tab } from '../parts/tabs'
import { articleText } from '../text'
import type { Law, Procedure, RecordOf, Step } from '../types'
import { Ballot } from './ballot'
import { missingOf } from './step'
import { Duties } from './duties'
import { Attachments, GraphTab, LinkedFindings, Notes, Tasks, Timeline, Effect, Audit } from './record-tabs'

export default function RecordPage(props: { id?: string; tab?: string }) {
  const record = useLoad<RecordOf>(`/records/${segment(props.id!)}`)
  return <Show of={record}>{(r) => <Shown record={r} tab={props.tab ?? ''} onChange={record.reload} />}</Show>
}

function Shown(props: { record: RecordOf; tab: string; onChange: () => void }) {
  const { record: r } = props
  const procedure = useKept<Procedure>(`/procedures/${segment(r.procedure)}`)
  const law = useKept<Law>('/law')
  const base = `/records/${segment(r.id)}`
  const tabs: Tab[] = [
    { id: '', name: t('record.tab.facts'), show: () => <FactsTab record={r} procedure={procedure} law={law} /> },
    { id: 'timeline', name: t('record.tab.timeline'), show: () => <Timeline record={r} /> },
    ...(r.payload || props.tab === 'ballot' ? [{ id: 'ballot', name: t('record.tab.ballot'), show: () => <Ballot record={r} procedure={procedure} onVoted={props.onChange} /> }] : []),
    { id: 'findings', name: t('record.tab.findings'), show: () => <LinkedFindings record={r} /> },
    { id: 'graph', name: t('record.tab.graph'), show: () => <GraphTab record={r} /> },
    { id: 'effect', name: t('record.tab.effect'), show: () => <Effect record={r} /> },
    { id: 'tasks', name: t('record.tab.tasks'), show: () => <Tasks record={r} /> },
    { id: 'notes', name: t('record.tab.notes'), show: () => <Notes record={r} /> },
    { id: 'files', name: t('record.tab.files'), show: () => <Attachments record={r} /> },
    { id: 'audit', name: t('record.tab.audit'), show: () => <Audit record={r} /> },
  ]
  const chips = (
    <>
      <Label label={r.label} /> <StateTag state={r.state} name={r.state_name ?? procedure?.states?.find((s) => s.id === r.state)?.name} />
      {r.exercise && <Tag tone="exercise">{t('exercise.word')}</Tag>}
    </>
  )
  return (
    <Page title={r.title || r.id} chips={chips}
      kicker={<><a href={`/records?procedure=${segment(r.procedure)}`}>{both(procedure?.name) || r.procedure}</a> · {r.id}</>}>
      {r.deadline && !r.duties?.some((d) => !d.met && d.due === r.deadline) && <p class="deadline"><strong>{t('records.deadline')}</strong> <Due at={r.deadline} /></p>}
      {(r.duties?.length ?? 0) > 0 && <Duties record={r} onTold={props.onChange} />}
      <Steps record={r} procedure={procedure} />
      <Tabs tabs={tabs} now={props.tab} base={base} label={t('record.tabs')} />
    </Page>
  )
}

/** The steps of this state: what may be done is a link, what may not says why. */
function Steps(props: { record: RecordOf; procedure?: Procedure }) {
  const steps = useLoad<Step[] | List<Step>>(`/records/${segment(props.record.id)}/steps`)
  const list = steps.data ? (Array.isArray(steps.data) ? steps.data : steps.data.items) : []
  const can = list.filter((s, i) => s.allowed && list.findIndex((o) => o.allowed && o.event === s.event) === i)
    .sort((a, b) => Number(b.is_next ?? true) - Number(a.is_next ?? true))
  const not = list.filter((s) => !s.allowed && !can.some((c) => c.event === s.event))
  if (!list.length) return null
  return (
    <section class="steps" aria-label={t('record.steps')}>
      {can.length > 0 && (
        <p class="actions">
          {can.map((s, i) => (
            <a key={s.event} class={`button${i || s.is_next === false ? '' : ' primary'}${s.is_weighty ? ' weighty' : ''}`}
              href={`/records/${segment(props.record.id)}/step/${segment(s.event)}`}>{both(s.name) || s.event}</a>
          ))}
        </p>
      )}
      {not.length > 0 && (
        <details class="why">
          <summary>{t('record.steps.not', { count: not.length })}</summary>
          <dl class="facts">
            {not.map((s) => (
              <div key={s.event}>
                <dt><Icon name="lock" />{both(s.name) || s.event}</dt>
                <dd>{s.is_voted && !s.why_not ? <a href={`/records/${segment(props.record.id)}/ballot`}>{t('step.voted')}</a> : <Words of={s.why_not} />}{' '}
                  {!s.is_voted && missingOf(s, props.record).length > 0 && <><a href={`/records/${segment(props.record.id)}/step/${segment(s.event)}`}>{t('step.missing')}</a>{' '}</>}
                  {s.article && <span class="quiet">{articleText(s.article)}</span>}</dd>
              </div>
            ))}
          </dl>
        </details>
      )}
    </section>
  )
}

function FactsTab(props: { record: RecordOf; procedure?: Procedure; law?: Law }) {
  const { record: r, procedure, law } = props
  const known = (procedure?.fields ?? []).filter((f) => !f.is_told || r.fields?.[f.id] !== undefined)
  const said = known.filter((f) => r.fields?.[f.id] !== undefined)
  const unsaid = known.filter((f) => r.fields?.[f.id] === undefined)
  const others = Object.keys(r.fields ?? {}).filter((id) => !known.some((f) => f.id === id))
    .map((id) => ({ id, name: id, type: 'text' }))
  return (
    <div class="two">
      <section>
        <div class="row"><h2>{t('record.facts')}</h2>{r.is_editable && <a href={`/records/${segment(r.id)}/edit`}>{t('record.edit')}</a>}</div>
        {said.length > 0 ? <FieldFacts fields={[...said, ...others]} values={r.fields ?? {}} /> : <Empty>{t('record.nothing_said')}</Empty>}
        {unsaid.length > 0 && (
          <details>
            <summary>{t('record.unsaid', { count: unsaid.length })}</summary>
            <FieldFacts fields={unsaid} values={{}} />
          </details>
        )}
      </section>
      <aside>
        <h2>{t('record.about')}</h2>
        <Facts of={[
          [t('records.procedure'), <>{both(procedure?.name) || r.procedure} <span class="quiet">{t('record.version', { version: r.edition ?? r.version })}</span></>],
          r.basis && [t('records.basis'), both(law?.bases?.find((b) => b.id === r.basis)?.name) || r.basis],
          [t('records.organisation'), r.organisation ? <Org of={r.organisation} /> : undefined],
          r.sector && [t('records.sector'), both(law?.sectors?.find((s) => s.id === r.sector)?.name) || r.sector],
          [t('record.by'), r.by ? <Who of={r.by} /> : undefined],
          [t('records.created'), <Time at={r.created} />],
          [t('records.updated'), <Time at={r.updated} withDistance />],
        ]} />
      </aside>
    </div>
  )
}
