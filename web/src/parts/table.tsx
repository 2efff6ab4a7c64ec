// SPDX-License-Identifier: Apache-2.0
// The big table: the URL holds filters, columns, order and place; the hub does the rest.
import type { ComponentChildren } from 'preact'
import { useEffect, useState } from 'preact/hooks'
import { withQuery, type List } from '../api'
import { language, t, type Both } from '../language'
import { itemsBy, useLoad } from '../load'
import { go, queryWith, usePlace } from '../route'
import { countText, dateText, normalise } from '../text'
import { Icon } from './icon'
import { Empty, Show } from './page'

export interface Column<T> {
  id: string
  name: string
  cell: (item: T) => ComponentChildren
  by?: (item: T) => string | number | null | undefined // orders by it, where all rows are here
  isNumber?: boolean
  isExtra?: boolean // shown only when chosen
}
export interface Filter {
  id: string
  name: string
  choices?: { value: string; label: string }[]
  type?: 'day' | 'end-of-day' | 'number'
  hint?: string
  group?: string // the hub takes one filter of a group
}
export interface BigTableProps<T> {
  path: string
  caption: string
  columns: Column<T>[]
  filters?: Filter[]
  fixed?: Record<string, string>
  rowId: (item: T) => string
  exports?: string // "records": /exports/records.csv
  notExported?: string[] // filters that exports do not know
  empty: ComponentChildren
  bulk?: (selected: T[], done: () => void) => ComponentChildren
  hasSearch?: boolean
  read?: (raw: unknown) => T
}

const SHOWN = ['columns', 'density', 'tab', 'sort']

export function BigTable<T>(p: BigTableProps<T>) {
  const { query } = usePlace()
  const asked: Record<string, string> = { ...p.fixed }
  for (const [name, value] of query) if (!SHOWN.includes(name)) asked[name] = value
  const list = useLoad<List<T>>(withQuery(p.path, asked), p.read && itemsBy(p.read))
  const [selected, setSelected] = useState<Map<string, T>>(new Map())
  const shown = shownColumns(p.columns, query.get('columns'))
  return (
    <section class="list" aria-label={p.caption}>
      <Filters {...p} query={query} />
      <Show of={list}>
        {(data) => (
          <>
            <div class="list-head">
              <p role="status">{data.count !== undefined && (data.count_is_exact !== false || data.count > data.items.length)
                ? countText(data.count, data.count_is_exact !== false)
                : t('list.shown', { count: data.items.length })}</p>
              <ViewTools {...p} query={query} asked={asked} />
            </div>
            {p.bulk && selected.size > 0 && (
              <div class="bulk" role="group" aria-label={t('list.bulk')}>
                <p>{t('list.selected', { count: selected.size })}</p>
                {p.bulk([...selected.values()], () => { setSelected(new Map()); list.reload() })}
                <button type="button" class="plain" onClick={() => setSelected(new Map())}>{t('list.select.none')}</button>
              </div>
            )}
            {data.items.length === 0
              ? <Empty>{query.toString() ? t('list.none.filtered') : p.empty}</Empty>
              : <Rows {...p} items={data.items} isAll={!data.next && !query.get('cursor')} columns={shown} query={query} selected={selected} setSelected={setSelected} />}
            <Pager next={data.next} query={query} />
          </>
        )}
      </Show>
    </section>
  )
}

function shownColumns<T>(columns: Column<T>[], chosen: string | null): Column<T>[] {
  if (!chosen) return columns.filter((c) => !c.isExtra)
  const ids = chosen.split(',')
  const found = columns.filter((c, i) => i === 0 || ids.includes(c.id))
  return found
}

interface RowsProps<T> extends BigTableProps<T> {
  items: T[]
  isAll: boolean
  query: URLSearchParams
  selected: Map<string, T>
  setSelected: (s: Map<string, T>) => void
}

function Rows<T>(p: RowsProps<T>) {
  const isAll = p.items.every((i) => p.selected.has(p.rowId(i)))
  const select = (items: T[], isOn: boolean) => {
    const next = new Map(p.selected)
    for (const i of items) isOn ? next.set(p.rowId(i), i) : next.delete(p.rowId(i))
    p.setSelected(next)
  }
  const rows = p.isAll ? ordered(p.items, p.columns, p.query.get('sort') ?? '') : p.items
  return (
    <div class="scroll" tabIndex={0} role="region" aria-label={t('list.scroll', { what: p.caption })}>
      <table class={`big stack ${p.query.get('density') === 'dense' ? 'dense' : ''}`}>
        <caption class="hidden">{p.caption}</caption>
        <thead>
          <tr>
            {p.bulk && (
              <th scope="col" class="check">
                <label class="box-target"><input type="checkbox" checked={isAll} aria-label={t('list.select.page')}
                  onChange={(e) => select(p.items, e.currentTarget.checked)} /></label>
              </th>
            )}
            {p.columns.map((c) => <Head key={c.id} column={c} query={p.query} isAll={p.isAll} />)}
          </tr>
        </thead>
        <tbody>
          {rows.map((item) => {
            const id = p.rowId(item)
            return (
              <tr key={id} class={p.selected.has(id) ? 'selected' : undefined}>
                {p.bulk && (
                  <td class="check">
                    <label class="box-target"><input type="checkbox" checked={p.selected.has(id)} aria-label={t('list.select.row', { what: id })}
                      onChange={(e) => select([item], e.currentTarget.checked)} /></label>
                  </td>
                )}
                {p.columns.map((c, i) => i === 0
                  ? <th scope="row" key={c.id} class={c.isNumber ? 'number' : undefined}>{c.cell(item)}</th>
                  : <td key={c.id} data-name={c.name} class={c.isNumber ? 'number' : undefined}>{c.cell(item)}</td>)}
              </tr>
            )
          })}
        </tbody>
      </table>
    </div>
  )
}

/** The rows in the order of a column; what says nothing comes last either way. */
function ordered<T>(items: T[], columns: Column<T>[], sort: string): T[] {
  const by = columns.find((c) => c.id === sort.replace('-', ''))?.by
  if (!by) return items
  const sign = sort.startsWith('-') ? -1 : 1
  const isNone = (v: unknown) => v === undefined || v === null || v === ''
  return [...items].sort((x, y) => {
    const [a, b] = [by(x), by(y)]
    if (isNone(a) || isNone(b)) return Number(isNone(a)) - Number(isNone(b))
    return sign * (typeof a === 'number' && typeof b === 'number' ? a - b : String(a).localeCompare(String(b), language()))
  })
}

/** Orders where all rows are here: the hub itself gives a list in one order. */
function Head<T>(p: { column: Column<T>; query: URLSearchParams; isAll: boolean }) {
  const { column: c } = p
  const now = p.query.get('sort') ?? ''
  const order = now === c.id ? 'ascending' : now === `-${c.id}` ? 'descending' : undefined
  if (!c.by || !p.isAll) return <th scope="col" class={c.isNumber ? 'number' : undefined}>{c.name}</th>
  const next = order === 'ascending' ? `-${c.id}` : order ? undefined : c.id
  return (
    <th scope="col" aria-sort={order} class={c.isNumber ? 'number' : undefined}>
      <a class="sort" href={queryWith(p.query, { sort: next })}>
        {c.name}<Icon name={order === 'ascending' ? 'up' : order ? 'down' : 'sort'} />
      </a>
    </th>
  )
}

function Pager(p: { next?: string | null; query: URLSearchParams }) {
  const isFirst = !p.query.get('cursor')
  if (isFirst && !p.next) return null
  return (
    <nav class="pager" aria-label={t('list.pages')}>
      {!isFirst && <a href={queryWith(p.query, { cursor: undefined })}>{t('list.first')}</a>}
      {!isFirst && <button type="button" class="plain" onClick={() => history.back()}>{t('list.previous')}</button>}
      {p.next && <a href={queryWith(p.query, { cursor: p.next })}>{t('list.next')}</a>}
    </nav>
  )
}

const isNarrow = () => matchMedia('(max-width: 40rem)').matches

function Filters<T>(p: BigTableProps<T> & { query: URLSearchParams }) {
  const filters = p.filters ?? []
  const set = filters.filter((f) => p.query.get(f.id))
  const [q, setQ] = useState(p.query.get('q') ?? '')
  const [isFolded] = useState(isNarrow)
  useEffect(() => setQ(p.query.get('q') ?? ''), [p.query.get('q')])
  const apply = (f: Filter, value: string) => {
    const others = filters.filter((o) => f.group && o.group === f.group).map((o) => [o.id, undefined])
    go(queryWith(p.query, { ...Object.fromEntries(others), [f.id]: value || undefined, cursor: undefined }))
  }
  const submit = (event: Event) => {
    event.preventDefault()
    go(queryWith(p.query, { q: normalise(q) || undefined, cursor: undefined }))
  }
  if (!filters.length && p.hasSearch === false) return null
  const all = filters.map((f) => <OneFilter key={f.id} filter={f} value={p.query.get(f.id) ?? ''} apply={(v) => apply(f, v)} />)
  return (
    <div class="filters">
      <div class="filter-row">
      {p.hasSearch !== false && (
        <form role="search" onSubmit={submit}>
          <label class="filter"><span>{t('list.words')}</span>
            <span class="with-button"><input type="search" value={q} onInput={(e) => setQ(e.currentTarget.value)} />
              <button type="submit">{t('do.search')}</button></span>
          </label>
        </form>
      )}
      {isFolded && filters.length > 0 ? <details><summary>{t('list.narrow')}</summary><div class="filter-row">{all}</div></details> : all}
      </div>
      {(set.length > 0 || p.query.get('q')) && (
        <ul class="filter-chips" aria-label={t('list.filters')}>
          {p.query.get('q') && <FilterChip name={t('list.words')} value={p.query.get('q')!} href={queryWith(p.query, { q: undefined, cursor: undefined })} />}
          {set.map((f) => (
            <FilterChip key={f.id} name={f.name} href={queryWith(p.query, { [f.id]: undefined, cursor: undefined })} value={told(f, p.query.get(f.id)!)} />
          ))}
        </ul>
      )}
    </div>
  )
}

/** A day where the browser is, as the moment it begins or ends; what is no day yet waits. */
const momentOf = (day: string, days: number) => {
  const [year, month, date] = day.split('-').map(Number) as [number, number, number]
  return new Date(year, month - 1, date + days).toISOString()
}
const dayOf = (moment: string, days: number) => {
  const at = new Date(moment)
  return Number.isNaN(at.getTime()) ? '' : dateText(new Date(at.getTime() - days * 86400e3))
}
const daysOf = (f: Filter) => (f.type === 'end-of-day' ? 1 : 0)

function told(f: Filter, value: string): string {
  if (f.type === 'day' || f.type === 'end-of-day') return dayOf(value, daysOf(f)) || value
  return f.choices?.find((c) => c.value === value)?.label ?? value
}

function OneFilter(p: { filter: Filter; value: string; apply: (value: string) => void }) {
  const { filter: f, value } = p
  if (f.choices) {
    return (
      <label class="filter"><span>{f.name}</span>
        <select value={value} onChange={(e) => p.apply(e.currentTarget.value)}>
          <option value="">{t('list.any')}</option>
          {f.choices.map((c) => <option key={c.value} value={c.value}>{c.label}</option>)}
        </select>
      </label>
    )
  }
  if (f.type === 'day' || f.type === 'end-of-day') {
    const take = (day: string) => { if (!day || Number(day.slice(0, 4)) > 1970) p.apply(day && momentOf(day, daysOf(f))) }
    return <label class="filter"><span>{f.name}</span><input type="date" value={dayOf(value, daysOf(f))} onChange={(e) => take(e.currentTarget.value)} /></label>
  }
  return (
    <label class="filter"><span>{f.name}</span>
      <input value={value} placeholder={f.hint} inputMode={f.type === 'number' ? 'numeric' : undefined} onChange={(e) => p.apply(normalise(e.currentTarget.value))} />
    </label>
  )
}

function FilterChip(p: { name: string; value: string; href: string }) {
  return (
    <li><a href={p.href} class="filter-chip" aria-label={t('list.filter.remove', { what: `${p.name}: ${p.value}` })}>
      {p.name}: {p.value} <span aria-hidden="true">×</span>
    </a></li>
  )
}

interface View { name: string; query: string }

function ViewTools<T>(p: BigTableProps<T> & { query: URLSearchParams; asked: Record<string, string> }) {
  const chosen = p.query.get('columns')?.split(',') ?? p.columns.filter((c) => !c.isExtra).map((c) => c.id)
  const toggle = (id: string, isOn: boolean) => {
    const next = p.columns.map((c) => c.id).filter((c) => (c === id ? isOn : chosen.includes(c)))
    go(queryWith(p.query, { columns: next.join(',') }), true)
  }
  const isDense = p.query.get('density') === 'dense'
  const { cursor: _, ...filters } = p.asked
  return (
    <div class="tools">
      <SavedViews list={p.path} query={p.query} />
      <details class="menu">
        <summary>{t('list.columns')}</summary>
        <div class="menu-body">
          {p.columns.slice(1).map((c) => (
            <label class="choice" key={c.id}>
              <input type="checkbox" checked={chosen.includes(c.id)} onChange={(e) => toggle(c.id, e.currentTarget.checked)} />
              <span>{c.name}</span>
            </label>
          ))}
          <label class="choice">
            <input type="checkbox" checked={isDense} onChange={() => go(queryWith(p.query, { density: isDense ? undefined : 'dense' }), true)} />
            <span>{t('list.dense')}</span>
          </label>
        </div>
      </details>
      {p.exports && (
        <details class="menu">
          <summary>{t('list.export')}</summary>
          <div class="menu-body">
            {p.notExported?.some((f) => filters[f]) ? <p class="small">{t('list.export.not')}</p> : (
              <>
                <a href={withQuery(`/api/v1/exports/${p.exports}.csv`, filters)} download>{t('list.export.csv')}</a>
                <a href={withQuery(`/api/v1/exports/${p.exports}.json`, filters)} download>{t('list.export.json')}</a>
                <p class="small">{t('list.export.logged')}</p>
              </>
            )}
          </div>
        </details>
      )}
    </div>
  )
}

function SavedViews(p: { list: string; query: URLSearchParams }) {
  const kept = `sekisho.views.${p.list}`
  const [views, setViews] = useState<View[]>(() => {
    try { return JSON.parse(localStorage.getItem(kept) ?? '[]') } catch { return [] }
  })
  const [name, setName] = useState('')
  const write = (next: View[]) => {
    setViews(next)
    localStorage.setItem(kept, JSON.stringify(next))
  }
  const save = (event: Event) => {
    event.preventDefault()
    if (!name.trim()) return
    write([...views.filter((v) => v.name !== name), { name: name.trim(), query: queryWith(p.query, { cursor: undefined }) }])
    setName('')
  }
  return (
    <details class="menu">
      <summary>{t('list.views')}</summary>
      <div class="menu-body">
        {views.map((v) => (
          <p class="row" key={v.name}>
            <a href={v.query}>{v.name}</a>
            <button type="button" class="plain" onClick={() => write(views.filter((w) => w !== v))}
              aria-label={t('list.views.remove', { what: v.name })}>×</button>
          </p>
        ))}
        <form onSubmit={save} class="row">
          <label>{t('list.views.name')} <input value={name} onInput={(e) => setName(e.currentTarget.value)} /></label>
          <button type="submit">{t('do.keep')}</button>
        </form>
      </div>
    </details>
  )
}

/** A plain table of a few rows. */
export function Table<T>(p: {
  caption: string; columns: Column<T>[]; items: T[]; isHidden?: boolean; rowId: (item: T) => string
}) {
  return (
    <div class="scroll" tabIndex={0} role="region" aria-label={p.caption}>
      <table class="big stack">
        <caption class={p.isHidden ? 'hidden' : undefined}>{p.caption}</caption>
        <thead><tr>{p.columns.map((c) => <th scope="col" key={c.id} class={c.isNumber ? 'number' : undefined}>{c.name}</th>)}</tr></thead>
        <tbody>
          {p.items.map((item) => (
            <tr key={p.rowId(item)}>
              {p.columns.map((c, i) => i === 0
                ? <th scope="row" key={c.id} class={c.isNumber ? 'number' : undefined}>{c.cell(item)}</th>
                : <td key={c.id} data-name={c.name} class={c.isNumber ? 'number' : undefined}>{c.cell(item)}</td>)}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}

export function namedChoices(list: { id: string; name: Both }[] | undefined, text: (b: Both) => string) {
  return (list ?? []).map((n) => ({ value: n.id, label: text(n.name) || n.id }))
}
