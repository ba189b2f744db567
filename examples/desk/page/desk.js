// SPDX-License-Identifier: PostgreSQL
// desk.js: what the page knows of a week, and when it asks again.
// To know first: the page decides nothing. It shows what was so when it asked; a click asks the database, which answers
// with what is so now. Whatever happens to a booking arrives by the feed, and then the week is read again.
import { day, element, get, minutesAndSeconds, mondayOf, months, send, spoken, date, times } from './small.js';
import { Calendar } from './calendar.js';
import { Classes } from './classes.js';
import { Dispatch } from './dispatch.js';

const asked = new URLSearchParams(location.search);
const names = ['Ann', 'Cleo', 'Dan', 'Eve', 'Finn', 'Gia', 'Hugo', 'Ida'];

/** What the views share. */
export const desk = {
  me: asked.get('me') || sessionStorage.getItem('me') || names[Math.floor(Math.random() * names.length)],
  monday: mondayOf(asked.has('week') ? Date.parse(`${asked.get('week')}T00:00:00Z`) : Date.now()),
  ahead: 0, // of this clock is the server's
  resources: [],
  bookings: [],
  waiters: [],
  jobs: [],
  offers: [],

  now: () => Date.now() + desk.ahead,
  /** Seconds that a click holds for; 0: it books. */
  holdFor: () => Number(document.querySelector('input[name=mode]:checked').value),
  isLive: (booking) => booking.status === 'confirmed' || booking.expires > desk.now(),

  /** A click: asks, says what came of it, and reads the week again. */
  async ask(call, input) {
    const answer = await send(call, { me: desk.me, ...input });
    tell(answer);
    await load();
    return answer;
  },
};

const views = { rooms: new Calendar(desk), class: new Classes(desk), dispatch: new Dispatch(desk) };

// What a click came to: a refusal is said at once, whatever a screen reader is saying.
let hush;
function tell(answer) {
  clearTimeout(hush);
  get('told').replaceChildren();
  get('refused').replaceChildren();
  get(answer.won ? 'told' : 'refused').append(element('p', {}, answer.words));
  hush = setTimeout(() => { get('told').replaceChildren(); get('refused').replaceChildren(); }, 8000);
}

// Only one reading at a time: requests that come meanwhile cause one more.
let loading;
let isStale = false;
export function load() {
  isStale = true;
  loading ??= (async () => {
    while (isStale) {
      isStale = false;
      await read();
    }
  })().finally(() => { loading = undefined; });
  return loading;
}

async function read() {
  const monday = desk.monday;
  const answer = await fetch(`/api/week?from=${new Date(monday).toISOString().slice(0, 10)}`).catch(() => null);
  const week = await answer?.json();
  if (!answer?.ok) {
    tell({ won: false, words: week?.words ?? 'The desk does not answer. Is it still open?' });
    return;
  }
  if (monday !== desk.monday) {
    isStale = true;
    return;
  }
  const atInstants = (row) => ({
    ...row, start: Date.parse(row.start), end: Date.parse(row.end), expires: row.expires && Date.parse(row.expires),
  });
  desk.ahead = Date.parse(week.now) - Date.now();
  desk.resources = week.resources;
  desk.bookings = week.bookings.map(atInstants);
  desk.waiters = week.waiters.map(atInstants);
  desk.jobs = week.jobs.map(atInstants);
  desk.offers = week.offers;
  noteHolds();
  draw();
}

const current = () => (location.hash.slice(1) in views ? location.hash.slice(1) : 'rooms');

function draw() {
  for (const name of Object.keys(views)) {
    get(name).hidden = name !== current();
    const link = document.querySelector(`nav a[href="#${name}"]`);
    link.toggleAttribute('aria-current', name === current());
    if (name === current()) {
      link.setAttribute('aria-current', 'page');
    }
  }
  get('mode').hidden = current() === 'dispatch';
  const sunday = desk.monday + 6 * day;
  const first = new Date(desk.monday).getUTCDate();
  const week = `${first} \u2013 ${new Date(sunday).getUTCDate()} ${months.format(sunday)}`;
  if (get('week').textContent !== week) {
    get('week').textContent = week;
  }
  views[current()].draw();
  drawHolds();
  if (!performance.getEntriesByName('drawn').length && desk.resources.length) {
    performance.mark('drawn');
  }
}

// My holds by id, including those of other weeks. A hold that is gone without a click of mine has lapsed.
const holds = new Map();
const ended = new Set();

function noteHolds() {
  const there = new Map(desk.bookings.map((booking) => [booking.id, booking]));
  for (const [id, hold] of holds) {
    const isShown = hold.start >= desk.monday && hold.start < desk.monday + 7 * day;
    const booking = there.get(id);
    if (isShown && !(booking?.status === 'held')) {
      holds.delete(id);
      if (!booking && !ended.has(id)) {
        tellLapsed(hold);
      }
    }
  }
  for (const booking of desk.bookings) {
    if (booking.status === 'held' && booking.holder === desk.me && desk.isLive(booking)) {
      holds.set(booking.id, booking);
    }
  }
}

const nameOf = (resource) => desk.resources.find((one) => one.id === resource)?.name ?? resource;

function tellLapsed(hold) {
  const what = `${nameOf(hold.resource)}, ${spoken(hold.start, hold.end)}`;
  tell({ won: false, words: `Your hold has lapsed: ${what} is free for others again.` });
}

async function endHold(call, hold) {
  ended.add(hold.id);
  await desk.ask(call, { booking: hold.id });
}

const rim = 2 * Math.PI * 19;
function ring() {
  const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
  svg.setAttribute('viewBox', '0 0 44 44');
  for (let i = 0; i < 2; i++) {
    const circle = document.createElementNS('http://www.w3.org/2000/svg', 'circle');
    for (const [name, value] of [['cx', 22], ['cy', 22], ['r', 19], ['stroke-dasharray', rim]]) {
      circle.setAttribute(name, value);
    }
    svg.append(circle);
  }
  return element('div', { class: 'ring', role: 'timer', 'aria-label': 'Time left' }, svg, element('span'));
}

function drawHolds() {
  const box = get('holds');
  for (const shown of [...box.children]) {
    if (!holds.has(shown.dataset.id)) {
      if (shown.contains(document.activeElement)) {
        get('main').focus(); // not to the top of the page
      }
      shown.remove();
    }
  }
  for (const hold of holds.values()) {
    let card = [...box.children].find((one) => one.dataset.id === hold.id);
    if (!card) {
      card = element('div', { class: 'hold', 'data-id': hold.id },
        ring(),
        element('p', { class: 'words' },
          element('strong', {}, nameOf(hold.resource)), `, ${date(hold.start)}, ${times(hold.start, hold.end)}`,
          ' is held for you.'),
        element('button', { type: 'button', class: 'go', onclick: () => endHold('confirm', hold) }, 'Confirm'),
        element('button', { type: 'button', onclick: () => desk.ask('extend', { booking: hold.id }) }, 'More time'),
        element('button', { type: 'button', onclick: () => endHold('cancel', hold) }, 'Let go'));
      box.append(card);
    }
    const left = hold.expires - desk.now();
    card.querySelector('.ring span').textContent = minutesAndSeconds(left);
    card.querySelector('circle + circle').setAttribute('stroke-dashoffset', rim * (1 - Math.min(1, left / 120000)));
  }
  box.hidden = holds.size === 0;
}

// The clock of the holds. Nothing tells the page that a hold has lapsed, so it watches the time itself.
setInterval(() => {
  for (const [id, hold] of holds) {
    if (hold.expires <= desk.now()) {
      holds.delete(id);
      tellLapsed(hold);
      load();
    }
  }
  if (desk.bookings.some((booking) => booking.status === 'held')) {
    draw();
  }
}, 1000);

// The feed
const did = {
  booked: 'booked', held: 'holds', confirmed: 'confirmed', extended: 'has more time for', cancelled: 'gave back',
  expired: 'let lapse', rescheduled: 'moved to', swapped: 'swapped for', moved: 'was moved in', changed: 'has now',
  deleted: 'is gone from', joined: 'waits for', offered: 'is offered', left: 'waits no longer for',
};

// The places of a party are one line.
function happened(message) {
  const event = JSON.parse(message.data);
  const what = JSON.stringify([event.kind, event.resource, event.holder, event.when]);
  const last = get('feed').firstElementChild;
  const times = last?.dataset.what === what ? Number(last.dataset.times) + 1 : 1;
  if (times > 1) {
    last.remove();
  }
  const [who, verb, whom] = event.resource.startsWith('courier:') && event.kind === 'booked'
    ? [event.name, 'goes to', event.holder] : [event.holder, did[event.kind], event.name];
  get('feed').prepend(element('li', { class: 'new', 'data-what': what, 'data-times': times },
    element('b', {}, who), ` ${verb} `, element('b', {}, whom), times > 1 ? ` \u00d7 ${times}` : '',
    element('span', {}, event.when)));
  while (get('feed').children.length > 9) {
    get('feed').lastChild.remove();
  }
  load();
}

function listen() {
  const feed = new EventSource('/api/feed');
  const show = (text, kind) => { get('link').textContent = text; get('link').className = `link ${kind}`; };
  feed.addEventListener('open', () => { get('feed').replaceChildren(); show('live', 'live'); load(); });
  feed.addEventListener('happened', happened);
  feed.addEventListener('changed', load);
  feed.addEventListener('error', () => {
    show('reconnecting', 'lost');
    if (feed.readyState === EventSource.CLOSED) { // it was refused; it will not come again by itself
      setTimeout(listen, 3000);
    }
  });
}

function turn(by) {
  desk.monday = by === 0 ? mondayOf(desk.now()) : desk.monday + by * day;
  load();
}

get('before').addEventListener('click', () => turn(-7));
get('after').addEventListener('click', () => turn(7));
get('today').addEventListener('click', () => turn(0));
addEventListener('hashchange', draw);
get('mode').addEventListener('change', draw);
get('me').value = desk.me;
get('me').addEventListener('input', (event) => {
  desk.me = event.target.value.trim() || desk.me;
  sessionStorage.setItem('me', desk.me);
  holds.clear();
  load();
});
document.querySelector('.me').addEventListener('submit', (event) => event.preventDefault());

listen();
load();
