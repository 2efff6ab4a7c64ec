// SPDX-License-Identifier: Apache-2.0
// Facts as a summary list, and values as they are meant.
import type { ComponentChildren } from 'preact'
import { both, t, type Both } from '../language'
import type { FieldType } from '../types'
import { numberText } from '../text'
import { Label, Time, Words } from './chips'
import { Nothing } from './page'

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
export function Value(props: { of: unknown; field?: FieldType }): ComponentChildren {
  const { of: v, field } = props
  if (v === undefined) return <Nothing kind="unanswered" />
  if (v === null || v === '') return <Nothing kind="unknown" />
  if (typeof v === 'boolean') return t(v ? 'yes' : 'no')
  if (typeof v === 'number') return numberText(v, 4)
  if (typeof v === 'string') return <TextValue text={v} field={field} />
  if (Array.isArray(v)) {
    if (!v.length) return <Nothing kind="none" />
    return <ul class="values">{v.map((item, i) => <li key={i}><Value of={item} field={field} /></li>)}</ul>
  }
  const object = v as Record<string, unknown>
  if ('withheld' in object) return <Nothing kind="withheld" label={String(object.withheld)} />
  if ('not_applicable' in object) return <Nothing kind="inapplicable" />
  if ('en' in object || 'ja' in object) return <Words of={object as Both} />
  return (
    <dl class="nested">
      {Object.entries(object).map(([k, x]) => <div key={k}><dt>{k}</dt><dd><Value of={x} /></dd></div>)}
    </dl>
  )
}

function TextValue(p: { text: string; field?: FieldType }) {
  const choice = p.field?.choices?.find((c) => typeof c !== 'string' && c.id === p.text)
  if (choice && typeof choice !== 'string') return <>{both(choice.name)}</>
  if (p.text === 'unknown') return <Nothing kind="unknown" />
  if (isTime(p.text)) return <Time at={p.text} />
  return <span class="prose">{p.text}</span>
}

/** All fields of a procedure with their handling label; what was withheld keeps its row. */
export function FieldFacts(props: { fields: FieldType[]; values: Record<string, unknown> }) {
  return (
    <Facts of={props.fields.map((f) => [
      <>{both(f.name) || f.id} <Label label={f.label} /></>,
      <Value of={props.values[f.id]} field={f} />,
    ])} />
  )
}
