// SPDX-License-Identifier: Apache-2.0
// Forms: errors only after submitting, in a summary that takes the focus and at each field; dates
// as plain boxes; Enter that ends a conversion of an input method never submits.
import { createContext, type ComponentChildren } from 'preact'
import { useContext, useEffect, useRef, useState } from 'preact/hooks'
import { newKey, Problem, type List } from '../api'
import { both, language, t, type Both } from '../language'
import { useKept } from '../load'
import type { FieldType, Organisation } from '../types'
import { dateText, normalise, zoneOf } from '../text'
import { Icon } from './icon'
import { ProblemBox } from './page'
import { StepUp } from './step-up'

export type Errors = Record<string, string>

export interface FieldProps {
  id: string
  label: ComponentChildren
  value: string
  onChange: (value: string) => void
  hint?: ComponentChildren
  error?: string
  isOptional?: boolean
  type?: string
  rows?: number
  choices?: { value: string; label: string }[]
  autoComplete?: string
  inputMode?: 'numeric' | 'text' | 'search'
  lang?: string
  width?: 'short' | 'medium' | 'full'
}

function described(p: FieldProps): string | undefined {
  return [p.hint && `${p.id}-hint`, p.error && `${p.id}-error`].filter(Boolean).join(' ') || undefined
}

function Hints(p: FieldProps) {
  return (
    <>
      {p.hint && <p class="hint" id={`${p.id}-hint`}>{p.hint}</p>}
      {p.error && <p class="field-error" id={`${p.id}-error`}><Icon name="error" />{p.error}</p>}
    </>
  )
}

function Optional(p: { isOptional?: boolean }) {
  return p.isOptional ? <span class="optional">{t('form.optional')}</span> : null
}

export function Field(p: FieldProps) {
  if (p.type === 'radio') return <Radios {...p} />
  if (p.type === 'time') return <TimeBoxes {...p} />
  const common = {
    id: p.id,
    name: p.id,
    value: p.value,
    lang: p.lang,
    'aria-describedby': described(p),
    'aria-invalid': p.error ? ('true' as const) : undefined,
    class: p.width ?? 'medium',
  }
  return (
    <div class={`field${p.error ? ' wrong' : ''}`}>
      <label for={p.id}>{p.label}<Optional {...p} /></label>
      <Hints {...p} />
      {p.choices ? (
        <select {...common} onChange={(e) => p.onChange(e.currentTarget.value)}>
          {p.choices.map((c) => <option value={c.value} key={c.value}>{c.label}</option>)}
        </select>
      ) : p.rows ? (
        <textarea {...common} class="full" rows={p.rows} onInput={(e) => p.onChange(e.currentTarget.value)} />
      ) : (
        <input {...common} type={(p.type ?? 'text') as "text"} autoComplete={p.autoComplete ?? 'off'} inputMode={p.inputMode}
          spellcheck={false} onInput={(e) => p.onChange(e.currentTarget.value)} />
      )}
    </div>
  )
}

function Radios(p: FieldProps) {
  return (
    <fieldset class={`field${p.error ? ' wrong' : ''}`} aria-describedby={described(p)}>
      <legend>{p.label}<Optional {...p} /></legend>
      <Hints {...p} />
      {p.choices?.map((c, i) => (
        <label class="choice" key={c.value}>
          <input type="radio" id={i ? `${p.id}-${i}` : p.id} name={p.id} value={c.value} checked={p.value === c.value}
            aria-describedby={p.error ? `${p.id}-error` : undefined}
            onChange={() => p.onChange(c.value)} />
          <span>{c.label}</span>
        </label>
      ))}
    </fieldset>
  )
}

/** A time as "2026-11-21T15:04" of this place's zone, in boxes that are only text. */
function TimeBoxes(p: FieldProps) {
  const [date = '', clock = ''] = p.value.split('T')
  const [year = '', month = '', day = ''] = date.split('-')
  const change = (y: string, m: string, d: string, c: string) =>
    p.onChange([y, m, d].join('') || c ? `${y}-${m}-${d}T${c}` : '')
  const box = (name: 'year' | 'month' | 'day', value: string, size: number, set: (v: string) => void) => (
    <label class="box">
      <span>{t(`form.${name}`)}</span>
      <input id={name === 'year' ? p.id : `${p.id}-${name}`} value={value} size={size} inputMode="numeric" autoComplete="off"
        aria-invalid={p.error ? 'true' : undefined} aria-describedby={name === 'year' ? described(p) : undefined}
        onInput={(e) => set(e.currentTarget.value)} />
    </label>
  )
  return (
    <fieldset class={`field${p.error ? ' wrong' : ''}`}>
      <legend>{p.label}<Optional {...p} /></legend>
      <Hints {...p} hint={p.hint ?? t('form.time.hint')} />
      <div class="boxes">
        {box('year', year, 4, (v) => change(v, month, day, clock))}
        {box('month', month, 2, (v) => change(year, v, day, clock))}
        {box('day', day, 2, (v) => change(year, month, v, clock))}
        <label class="box">
          <span>{t('form.clock')}</span>
          <input id={`${p.id}-clock`} value={clock} size={5} autoComplete="off" aria-invalid={p.error ? 'true' : undefined}
            onInput={(e) => change(year, month, day, e.currentTarget.value)} />
        </label>
        <span class="zone">{t('form.zone', { zone: zoneOf(new Date()) })}</span>
      </div>
    </fieldset>
  )
}

/** What was typed into the boxes as RFC 3339, or null where it is no time. */
export function readTime(value: string): string | null {
  const text = normalise(value).replace(/\s/g, '')
  const found = /^(\d{4})-(\d{1,2})-(\d{1,2})T(?:(\d{1,2}):?(\d{2}))?$/.exec(text)
  if (!found) return null
  const [year, month, day, hour, minute] = found.slice(1).map((n) => Number(n ?? 0)) as [number, number, number, number, number]
  const at = new Date(year, month - 1, day, hour, minute)
  const isReal = at.getMonth() === month - 1 && at.getDate() === day && hour < 24 && minute < 60
  return isReal ? at.toISOString().replace('.000Z', 'Z') : null
}

export function timeBoxesOf(at: string | undefined): string {
  if (!at) return ''
  const d = new Date(at)
  if (Number.isNaN(d.getTime())) return ''
  const two = (n: number) => String(n).padStart(2, '0')
  return `${dateText(d)}T${two(d.getHours())}:${two(d.getMinutes())}`
}

export function ErrorSummary(props: { errors: Errors; turn: number }) {
  const box = useRef<HTMLDivElement>(null)
  const fields = Object.entries(props.errors)
  useEffect(() => {
    if (fields.length) box.current?.focus()
  }, [props.turn])
  if (!fields.length) return null
  const goTo = (id: string) => (event: Event) => {
    event.preventDefault()
    const field = document.getElementById(id)
    field?.focus()
    field?.scrollIntoView({ block: 'center' })
  }
  return (
    <div class="summary" role="alert" tabIndex={-1} ref={box} aria-labelledby="summary-title">
      <h2 id="summary-title"><Icon name="error" />{t('form.errors')}</h2>
      <ul>{fields.map(([id, words]) => <li key={id}><a href={`#${id}`} onClick={goTo(id)}>{words}</a></li>)}</ul>
    </div>
  )
}

/** A form with summary, one primary button, and a key that makes sending it twice harmless. */
export function Form(props: {
  children: ComponentChildren
  action: string
  check?: () => Errors
  send: (key: string) => Promise<void>
  fieldIds?: Record<string, string> // the hub's name of a field -> ours
  isWeighty?: boolean
  extra?: ComponentChildren
}) {
  const [errors, setErrors] = useState<Errors>({})
  const [turn, setTurn] = useState(0)
  const [failed, setFailed] = useState<unknown>()
  const [isSending, setSending] = useState(false)
  const key = useRef(newKey())
  const submit = async (event: Event) => {
    event.preventDefault()
    if (isSending) return
    const found = props.check?.() ?? {}
    setFailed(undefined)
    setErrors(found)
    setTurn(turn + 1)
    if (Object.keys(found).length) return
    setSending(true)
    try {
      await props.send(key.current)
      key.current = newKey()
    } catch (error) {
      if (error instanceof Problem) key.current = newKey()
      const told = errorsOf(error, props.fieldIds ?? {})
      setErrors(told)
      setTurn((n) => n + 1)
      if (!Object.keys(told).length) setFailed(error)
    } finally {
      setSending(false)
    }
  }
  return (
    <FormErrors.Provider value={errors}>
      <form onSubmit={submit} onKeyDown={keepConversion} noValidate>
        <ErrorSummary errors={errors} turn={turn} />
        <ProblemBox error={failed} />
        {failed instanceof Problem && failed.type.endsWith('passkey-wanted') && <StepUp why={t('passkeys.for_this')} onDone={() => setFailed(undefined)} />}
        {props.children}
        <div class="actions">
          <button type="submit" class={`primary${props.isWeighty ? ' weighty' : ''}`} aria-disabled={isSending}>{props.action}</button>
          {isSending && <span role="status">{t('sending')}</span>}
          {props.extra}
        </div>
      </form>
    </FormErrors.Provider>
  )
}

function errorsOf(error: unknown, ids: Record<string, string>): Errors {
  if (!(error instanceof Problem)) return {}
  const told: Errors = {}
  for (const e of error.errors) {
    const name = e.field.replace(/^(fields|facts)[./]/, '').replace(/^\//, '')
    told[ids[name] ?? name] = (language() === 'ja' && e.message_ja) || e.message
  }
  return told
}

function keepConversion(event: KeyboardEvent) {
  const isConverting = event.isComposing || event.keyCode === 229
  if (event.key === 'Enter' && isConverting) event.preventDefault()
}

const FormErrors = createContext<Errors>({})
export const useErrors = () => useContext(FormErrors)

/** A field inside a Form: finds its own error. */
export function Input(props: Omit<FieldProps, 'error'>) {
  return <Field {...props} error={useErrors()[props.id]} />
}

/* ---- fields as a procedure describes them ---- */

export function choicesOf(field: FieldType): { value: string; label: string }[] | undefined {
  if (!field.choices?.length) return undefined
  return field.choices.map((c) => typeof c === 'string'
    ? { value: c, label: c } : { value: c.id, label: both(c.name) || c.id })
}

const isLines = (field: FieldType) => field.type === 'texts' || field.type === 'findings'
const yesNo = () => [{ value: 'true', label: t('yes') }, { value: 'false', label: t('no') }]

function OrganisationInput(props: Omit<FieldProps, 'error'>) {
  const all = useKept<List<Organisation>>('/organisations?limit=200')
  const choices = (all?.items ?? []).map((o) => ({ value: o.id, label: both(o.name) }))
  return <Input {...props} choices={[{ value: '', label: t('form.choose') }, ...choices]} />
}

export function TypedInput(props: {
  field: FieldType; id: string; value: string; onChange: (value: string) => void; isOptional: boolean
}) {
  const { field } = props
  const common = {
    id: props.id, value: props.value, onChange: props.onChange, isOptional: props.isOptional,
    label: both(field.name) || field.id, hint: both(field.help as Both) || undefined,
  }
  const choices = choicesOf(field)
  if (choices && choices.length <= 5) return <Input {...common} type="radio" choices={choices} />
  if (choices) return <Input {...common} choices={[{ value: '', label: t('form.choose') }, ...choices]} />
  switch (field.type) {
    case 'boolean': case 'yes_no':
      return <Input {...common} type="radio" choices={yesNo()} />
    case 'time': case 'date': case 'moment':
      return <Input {...common} type="time" />
    case 'organisation':
      return <OrganisationInput {...common} />
    case 'number':
      return <Input {...common} inputMode="numeric" width="short" />
    case 'long_text': case 'texts': case 'findings': case 'selectors':
      return <Input {...common} rows={field.type === 'selectors' ? 8 : 4}
        hint={common.hint ?? (isLines(field) ? t('form.lines.hint') : undefined)} />
    default:
      return <Input {...common} width="full" />
  }
}

/** What was typed as the hub wants it; undefined where nothing was; an error in `wrong`. */
export function readTyped(field: FieldType, text: string, wrong: (words: string) => void): unknown {
  if (!text.trim() || /^-*T$/.test(text)) return undefined
  switch (field.type) {
    case 'boolean': case 'yes_no':
      return text === 'true'
    case 'time': case 'date': case 'moment': {
      const at = readTime(text.includes('T') ? text : text + 'T')
      if (!at) wrong(t('form.wrong.time', { field: both(field.name) || field.id }))
      return at
    }
    case 'number': {
      const n = Number(normalise(text).replace(/,/g, ''))
      if (Number.isNaN(n)) wrong(t('form.wrong.number', { field: both(field.name) || field.id }))
      return n
    }
    case 'texts': case 'findings':
      return text.split(/\r?\n/).map((l) => l.trim()).filter(Boolean)
    case 'address': case 'digest': case 'finding': case 'record':
      return normalise(text)
    default:
      return text
  }
}

export function typedText(field: FieldType | undefined, value: unknown): string {
  if (value === undefined || value === null) return ''
  if (Array.isArray(value)) return value.join('\n')
  if (typeof value === 'object') return '' // withheld: not ours to change
  if (/^(time|date|moment)$/.test(field?.type ?? '')) return timeBoxesOf(String(value))
  return String(value)
}
