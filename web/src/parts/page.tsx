// SPDX-License-Identifier: Apache-2.0
// The inside of every page: its title, what it failed to load, and the four kinds of nothing.
import type { ComponentChildren } from 'preact'
import { useEffect, useRef } from 'preact/hooks'
import { Offline, Problem } from '../api'
import { language, t } from '../language'
import { useSession } from '../session'
import type { Loaded } from '../load'
import { articleText } from '../text'
import { Icon } from './icon'

export function Page(props: {
  title: string
  lang?: string
  kicker?: ComponentChildren
  chips?: ComponentChildren
  lead?: ComponentChildren
  actions?: ComponentChildren
  children?: ComponentChildren
}) {
  const { session } = useSession()
  const heading = useRef<HTMLHeadingElement>(null)
  useEffect(() => {
    document.title = `${session.exercise ? t('exercise.title') + ' ' : ''}${props.title} - Sekisho`
  }, [props.title, session.exercise, language()])
  useEffect(() => {
    if (!document.activeElement || document.activeElement === document.body ||
        !document.querySelector('main')?.contains(document.activeElement)) heading.current?.focus({ preventScroll: true })
  }, [])
  return (
    <>
      <div class="heading">
        {props.kicker && <p class="kicker">{props.kicker}</p>}
        <h1 ref={heading} tabIndex={-1} lang={props.lang}>{props.title}</h1>
        {props.chips && <p class="chips">{props.chips}</p>}
        {props.lead && <p class="lead">{props.lead}</p>}
        {props.actions && <div class="actions">{props.actions}</div>}
      </div>
      {props.children}
    </>
  )
}

export function problemText(error: unknown): string {
  if (error instanceof Offline) return t('problem.offline')
  if (error instanceof Problem) {
    const title = error.titles[language()] || t('problem.status', { status: error.status })
    return error.detail && error.detail !== title ? `${title}: ${error.detail}` : title
  }
  return t('problem.page', { what: error instanceof Error ? error.message : String(error) })
}

export function ProblemBox(props: { error: unknown; onAgain?: () => void }) {
  if (!props.error) return null
  const { error } = props
  return (
    <div class="banner error" role="alert">
      <Icon name="error" />
      <div>
        <p><strong>{problemText(error)}</strong></p>
        {error instanceof Problem && (error.rule || error.article) && (
          <p class="small">
            {error.rule && <>{t('problem.rule')} <code>{error.rule}</code> </>}
            {error.article && articleText(error.article)}
          </p>
        )}
        {error instanceof Problem && error.status === 412 && <p>{t('problem.stale')}</p>}
        {props.onAgain && <button type="button" onClick={props.onAgain}>{t('do.again')}</button>}
      </div>
    </div>
  )
}

/** Shows what was loaded, or why there is nothing. */
export function Show<T>(props: { of: Loaded<T>; children: (data: T) => ComponentChildren }) {
  const { of } = props
  if (of.data !== undefined) return <>{props.children(of.data)}</>
  if (of.error instanceof Problem && of.error.status === 404) return <NotFound />
  if (of.error) return <ProblemBox error={of.error} onAgain={of.reload} />
  return <p class="waiting" aria-live="polite">{t('loading')}</p>
}

export function NotFound() {
  return (
    <div class="banner info">
      <Icon name="info" />
      <div><p><strong>{t('problem.not_found')}</strong></p><p>{t('problem.not_found.why')}</p></div>
    </div>
  )
}

/** unknown, not yet answered, not applicable and withheld are four things and look so. */
export function Nothing(props: { kind: 'unknown' | 'unanswered' | 'inapplicable' | 'withheld' | 'hidden' | 'none'; label?: string }) {
  return (
    <span class={`nothing ${props.kind}`}>
      {props.kind !== 'none' && <Icon name={props.kind} />}
      {props.kind === 'withheld'
        ? t('nothing.withheld', { label: props.label ?? '' })
        : t(`nothing.${props.kind}`)}
    </span>
  )
}

export function Empty(props: { children: ComponentChildren }) {
  return <p class="empty"><Icon name="none" />{props.children}</p>
}
