// SPDX-License-Identifier: Apache-2.0
// Small shapes beside words: never without them.
const shapes: Record<string, string> = {
  error: 'M8 1l7 14H1zM8 6v4M8 12v1',
  warning: 'M8 1l7 14H1zM8 6v4M8 12v1',
  info: 'M8 1a7 7 0 100 14A7 7 0 008 1zM8 7v5M8 4v1',
  success: 'M8 1a7 7 0 100 14A7 7 0 008 1zM5 8l2 3 4-6',
  unknown: 'M8 1a7 7 0 100 14A7 7 0 008 1zM6 6c0-3 4-3 4 0 0 2-2 2-2 3M8 11v1',
  unanswered: 'M8 1a7 7 0 100 14A7 7 0 008 1zM8 4v4l3 2',
  inapplicable: 'M8 1a7 7 0 100 14A7 7 0 008 1zM4 8h8',
  withheld: 'M3 7h10v8H3zM5 7V5a3 3 0 016 0v2',
  none: 'M2 5h12v9H2zM2 5l2-3h8l2 3M6 8h4',
  lock: 'M3 7h10v8H3zM5 7V5a3 3 0 016 0v2',
  key: 'M5 5a3 3 0 100 6 3 3 0 000-6zM8 8h7v3M12 8v2',
  open: 'M8 2a6 6 0 100 12A6 6 0 008 2z',
  ended: 'M3 3h10v10H3z',
  active: 'M4 2l9 6-9 6z',
  paused: 'M4 2v12M11 2v12',
  waiting: 'M4 2h8M4 14h8M5 2c0 6 6 6 6 12M11 2c0 6-6 6-6 12',
  bell: 'M3 12h10M4 12V7a4 4 0 018 0v5M7 14h2',
  search: 'M7 2a5 5 0 100 10A5 5 0 007 2zM11 11l4 4',
  menu: 'M2 4h12M2 8h12M2 12h12',
  arrow: 'M3 8h10M9 4l4 4-4 4',
  up: 'M8 13V3M4 7l4-4 4 4',
  sort: 'M5 6l3-3 3 3M5 10l3 3 3-3',
  down: 'M8 3v10M4 9l4 4 4-4',
}

export function Icon(props: { name: string }) {
  return (
    <svg class={`icon i-${props.name}`} viewBox="0 0 16 16" width="16" height="16" aria-hidden="true" focusable="false">
      <path d={shapes[props.name] ?? shapes.open} />
    </svg>
  )
}
