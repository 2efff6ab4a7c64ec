// SPDX-License-Identifier: Apache-2.0
// Facts as a summary list, and values as they are meant.
import type { ComponentChildren } from 'preact'
import { both, t, type Both } from '../language'
import type { FieldType } from '../types'
import { numberText } from '../text'
import { useKept } from '../load'
import type { Law } from '../types'
import { Label, Tag, Time, Words } from './chips'
import { Nothing } from './page'
import { Org } from './who'

export type Fact = [name: ComponentChildren, value: ComponentChildren] | false | '' | null | undefined

export function Facts(props: { of: Fact[] }) {
  const facts = props.of.filter((f): f is [ComponentChildren, ComponentChildren] => !!f)
  return (
    <dl class="facts">
      {facts.map(([name, value], i) => (
        <div key={i}><dt>{name}</dt><dd>{value ?? <Nothing kind="unknown" />}</dd></div>
      ))}
    </dl>
  )
}

const isTime = (text: string) => /^\d{4}-\d\d-\d\dT\d\d:\d\d/.test(text)

/** A value of a field: what is not there says why. */
export function Value(props: { of: unknown; field?: FieldType; names?: (key: string) => string }): ComponentChildren {
  const { of: v, field, names } = props
  if (v === undefined) return <Nothing kind="unanswered" />
  if (v === null || v === '') return <Nothing kind="unknown" />
  if (field?.type === 'organisation') return <Org of={String(v)} />
  if (field?.type === 'record' && typeof v === 'string') return <a href={`/records/${encodeURIComponent(v)}`}>{v}</a>
  if (/^findings?$/.test(field?.type ?? '')) return <FindingLinks of={v} />
  if (typeof v === 'boolean') return t(v ? 'yes' : 'no')
  if (typeof v === 'number') return numberText(v, 4)
  if (typeof v === 'string') return <TextValue text={names && /^[DF]{2}$/.test(v) ? names(v) : v} field={field} />
  if (Array.isArray(v)) {
    if (!v.length) return <Nothing kind="none" />
    return <ul class="values">{v.map((item, i) => <li key={i}><Value of={item} field={field} names={names} /></li>)}</ul>
  }
  const object = v as Record<string, unknown>
  if ('withheld' in object) return <Withheld of={String(object.withheld)} />
  if ('not_applicable' in object) return <Nothing kind="inapplicable" />
  if ('en' in object || 'ja' in object) return <Words of={object as Both} />
  return (
    <dl class="nested">
      {Object.entries(object).map(([k, x]) => <div key={k}><dt>{names?.(k) ?? k}</dt><dd><Value of={x} names={names} /></dd></div>)}
    </dl>
  )
}

function FindingLinks(p: { of: unknown }) {
  const ids = Array.isArray(p.of) ? p.of.map(String) : String(p.of).split('\n').filter(Boolean)
  return <ul class="values">{ids.map((id) => <li key={id}><a href={`/findings/${encodeURIComponent(id)}`}>{id}</a></li>)}</ul>
}

function TextValue(p: { text: string; field?: FieldType }) {
  const choice = p.field?.choices?.find((c) => typeof c !== 'string' && c.id === p.text)
  if (choice && typeof choice !== 'string') return <>{both(choice.name)}</>
  if (p.text === 'unknown') return <Nothing kind="unknown" />
  if (isTime(p.text)) return <Time at={p.text} />
  if (/^selector "/.test(p.text)) return <pre tabIndex={0}>{p.text}</pre>
  return <span class="prose">{p.text}</span>
}

function Withheld(props: { of: string }) {
  const law = useKept<Law>('/law')
  return <Nothing kind="withheld" label={both(law?.handling?.find((h) => h.id === props.of)?.name) || props.of} />
}

/** How a field is to be handled: a class of the law's data, or a label of TLP. */
export function Handling(props: { of?: string | null }) {
  const law = useKept<Law>('/law')
  if (!props.of || props.of === 'open') return null
  if (/^(tlp:)?(clear|green|amber|amber.strict|red)$/i.test(props.of)) return <Label label={props.of} />
  const known = law?.handling?.find((h) => h.id === props.of)
  return <Tag tone="quiet" icon="lock">{both(known?.name) || props.of}</Tag>
}

/** All fields of a procedure with their handling label; what was withheld keeps its row. */
export function FieldFacts(props: { fields: FieldType[]; values: Record<string, unknown> }) {
  return (
    <Facts of={props.fields.map((f) => [
      <>{both(f.name) || f.id} <Handling of={f.label} /></>,
      <Value of={props.values[f.id]} field={f} />,
    ])} />
  )
}
