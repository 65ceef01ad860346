/** @import {Desk} from './desk.js' */
/** @import {Handoff} from './protocol.js' */
import { CountDown, ElapsedTime, now } from './clock.js';
import { h, icon, once, showList } from './dom.js';
import {
  channelIcon, channelInWords, channelOf, contactReasonInWords, customerName, isUrgent, reasonInWords, tierOf,
} from './words.js';

/** Whose contact I have, what I still write down, and who else waits. */
export class ContactList extends HTMLElement {
  #waiting = h('ul', { class: 'contacts', id: 'waiting' });
  #mine = h('ul', { class: 'contacts', id: 'mine' });
  #wrapping = h('ul', { class: 'contacts', id: 'wrapping' });
  #advising = h('ul', { class: 'contacts', id: 'advising' });
  #empty = h('p', { class: 'empty' });
  #emptyMine = h('p', { class: 'empty' }, 'Nothing in hand. What you accept appears here.');
  #desk;

  /** @param {Desk} desk */
  constructor(desk) {
    super();
    this.#desk = desk;
    this.append(
      group('mine', 'Mine', this.#mine, this.#emptyMine),
      group('wrapping', 'To write down', this.#wrapping),
      group('advising', 'Colleagues asked you', this.#advising),
      group('waiting', 'Waiting', this.#waiting, this.#empty),
    );
    for (const topic of /** @type {const} */ (['handoffs', 'events', 'opened'])) desk.on(topic, () => this.#show());
    desk.status.on('change', () => this.#show());
    desk.live.on('change', () => this.#show());
    this.#show();
  }

  /** Conversations as they stand here, top to bottom: what the keyboard walks through. */
  get order() {
    const { offers, mine, advising, waiting } = this.#desk;
    const listed = [...offers.map((one) => one.handoff), ...mine.toSorted(talksFirst), ...advising, ...waiting];
    return [...new Set(listed.map((handoff) => handoff.conversation))];
  }

  #show() {
    const { mine, advising, ready } = this.#desk;
    const waiting = this.#desk.waiting.filter((one) => !this.#desk.offerOf(one.conversation));
    this.#list(this.#mine, mine.filter((one) => one.state !== 'wrap_up'), (one) => this.#makeMine(one));
    this.#list(this.#wrapping, mine.filter((one) => one.state === 'wrap_up'), (one) => this.#makeWrapping(one));
    this.#list(this.#advising, advising, (one) => this.#makeMine(one));
    this.#list(this.#waiting, waiting, (one) => this.#makeWaiting(one));
    for (const list of [this.#wrapping, this.#advising]) if (list.parentElement) list.parentElement.hidden = !list.children.length;
    this.#emptyMine.hidden = this.#mine.children.length > 0;
    this.#empty.hidden = waiting.length > 0;
    this.#empty.textContent = !ready
      ? 'Asking the server who is waiting…'
      : this.#desk.status.me.status !== 'available'
        ? 'Nobody else is waiting. Nothing is offered to you until you are Available.'
        : 'Nobody else is waiting. The assistant is answering; whoever needs you is offered to you.';
  }

  /** @param {HTMLElement} list @param {Handoff[]} handoffs @param {(handoff: Handoff) => HTMLElement} make */
  #list(list, handoffs, make) {
    showList(list, handoffs, (one) => one.id, make, (row, one) => this.#update(row, one));
  }

  /** @param {Handoff} handoff */
  #makeWaiting(handoff) {
    const name = customerName(handoff.payload);
    const accept = h('button', {
      type: 'button', class: 'accept', 'aria-label': `Take ${name}`, title: 'Take out of the queue',
      onclick: once(() => this.#desk.accept(handoff)),
    }, 'Take');
    return h('li', { class: 'contact' }, this.#open(handoff), h('div', { class: 'contact-side' },
      new ElapsedTime(handoff.asked_at, { dueBy: handoff.payload.time?.due_by }), accept));
  }

  /** @param {Handoff} handoff */
  #makeMine(handoff) {
    return h('li', { class: 'contact' }, this.#open(handoff), h('div', { class: 'contact-side' },
      h('span', { class: 'contact-timer' }), h('span', { class: 'unread' })));
  }

  /** @param {Handoff} handoff */
  #makeWrapping(handoff) {
    const until = handoff.wrap_up_until;
    return h('li', { class: 'contact' }, this.#open(handoff), h('div', { class: 'contact-side' },
      until && new CountDown(handoff.closed_at ?? new Date(now()).toISOString(), until)));
  }

  /** @param {Handoff} handoff */
  #open(handoff) {
    const { need } = handoff.payload;
    const channel = channelOf(handoff);
    const tier = tierOf(handoff.payload);
    return h('button', { type: 'button', class: 'contact-open', onclick: () => this.#desk.show(handoff.conversation) },
      h('span', { class: 'contact-name' },
        h('span', { class: 'channel', title: channelInWords(channel) }, icon(channelIcon(channel)), h('span', { class: 'sr' }, `${channelInWords(channel)}: `)),
        h('span', { class: 'name' }, customerName(handoff.payload)),
        tier && h('span', { class: 'badge', 'data-tier': tier.toLowerCase() }, tier),
        isUrgent(need) && h('span', { class: 'badge urgent' }, 'Urgent')),
      h('span', { class: 'contact-why' }, reasonInWords(need.reason)),
      h('span', { class: 'contact-last' }, need.contact_reason ? `About ${contactReasonInWords(need.contact_reason)}` : ''));
  }

  /** @param {HTMLElement} row @param {Handoff} handoff */
  #update(row, handoff) {
    const { conversation } = handoff;
    const current = conversation === this.#desk.open;
    const button = row.querySelector('.contact-open');
    row.classList.toggle('current', current);
    if (current) button?.setAttribute('aria-current', 'true');
    else button?.removeAttribute('aria-current');
    this.#updateTimer(row, handoff);
    const unread = row.querySelector('.unread');
    if (!(unread instanceof HTMLElement)) return;
    const count = this.#desk.unread(conversation);
    unread.hidden = count === 0;
    if (unread.dataset.count !== String(count)) {
      unread.dataset.count = String(count);
      unread.replaceChildren(String(count), h('span', { class: 'sr' }, ' unread'));
    }
    const last = row.querySelector('.contact-last');
    if (last) last.textContent = this.#lastWords(conversation) ?? last.textContent;
  }

  /** Counts what the customer waits for an answer, in colour; else how long we talk. @param {HTMLElement} row @param {Handoff} handoff */
  #updateTimer(row, handoff) {
    const place = row.querySelector('.contact-timer');
    if (!(place instanceof HTMLElement)) return;
    const unanswered = handoff.medium === 'voice' ? null : this.#desk.unansweredSince(handoff.conversation);
    const since = unanswered ?? handoff.accepted_at;
    if (!since || place.dataset.since === since) return;
    place.dataset.since = since;
    place.replaceChildren(new ElapsedTime(since, { calm: !unanswered }));
  }

  /** @param {string} conversation */
  #lastWords(conversation) {
    if (this.#desk.live.of(conversation).typing) return 'is typing…';
    const said = this.#desk.log(conversation).events.findLast((event) => event.text && (event.kind === 'message' || event.kind === 'speech'));
    if (!said) return null;
    return said.from === 'customer' ? said.text : `${said.name ?? 'Us'}: ${said.text}`;
  }
}
customElements.define('contact-list', ContactList);

/** @param {string} id @param {string} title @param {...Node} content */
const group = (id, title, ...content) => h('section', { 'aria-labelledby': `${id}-title` }, h('h2', { id: `${id}-title` }, title), ...content);
/** @param {Handoff} one @param {Handoff} other those I talk with before those I write down */
const talksFirst = (one, other) => Number(one.state === 'wrap_up') - Number(other.state === 'wrap_up');
