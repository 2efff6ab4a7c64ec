// SPDX-License-Identifier: Apache-2.0
// The approval file in its fixed order, and the vote: a signature by the member's own passkey
// over exactly the octets that are shown here.
import { useEffect, useState } from 'preact/hooks'
import { post, Problem, segment, type List } from '../api'
import { useDraft } from '../draft'
import { readFile, readHappening, readVote } from '../hub'
import { both, t } from '../language'
import { itemsBy, useKept, useLoad } from '../load'
import { fromBase64, preAuthentication, readDigest, same, sha256 } from '../octets'
import { askPasskey, hasPasskeys, type RequestOptions } from '../passkey'
import { Due, Label, Tag, Time, Words } from '../parts/chips'
import { Facts, FieldFacts, Value } from '../parts/facts'
import { Form, Input, type Errors } from '../parts/form'
import { Icon } from '../parts/icon'
import { Empty, ProblemBox, Show } from '../parts/page'
import { StepUp } from '../parts/step-up'
import { Table } from '../parts/table'
import { Selector } from './warrant'
import { payloadWords } from '../words/payload'
import { useSession } from '../session'
import { Who } from '../parts/who'
import type { Attachment, Ballot as BallotOf, FieldType, Law, Procedure, RecordOf, TimelineItem } from '../types'

/** Which of a procedure's fields is read where (hub-wide order; what is in none comes first). */
const chapters: [string, RegExp][] = [
  ['targets', /equipment|target|selector|address|server|line/],
  ['method', /method|scope|from|until|period|share|standard|direction|volume/],
  ['necessity', /necess|proportion|suspicion|act_unknown|persist|result|assess/],
  ['alternatives', /other_way|alternative|option/],
  ['effects', /effect|burden|risk|collateral|feasib/],
  ['opposing', /oppos|red_team|objection/],
]
type Chapter = 'request' | 'targets' | 'method' | 'necessity' | 'alternatives' | 'effects' | 'opposing'

function chapterOf(field: FieldType): Chapter {
  return (chapters.find(([, words]) => words.test(field.id))?.[0] ?? 'request') as Chapter
}

const readBallot = (raw: unknown): BallotOf => ({ ...(raw as BallotOf), votes: (raw as BallotOf).votes.map(readVote) })

export function Ballot(props: { record: RecordOf; procedure?: Procedure; onVoted: () => void }) {
  const path = `/records/${segment(props.record.id)}`
  const ballot = useLoad<BallotOf>(`${path}/ballot`, readBallot)
  if (ballot.error instanceof Problem && ballot.error.status === 404) {
    return <p class="banner info" role="status"><Icon name="info" /><span>{t('vote.over')} <a href={`${path}/timeline`}>{t('record.tab.timeline')}</a></span></p>
  }
  return (
    <Show of={ballot}>
      {(b) => (
        <div class="ballot">
          <p class="glance"><strong>{t('vote.panel')}</strong> {t('vote.quorum.text', { needed: b.quorum.needed, of: b.quorum.of, given: b.votes.length })}
            {b.closes && <Due at={b.closes} />} <a href="#your-vote">{t('vote.jump')}</a></p>
          <ApprovalFile record={props.record} procedure={props.procedure} ballot={b} />
          <VotePanel ballot={b} />
          <VoteForm record={props.record} ballot={b} onVoted={() => { ballot.reload(); props.onVoted() }} />
        </div>
      )}
    </Show>
  )
}

function ApprovalFile(props: { record: RecordOf; procedure?: Procedure; ballot: BallotOf }) {
  const { record, procedure } = props
  const law = useKept<Law>('/law')
  const isTold = (f: FieldType) => record.fields?.[f.id] !== undefined
  const fields = procedure?.fields?.filter((f) => isTold(f) || (!f.is_told && f.required_at?.includes('submit'))) ?? Object.keys(record.fields ?? {}).map((id) => ({ id, name: id, type: 'text' }))
  const order: Chapter[] = ['request', 'targets', 'method', 'necessity', 'alternatives', 'effects']
  return (
    <>
      {order.map((chapter, i) => {
        const own = fields.filter((f) => chapterOf(f) === chapter)
        return (
          <section key={chapter}>
            <h2>{i + 1}. {t(`file.${chapter}`)}</h2>
            {chapter === 'request' && (
              <Facts of={[[t('record.by'), <Who of={record.by} />], [t('records.basis'), both(law?.bases?.find((b) => b.id === record.basis)?.name) || record.basis], [t('records.created'), <Time at={record.created} />]]} />
            )}
            {own.length ? <FieldFacts fields={own} values={record.fields ?? {}} />
              : chapter !== 'request' && <Empty>{t('file.none')}</Empty>}
          </section>
        )
      })}
      <Exhibits record={record} />
      <section>
        <h2>8. {t('file.opposing')}</h2>
        {fields.some((f) => chapterOf(f) === 'opposing')
          ? <FieldFacts fields={fields.filter((f) => chapterOf(f) === 'opposing')} values={record.fields ?? {}} />
          : <Empty>{t('file.none')}</Empty>}
      </section>
      <Earlier record={record} procedure={procedure} />
      <Payload ballot={props.ballot} />
    </>
  )
}


/** Exhibits with how far one has read, kept on this device only. */
function Exhibits(props: { record: RecordOf }) {
  const files = useLoad<List<Attachment>>(`/records/${segment(props.record.id)}/attachments`, itemsBy(readFile))
  const { session } = useSession()
  const read = useDraft(`${session.person.id}:${props.record.id}:read`)
  const items = files.data?.items ?? []
  const count = items.filter((f) => read.values[f.digest]).length
  return (
    <section>
      <h2>7. {t('file.exhibits')}</h2>
      {items.length === 0 ? <Empty>{t('file.none')}</Empty> : (
        <>
          <p role="status">{t('file.read', { count, all: items.length })}</p>
          <ul class="exhibits">
            {items.map((f) => (
              <li key={f.digest}>
                <label class="choice"><input type="checkbox" checked={!!read.values[f.digest]}
                  onChange={(e) => read.change(f.digest, e.currentTarget.checked ? 'read' : '')} />
                <span>{t('file.have_read', { name: f.name })}</span></label>
                <a href={`/api/v1/records/${segment(props.record.id)}/attachments/${segment(f.digest)}`} download={f.name}>{f.name}</a>{' '}
                <Label label={f.label} /> <Time at={f.at} isShort /> <code class="digest">{f.digest}</code>
              </li>
            ))}
          </ul>
        </>
      )}
    </section>
  )
}

function Earlier(props: { record: RecordOf; procedure?: Procedure }) {
  const timeline = useLoad<List<TimelineItem>>(`/records/${segment(props.record.id)}/timeline`, itemsBy(readHappening))
  const decided = (timeline.data?.items ?? []).filter((i) => i.kind === 'void' || (i.kind !== 'vote' && /appro|refus|return/.test(i.event ?? '')))
  return (
    <section>
      <h2>9. {t('file.earlier')}</h2>
      {decided.length === 0 ? <Empty>{t('file.none')}</Empty> : (
        <ul>{decided.map((d, i) => <li key={i}><Time at={d.at} isShort /> {both(d.name ?? props.procedure?.steps?.find((s) => s.event === d.event)?.name) || d.event} · <Who of={d.who} /> {d.reason}</li>)}</ul>
      )}
    </section>
  )
}

/** What a signature will be about, as it is, and whether the hub's digest is of just that. */
function Payload(props: { ballot: BallotOf }) {
  const { payload } = props.ballot
  const [state, setState] = useState<'waiting' | 'same' | 'other'>('waiting')
  useEffect(() => { void holds(payload).then((is) => setState(is ? 'same' : 'other')) }, [payload.text, payload.digest])
  return (
    <section>
      <h2>10. {t('file.payload')}</h2>
      <p>{t('file.payload.why')}</p>
      <Facts of={[
        [t('file.digest'), <><code class="digest">{payload.digest}</code>{' '}
          {state === 'same' && <Tag tone="success" icon="success">{t('file.digest.same')}</Tag>}
          {state === 'other' && <Tag tone="error" icon="error">{t('file.digest.other')}</Tag>}</>],
        [t('file.type'), <code>{payload.type}</code>],
      ]} />
      <Told text={payload.text} />
      {props.ballot.selectors?.map((s) => <Selector key={s.name} name={s.name} rule={s.rule} words={s.words} reach={s.reach} />)}
      <details><summary>{t('file.payload.raw')}</summary>
        <pre tabIndex={0} aria-label={t('file.payload.raw')}>{payload.text}</pre></details>
    </section>
  )
}

async function holds(payload: BallotOf['payload']): Promise<boolean> {
  const text = new TextEncoder().encode(payload.text)
  const given = readDigest(payload.digest)
  return same(await sha256(text), given) || same(await sha256(preAuthentication(payload.type, text)), given)
}

const payloadNames = (key: string): string => {
  const known = payloadWords[key]
  return known ? both({ en: known[0], ja: known[1] }) : key
}

function Told(props: { text: string }) {
  try {
    return <Value of={JSON.parse(props.text)} names={payloadNames} />
  } catch {
    return null
  }
}

function VotePanel(props: { ballot: BallotOf }) {
  const { ballot: b } = props
  const law = useKept<Law>('/law')
  const given = b.votes.length
  const open = b.quorum.missing ?? 0
  const more = Math.max(0, b.quorum.needed - (b.quorum.of - open))
  const chairs = b.seats?.filter((s) => s.is_chair) ?? []
  const isChairMissing = chairs.length > 0 && !chairs.some((c) => b.votes.some((v) => v.id === c.person))
  const isAChair = chairs.length < (b.seats?.length ?? 0)
  return (
    <section class={b.is_emergency ? 'emergency' : undefined}>
      <h2>{t('vote.panel')}</h2>
      {b.is_emergency && <p class="banner error"><Icon name="warning" />{t('vote.emergency')}</p>}
      <Facts of={[
        [t('vote.quorum'), t('vote.quorum.text', { needed: b.quorum.needed, of: b.quorum.of, given })],
        open > 0 && [t('vote.missing'), <>{more > 0 ? t('vote.missing.text', { count: more }) : t('vote.missing.none')} {t('vote.missing.open', { count: open })}{isChairMissing && <> {t('vote.missing.chair')}</>}</>],
        b.quorum.role && [t('vote.who'), both(law?.roles?.find((r) => r.id === b.quorum.role)?.name) || <Words of={b.quorum.role} />],
        (b.seats?.length ?? 0) > 0 && [t('vote.seats'), <ul class="values">{b.seats!.map((s) => <li key={s.person}><Who of={s.person} /> {s.is_chair && isAChair && <Tag>{t('vote.chair')}</Tag>}</li>)}</ul>],
        b.closes && [t('vote.closes'), <Due at={b.closes} />],
      ]} />
      {given === 0 ? <Empty>{t('vote.none')}</Empty> : (
        <Table caption={t('vote.given')} rowId={(v) => v.person} items={b.votes} columns={[
          { id: 'person', name: t('vote.person'), cell: (v) => <Who of={v.person} /> },
          { id: 'vote', name: t('vote.vote'), cell: (v) => <VoteWord vote={v.vote} /> },
          { id: 'at', name: t('vote.at'), cell: (v) => <Time at={v.at} isShort /> },
          { id: 'reason', name: t('vote.reason'), cell: (v) => v.reason },
        ]} />
      )}
      {(b.excluded?.length ?? 0) > 0 && (
        <>
          <h3>{t('vote.excluded')}</h3>
          <ul>{b.excluded!.map((e) => <li key={e.person}><Who of={e.person} />: <Words of={e.why} /></li>)}</ul>
        </>
      )}
    </section>
  )
}

function VoteWord(props: { vote: string }) {
  switch (props.vote) {
    case 'approve': return <Tag tone="success" icon="success">{t('vote.approve')}</Tag>
    case 'refuse': return <Tag tone="error" icon="ended">{t('vote.refuse')}</Tag>
    case 'abstain': return <Tag tone="plain" icon="inapplicable">{t('vote.abstain')}</Tag>
    case 'sealed': return <Tag tone="quiet" icon="lock">{t('vote.sealed')}</Tag>
    default: return <>{props.vote}</>
  }
}

/** The challenge of an approval must be the digest of the payload on this page: the page asks
 * no key for anything else. */
async function isOfThis(options: RequestOptions, ballot: BallotOf): Promise<boolean> {
  const text = new TextEncoder().encode(ballot.payload.text)
  const wanted = await sha256(preAuthentication(ballot.payload.type, text))
  return same(wanted, fromBase64(options.publicKey.challenge))
}

class OtherPayload extends Error {}

function VoteForm(props: { record: RecordOf; ballot: BallotOf; onVoted: () => void }) {
  const { session } = useSession()
  const draft = useDraft(`${session.person.id}:${props.record.id}:vote`)
  const [told, setTold] = useState('')
  const [failed, setFailed] = useState<unknown>()
  const v = (id: string) => draft.values[id] ?? ''
  const path = `/records/${segment(props.record.id)}/votes`
  const check = (): Errors => ({
    ...(v('vote') ? {} : { vote: t('vote.need.vote') }),
    ...(v('reason').trim() ? {} : { reason: t('vote.need.reason') }),
  })
  const send = async (key: string) => {
    setTold('')
    setFailed(undefined)
    const said = { vote: v('vote'), reason: v('reason').trim() }
    try {
      const options = await post<RequestOptions>(`${path}/options`, said)
      if (said.vote === 'approve' && !(await isOfThis(options, props.ballot))) throw new OtherPayload()
      const credential = await askPasskey(options)
      if (!credential) return setTold(t('vote.left'))
      await post(path, { ...said, credential }, { key })
      draft.clear()
      setTold(t('vote.done'))
      props.onVoted()
    } catch (error) {
      if (error instanceof OtherPayload) setTold(t('vote.other_payload'))
      else if (error instanceof DOMException) setTold(t('vote.left'))
      else if (error instanceof Problem && error.errors.length) throw error
      else setFailed(error)
    }
  }
  return (
    <section class="decision" id="your-vote">
      <h2>11. {t('vote.form')}</h2>
      <p role="status" class={told ? 'banner info' : ''}>{told}</p>
      <ProblemBox error={failed} />
      {props.ballot.votes.some((v) => v.id === session.person.id) && <p class="banner success"><Icon name="success" />{t('vote.has_voted')}</p>}
      <StepUp why={t('passkeys.for_vote')} />
      {!hasPasskeys() && <p class="banner warning">{t('vote.no_passkey')}</p>}
      <Form action={t('vote.do')} check={check} send={send} isWeighty>
        <Input id="vote" type="radio" label={t('vote.vote')} value={v('vote')} onChange={(x) => draft.change('vote', x)}
          choices={(['approve', 'refuse', 'abstain'] as const).map((id) => ({ value: id, label: t(`vote.${id}`) }))} />
        <Input id="reason" label={t('vote.reason')} hint={t('vote.reason.hint')} rows={4} value={v('reason')} onChange={(x) => draft.change('reason', x)} />
        <p class="lead"><Icon name="key" />{t('vote.consequence', { record: props.record.id })}</p>
      </Form>
    </section>
  )
}
