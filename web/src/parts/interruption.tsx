// SPDX-License-Identifier: Apache-2.0
// Before what weighs: the consequence in one sentence, how many are met by it, and a short word
// to be typed, so that it is never done in passing.
import type { ComponentChildren } from 'preact'
import { useEffect, useRef, useState } from 'preact/hooks'
import { t } from '../language'
import { normalise } from '../text'
import { Form, Input } from './form'
import { Icon } from './icon'

export function Interruption(props: {
  title: string
  consequence: ComponentChildren
  details?: ComponentChildren
  word: string // to be typed
  action: string
  send: (key: string) => Promise<void>
  onBack: () => void
}) {
  const [typed, setTyped] = useState('')
  const heading = useRef<HTMLHeadingElement>(null)
  useEffect(() => heading.current?.focus(), [])
  const check = (): Record<string, string> =>
    normalise(typed).toUpperCase() === props.word.toUpperCase() ? {} : { confirm: t('interruption.wrong', { word: props.word }) }
  return (
    <section class="interruption" aria-labelledby="interruption-title">
      <h2 id="interruption-title" tabIndex={-1} ref={heading}><Icon name="warning" />{props.title}</h2>
      <p class="lead">{props.consequence}</p>
      {props.details}
      <Form action={props.action} isWeighty check={check} send={props.send}
        extra={<button type="button" class="plain" onClick={props.onBack}>{t('do.back')}</button>}>
        <Input id="confirm" label={t('interruption.type', { word: props.word })} value={typed} onChange={setTyped} width="short" />
      </Form>
    </section>
  )
}
