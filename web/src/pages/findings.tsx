// SPDX-License-Identifier: Apache-2.0
// What sensors and correlation found.
import { segment, type List } from '../api'
import { kindsOf, readFinding } from '../hub'
import { both, t } from '../language'
import { useKept } from '../load'
import { Label, Tag, Time } from '../parts/chips'
import { Page } from '../parts/page'
import { BigTable, namedChoices, type Column, type Filter } from '../parts/table'
import { numberText } from '../text'
import type { Finding, Law, Procedure } from '../types'

export default function Findings() {
  const law = useKept<Law>('/law')
  const procedures = useKept<List<Procedure>>('/procedures')
  const kind = (f: Finding): string => both(kindsOf(law).find((k) => k.id === f.kind)?.name) || both(f.kind_name) || f.kind
  const kinds = namedChoices(kindsOf(law), both)
  const columns: Column<Finding>[] = [
    { id: 'about', name: t('findings.about'), by: (f) => f.about, cell: (f) => <a href={`/findings/${segment(f.id)}`}>{f.about}</a> },
    { id: 'kind', name: t('findings.kind'), by: kind, cell: kind },
    { id: 'score', name: t('findings.score'), isNumber: true, by: (f) => f.score, cell: (f) => numberText(f.score) },
    { id: 'sensors', name: t('findings.sensors'), isNumber: true, by: (f) => f.sensor_count, cell: (f) => numberText(f.sensor_count) },
    { id: 'last', name: t('findings.last'), by: (f) => f.last, cell: (f) => <Time at={f.last} isShort /> },
    { id: 'first', name: t('findings.first'), cell: (f) => <Time at={f.first} isShort />, isExtra: true },
    { id: 'state', name: t('findings.state'), cell: (f) => <FindingState state={f.state} /> },
    { id: 'label', name: t('records.label'), cell: (f) => <Label label={f.label} />, isExtra: true },
    { id: 'id', name: t('findings.id'), cell: (f) => <code>{f.id}</code>, isExtra: true },
  ]
  const filters: Filter[] = [
    { id: 'kind', name: t('findings.kind'), choices: kinds, group: 'what' },
    { id: 'about', name: t('findings.about'), hint: '198.51.100.7', group: 'what' },
    { id: 'min_score', name: t('findings.min_score'), type: 'number' },
    { id: 'from', name: t('findings.from'), type: 'day' },
    { id: 'to', name: t('findings.to'), type: 'end-of-day' },
  ]
  const cases = procedures?.items ?? []
  const begin = (selected: Finding[]) => {
    const ids = selected.map((f) => f.id).join(',')
    const procedure = cases.find((p) => /case|infrastructure/.test(p.id)) ?? cases[0]
    return procedure ? `/records/new?procedure=${segment(procedure.id)}&findings=${encodeURIComponent(ids)}` : '/records/new'
  }
  return (
    <Page title={t('nav.findings')}>
      <BigTable<Finding> path="/findings" caption={t('nav.findings')} columns={columns} filters={filters} hasSearch={false} read={readFinding}
        exports="findings" notExported={['min_score', 'from', 'to']} rowId={(f) => f.id} empty={t('findings.empty')}
        bulk={(selected) => <a class="button" href={begin(selected)}>{t('findings.make_case', { count: selected.length })}</a>} />
    </Page>
  )
}

export function FindingState(props: { state?: string }) {
  switch (props.state) {
    case 'new': return <Tag tone="attention" icon="open">{t('findings.state.new')}</Tag>
    case 'linked': return <Tag tone="plain" icon="active">{t('findings.state.linked')}</Tag>
    case 'true': return <Tag tone="success" icon="success">{t('findings.state.true')}</Tag>
    case 'unclear': return <Tag tone="plain" icon="unknown">{t('findings.state.unclear')}</Tag>
    case 'benign': return <Tag tone="quiet" icon="ended">{t('findings.state.benign')}</Tag>
    default: return props.state ? <Tag>{props.state}</Tag> : null
  }
}
