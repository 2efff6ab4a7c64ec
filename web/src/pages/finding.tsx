// SPDX-License-Identifier: Apache-2.0
// One finding: why it is one, what would change that, who saw it, and what a person says of it.
import { post, segment, type List } from '../api'
import { useDraft } from '../draft'
import { kindsOf, readFinding } from '../hub'
import { both, t } from '../language'
import { useKept, useLoad } from '../load'
import { Label, Tag, Time, Words } from '../parts/chips'
import { Facts, Value } from '../parts/facts'
import { Form, Input, type Errors } from '../parts/form'
import { Empty, Page, Show } from '../parts/page'
import { Table, type Column } from '../parts/table'
import { useSession } from '../session'
import { figuresText, numberText } from '../text'
import type { Finding, Law, Measure, Procedure } from '../types'
import { FindingState } from './findings'

export default function FindingPage(props: { id?: string }) {
  const finding = useLoad<Finding>(`/findings/${segment(props.id!)}`, readFinding)
  return <Show of={finding}>{(f) => <Shown finding={f} onChange={finding.reload} />}</Show>
}

function Shown(props: { finding: Finding; onChange: () => void }) {
  const { finding: f } = props
  const law = useKept<Law>('/law')
  const procedures = useKept<List<Procedure>>('/procedures')
  const kind = both(kindsOf(law).find((k) => k.id === f.kind)?.name) || both(f.kind_name) || f.kind
  const procedure = procedures?.items.find((p) => /case|infrastructure/.test(p.id)) ?? procedures?.items[0]
  return (
    <Page title={f.about} kicker={<><a href={`/findings?kind=${segment(f.kind)}`}>{kind}</a> · {f.id}</>}
      chips={<><Label label={f.label} /> <FindingState state={f.state} /></>}
      lead={f.sentence && <Words of={f.sentence} />}
      actions={procedure && (
        <a class="button primary" href={`/records/new?procedure=${segment(procedure.id)}&findings=${segment(f.id)}`}>{t('findings.make_one')}</a>
      )}>
      <Facts of={[
        [t('findings.score'), numberText(f.score)],
        [t('findings.first'), <Time at={f.first} />],
        [t('findings.last'), <Time at={f.last} withDistance />],
        [t('findings.flows'), <a href={`/flows?about=${encodeURIComponent(f.about)}`}>{t('findings.flows.see')}</a>],
      ]} />
      <Why finding={f} />
      <SeenBy finding={f} />
      <section>
        <h2>{t('findings.records')}</h2>
        {f.records?.length ? (
          <ul>{f.records.map((r) => <li key={r.id}><a href={`/records/${segment(r.id)}`}>{r.title || r.id}</a> <span class="quiet">{r.id}</span></li>)}</ul>
        ) : <Empty>{t('findings.records.none')}</Empty>}
      </section>
      <Verdict finding={f} onChange={props.onChange} />
    </Page>
  )
}

/** What was measured against which threshold; what weighs comes first, the rest is folded. */
function Why(props: { finding: Finding }) {
  const { finding: f } = props
  const weight = (m: Measure) => Math.abs(m.points ?? 0)
  const weighs = (f.measures ?? []).filter((m) => weight(m) > 0 || m.met !== undefined).sort((a, b) => weight(b) - weight(a))
  const others = (f.measures ?? []).filter((m) => !weighs.includes(m))
  return (
    <section class="why-panel">
      <h2>{t('why.title')}</h2>
      {weighs.length > 0 ? <Measures of={weighs} isWeighed /> : others.length === 0 && <Empty>{t('why.none')}</Empty>}
      {others.length > 0 && (
        <details open={!weighs.length}>
          <summary>{t('why.others', { count: others.length })}</summary>
          <Measures of={others} />
        </details>
      )}
      {(f.would_change?.length ?? 0) > 0 && (
        <>
          <h3>{t('why.change')}</h3>
          <ul>{f.would_change!.map((w, i) => <li key={i}><Words of={w} /></li>)}</ul>
        </>
      )}
      {f.version && <p class="small quiet">{t('why.version', { version: f.version })}</p>}
    </section>
  )
}

function Measures(props: { of: Measure[]; isWeighed?: boolean }) {
  const cell = (v: unknown, unit?: string) => v === undefined || v === null ? null : <>{typeof v === 'number' ? figuresText(v) : <Value of={v} />} {unit}</>
  const columns: Column<Measure>[] = [
    { id: 'name', name: t('why.measure'), cell: (m) => both(m.name) || m.id },
    { id: 'value', name: t('why.value'), isNumber: true, cell: (m) => cell(m.value, m.unit) },
    { id: 'threshold', name: t('why.threshold'), isNumber: true, cell: (m) => cell(m.threshold, m.unit) },
    { id: 'met', name: t('why.met'), cell: (m) => m.met === undefined ? null : m.met
      ? <Tag tone="attention" icon="success">{t('why.is_met')}</Tag> : <Tag tone="quiet" icon="inapplicable">{t('why.not_met')}</Tag> },
    { id: 'points', name: t('why.points'), isNumber: true, cell: (m) => numberText(m.points) },
  ]
  return <Table<Measure> caption={t('why.measures')} isHidden items={props.of} rowId={(m) => m.id} columns={props.isWeighed ? columns : columns.slice(0, 3)} />
}

function SeenBy(props: { finding: Finding }) {
  const sensors = props.finding.sensors ?? []
  return (
    <section>
      <h2>{t('findings.seen_by')}</h2>
      {sensors.length === 0 ? <Empty>{t('nothing.none')}</Empty> : (
        <Table caption={t('findings.seen_by')} isHidden items={sensors} rowId={(s) => s.name} columns={[
          { id: 'name', name: t('findings.sensor'), cell: (s) => s.id ? <a href={`/sensors/${segment(s.id)}`}>{s.name}</a> : s.name },
          { id: 'seen', name: t('findings.last'), cell: (s) => <Time at={s.seen} isShort /> },
          { id: 'score', name: t('findings.score'), isNumber: true, cell: (s) => numberText(s.score) },
        ]} />
      )}
    </section>
  )
}

function Verdict(props: { finding: Finding; onChange: () => void }) {
  const { finding: f } = props
  const { session } = useSession()
  const draft = useDraft(`${session.person.id}:${f.id}:verdict`)
  const v = (id: string) => draft.values[id] ?? ''
  const check = (): Errors => ({
    ...(v('verdict') ? {} : { verdict: t('form.wrong.choose', { field: t('verdict.title') }) }),
    ...(v('reason').trim() ? {} : { reason: t('form.wrong.empty', { field: t('step.reason') }) }),
  })
  const send = async (key: string) => {
    await post(`/findings/${segment(f.id)}/verdict`, { verdict: v('verdict'), reason: v('reason').trim() }, { key })
    draft.clear()
    props.onChange()
  }
  return (
    <section>
      <h2>{t('verdict.title')}</h2>
      {f.verdict && <p><FindingState state={f.verdict.verdict} /> {f.verdict.by} <Time at={f.verdict.at} isShort /> {f.verdict.reason}</p>}
      <Form action={t('verdict.do')} check={check} send={send}>
        <Input id="verdict" type="radio" label={t('verdict.is')} value={v('verdict')} onChange={(x) => draft.change('verdict', x)}
          choices={(['harmful', 'harmless', 'unclear'] as const).map((id) => ({ value: id, label: t(`verdict.${id}`) }))} />
        <Input id="reason" label={t('step.reason')} hint={t('verdict.hint')} rows={2} value={v('reason')} onChange={(x) => draft.change('reason', x)} />
      </Form>
    </section>
  )
}
