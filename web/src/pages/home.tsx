// SPDX-License-Identifier: Apache-2.0
// What waits for whoever is signed in, by kind, nearest deadline first; no charts above it.
import type { List } from '../api'
import { both, t, type Both } from '../language'
import { useKept, useLoad } from '../load'
import { Due, StateTag, Words } from '../parts/chips'
import { Empty, Page, Show } from '../parts/page'
import { Table, type Column } from '../parts/table'
import { hasRole, useSession } from '../session'
import { StepUp } from '../parts/step-up'
import { useEvents } from '../parts/events'
import { timeText } from '../text'
import type { Procedure, Task } from '../types'

const kinds = ['vote', 'duty', 'step', 'task', 'notice'] as const

export function taskPath(task: Task): string {
  const record = `/records/${encodeURIComponent(task.record.id)}`
  if (task.kind === 'vote') return `${record}/ballot`
  if (task.kind === 'step' && task.event) return `${record}/step/${encodeURIComponent(task.event)}`
  return task.kind === 'task' ? `${record}/tasks` : record
}

export default function Home() {
  const { session } = useSession()
  const tasks = useLoad<List<Task>>('/tasks')
  const procedures = useKept<List<Procedure>>('/procedures')
  const events = useEvents()
  const stateName = (task: Task) => procedures?.items
    .find((p) => p.id === task.record.procedure)?.states?.find((s) => s.id === task.record.state)?.name
  return (
    <Page title={t('home.title')} lead={t('home.lead')}>
      {events.count > 0 && (
        <p role="status"><button type="button" onClick={() => { events.clear(); tasks.reload() }}>{t('notices.since', { count: events.count })}</button></p>
      )}
      {hasRole(session, ['commission', 'exercise-controller']) && <StepUp why={t('passkeys.for_tasks')} onDone={tasks.reload} />}
      <Show of={tasks}>
        {(list) => list.items.length === 0
          ? <Empty>{t('home.empty')} {t('home.checked', { at: timeText(new Date().toISOString()) })}</Empty>
          : kinds.map((kind) => <Group key={kind} kind={kind} tasks={list.items.filter((i) => i.kind === kind)} stateName={stateName} />)}
      </Show>
      {procedures && (
        <section>
          <h2>{t('home.new')}</h2>
          <ul class="links">
            {procedures.items.map((p) => (
              <li key={p.id}><a href={`/records/new?procedure=${encodeURIComponent(p.id)}`}>{both(p.name)}</a></li>
            ))}
          </ul>
        </section>
      )}
    </Page>
  )
}

function Group(props: { kind: (typeof kinds)[number]; tasks: Task[]; stateName: (task: Task) => Both }) {
  if (!props.tasks.length) return null
  const due = (task: Task) => (task.due ? new Date(task.due).getTime() : Infinity)
  const sorted = [...props.tasks].sort((a, b) => due(a) - due(b))
  const columns: Column<Task>[] = [
    { id: 'what', name: t('home.what'), cell: (i) => (
      <><a href={taskPath(i)}>{i.record.title || i.record.id}</a><br /><span class="small">{i.record.id} · {i.kind === 'duty' ? t('home.tell', { what: both(i.what) }) : <Words of={i.what} />}</span></>
    ) },
    { id: 'due', name: t('home.due'), cell: (i) => i.due ? <Due at={i.due} isOverdue={i.is_overdue} /> : <span class="quiet">{t('home.no_due')}</span> },
    { id: 'state', name: t('home.state'), cell: (i) => <StateTag state={i.record.state} name={props.stateName(i)} /> },
    { id: 'do', name: t('home.action'), cell: (i) => (
      <a class="button" href={taskPath(i)} aria-label={`${i.kind === 'vote' ? t('home.do.vote') : t('home.do.open')}: ${i.record.id} ${both(i.what)}`}>
        {i.kind === 'vote' ? t('home.do.vote') : t('home.do.open')}</a>) },
  ]
  const title = `${t(`home.group.${props.kind}`)} (${sorted.length})`
  return (
    <section class="waits">
      <h2>{title}</h2>
      <Table caption={title} isHidden columns={columns} items={sorted} rowId={(i) => `${i.record.id} ${i.event ?? both(i.what)}`} />
    </section>
  )
}
