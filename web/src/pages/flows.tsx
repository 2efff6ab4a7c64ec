// SPDX-License-Identifier: Apache-2.0
// Minimised records of communications: asked for with a purpose that is named and logged.
import { useState } from 'preact/hooks'
import { withQuery, type List } from '../api'
import { both, t } from '../language'
import { useKept, useLoad } from '../load'
import { Form, Input, readTime, timeBoxesOf, type Errors } from '../parts/form'
import { Time } from '../parts/chips'
import { Empty, Page, Show } from '../parts/page'
import { Table, type Column } from '../parts/table'
import { go, usePlace } from '../route'
import { useSession } from '../session'
import { countText, normalise, numberText } from '../text'
import type { Law } from '../types'
import { payloadWords } from '../words/payload'

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

const protocols: Record<string, string> = { 1: 'ICMP', 6: 'TCP', 17: 'UDP', 47: 'GRE', 50: 'ESP', 58: 'ICMPv6', 132: 'SCTP' }
const isAny = (items: Flow[], ...ids: string[]) => items.some((i) => ids.some((id) => i[id] !== undefined && i[id] !== null && i[id] !== ''))
const textOf = (v: unknown) => (v === undefined || v === null ? '' : String(v))

/** What the hub shows is what may be seen: a column that no row has is left out. */
function columnsOf(items: Flow[]): Column<Flow>[] {
  const number = (v: unknown) => (typeof v === 'number' ? numberText(v) : null)
  const columns: (Column<Flow> | false)[] = [
    { id: 'at', name: t('flows.at'), cell: (f) => <Time at={textOf(f.from ?? f.at)} isShort /> },
    { id: 'server', name: t('flows.server'), cell: (f) => <>{textOf(f.server)}{f.name ? <><br /><span class="small">{textOf(f.name)}</span></> : null}</> },
    isAny(items, 'port', 'protocol') && { id: 'port', name: t('flows.port'), cell: (f) => `${textOf(f.port)} ${protocols[textOf(f.protocol)] ?? textOf(f.protocol)}` },
    isAny(items, 'line', 'client') && { id: 'line', name: t('flows.client'), cell: (f) => <code>{textOf(f.line ?? f.client)}</code> },
    isAny(items, 'direction') && { id: 'direction', name: t('flows.direction'), cell: (f) => { const words = payloadWords[textOf(f.direction)]; return words ? both({ en: words[0], ja: words[1] }) : textOf(f.direction) } },
    isAny(items, 'octets') && { id: 'octets', name: t('flows.amount'), isNumber: true, cell: (f) => <>{number(f.octets)}<br /><span class="small">{number(f.packets)}</span></> },
    isAny(items, 'sensor') && { id: 'sensor', name: t('findings.sensor'), cell: (f) => <span class="together">{textOf(f.sensor)}</span> },
    isAny(items, 'warrant', 'selector') && { id: 'warrant', name: t('flows.warrant'), cell: (f) => textOf(f.warrant ?? f.selector) },
  ]
  return columns.filter((c): c is Column<Flow> => !!c)
}
