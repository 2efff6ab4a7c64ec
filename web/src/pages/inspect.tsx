// SPDX-License-Identifier: Apache-2.0
// The inspector's place: read only.  Search the ledger, see what somebody could see then, draw a
// sample that anybody can draw again, count, and take the evidence away.
import { useState } from 'preact/hooks'
import { withQuery, type List } from '../api'
import { both, t, type Both } from '../language'
import { useKept, useLoad } from '../load'
import { Label, StateTag, Tag, Time, Words } from '../parts/chips'
import { Facts } from '../parts/facts'
import { Form, Input, readTime, timeBoxesOf, type Errors } from '../parts/form'
import { Empty, Page, Show } from '../parts/page'
import { BigTable, Table, type Column } from '../parts/table'
import { Tabs } from '../parts/tabs'
import { go, usePlace } from '../route'
import { articleText, normalise, numberText } from '../text'
import type { Entry, Person, RecordOf } from '../types'
import type { Ledger } from './entry'
import { Actor, entryName, EntryTable, Subject } from './record-tabs'
import { entryWords } from '../words/entries'

export default function Inspect(props: { part?: string }) {
  return (
    <Page title={t('inspect.title')} lead={t('inspect.lead')}>
      <Tabs base="/inspect" now={props.part ?? ''} label={t('inspect.title')} tabs={[
        { id: '', name: t('inspect.tab.ledger'), show: () => <LedgerTab /> },
        { id: 'replay', name: t('inspect.tab.replay'), show: () => <Replay /> },
        { id: 'sample', name: t('inspect.tab.sample'), show: () => <Sample /> },
        { id: 'statistics', name: t('inspect.tab.statistics'), show: () => <Statistics /> },
        { id: 'export', name: t('inspect.tab.export'), show: () => <Export /> },
      ]} />
    </Page>
  )
}

function LedgerTab() {
  const ledger = useLoad<Ledger>('/ledger')
  const people = useKept<List<Person>>('/people?limit=200')
  const columns: Column<Entry>[] = [
    { id: 'number', name: t('inspect.number'), isNumber: true, cell: (e) => <a href={`/ledger/${e.number}`}>{e.number}</a> },
    { id: 'at', name: t('inspect.at'), cell: (e) => <Time at={e.at} isShort /> },
    { id: 'kind', name: t('inspect.kind'), cell: (e) => entryName(e.kind) },
    { id: 'actor', name: t('inspect.actor'), cell: (e) => <Actor of={e.actor} /> },
    { id: 'subject', name: t('inspect.subject'), cell: (e) => <Subject of={e.subject} /> },
    { id: 'digest', name: t('inspect.digest'), cell: (e) => e.digest ? <code class="digest">{e.digest}</code> : null, isExtra: true },
  ]
  return (
    <>
      {ledger.data && (
        <Facts of={[
          [t('inspect.size'), <>{numberText(ledger.data.size)} {ledger.data.size > 50 && <a href={`/inspect?from=${ledger.data.size - 50}`}>{t('inspect.latest')}</a>}</>],
          [t('inspect.key'), <code class="digest">{ledger.data.key}</code>],
          [t('inspect.checkpoint'), <details><summary>{t('inspect.checkpoint.see')}</summary><pre tabIndex={0} aria-label={t('inspect.checkpoint')}>{ledger.data.checkpoint}</pre></details>],
        ]} />
      )}
      <BigTable<Entry> path="/ledger/entries" caption={t('inspect.entries')} columns={columns} rowId={(e) => String(e.number)} hasSearch={false}
        filters={[
          { id: 'kind', name: t('inspect.kind'), choices: kindChoices() },
          { id: 'actor', name: t('inspect.actor'), choices: [{ value: 'machine', label: t('inspect.machine') }, ...(people?.items ?? []).map((p) => ({ value: `p${p.id}`, label: p.display || p.name }))] },
          { id: 'subject', name: t('inspect.subject'), hint: 'M-2026-000001' },
          { id: 'from', name: t('inspect.from') },
        ]}
        empty={t('inspect.none')} />
    </>
  )
}

const kindChoices = () => Object.keys(entryWords).map((id) => ({ value: id, label: entryName(id) }))

interface View { items: (RecordOf & { fields_seen?: string[]; rule?: string })[]; person?: { display: string }; roles?: { name: Both }[]; allowed?: boolean; rule?: string }

/** What could X see at time T? */
function Replay() {
  const { query } = usePlace()
  const [person, setPerson] = useState(query.get('person') ?? '')
  const [at, setAt] = useState(timeBoxesOf(query.get('at') ?? undefined))
  const [record, setRecord] = useState(query.get('record') ?? '')
  const asked = query.get('person') && query.get('at')
  const view = useLoad<View>(asked ? withQuery('/inspection/view', Object.fromEntries(query)) : null)
  const check = (): Errors => ({
    ...(person.trim() ? {} : { person: t('form.wrong.empty', { field: t('replay.person') }) }),
    ...(readTime(at) ? {} : { at: t('form.wrong.time', { field: t('replay.at') }) }),
  })
  const send = async () => go(withQuery('/inspect/replay', { person: normalise(person), at: readTime(at) ?? undefined, record: normalise(record) }))
  return (
    <>
      <h2>{t('replay.title')}</h2>
      <Form action={t('replay.do')} check={check} send={send}>
        <Input id="person" label={t('replay.person')} hint={t('replay.person.hint')} value={person} onChange={setPerson} />
        <Input id="at" type="time" label={t('replay.at')} value={at} onChange={setAt} />
        <Input id="record" label={t('replay.record')} isOptional value={record} onChange={setRecord} />
      </Form>
      {asked && <Show of={view}>{(v) => <Seen view={v} />}</Show>}
    </>
  )
}

function Seen(props: { view: View }) {
  const { view: v } = props
  const items = v.items ?? []
  return (
    <section role="status">
      {v.allowed !== undefined && (
        <p>{v.allowed ? <Tag tone="success" icon="success">{t('replay.could')}</Tag> : <Tag tone="error" icon="lock">{t('replay.could_not')}</Tag>} {v.rule && <code>{v.rule}</code>}</p>
      )}
      {v.roles && <p>{t('replay.roles', { roles: v.roles.map((r) => both(r.name)).join(', ') })}</p>}
      {items.length === 0 ? <Empty>{t('replay.none')}</Empty> : (
        <Table caption={t('replay.table')} items={items} rowId={(r) => r.id} columns={[
          { id: 'id', name: t('records.title'), cell: (r) => <a href={`/records/${r.id}`}>{r.id} {r.title}</a> },
          { id: 'state', name: t('records.state'), cell: (r) => <StateTag state={r.state} name={r.state_name} /> },
          { id: 'label', name: t('records.label'), cell: (r) => <Label label={r.label} /> },
          { id: 'rule', name: t('problem.rule'), cell: (r) => r.rule ? <code>{r.rule}</code> : null },
        ]} />
      )}
    </section>
  )
}

function Sample() {
  const { query } = usePlace()
  const [seed, setSeed] = useState(query.get('seed') ?? '')
  const [count, setCount] = useState(query.get('count') ?? '20')
  const [kind, setKind] = useState(query.get('kind') ?? '')
  const isAsked = query.has('seed')
  const sample = useLoad<List<Entry> & { seed?: string; of?: number }>(isAsked ? withQuery('/inspection/sample', Object.fromEntries(query)) : null)
  const check = (): Errors => ({
    ...(seed.trim() ? {} : { seed: t('form.wrong.empty', { field: t('sample.seed') }) }),
    ...(/^\d{1,4}$/.test(normalise(count)) ? {} : { count: t('form.wrong.number', { field: t('sample.count') }) }),
  })
  const send = async () => go(withQuery('/inspect/sample', { seed: normalise(seed), count: normalise(count), kind: normalise(kind) }))
  const draw = () => setSeed(Array.from(crypto.getRandomValues(new Uint8Array(8)), (o) => o.toString(16).padStart(2, '0')).join(''))
  return (
    <>
      <h2>{t('sample.title')}</h2>
      <p>{t('sample.why')}</p>
      <Form action={t('sample.do')} check={check} send={send} extra={<button type="button" class="plain" onClick={draw}>{t('sample.draw')}</button>}>
        <Input id="seed" label={t('sample.seed')} hint={t('sample.seed.hint')} value={seed} onChange={setSeed} />
        <Input id="count" label={t('sample.count')} value={count} onChange={setCount} inputMode="numeric" width="short" />
        <Input id="kind" label={t('inspect.kind')} isOptional value={kind} onChange={setKind} choices={[{ value: '', label: t('list.any') }, ...kindChoices()]} />
      </Form>
      {isAsked && (
        <Show of={sample}>
          {(list) => (
            <>
              <p role="status">{t('sample.drawn', { count: list.items.length, seed: query.get('seed') ?? '' })}</p>
              {list.items.length ? <EntryTable items={list.items} /> : <Empty>{t('inspect.none')}</Empty>}
            </>
          )}
        </Show>
      )}
    </>
  )
}

interface StatisticsOf { year?: number; items?: { id: string; name?: Both; count: number; article?: string; kind?: string }[]; counts?: Record<string, number> }

function Statistics() {
  const { query } = usePlace()
  const year = query.get('year') ?? String(new Date().getFullYear())
  const statistics = useLoad<StatisticsOf>(withQuery('/statistics', { year }))
  const years = [0, 1, 2, 3].map((n) => String(new Date().getFullYear() - n))
  return (
    <>
      <h2>{t('statistics.title', { year })}</h2>
      <nav class="periods" aria-label={t('statistics.year')}>
        <ul>{years.map((y) => <li key={y}><a href={`/inspect/statistics?year=${y}`} aria-current={y === year ? 'true' : undefined}>{y}</a></li>)}</ul>
      </nav>
      <Show of={statistics}>
        {(s) => {
          const items = s.items ?? Object.entries(s.counts ?? {}).map(([id, count]) => ({ id, name: id as Both, count, article: undefined, kind: undefined }))
          return items.length === 0 ? <Empty>{t('inspect.none')}</Empty> : (
            <Table caption={t('statistics.title', { year })} isHidden items={items} rowId={(i) => i.id} columns={[
              { id: 'name', name: t('statistics.what'), cell: (i) => <Words of={i.name ?? i.id} /> },
              { id: 'article', name: t('statistics.article'), cell: (i) => i.article && articleText(i.article) },
              { id: 'count', name: t('statistics.count'), isNumber: true, cell: (i) => entryWords[i.kind ?? i.id] ? <a href={`/inspect?kind=${encodeURIComponent(i.kind ?? i.id)}`}>{numberText(i.count)}</a> : numberText(i.count) },
            ]} />
          )
        }}
      </Show>
      <p class="hint">{t('statistics.source')}</p>
    </>
  )
}

function Export() {
  return (
    <>
      <h2>{t('export.title')}</h2>
      <p>{t('export.what')}</p>
      <p class="actions"><a class="button primary" href="/api/v1/ledger/export" download>{t('export.do')}</a></p>
      <p>{t('export.verify')}</p>
      <pre tabIndex={0} aria-label={t('export.command')}>sekisho verify --key hub.pub --law law --votes votes --trust trust.yaml ledger</pre>
    </>
  )
}
