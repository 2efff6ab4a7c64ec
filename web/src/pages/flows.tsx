// SPDX-License-Identifier: Apache-2.0
// Minimised records of communications: asked for with a purpose that is named and logged.
import { useState } from 'preact/hooks'
import { withQuery, type List } from '../api'
import { both, t } from '../language'
import { useKept, useLoad } from '../load'
import { Form, Input, readTime, timeBoxesOf, type Errors } from '../parts/form'
import { Time } from '../parts/chips'
import { Value } from '../parts/facts'
import { Empty, Page, Show } from '../parts/page'
import { Table, type Column } from '../parts/table'
import { go, usePlace } from '../route'
import { useSession } from '../session'
import { countText, normalise } from '../text'
import type { Law } from '../types'

type Flow = Record<string, unknown>

export default function Flows() {
  const { query } = usePlace()
  const { session } = useSession()
  const law = useKept<Law>('/law')
  const [about, setAbout] = useState(query.get('about') ?? '')
  const [from, setFrom] = useState(timeBoxesOf(query.get('from') ?? undefined))
  const [to, setTo] = useState(timeBoxesOf(query.get('to') ?? undefined))
  const purpose = law?.purposes?.find((p) => p.id === session.purpose)
  const asked = query.get('about')
  const path = asked ? withQuery('/flows', Object.fromEntries(query)) : null
  const flows = useLoad<List<Flow>>(path)
  const check = (): Errors => ({
    ...(about.trim() ? {} : { about: t('form.wrong.empty', { field: t('flows.about') }) }),
    ...(from && !/^-*T$/.test(from) && !readTime(from) ? { from: t('form.wrong.time', { field: t('flows.from') }) } : {}),
    ...(to && !/^-*T$/.test(to) && !readTime(to) ? { to: t('form.wrong.time', { field: t('flows.to') }) } : {}),
  })
  const send = async () => go(withQuery('/flows', { about: normalise(about), from: readTime(from) ?? undefined, to: readTime(to) ?? undefined }))
  return (
    <Page title={t('nav.flows')} lead={t('flows.lead')}>
      <p class="banner info">{purpose ? t('flows.purpose', { purpose: both(purpose.name) }) : t('flows.no_purpose')}</p>
      <Form action={t('do.search')} check={check} send={send}>
        <Input id="about" label={t('flows.about')} hint={t('flows.about.hint')} value={about} onChange={setAbout} />
        <Input id="from" type="time" label={t('flows.from')} isOptional value={from} onChange={setFrom} />
        <Input id="to" type="time" label={t('flows.to')} isOptional value={to} onChange={setTo} />
      </Form>
      {path && (
        <Show of={flows}>
          {(list) => list.items.length === 0 ? <Empty>{t('flows.none')}</Empty> : (
            <>
              <p role="status">{countText(list.count ?? list.items.length, list.count_is_exact !== false)}</p>
              <Table caption={t('flows.table')} isHidden items={list.items} columns={columnsOf(list.items)} rowId={(f) => JSON.stringify(f)} />
              {list.next && <p class="pager"><a href={withQuery('/flows', { ...Object.fromEntries(query), cursor: list.next })}>{t('list.next')}</a></p>}
              <p><a href={withQuery('/api/v1/exports/flows.csv', Object.fromEntries(query))} download>{t('list.export.csv')}</a></p>
            </>
          )}
        </Show>
      )}
    </Page>
  )
}

const names: Record<string, () => string> = {
  at: () => t('flows.at'), start: () => t('flows.at'), client: () => t('flows.client'), server: () => t('flows.server'),
  port: () => t('flows.port'), octets: () => t('flows.octets'), packets: () => t('flows.packets'), sensor: () => t('findings.sensor'),
  selector: () => t('flows.selector'), warrant: () => t('flows.warrant'), protocol: () => t('flows.protocol'), retained_until: () => t('flows.until'),
}

/** What the hub shows is what may be seen: columns are those of the rows. */
function columnsOf(items: Flow[]): Column<Flow>[] {
  const ids = [...new Set(items.flatMap((i) => Object.keys(i)))].slice(0, 14)
  return ids.map((id) => ({
    id, name: names[id]?.() ?? id, isNumber: typeof items[0]?.[id] === 'number',
    cell: (f) => typeof f[id] === 'string' && /^\d{4}-\d\d-\d\dT/.test(f[id] as string) ? <Time at={f[id] as string} isShort /> : <Value of={f[id]} />,
  }))
}
