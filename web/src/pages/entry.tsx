// SPDX-License-Identifier: Apache-2.0
// One entry of the ledger, and its proof computed in this browser.
import { useEffect, useState } from 'preact/hooks'
import { get, segment } from '../api'
import { both, t } from '../language'
import { useLoad } from '../load'
import { isIncluded, isSigned, leafHash, readCheckpoint, readVerifierKey, type Signed } from '../merkle'
import { fromBase64, readDigest, toHex } from '../octets'
import { Tag, Time } from '../parts/chips'
import { Facts, Value } from '../parts/facts'
import { Page, ProblemBox, Show } from '../parts/page'
import { articleText, numberText } from '../text'
import { Actor, entryName, RoleName, Subject } from './record-tabs'
import { entryFieldWords } from '../words/entries'
import type { Entry } from '../types'

interface Proof { index?: number; size?: number; leaf?: string; hashes: string[]; checkpoint?: string }
export interface Ledger { checkpoint: string; size: number; key: string; origin?: string }

interface Result { isIn: boolean; signed: Signed; leaf: string; root: string; size: number; steps: number; isOwnLeaf: boolean }

async function prove(entry: Entry): Promise<Result> {
  const [proof, ledger] = await Promise.all([
    get<Proof>(`/ledger/entries/${entry.number}/proof`), get<Ledger>('/ledger')])
  const checkpoint = readCheckpoint(proof.checkpoint ?? ledger.checkpoint)
  if (!checkpoint) throw new Error(t('proof.no_checkpoint'))
  const leaf = entry.octets ? await leafHash(fromBase64(entry.octets)) : readDigest(proof.leaf!)
  const key = readVerifierKey(ledger.key)
  return {
    isIn: await isIncluded(leaf, proof.index ?? entry.number, checkpoint.size, proof.hashes.map(readDigest), checkpoint.root),
    signed: key ? await isSigned(checkpoint, key) : 'unable',
    leaf: toHex(leaf), root: toHex(checkpoint.root), size: checkpoint.size, steps: proof.hashes.length,
    isOwnLeaf: !!entry.octets,
  }
}

function fieldName(field: string): string {
  const words = entryFieldWords[field]
  return words ? both({ en: words[0], ja: words[1] }) : field
}

/** Its members, each as it is meant. */
function Body(props: { of: Record<string, unknown> }) {
  const shown = (field: string, value: unknown) => {
    if (field === 'kind') return entryName(String(value))
    if (field === 'actor' || field === 'subject') return <Actor of={String(value)} />
    if (field === 'role') return <RoleName of={String(value)} />
    if (field === 'article') return articleText(String(value))
    return <Value of={value} />
  }
  return <Facts of={Object.entries(props.of ?? {}).map(([field, value]) => [fieldName(field), shown(field, value)])} />
}

export default function EntryPage(props: { number?: string }) {
  const entry = useLoad<Entry>(`/ledger/entries/${segment(props.number!)}`)
  return <Show of={entry}>{(e) => <Shown entry={e} />}</Show>
}

function Shown(props: { entry: Entry }) {
  const { entry: e } = props
  const [result, setResult] = useState<Result>()
  const [error, setError] = useState<unknown>()
  useEffect(() => { prove(e).then(setResult, setError) }, [e.number])
  return (
    <Page title={t('inspect.entry', { number: e.number })} kicker={<a href="/inspect">{t('nav.inspect')}</a>}>
      <Facts of={[
        [t('inspect.at'), <Time at={e.at} />],
        [t('inspect.kind'), entryName(e.kind)],
        [t('inspect.actor'), e.actor && <Actor of={e.actor} />],
        [t('inspect.subject'), e.subject && <Subject of={e.subject} />],
        e.digest && [t('inspect.digest'), <code class="digest">{e.digest}</code>],
      ]} />
      <section>
        <h2>{t('proof.title')}</h2>
        <ProblemBox error={error} />
        {!result && !error && <p class="waiting" role="status">{t('proof.working')}</p>}
        {result && <ProofShown result={result} />}
      </section>
      {e.body !== undefined && <section><h2>{t('inspect.body')}</h2><Body of={e.body as Record<string, unknown>} /></section>}
    </Page>
  )
}

function ProofShown(props: { result: Result }) {
  const { result: r } = props
  return (
    <div role="status">
      <p>{r.isIn ? <Tag tone="success" icon="success">{t('proof.in')}</Tag> : <Tag tone="error" icon="error">{t('proof.not_in')}</Tag>}{' '}
        {t('proof.steps', { steps: r.steps, size: numberText(r.size) })}</p>
      <p>{r.signed === 'yes' ? <Tag tone="success" icon="success">{t('proof.signed')}</Tag>
        : r.signed === 'no' ? <Tag tone="error" icon="error">{t('proof.not_signed')}</Tag>
          : <Tag tone="plain" icon="unknown">{t('proof.unable')}</Tag>}</p>
      <Facts of={[
        [t('proof.leaf'), <><code class="digest">{r.leaf}</code>{!r.isOwnLeaf && <> <Tag tone="warning" icon="warning">{t('proof.leaf.told')}</Tag></>}</>],
        [t('proof.root'), <code class="digest">{r.root}</code>],
      ]} />
      <p class="hint">{t('proof.offline')}</p>
    </div>
  )
}
