// SPDX-License-Identifier: PostgreSQL
// classes.js: a class with places, once for each time that it is given in the week, and the line for a full one.
import { date, day, element, get, hour, minute, spoken, times } from './small.js';

export class Classes {
  constructor(desk) {
    this.desk = desk;
    this.places = new Map(); // what is chosen on each card
    this.cards = new Map(); // each card as it is shown, and what it was made from
  }

  /** When the classes of this week are: their opening hours. */
  sessions() {
    const ofDay = (text) => { const [h, m] = text.split(':'); return h * hour + m * minute; };
    return this.desk.resources.filter((resource) => resource.id.startsWith('class:'))
      .flatMap((resource) => (resource.hours ?? []).map((open) => {
        const midnight = this.desk.monday + (open.weekday - 1) * day;
        return { resource, start: midnight + ofDay(open.opens), end: midnight + ofDay(open.closes) };
      }))
      .sort((a, b) => a.start - b.start);
  }

  // A card stays as it is until something on it changes: somebody may be choosing there.
  draw() {
    const focused = document.activeElement?.dataset?.at;
    const cards = this.sessions().map((session) => {
      const shown = this.look(session);
      const made = JSON.stringify(shown);
      const before = this.cards.get(session.start);
      const card = before?.made === made ? before.card : this.card(session, shown);
      this.cards.set(session.start, { made, card });
      return card;
    });
    if (cards.length !== get('sessions').children.length || cards.some((card) => !card.isConnected)) {
      get('sessions').replaceChildren(...cards);
    }
    if (focused && !document.activeElement?.dataset?.at) {
      get('sessions').querySelector(`[data-at="${CSS.escape(focused)}"]`)?.focus();
    }
  }

  look({ resource, start, end }) {
    const taken = this.desk.bookings.filter((booking) => booking.resource === resource.id && booking.start < end
      && booking.end > start && this.desk.isLive(booking));
    const line = this.desk.waiters.filter((waiter) => waiter.resource === resource.id && waiter.place
      && waiter.start < end && waiter.end > start);
    return { taken, line, me: this.desk.me, holds: this.desk.holdFor() > 0, isOver: start < this.desk.now() };
  }

  card({ resource, start, end }, { taken, line, me, holds, isOver }) {
    const mine = taken.filter((booking) => booking.holder === me);
    const left = resource.capacity - taken.length;
    const dots = [...Array(resource.capacity).keys()].map((place) => element('i', {
      class: place < mine.length ? 'mine' : place < taken.length ? 'booked' : 'free',
    }));
    const key = String(start);
    const chosen = this.places.get(key) ?? 1;
    const select = element('select', {
      'aria-label': 'Places', 'data-at': `${key} places`,
      onchange: (event) => this.places.set(key, Number(event.target.value)),
    }, ...[1, 2, 3, 4].map((n) => element('option', { value: n, selected: n === chosen }, String(n))));
    const title = element('h3', { id: `class-${key}` }, resource.name);
    return element('article', { class: 'card', 'aria-labelledby': `class-${key}` },
      title,
      element('p', { class: 'when' }, `${date(start)}, ${times(start, end)}`),
      element('p', { class: 'left' }, left === 0 ? 'Full' : String(left),
        element('small', {}, left === 0 ? '' : ` of ${resource.capacity} places left`)),
      element('div', { class: 'dots', role: 'img', 'aria-label': `${taken.length} of ${resource.capacity} are taken` },
        ...dots),
      isOver ? element('p', { class: 'when' }, 'This class is over.') : element('div', { class: 'take' }, select,
        left === 0 ? element('button', {
          type: 'button', 'data-at': `${key} take`, 'aria-label': `Wait in line, ${spoken(start, end)}`,
          onclick: () => this.call('join', resource, start, end),
        }, 'Wait in line') : element('button', {
          type: 'button', class: 'go', 'data-at': `${key} take`, 'aria-label': `Take places, ${spoken(start, end)}`,
          onclick: () => this.call('book', resource, start, end),
        }, holds ? 'Hold places' : 'Take places')),
      line.length > 0 ? this.line(line, me, key) : '',
      element('ul', { class: 'chips', 'aria-label': 'Taken by' }, ...this.people(taken, key)));
  }

  people(taken, key) {
    const of = new Map();
    for (const booking of taken) {
      of.set(booking.holder, [...(of.get(booking.holder) ?? []), booking]);
    }
    return [...of].map(([holder, theirs]) => {
      const count = theirs.length > 1 ? ` \u00d7 ${theirs.length}` : '';
      if (holder !== this.desk.me) {
        return element('li', {}, holder + count);
      }
      return element('li', { class: 'mine' }, element('button', {
        type: 'button', 'data-at': `${key} back`, title: 'Give one place back',
        'aria-label': `You have ${theirs.length}. Give one place back`,
        onclick: () => this.desk.ask('cancel', { booking: theirs.at(-1).id }),
      }, `You${count} \u2715`));
    });
  }

  /** Those who wait for a place, in their order. A place that is offered is a hold, which the page shows on top. */
  line(line, me, key) {
    return element('ol', { class: 'line', 'aria-label': 'In line' }, ...line.map((waiter) => {
      const places = waiter.places > 1 ? ` \u00d7 ${waiter.places}` : '';
      if (waiter.holder !== me) {
        return element('li', {}, waiter.holder + places);
      }
      return element('li', { class: 'mine' }, `You are number ${waiter.place}${places} `, element('button', {
        type: 'button', 'data-at': `${key} leave`, onclick: () => this.desk.ask('leave', { waiter: waiter.id }),
      }, 'Leave the line'));
    }));
  }

  call(verb, resource, start, end) {
    this.desk.ask(verb, {
      resource: resource.id, start: new Date(start).toISOString(), minutes: (end - start) / minute,
      places: this.places.get(String(start)) ?? 1, hold: this.desk.holdFor(),
    });
  }
}
