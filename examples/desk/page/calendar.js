// SPDX-License-Identifier: PostgreSQL
// calendar.js: the week of a room.
// To know first: the table is made once and its buttons change, so that the focus stays where it is while others book.
import { clock, date, day, element, get, hour, minute, minutesAndSeconds, spoken, weekdays } from './small.js';

const hours = [8, 9, 10, 11, 12, 13, 14, 15, 16, 17];
const days = [0, 1, 2, 3, 4, 5, 6];

/** Whether a resource is open from one instant to another of the same day. */
export function isOpen(resource, from, to) {
  if (!resource.hours) {
    return true;
  }
  const weekday = new Date(from).getUTCDay() || 7;
  const ofDay = (text) => { const [h, m] = text.split(':'); return h * hour + m * minute; };
  const midnight = Math.floor(from / day) * day;
  return resource.hours.some((open) => open.weekday === weekday
    && ofDay(open.opens) <= from - midnight && to - midnight <= ofDay(open.closes));
}

export class Calendar {
  constructor(desk) {
    this.desk = desk;
    this.day = Math.min(6, (new Date().getUTCDay() + 6) % 7); // the one that a phone shows
    this.focused = [0, 1]; // the day and the row that Tab comes to
    this.make();
  }

  make() {
    const grid = get('grid');
    this.heads = days.map(() => element('th', { scope: 'col' }));
    grid.tHead.append(element('tr', {}, element('th', { scope: 'col' }, element('span', { class: 'unseen' }, 'Time')),
      ...this.heads));
    this.slots = days.map(() => []);
    this.pickers = days.map((of) => element('button', {
      type: 'button', onclick: () => { this.day = of; this.draw(); },
    }));
    get('days').append(...this.pickers);
    for (const [row, at] of hours.entries()) {
      const cells = days.map((of) => {
        const button = element('button', {
          type: 'button', class: 'slot', tabindex: '-1', onclick: () => this.click(of, row),
          onfocus: () => { this.focused = [of, row]; this.drawTabStop(); },
        });
        this.slots[of].push(button);
        return element('td', { role: 'gridcell' }, button);
      });
      const label = `${String(at).padStart(2, '0')}:00`;
      grid.tBodies[0].append(element('tr', {}, element('th', { scope: 'row' }, label), ...cells));
    }
    grid.addEventListener('keydown', (event) => this.key(event));
    get('room').addEventListener('change', () => this.draw());
  }

  get room() {
    const chosen = document.querySelector('input[name=room]:checked');
    return this.desk.resources.find((resource) => resource.id === chosen?.value);
  }

  start(of, row) {
    return this.desk.monday + of * day + hours[row] * hour;
  }

  drawRooms() {
    const rooms = this.desk.resources.filter((resource) => resource.id.startsWith('room:'));
    const shown = [...document.querySelectorAll('input[name=room]')].map((input) => input.value);
    if (rooms.map((room) => room.id).join() !== shown.join()) {
      get('room').replaceChildren(get('room').firstElementChild, ...rooms.map((room, i) => element('label', {},
        element('input', { type: 'radio', name: 'room', value: room.id, checked: i === 0 }),
        element('span', {}, room.name))));
    }
  }

  draw() {
    this.drawRooms();
    if (!this.room) {
      return;
    }
    const today = Math.floor(this.desk.now() / day) * day;
    for (const of of days) {
      const at = this.desk.monday + of * day;
      const number = String(new Date(at).getUTCDate());
      this.heads[of].replaceChildren(weekdays.format(at), element('b', {}, number));
      this.heads[of].className = at === today ? 'today' : '';
      this.pickers[of].replaceChildren(weekdays.format(at).slice(0, 2), element('b', {}, number));
      this.pickers[of].setAttribute('aria-label', date(at));
      this.pickers[of].setAttribute('aria-pressed', of === this.day);
      for (const row of hours.keys()) {
        this.drawSlot(of, row);
      }
    }
    this.drawTabStop();
  }

  /** What a slot shows: whose it is, and what a click does. */
  look(of, row) {
    const start = this.start(of, row);
    const end = start + hour;
    const booking = this.desk.bookings.find((one) => one.resource === this.room.id
      && one.start < end && one.end > start && this.desk.isLive(one));
    if (!booking) {
      const state = isOpen(this.room, start, end) ? 'free' : 'closed';
      const isPast = start < this.desk.now();
      return { state, text: '', kinds: [isPast && state === 'free' ? 'closed' : state], said: isPast ? 'over' : state };
    }
    const isMine = booking.holder === this.desk.me;
    const kinds = [booking.status === 'held' ? 'held' : isMine ? 'mine' : 'booked'];
    const who = isMine ? 'You' : booking.holder;
    if (end <= this.desk.now()) {
      kinds.push('past');
    }
    if (booking.start < start) {
      kinds.push('more');
    }
    if (booking.end > end) {
      kinds.push('goes-on');
    }
    const isHeld = booking.status === 'held';
    const rest = isHeld ? ` \u00b7 ${minutesAndSeconds(booking.expires - this.desk.now())}` : '';
    return {
      state: 'taken', booking, kinds, text: booking.start < start ? '' : who + rest,
      said: isHeld ? `held by ${isMine ? 'you' : who}` : isMine ? 'yours' : `booked by ${who}`,
    };
  }

  drawSlot(of, row) {
    const button = this.slots[of][row];
    const { text, kinds, said } = this.look(of, row);
    const fleeting = ['asking', 'lost'].filter((kind) => button.classList.contains(kind));
    button.className = ['slot', ...kinds, ...fleeting].join(' ');
    button.parentElement.className = of === this.day ? 'shown' : '';
    button.dataset.verb = this.desk.holdFor() ? 'Hold' : 'Book';
    const start = this.start(of, row);
    const label = `${this.room.name}, ${spoken(start, start + hour)}, ${said}`;
    if (button.textContent !== text) {
      button.textContent = text;
    }
    if (button.getAttribute('aria-label') !== label) {
      button.setAttribute('aria-label', label);
    }
  }

  drawTabStop() {
    for (const of of days) {
      for (const row of hours.keys()) {
        this.slots[of][row].tabIndex = of === this.focused[0] && row === this.focused[1] ? 0 : -1;
      }
    }
  }

  key(event) {
    const step = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
    const [of, row] = this.focused;
    const to = { Home: [0, row], End: [6, row] }[event.key] ?? (step && [of + step[0], row + step[1]]);
    const button = to && this.slots[to[0]]?.[to[1]];
    if (button) {
      event.preventDefault();
      this.day = to[0];
      this.draw();
      button.focus();
    }
  }

  async click(of, row) {
    const { state, booking } = this.look(of, row);
    if (state === 'taken') {
      this.show(booking);
      return;
    }
    const button = this.slots[of][row];
    button.classList.remove('lost');
    button.classList.add('asking');
    const answer = await this.desk.ask('book', {
      resource: this.room.id, start: new Date(this.start(of, row)).toISOString(), minutes: 60, places: 1,
      hold: this.desk.holdFor(),
    });
    button.classList.remove('asking');
    button.classList.toggle('lost', !answer.won);
    setTimeout(() => button.classList.remove('lost'), 2000);
  }

  show(booking) {
    const isMine = booking.holder === this.desk.me;
    get('details-title').textContent = `${this.room.name}, ${date(booking.start)}`;
    get('details-text').textContent =
      `${isMine ? 'You have' : `${booking.holder} has`} it from ${clock(booking.start)} to ${clock(booking.end)}`
      + `${booking.status === 'held' ? ', on hold' : ''}.`;
    get('give-back').hidden = !isMine;
    get('details').returnValue = '';
    get('details').onclose = () => {
      if (get('details').returnValue === 'cancel') {
        this.desk.ask('cancel', { booking: booking.id });
      }
    };
    get('details').showModal();
    get('close').focus(); // not on what takes a booking away
  }
}
