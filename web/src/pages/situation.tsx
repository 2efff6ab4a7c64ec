// SPDX-License-Identifier: Apache-2.0
// How things stand: a sentence first, then findings over time by kind and by sector; every number
// leads to what it counts.
import { withQuery } from '../api'
import { kindsOf, readSituation, type Series as SeriesOf, type Situation } from '../hub'
import { both, t } from '../language'
import { useKept, useLoad } from '../load'
import { BarChart, HeatTable, type Point, type Series } from '../parts/chart'
import { Words } from '../parts/chips'
import { Facts } from '../parts/facts'
import { Empty, Page, Show } from '../parts/page'
import { queryWith, usePlace } from '../route'
import { numberText, timeText } from '../text'
import type { Law } from '../types'

const PERIODS = [['7', 'situation.week'], ['30', 'situation.month'], ['90', 'situation.quarter']] as const
const totalWords = ['now', 'before', 'findings', 'records', 'sensors', 'warrants', 'open_records', 'servers'] as const

export default function SituationPage() {
  const { query } = usePlace()
  const days = Number(query.get('days') ?? '30')
  const now = new Date()
  now.setUTCHours(24, 0, 0, 0)
  const to = now.toISOString().replace('.000Z', 'Z')
  const from = new Date(now.getTime() - days * 86400e3).toISOString().replace('.000Z', 'Z')
  const situation = useLoad<Situation>(withQuery('/situation', { from, to, step: days > 31 ? '7d' : '1d' }), readSituation)
  return (
    <Page title={t('nav.situation')}>
      <nav class="periods" aria-label={t('situation.period')}>
        <ul>{PERIODS.map(([id, name]) => (
          <li key={id}><a href={queryWith(query, { days: id })} aria-current={days === Number(id) ? 'true' : undefined}>{t(name)}</a></li>
        ))}</ul>
      </nav>
      <Show of={situation}>{(s) => <Shown situation={s} />}</Show>
    </Page>
  )
}

function Shown(props: { situation: Situation }) {
  const { situation: s } = props
  const law = useKept<Law>('/law')
  const kindName = (id: string) => both(kindsOf(law).find((k) => k.id === id)?.name)
  const sectorName = (id: string) => (id ? both(law?.sectors?.find((k) => k.id === id)?.name) : t('situation.no_sector'))
  const read = (list: SeriesOf[], name: (id: string) => string, href: (id: string) => string): Series[] =>
    list.map((x) => ({
      id: x.id, name: both(x.name) || name(x.id) || x.id, href: href(x.id),
      points: x.points,
    }))
  const range = `from=${encodeURIComponent(s.from)}&to=${encodeURIComponent(s.to)}`
  const kinds = read(s.by_kind, kindName, (id) => `/findings?kind=${encodeURIComponent(id)}&${range}`)
  const sectors = read(s.by_sector, sectorName, (id) => `/records?sector=${encodeURIComponent(id)}`)
  const all: Point[] = (kinds[0]?.points ?? []).map((p, i) => ({ at: p.at, count: kinds.reduce((sum, k) => sum + (k.points[i]?.count ?? 0), 0) }))
  return (
    <>
      <p class="lead"><Words of={s.sentence} /></p>
      <p class="small quiet">{t('as_of', { at: timeText(s.as_of ?? new Date().toISOString()) })}</p>
      {s.totals && (
        <Facts of={Object.entries(s.totals).map(([id, n]) => {
          const known = totalWords.find((w) => w === id)
          return [known ? t(`situation.total.${known}`) : id, <a href={linkOf(id, range)}>{numberText(n)}</a>]
        })} />
      )}
      {all.length === 0 ? <Empty>{t('situation.none')}</Empty> : (
        <BarChart title={t('situation.all')} points={all} unit={t('situation.unit')} />
      )}
      {kinds.length > 0 && <HeatTable caption={t('situation.by_kind')} first={t('findings.kind')} series={kinds} />}
      {sectors.length > 0 && <HeatTable caption={t('situation.by_sector')} first={t('records.sector')} series={sectors} />}
    </>
  )
}

function linkOf(total: string, range: string): string {
  if (total === 'records' || total === 'open_records') return '/records'
  if (total === 'sensors') return '/sensors'
  if (total === 'warrants') return '/warrants'
  return `/findings?${range}`
}
