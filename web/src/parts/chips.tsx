// SPDX-License-Identifier: Apache-2.0
// Chips: handling labels with FIRST's colours and always the word, states with a shape.
import { both, otherLanguage, t, type Both } from '../language'
import { distanceText, timeText, utcText } from '../text'
import { Icon } from './icon'

export function Label(props: { label?: string | null }) {
  if (!props.label) return null
  const bare = props.label.replace(/^tlp:/i, '').toUpperCase().replace('_', '+')
  return <span class={`tlp ${bare.toLowerCase().replace('+', '-')}`}>TLP:{bare}</span>
}

const shapes: [RegExp, string, string][] = [
  [/suspend|停止/, 'paused', 'warning'],
  [/refus|violat|aborted/, 'ended', 'error'],
  [/submitted|wait|request|sought|opinion/, 'waiting', 'attention'],
  [/active|approved|concluded|in_use|effect|sent|acknowledged/, 'active', 'success'],
  [/end|expired|stopped|closed|erased|withdrawn|done/, 'ended', 'quiet'],
]

export function StateTag(props: { state: string; name?: Both }) {
  const [, icon, tone] = shapes.find(([words]) => words.test(props.state)) ?? [0, 'open', 'plain']
  return <span class={`state ${tone}`}><Icon name={String(icon)} />{both(props.name) || props.state}</span>
}

export function Tag(props: { tone?: string; icon?: string; children: preact.ComponentChildren }) {
  return <span class={`state ${props.tone ?? 'plain'}`}>{props.icon && <Icon name={props.icon} />}{props.children}</span>
}

/** Local time with its zone; UTC beside it, or where it is short on hover, focus and paper. */
export function Time(props: { at?: string | null; isShort?: boolean; withDistance?: boolean }) {
  if (!props.at) return null
  const utc = utcText(props.at)
  const [, day, clock] = /^(\S+) ?(.*)$/.exec(timeText(props.at))!
  return (
    <time dateTime={props.at} class={props.isShort ? 'short' : undefined} title={utc || props.at} data-utc={utc ? ` (${utc})` : ''}>
      <span class="together">{day}</span> <span class="together">{clock}</span>
      {!props.isShort && utc && ` (${utc})`}
      {props.withDistance && <span class="distance"> {distanceText(props.at)}</span>}
    </time>
  )
}

/** A deadline: date, time, zone, how long, and a word when it is past. */
export function Due(props: { at?: string | null; isOverdue?: boolean }) {
  if (!props.at) return null
  const left = new Date(props.at).getTime() - Date.now()
  const isOver = props.isOverdue ?? left < 0
  const tone = isOver ? 'error' : left < 3 * 86400e3 ? 'warning' : 'plain'
  return (
    <span class="due">
      <Tag tone={tone} icon={isOver ? 'error' : 'unanswered'}>
        {isOver ? t('due.over') : distanceText(props.at)}
      </Tag>{' '}
      <Time at={props.at} isShort />
    </span>
  )
}

/** Words of the law or of people, marked where they are not in the page's language. */
export function Words(props: { of: Both }) {
  const lang = otherLanguage(props.of)
  return lang ? <span lang={lang}>{both(props.of)}</span> : <>{both(props.of)}</>
}
