// SPDX-License-Identifier: PostgreSQL
// small.js: elements, times and calls.
// To know first: text becomes text. No string that a person typed is ever read as HTML, because none here is.

/** An element with attributes and children; strings become text. */
export function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith('on')) {
      made.addEventListener(name.slice(2), value);
    } else if (value !== false && value !== null && value !== undefined) {
      made.setAttribute(name, value === true ? '' : value);
    }
  }
  made.append(...children);
  return made;
}

export const get = (id) => document.getElementById(id);

export const minute = 60 * 1000;
export const hour = 60 * minute;
export const day = 24 * hour;

const format = (options) => new Intl.DateTimeFormat('en-GB', { timeZone: 'UTC', ...options });
const clocks = format({ hour: '2-digit', minute: '2-digit' });
const short = format({ weekday: 'short', day: 'numeric', month: 'short' });
const long = format({ weekday: 'long', day: 'numeric', month: 'long' });
export const weekdays = format({ weekday: 'short' });
export const months = format({ month: 'short', year: 'numeric' });

export const clock = (at) => clocks.format(at);
export const date = (at) => short.format(at).replace(',', '');
export const times = (from, to) => `${clock(from)}\u2013${clock(to)}`;
/** For ears: "Monday 6 January, 09:00 to 10:00". */
export const spoken = (from, to) => `${long.format(from).replace(',', '')}, ${clock(from)} to ${clock(to)}`;

/** The Monday on or before an instant, at midnight. */
export function mondayOf(at) {
  const midnight = Math.floor(at / day) * day;
  return midnight - ((new Date(midnight).getUTCDay() + 6) % 7) * day;
}

export const minutesAndSeconds = (length) => {
  const seconds = Math.max(0, Math.ceil(length / 1000));
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
};

/**
 * Asks the desk for something. The input carries a key of this click's own, so that sending it again after a lost
 * connection never does it twice.
 */
export async function send(call, input) {
  const body = JSON.stringify({ key: crypto.randomUUID(), ...input });
  for (let tries = 1; ; tries++) {
    try {
      const answer = await fetch(`/api/${call}`, {
        method: 'POST', headers: { 'Content-Type': 'application/json' }, body,
      });
      return await answer.json();
    } catch {
      if (tries === 3) {
        return { won: false, outcome: 'error', words: 'The desk does not answer. Is it still open?' };
      }
      await new Promise((later) => { setTimeout(later, 300 * tries); });
    }
  }
}
