// SPDX-License-Identifier: PostgreSQL
// dispatch.js: jobs that all couriers are asked to do, and the phones on which they say yes or no.
// To know first: any number may press Accept at once; as many as were asked for have the job, and no one more.
import { date, day, element, get, hour, times, weekdays } from './small.js';

export class Dispatch {
  constructor(desk) {
    this.desk = desk;
    get('job').addEventListener('submit', (event) => this.open(event));
    get('job').elements.hour.append(...[8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19].map((at) =>
      element('option', { value: at }, `${String(at).padStart(2, '0')}:00`)));
  }

  draw() {
    const select = get('job').elements.day;
    if (this.drawn !== this.desk.monday) {
      this.drawn = this.desk.monday;
      const chosen = select.value || '0';
      select.replaceChildren(...[0, 1, 2, 3, 4, 5, 6].map((of) =>
        element('option', { value: of, selected: String(of) === chosen },
          weekdays.format(this.desk.monday + of * day))));
    }
    const focused = document.activeElement?.dataset?.at;
    const jobs = this.desk.jobs.filter((job) => job.status !== 'cancelled');
    get('jobs').replaceChildren(...jobs.map((job) => this.job(job)));
    if (jobs.length === 0) {
      get('jobs').append(element('li', { class: 'none' }, 'No jobs this week. Ask the couriers for one.'));
    }
    const couriers = this.desk.resources.filter((resource) => resource.id.startsWith('courier:'));
    const made = JSON.stringify([couriers, jobs, this.desk.offers]);
    if (this.made === made) {
      return; // somebody may be about to press a button
    }
    this.made = made;
    get('phones').replaceChildren(...couriers.map((courier) => this.phone(courier, jobs)));
    if (focused) {
      get('phones').querySelector(`[data-at="${CSS.escape(focused)}"]`)?.focus();
    }
  }

  job(job) {
    const places = [...Array(job.positions).keys()];
    return element('li', { class: job.status },
      element('span', {}, element('b', {}, `${date(job.start)}, ${times(job.start, job.end)}`),
        ` for ${job.requester}`),
      element('span', { class: 'count' }, ...places.map((n) => element('i', { class: n < job.filled && 'taken' })),
        job.filled === job.positions ? 'all there' : `${job.filled} of ${job.positions}`));
  }

  phone(courier, jobs) {
    const theirs = jobs.flatMap((job) => this.desk.offers
      .filter((offer) => offer.job === job.id && offer.provider === courier.id && offer.status !== 'withdrawn')
      .map((offer) => ({ ...offer, job })));
    return element('section', { class: 'phone', 'aria-label': `Phone of ${courier.name}` },
      element('h4', {}, courier.name),
      ...theirs.map((offer) => this.offer(courier, offer)),
      theirs.length === 0 ? element('p', { class: 'none' }, 'Nothing yet') : '');
  }

  offer(courier, offer) {
    const { job } = offer;
    const when = element('b', {}, date(job.start), element('br'), times(job.start, job.end));
    if (offer.status === 'pending' && job.status === 'open') {
      const button = (call, text, kind) => element('button', {
        type: 'button', class: kind, 'data-at': `${offer.id} ${call}`, 'aria-label': `${courier.name}: ${text}`,
        onclick: () => this.desk.ask(call, { offer: offer.id, provider: courier.id }),
      }, text);
      return element('article', { class: 'open' }, when, `for ${job.requester}`,
        element('div', { class: 'buttons' }, button('accept', 'Accept', 'go'), button('decline', 'No', '')));
    }
    const words = {
      accepted: `You have it, as number ${offer.position}.`, declined: 'You said no.', pending: 'Others were faster.',
    }[offer.status] ?? (job.status === 'filled' ? 'Others were faster.' : 'It is over.');
    return element('article', { class: offer.status === 'accepted' ? 'accepted' : 'over' }, when, words);
  }

  open(event) {
    event.preventDefault();
    const { day: of, hour: at, places } = get('job').elements;
    this.desk.ask('job', {
      start: new Date(this.desk.monday + of.value * day + at.value * hour).toISOString(), minutes: 60,
      places: Number(places.value),
    });
  }
}
