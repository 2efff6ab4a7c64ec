// SPDX-License-Identifier: Apache-2.0
import { segment, withQuery, type List } from '../api'
import { both, t, type Both } from '../language'
import { useLoad } from '../load'
import { Label, Words } from '../parts/chips'
import { Empty, Page, Show } from '../parts/page'
import { usePlace } from '../route'

interface Hit { kind: string; id: string; title: Both; text?: Both; label?: string }

const places: Record<string, string> = { record: '/records/', finding: '/findings/', warrant: '/warrants/', sensor: '/sensors/', person: '/people/' }

export default function Search() {
  const { query } = usePlace()
  const q = query.get('q') ?? ''
  const hits = useLoad<List<Hit>>(q ? withQuery('/search', { q }) : null)
  return (
    <Page title={q ? t('search.for', { q }) : t('search.title')} lead={t('search.hint')}>
      {q && (
        <Show of={hits}>
          {(list) => list.items.length === 0 ? <Empty>{t('search.none')}</Empty> : (
            <ul class="hits">
              {list.items.map((h) => (
                <li key={`${h.kind} ${h.id}`}>
                  <p><a href={`${places[h.kind] ?? '/records/'}${segment(h.id)}`}>{both(h.title) || h.id}</a> <span class="quiet">{h.id}</span> <Label label={h.label} /></p>
                  {h.text && <p class="prose small"><Words of={h.text} /></p>}
                </li>
              ))}
            </ul>
          )}
        </Show>
      )}
    </Page>
  )
}
