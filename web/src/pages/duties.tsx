// SPDX-License-Identifier: Apache-2.0
// What the law wants told, to whom, by when.  Whoever has to tell says that it was told: an entry
// of the ledger, so there is a stop before it.
import { useState } from 'preact/hooks'
import { post, segment } from '../api'
import { both, t } from '../language'
import { useKept } from '../load'
import { Due, Tag, Time, Words } from '../parts/chips'
import { Icon } from '../parts/icon'
import { Interruption } from '../parts/interruption'
import { articleText } from '../text'
import type { Duty, Law, RecordOf } from '../types'

export function Duties(props: { record: RecordOf; onTold: () => void }) {
  const [telling, setTelling] = useState<Duty>()
  const duties = props.record.duties!
  const open = duties.filter((d) => !d.met).sort((a, b) => (a.due < b.due ? -1 : 1))
  const met = duties.filter((d) => d.met)
  if (telling) return <Tell record={props.record} duty={telling} onBack={() => setTelling(undefined)} onTold={() => { setTelling(undefined); props.onTold() }} />
  return (
    <section>
      <h2>{t('duties.title')}</h2>
      {open.length > 0 && (
        <ul class="duties">
          {open.map((d) => (
            <li key={d.id}>
              <Named duty={d} />
              <Due at={d.due} />
              {d.may_tell && <button type="button" onClick={() => setTelling(d)} aria-label={`${t('duties.tell')}: ${both(d.name)}`}>{t('duties.tell')}</button>}
            </li>
          ))}
        </ul>
      )}
      {met.length > 0 && (
        <details open={!open.length}>
          <summary>{t('duties.met', { count: met.length })}</summary>
          <ul class="duties">
            {met.map((d, i) => <li key={i}><Named duty={d} /><Tag tone="success" icon="success">{t('duties.told')}</Tag> <Time at={d.met} isShort /></li>)}
          </ul>
        </details>
      )}
    </section>
  )
}

function Named(props: { duty: Duty }) {
  const { duty: d } = props
  const law = useKept<Law>('/law')
  const role = (id?: string) => both(law?.roles?.find((r) => r.id === id)?.name) || id
  return (
    <p>
      <strong><Words of={d.name} /></strong><br />
      <span class="small">{role(d.from)} <Icon name="arrow" />{role(d.to)}{d.article && <> · {articleText(d.article)}</>}</span>
    </p>
  )
}

function Tell(props: { record: RecordOf; duty: Duty; onBack: () => void; onTold: () => void }) {
  const { record, duty } = props
  const law = useKept<Law>('/law')
  const send = async (key: string) => {
    await post(`/records/${segment(record.id)}/duties`, { duty: duty.id }, { key })
    props.onTold()
  }
  return (
    <Interruption title={`${t('duties.tell')}: ${both(duty.name)}`} word={record.id.slice(-4)} action={t('duties.tell')} send={send} onBack={props.onBack}
      consequence={t('duties.consequence', { to: both(law?.roles?.find((r) => r.id === duty.to)?.name) || duty.to || '' })}
      details={<p><Due at={duty.due} /></p>} />
  )
}
