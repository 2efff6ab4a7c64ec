// SPDX-License-Identifier: Apache-2.0
import { segment } from '../api'
import { readWarrant } from '../hub'
import { both, t } from '../language'
import { useKept } from '../load'
import { StateTag, Time } from '../parts/chips'
import { Page } from '../parts/page'
import { BigTable, type Column } from '../parts/table'
import { numberText } from '../text'
import type { Law, Warrant } from '../types'

export default function Warrants() {
  const law = useKept<Law>('/law')
  const columns: Column<Warrant>[] = [
    { id: 'serial', name: t('warrants.serial'), by: (w) => w.serial, cell: (w) => <a href={`/warrants/${segment(w.serial)}`}>{w.serial}</a> },
    { id: 'basis', name: t('records.basis'), cell: (w) => both(law?.bases?.find((b) => b.id === w.basis)?.name) || w.basis },
    { id: 'state', name: t('records.state'), by: (w) => w.state, cell: (w) => w.state ? <StateTag state={w.state} name={stateName(w.state)} /> : null },
    { id: 'from', name: t('warrants.from'), by: (w) => w.from, cell: (w) => <Time at={w.from} isShort /> },
    { id: 'until', name: t('warrants.until'), by: (w) => w.until, cell: (w) => <Time at={w.until} isShort /> },
    { id: 'equipment', name: t('sensors.equipment'), cell: (w) => w.equipment },
    { id: 'delivered', name: t('warrants.delivered'), isNumber: true, cell: (w) => numberText(w.delivered_count) },
    { id: 'record', name: t('warrants.record'), cell: (w) => w.record ? <a href={`/records/${segment(w.record)}`}>{w.record}</a> : null },
  ]
  return (
    <Page title={t('nav.warrants')} lead={t('warrants.lead')}>
      <BigTable<Warrant> path="/warrants" caption={t('nav.warrants')} columns={columns} rowId={(w) => w.serial} read={readWarrant} hasSearch={false} empty={t('warrants.empty')} />
    </Page>
  )
}

const states = ['active', 'expired', 'revoked', 'future'] as const

export function stateName(state: string): string {
  const known = states.find((s) => s === state)
  return known ? t(`warrants.state.${known}`) : state
}
