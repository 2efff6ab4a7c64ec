// SPDX-License-Identifier: Apache-2.0
// What belongs to a record: its history, findings, graph, effect, tasks, notes, files, audit.
import { useEffect, useState } from 'preact/hooks'
import { call, get, patch, post, segment, withQuery, type List } from '../api'
import { useDraft } from '../draft'
import { readFile, readFinding, readHappening, readNote, readTask } from '../hub'
import { both, t } from '../language'
import { itemsBy, useKept, useLoad } from '../load'
import { BeforeAfter } from '../parts/chart'
import { Due, Label, Tag, Time, Words } from '../parts/chips'
import { Form, Input, readTime, type Errors } from '../parts/form'
import { GraphView } from '../parts/graph'
import { Icon } from '../parts/icon'
import { Empty, ProblemBox, Show } from '../parts/page'
import { Table } from '../parts/table'
import { useSession } from '../session'
import { articleText, octetsText } from '../text'
import type { Both } from '../language'
import { Org, Who } from '../parts/who'
import { entryWords } from '../words/entries'
import type { Attachment, Entry, Finding, Graph, Law, NoteOf, Person, Procedure, RecordOf, TaskOf, TimelineItem } from '../types'

const pathOf = (record: RecordOf) => `/records/${segment(record.id)}`

export function Timeline(props: { record: RecordOf }) {
  const timeline = useLoad<List<TimelineItem>>(`${pathOf(props.record)}/timeline`, itemsBy(readHappening))
  const procedure = useKept<Procedure>(`/procedures/${segment(props.record.procedure)}`)
  return (
    <Show of={timeline}>
      {(list) => list.items.length === 0 ? <Empty>{t('timeline.none')}</Empty> : (
        <ol class="timeline">{list.items.map((item, i) => <li key={i}><Happening item={item} procedure={procedure} /></li>)}</ol>
      )}
    </Show>
  )
}

export function RoleName(props: { of: Both }) {
  const law = useKept<Law>('/law')
  if (props.of === 'machine') return <>{t('inspect.machine')}</>
  return <Words of={law?.roles?.find((r) => r.id === props.of)?.name ?? props.of} />
}

const kindWords = ['step', 'vote', 'note', 'file', 'message', 'task', 'void', 'notice', 'link'] as const

function Happening(props: { item: TimelineItem; procedure?: Procedure }) {
  const { item: i, procedure } = props
  const stateName = (s: Both): Both => procedure?.states?.find((x) => x.id === s)?.name ?? s
  const name = i.name ?? procedure?.steps?.find((s) => s.event === i.event)?.name ?? i.event
  const kind = kindWords.find((k) => k === i.kind)
  return (
    <>
      <p>
        <Time at={i.at} isShort /> <Tag>{kind ? t(`timeline.${kind}`) : i.kind}</Tag>{' '}
        <strong>{i.kind === 'vote' ? t('timeline.vote.on', { what: both(name) }) : <Words of={name} />}</strong> {i.who && <>· <Who of={i.who} /></>}
        {i.role && <span class="quiet"> (<RoleName of={i.role} />)</span>} <Label label={i.label} />
      </p>
      {(i.from || i.to) && <p class="small"><Words of={stateName(i.from)} /> <Icon name="arrow" /> <Words of={stateName(i.to)} /></p>}
      {i.text && <p class="prose">{i.text}</p>}
      {i.reason && <p class="prose">{t('step.reason')}: {i.reason}</p>}
      <p class="small quiet">
        {i.article && <>{articleText(i.article)} · </>}
        {i.entry !== undefined && <a href={`/ledger/${i.entry}`}>{t('timeline.entry', { number: i.entry })}</a>}{' '}
        {i.digest && <code class="digest">{i.digest}</code>}
      </p>
    </>
  )
}

interface LinkOf { kind: string; to: string }

/** The findings it is linked to, each asked for by itself: what may not be seen stays a number. */
export function LinkedFindings(props: { record: RecordOf }) {
  const links = useLoad<List<LinkOf>>(`${pathOf(props.record)}/links`)
  return (
    <Show of={links}>
      {(list) => {
        const ids = list.items.filter((l) => l.kind === 'finding').map((l) => l.to)
        return ids.length === 0 ? <Empty>{t('record.findings.none')}</Empty> : <FindingRows key={ids.join()} ids={ids.slice(0, 50)} />
      }}
    </Show>
  )
}

function FindingRows(props: { ids: string[] }) {
  const [found, setFound] = useState<Finding[]>([])
  useEffect(() => {
    void Promise.all(props.ids.map((id) => get<unknown>(`/findings/${segment(id)}`).then(readFinding, () => null)))
      .then((all) => setFound(all.filter((f): f is Finding => f !== null)))
  }, [])
  const of = (id: string) => found.find((f) => f.id === id)
  return (
    <Table caption={t('record.tab.findings')} items={props.ids} rowId={(id) => id} columns={[
      { id: 'about', name: t('findings.about'), cell: (id) => <a href={`/findings/${segment(id)}`}>{of(id)?.about ?? id}</a> },
      { id: 'kind', name: t('findings.kind'), cell: (id) => both(of(id)?.kind_name) || of(id)?.kind },
      { id: 'score', name: t('findings.score'), isNumber: true, cell: (id) => of(id)?.score },
      { id: 'last', name: t('findings.last'), cell: (id) => <Time at={of(id)?.last} isShort /> },
    ]} />
  )
}

export function GraphTab(props: { record: RecordOf }) {
  const graph = useLoad<Graph>(`${pathOf(props.record)}/graph`)
  return <Show of={graph}>{(g) => <GraphView graph={g} />}</Show>
}

interface EffectOf {
  before: { at: string; flows: number; octets: number }[]
  after: { at: string; flows: number; octets: number }[]
  measure_at?: string
  sentence?: Both
}

export function Effect(props: { record: RecordOf }) {
  const effect = useLoad<EffectOf>(`${pathOf(props.record)}/effect`)
  return (
    <Show of={effect}>
      {(e) => e.before.length + e.after.length === 0 ? <Empty>{t('effect.none')}</Empty> : (
        <>
          {e.sentence && <p class="lead"><Words of={e.sentence} /></p>}
          <BeforeAfter title={t('effect.title')} before={e.before} after={e.after} at={e.measure_at} />
        </>
      )}
    </Show>
  )
}

export function Tasks(props: { record: RecordOf }) {
  const path = `${pathOf(props.record)}/tasks`
  const tasks = useLoad<List<TaskOf>>(path, itemsBy(readTask))
  const { session } = useSession()
  const draft = useDraft(`${session.person.id}:${props.record.id}:task`)
  const people = useKept<List<Person>>('/people?limit=200')
  const [error, setError] = useState<unknown>()
  const v = (id: string) => draft.values[id] ?? ''
  const check = (): Errors => ({
    ...(v('text').trim() ? {} : { text: t('form.wrong.empty', { field: t('tasks.text') }) }),
    ...(v('due') && !/^-*T$/.test(v('due')) && !readTime(v('due')) ? { due: t('form.wrong.time', { field: t('tasks.due') }) } : {}),
  })
  const send = async (key: string) => {
    await post(path, { text: v('text').trim(), assignee: v('assignee').trim() || undefined, due: readTime(v('due')) ?? undefined }, { key })
    draft.clear()
    tasks.reload()
  }
  const done = (task: TaskOf) => patch(`${path}/${segment(task.id)}`, { done: !task.done }).then(tasks.reload, setError)
  return (
    <Show of={tasks}>
      {(list) => (
        <>
          <ProblemBox error={error} />
          {list.items.length === 0 ? <Empty>{t('tasks.none')}</Empty> : (
            <Table caption={t('record.tab.tasks')} items={list.items} rowId={(i) => i.id} columns={[
              { id: 'text', name: t('tasks.text'), cell: (i) => <span class="prose">{i.text}</span> },
              { id: 'who', name: t('tasks.assignee'), cell: (i) => <Who of={i.who ?? i.assignee} /> },
              { id: 'due', name: t('tasks.due'), cell: (i) => i.done ? <Tag tone="success" icon="success">{t('tasks.done')}</Tag> : <Due at={i.due} /> },
              { id: 'do', name: t('tasks.do'), cell: (i) => <button type="button" onClick={() => void done(i)}>{t(i.done ? 'tasks.reopen' : 'tasks.finish')}</button> },
            ]} />
          )}
          <h2>{t('tasks.new')}</h2>
          <Form action={t('do.add')} check={check} send={send}>
            <Input id="text" label={t('tasks.text')} value={v('text')} onChange={(x) => draft.change('text', x)} width="full" />
            <Input id="assignee" label={t('tasks.assignee')} isOptional value={v('assignee')} onChange={(x) => draft.change('assignee', x)}
              choices={[{ value: '', label: t('form.choose') }, ...(people?.items ?? []).map((p) => ({ value: p.id, label: p.display || p.name }))]} />
            <Input id="due" type="time" label={t('tasks.due')} isOptional value={v('due')} onChange={(x) => draft.change('due', x)} />
          </Form>
        </>
      )}
    </Show>
  )
}

export function Notes(props: { record: RecordOf }) {
  const path = `${pathOf(props.record)}/notes`
  const notes = useLoad<List<NoteOf>>(path, itemsBy(readNote))
  const { session } = useSession()
  const draft = useDraft(`${session.person.id}:${props.record.id}:note`, { label: props.record.label ?? 'AMBER' })
  const v = (id: string) => draft.values[id] ?? ''
  const check = (): Errors => (v('text').trim() ? {} : { text: t('form.wrong.empty', { field: t('notes.text') }) })
  const send = async (key: string) => {
    await post(path, { text: v('text'), label: v('label') }, { key })
    draft.clear()
    notes.reload()
  }
  return (
    <Show of={notes}>
      {(list) => (
        <>
          {list.items.length === 0 ? <Empty>{t('notes.none')}</Empty> : (
            <ul class="timeline">
              {list.items.map((n) => (
                <li key={n.id}><p><Time at={n.at} isShort /> <Who of={n.by} /> <Label label={n.label} /></p><p class="prose">{n.text}</p></li>
              ))}
            </ul>
          )}
          <h2>{t('notes.new')}</h2>
          <Form action={t('do.add')} check={check} send={send}>
            <Input id="text" label={t('notes.text')} rows={4} value={v('text')} onChange={(x) => draft.change('text', x)} />
            <Input id="label" label={t('records.label')} value={v('label')} onChange={(x) => draft.change('label', x)}
              choices={['CLEAR', 'GREEN', 'AMBER', 'AMBER+STRICT', 'RED'].map((l) => ({ value: l, label: `TLP:${l}` }))} />
          </Form>
        </>
      )}
    </Show>
  )
}

export function Attachments(props: { record: RecordOf }) {
  const path = `${pathOf(props.record)}/attachments`
  const files = useLoad<List<Attachment>>(path, itemsBy(readFile))
  const [error, setError] = useState<unknown>()
  const [state, setState] = useState('')
  const upload = async (event: Event) => {
    const input = event.currentTarget as HTMLInputElement
    setError(undefined)
    for (const file of input.files ?? []) {
      setState(t('files.sending', { name: file.name }))
      try {
        await call('POST', path, file, { headers: { 'Content-Type': file.type || 'application/octet-stream', Slug: encodeURIComponent(file.name) } })
      } catch (problem) {
        setError(problem)
      }
    }
    setState('')
    input.value = ''
    files.reload()
  }
  return (
    <Show of={files}>
      {(list) => (
        <>
          <ProblemBox error={error} />
          {list.items.length === 0 ? <Empty>{t('files.none')}</Empty> : (
            <Table caption={t('record.tab.files')} items={list.items} rowId={(f) => f.digest} columns={[
              { id: 'name', name: t('files.name'), cell: (f) => <a href={`/api/v1${path}/${segment(f.digest)}`} download={f.name}>{f.name}</a> },
              { id: 'size', name: t('files.size'), isNumber: true, cell: (f) => octetsText(f.octets) },
              { id: 'digest', name: t('files.digest'), cell: (f) => <code class="digest">{f.digest}</code> },
              { id: 'at', name: t('files.at'), cell: (f) => <Time at={f.at} isShort /> },
              { id: 'by', name: t('files.by'), cell: (f) => <Who of={f.by} /> },
            ]} />
          )}
          <p class="field"><label for="file">{t('files.add')}</label><input id="file" type="file" multiple onChange={(e) => void upload(e)} /></p>
          <p role="status">{state}</p>
        </>
      )}
    </Show>
  )
}

/** Everything the ledger says of this record. */
export function Audit(props: { record: RecordOf }) {
  const entries = useLoad<List<Entry>>(withQuery('/ledger/entries', { subject: props.record.id }))
  return (
    <Show of={entries}>
      {(list) => list.items.length === 0 ? <Empty>{t('inspect.none')}</Empty> : <EntryTable items={list.items} />}
    </Show>
  )
}

/** What an entry is about: a record leads there, a person has a name. */
export function Subject(props: { of?: string }) {
  if (props.of && /^[A-Z]+-\d{4}-\d+$/.test(props.of)) return <a class="together" href={`/records/${segment(props.of)}`}>{props.of}</a>
  if (props.of && /^o\d+$/.test(props.of)) return <Org of={props.of.slice(1)} />
  if (props.of && /^s\d+$/.test(props.of)) return <a href={`/sensors/${props.of.slice(1)}`}>{t('inspect.sensor', { number: props.of.slice(1) })}</a>
  return props.of && /^p\d+$/.test(props.of) ? <Who of={props.of} /> : <>{props.of}</>
}

export function Actor(props: { of?: string }) {
  return props.of === 'machine' ? <span class="quiet">{t('inspect.machine')}</span> : <Subject of={props.of} />
}

export function entryName(kind: string): string {
  const words = entryWords[kind]
  return words ? both({ en: words[0], ja: words[1] }) : kind
}

export function EntryTable(props: { items: Entry[] }) {
  return (
    <Table caption={t('inspect.entries')} isHidden items={props.items} rowId={(e) => String(e.number)} columns={[
      { id: 'number', name: t('inspect.number'), isNumber: true, cell: (e) => <a href={`/ledger/${e.number}`}>{e.number}</a> },
      { id: 'at', name: t('inspect.at'), cell: (e) => <Time at={e.at} isShort /> },
      { id: 'kind', name: t('inspect.kind'), cell: (e) => entryName(e.kind) },
      { id: 'actor', name: t('inspect.actor'), cell: (e) => <Actor of={e.actor} /> },
      { id: 'subject', name: t('inspect.subject'), cell: (e) => <Subject of={e.subject} /> },
      { id: 'digest', name: t('inspect.digest'), cell: (e) => e.digest ? <code class="digest">{e.digest}</code> : null },
    ]} />
  )
}
