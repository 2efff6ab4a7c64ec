// SPDX-License-Identifier: Apache-2.0
// Parts of a page that have an address of their own: links, so that each can be sent and kept.
import type { ComponentChildren } from 'preact'

export interface Tab { id: string; name: string; count?: number; show: () => ComponentChildren }

export function Tabs(props: { tabs: Tab[]; now: string; base: string; label: string }) {
  const shown = props.tabs.find((tab) => tab.id === props.now) ?? props.tabs[0]!
  return (
    <div class="tabs">
      <nav aria-label={props.label}>
        <ul>
          {props.tabs.map((tab, i) => (
            <li key={tab.id}>
              <a href={i ? `${props.base}/${tab.id}` : props.base} aria-current={tab === shown ? 'page' : undefined}>
                {tab.name}{tab.count ? ` (${tab.count})` : ''}
              </a>
            </li>
          ))}
        </ul>
      </nav>
      <section aria-label={shown.name} key={shown.id}>{shown.show()}</section>
    </div>
  )
}
