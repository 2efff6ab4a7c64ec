// SPDX-License-Identifier: Apache-2.0
// On every page, in the same place; the page and what is being typed stay.
import { patch } from '../api'
import { language, setLanguage, t, type Language } from '../language'

const names: [Language, string][] = [['ja', '日本語'], ['en', 'English']]

export function LanguageSwitch(props: { isSigned?: boolean }) {
  const choose = (wanted: Language) => {
    setLanguage(wanted)
    if (props.isSigned) void patch('/session', { language: wanted }).catch(() => {})
  }
  return (
    <div class="languages" role="group" aria-label={t('language')}>
      {names.map(([id, name]) => (
        <button type="button" key={id} lang={id} aria-pressed={language() === id} onClick={() => choose(id)}>{name}</button>
      ))}
    </div>
  )
}
