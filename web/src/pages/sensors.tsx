// SPDX-License-Identifier: Apache-2.0
// The fleet: who reports, how late, and whether what they sign holds together.
import { useState } from 'preact/hooks'
import { post, segment, type List } from '../api'
import { useDraft } from '../draft'
import { readSensor } from '../hub'
import { both, t } from '../language'
import { useKept } from '../load'
import { Tag, Time } from '../parts/chips'
import { Form, Input, type Errors } from '../parts/form'
import { Org } from '../parts/who'
import { Page } from '../parts/page'
import { BigTable, type Column } from '../parts/table'
import { go } from '../route'
import { useSession } from '../session'
import { normalise, numberText } from '../text'
import type { Law, Organisation, Sensor } from '../types'

const LATE_S = 15 * 60

export function Health(props: { sensor: Sensor }) {
  const { sensor: s } = props
  if (s.is_active === false) return <Tag tone="quiet" icon="ended">{t('sensors.off')}</Tag>
  if (!s.last_seen) return <Tag tone="plain" icon="unanswered">{t('sensors.never')}</Tag>
  const late = (Date.now() - new Date(s.last_seen).getTime()) / 1000
  if (s.checkpoint && /bad|fork|broken|inconsistent|mismatch|refused/.test(s.checkpoint.state)) {
    return <Tag tone="error" icon="error">{t('sensors.checkpoint.bad')}</Tag>
  }
  if (late > LATE_S || (s.lag_s ?? 0) > LATE_S) return <Tag tone="warning" icon="warning">{t('sensors.late')}</Tag>
  return <Tag tone="success" icon="success">{t('sensors.good')}</Tag>
}

export default function Sensors() {
  const [isAdding, setAdding] = useState(false)
  const columns: Column<Sensor>[] = [
    { id: 'name', name: t('sensors.name'), by: (s) => s.name, cell: (s) => <a href={`/sensors/${segment(s.id)}`}>{s.name}</a> },
    { id: 'health', name: t('sensors.health'), cell: (s) => <Health sensor={s} /> },
    { id: 'organisation', name: t('records.organisation'), cell: (s) => <Org of={s.organisation} /> },
    { id: 'seen', name: t('sensors.seen'), by: (s) => s.last_seen, cell: (s) => <Time at={s.last_seen} isShort withDistance /> },
    { id: 'lag', name: t('sensors.lag'), isNumber: true, by: (s) => s.lag_s, cell: (s) => s.lag_s == null ? null : t('sensors.lag.s', { s: numberText(s.lag_s) }) },
    { id: 'batches', name: t('sensors.batches'), isNumber: true, by: (s) => s.batches, cell: (s) => numberText(s.batches) },
    { id: 'version', name: t('sensors.version'), cell: (s) => s.version },
    { id: 'equipment', name: t('sensors.equipment'), cell: (s) => s.equipment, isExtra: true },
  ]
  return (
    <Page title={t('nav.sensors')} actions={!isAdding && <button type="button" class="primary" onClick={() => setAdding(true)}>{t('sensors.new')}</button>}>
      {isAdding && <NewSensor />}
      <BigTable<Sensor> path="/sensors" caption={t('nav.sensors')} columns={columns} rowId={(s) => s.id} empty={t('sensors.empty')} hasSearch={false} read={readSensor} />
    </Page>
  )
}

function NewSensor() {
  const { session } = useSession()
  const law = useKept<Law>('/law')
  const organisations = useKept<List<Organisation>>('/organisations?limit=200')
  const draft = useDraft(`${session.person.id}:sensor`)
  const v = (id: string) => draft.values[id] ?? ''
  const check = (): Errors => {
    const wrong: Errors = {}
    if (!v('name').trim()) wrong.name = t('form.wrong.empty', { field: t('sensors.name') })
    if (!/^[0-9a-f]{64}$/i.test(normalise(v('fingerprint')).replace(/:/g, ''))) wrong.fingerprint = t('sensors.fingerprint.wrong')
    return wrong
  }
  const send = async (key: string) => {
    const made = await post<Sensor>('/sensors', {
      name: v('name').trim(), organisation: v('organisation').trim() || undefined, basis: v('basis') || undefined,
      equipment: v('equipment').trim() || undefined, fingerprint: normalise(v('fingerprint')).replace(/:/g, '').toLowerCase(),
    }, { key })
    draft.clear()
    go(`/sensors/${segment(made.id)}`)
  }
  return (
    <section class="card wide">
      <h2>{t('sensors.new')}</h2>
      <Form action={t('do.add')} check={check} send={send}>
        <Input id="name" label={t('sensors.name')} value={v('name')} onChange={(x) => draft.change('name', x)} />
        <Input id="fingerprint" label={t('sensors.fingerprint')} hint={t('sensors.fingerprint.hint')} value={v('fingerprint')} onChange={(x) => draft.change('fingerprint', x)} width="full" />
        <Input id="organisation" label={t('records.organisation')} value={v('organisation')} onChange={(x) => draft.change('organisation', x)}
          choices={[{ value: '', label: t('form.choose') }, ...(organisations?.items ?? []).map((o) => ({ value: o.id, label: both(o.name) }))]} />
        <Input id="basis" label={t('records.basis')} isOptional value={v('basis')} onChange={(x) => draft.change('basis', x)}
          choices={[{ value: '', label: t('form.choose') }, ...(law?.bases ?? []).map((b) => ({ value: b.id, label: both(b.name) }))]} />
        <Input id="equipment" label={t('sensors.equipment')} isOptional value={v('equipment')} onChange={(x) => draft.change('equipment', x)} />
      </Form>
    </section>
  )
}
