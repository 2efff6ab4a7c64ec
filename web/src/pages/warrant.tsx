// SPDX-License-Identifier: Apache-2.0
// One warrant: each selector as its rule and in plain words of both languages, how far it
// reaches, who signed, and which sensors have it.
import { segment } from '../api'
import { readWarrant } from '../hub'
import { both, t, type Both } from '../language'
import { useKept, useLoad } from '../load'
import { StateTag, Tag, Time, Words } from '../parts/chips'
import { Facts, Value } from '../parts/facts'
import { Empty, Nothing, Page, Show } from '../parts/page'
import { Table } from '../parts/table'
import type { Law, Warrant } from '../types'
import { stateName } from './warrants'

export default function WarrantPage(props: { serial?: string }) {
  const warrant = useLoad<Warrant>(`/warrants/${segment(props.serial!)}`, readWarrant)
  return <Show of={warrant}>{(w) => <Shown warrant={w} />}</Show>
}

function Shown(props: { warrant: Warrant }) {
  const { warrant: w } = props
  const law = useKept<Law>('/law')
  return (
    <Page title={t('warrants.one', { serial: w.serial })} chips={w.state && <StateTag state={w.state} name={stateName(w.state)} />}>
      <Facts of={[
        [t('records.basis'), both(law?.bases?.find((b) => b.id === w.basis)?.name) || w.basis],
        [t('warrants.from'), <Time at={w.from} />],
        [t('warrants.until'), <Time at={w.until} withDistance />],
        w.revoked && [t('warrants.revoked'), <Time at={w.revoked} withDistance />],
        w.record && [t('warrants.record'), <a href={`/records/${segment(w.record)}`}>{w.record}</a>],
        [t('warrants.envelope'), <a href={`/api/v1/warrants/${segment(w.serial)}/envelope`} download>{t('warrants.envelope.get')}</a>],
      ]} />
      <section>
        <h2>{t('warrants.selectors')}</h2>
        {(w.selectors ?? []).map((s) => <Selector key={s.name} name={s.name} rule={s.rule} words={s.words} reach={s.reach} />)}
        {!w.selectors?.length && <Empty>{t('nothing.none')}</Empty>}
      </section>
      {w.reach && (
        <section>
          <h2>{t('warrants.reach')}</h2>
          <p class="hint">{t('warrants.reach.why')}</p>
          <Value of={w.reach} />
        </section>
      )}
      <section>
        <h2>{t('warrants.signers')}</h2>
        <Table caption={t('warrants.signers')} isHidden items={w.signers ?? []} rowId={(s) => s.key} columns={[
          { id: 'who', name: t('warrants.signer'), cell: (s) => s.name ?? s.person ?? <Nothing kind="hidden" /> },
          { id: 'role', name: t('warrants.role'), cell: (s) => <Words of={s.role} /> },
          { id: 'key', name: t('warrants.key'), cell: (s) => <code class="digest">{s.key}</code> },
          { id: 'at', name: t('vote.at'), cell: (s) => <Time at={s.at} isShort /> },
        ]} />
      </section>
      <section>
        <h2>{t('warrants.delivered')}</h2>
        {(w.delivered ?? []).length === 0 ? <Empty>{t('warrants.delivered.none')}</Empty> : (
          <Table caption={t('warrants.delivered')} isHidden items={w.delivered!} rowId={(d) => `${d.sensor} ${d.serial}`} columns={[
            { id: 'what', name: t('warrants.what'), cell: (d) => t(!d.serial || d.serial === w.serial ? 'warrants.what.warrant' : 'warrants.what.revocation') },
            { id: 'sensor', name: t('findings.sensor'), cell: (d) => <a href={`/sensors/${segment(d.sensor)}`}>{d.sensor}</a> },
            { id: 'at', name: t('warrants.delivered.at'), cell: (d) => d.at
              ? <><Tag tone="success" icon="success">{t('warrants.delivered.yes')}</Tag> <Time at={d.at} isShort /></> : <Nothing kind="unanswered" /> },
          ]} />
        )}
      </section>
    </Page>
  )
}

const reachWords = ['alternatives', 'items_min', 'can_reveal_line', 'servers_per_day_max'] as const

/** What the rule by itself can reach, whatever the traffic. */
function Reach(props: { of: Record<string, unknown> }) {
  const known = reachWords.filter((w) => w in props.of)
  return <Facts of={known.map((w) => [t(`warrants.reach.${w}`), <Value of={props.of[w]} />])} />
}

export function Selector(props: { name: string; rule: string; words: Both; reach?: Record<string, unknown> }) {
  const words = typeof props.words === 'string' ? { en: props.words, ja: props.words } : props.words
  return (
    <article class="selector">
      <h3>{props.name}</h3>
      <pre tabIndex={0} aria-label={t('warrants.rule', { name: props.name })}>{props.rule}</pre>
      <p class="hint">{t('warrants.plain')}</p>
      <div class="two-languages">
        <p lang="ja" class="prose">{words?.ja || <Nothing kind="unanswered" />}</p>
        <p lang="en" class="prose">{words?.en || <Nothing kind="unanswered" />}</p>
      </div>
      {props.reach && <Reach of={props.reach} />}
    </article>
  )
}

