/** @import {Desk} from './desk.js' */
/** @import {Authority, Leg, Line, Order, Payload} from './protocol.js' */
import { CallRecordings } from './call-recordings.js';
import { now } from './clock.js';
import { h, icon, present } from './dom.js';
import { askToAct, authorityInWords } from './order-act.js';
import { channelIcon, channelInWords, dayOf, money, plain, spaced, tierOf, whenOf } from './words.js';

/** Order states that ask for a look. */
const TROUBLE = new Set(['delayed', 'awaiting_payment', 'returned', 'cancelled']);

/** Who the customer is, what they were promised, their orders, and what was tried. */
export class ContextPanel extends HTMLElement {
  #desk;
  #drawn = '';
  /** All but the recordings. */
  #facts = h('div');
  /** Shows an event of the transcript. @type {(seq: number) => void} */
  goTo = () => {};

  /** @param {Desk} desk */
  constructor(desk) {
    super();
    this.#desk = desk;
    this.append(this.#facts, new CallRecordings(desk));
    desk.on('opened', () => this.#show());
    desk.on('handoffs', () => this.#show());
    desk.on('card', (conversation) => conversation === desk.open && this.#show());
    this.#show();
  }

  #show() {
    const { open } = this.#desk;
    if (!open) this.#drawn = '';
    if (!open) return this.#facts.replaceChildren(h('p', { class: 'empty' }, 'Who the customer is, their orders and what we promised them appear here.'));
    const payload = this.#desk.handoffOf(open)?.payload;
    const card = this.#desk.cards.get(open);
    const may = this.#desk.holds(open) ? this.#desk.authorities.get(open) ?? null : null;
    const progress = payload?.progress;
    const promises = [...(progress?.promises ?? []), ...this.#promisedSince(open, progress?.promises ?? [])];
    // Drawn anew only when something changed: the keyboard may be in it.
    const drawn = JSON.stringify([open, payload, card, may, promises]);
    if (drawn === this.#drawn) return;
    this.#drawn = drawn;
    const slots = Object.entries(progress?.slots ?? {}).filter(([, value]) => value !== null && value !== '');
    this.#facts.replaceChildren(...present([
      this.#customer(open),
      section('Promises', promises.length
        ? h('ul', { class: 'lines' }, ...promises.map((line) => this.#line(line)))
        : quiet('Nothing was promised so far.')),
      section('Orders', card?.shop_problem
        ? h('p', { class: 'unverified' }, icon('warning'), card.shop_problem)
        : this.#orders(card?.orders ?? [], progress?.open_orders ?? [], Boolean(card?.customer), may)),
      section('Tried by the assistant', progress?.tried?.length
        ? h('ol', { class: 'lines' }, ...progress.tried.map((line) => this.#line(line)))
        : quiet('Nothing yet: you are the first to try.')),
      slots.length > 0 && section('What they told us', h('dl', {}, ...slots.flatMap(([name, value]) =>
        [h('dt', {}, plain(name)), h('dd', {}, typeof value === 'object' ? JSON.stringify(value) : String(value))]))),
      card?.legs?.length ? section('Where it took place', h('ul', { class: 'lines' }, ...card.legs.map((leg) => h('li', {},
        channelInWords(leg.channel), deviceInWords(leg), leg.caller ? `, ${leg.caller}` : '', leg.started_at ? `, ${whenOf(leg.started_at)}` : '',
        leg.page ? h('span', { class: 'quiet page' }, leg.page) : null)))) : null,
    ]));
  }

  /** @param {string} conversation */
  #customer(conversation) {
    const payload = this.#desk.handoffOf(conversation)?.payload;
    const customer = this.#desk.cards.get(conversation)?.customer;
    const tier = tierOf(payload) ?? (customer?.tier && customer.tier !== 'standard' ? plain(customer.tier) : null);
    const check = verification(this.#desk.cards.get(conversation)?.legs, payload);
    return h('section', { class: 'customer' },
      h('h2', {}, this.#desk.nameOf(conversation), ' ', tier && h('span', { class: 'badge', 'data-tier': tier.toLowerCase() }, tier)),
      h('p', { class: check.holds ? 'verified' : 'unverified' }, icon(check.holds ? 'check' : 'warning'), check.words),
      customer?.email && h('p', {}, customer.email),
      customer?.phone && h('p', {}, customer.phone));
  }

  /** @param {string} conversation @param {Line[]} known @returns {Line[]} */
  #promisedSince(conversation, known) {
    const listed = new Set(known.map((line) => line.event));
    return this.#desk.log(conversation).events
      .filter((event) => event.kind === 'promise' && !listed.has(event.seq))
      .map((event) => ({ text: event.text ?? '', event: event.seq, due: event.data?.due ?? null }));
  }

  /** @param {Line} line */
  #line(line) {
    const words = line.due ? `${line.text} (by ${dayOf(line.due)})` : line.text;
    const seq = line.event;
    if (!seq) return h('li', {}, words);
    return h('li', {}, h('button', { type: 'button', class: 'line', title: 'Show where', onclick: () => this.goTo(seq) }, words));
  }

  /**
   * @param {Order[]} orders
   * @param {{number: string, state: string}[]} open
   * @param {boolean} known
   * @param {Authority | null} may null where nothing may be done, the contact not being mine
   */
  #orders(orders, open, known, may) {
    const listed = orders.length ? orders : open;
    if (!listed.length) return quiet(known ? 'No orders.' : 'Orders appear once the customer is known.');
    const conversation = this.#desk.open ?? '';
    const rows = listed.map((order) => orderRow(order, may && (() => askToAct(this.#desk, conversation, order, may))));
    const line = may && (authorityInWords(may) || 'nothing: a senior does');
    return h('div', {}, line && h('p', { class: 'authority' }, h('strong', {}, 'You decide: '), line), h('ul', { class: 'orders' }, ...rows));
  }
}
customElements.define('context-panel', ContextPanel);

/**
 * Whether we know now who this is: what the leg says on which the customer is, or before the legs are
 * known, the handoff. A check in the chat says nothing about who is on the telephone.
 * @param {Leg[] | undefined} legs
 * @param {Payload | undefined} payload
 */
function verification(legs = [], payload) {
  const identity = payload?.identity;
  const live = legs.filter((leg) => !leg.ended_at);
  const here = live.findLast((leg) => channelIcon(leg.channel) !== 'chat') ?? live.at(-1) ?? legs.at(-1);
  const by = (/** @type {string | null | undefined} */ how) => (how ? ` by ${how}` : '');
  if (here?.verified_until) {
    return Date.parse(here.verified_until) > now()
      ? { holds: true, words: `Verified${by(here.verified_how)}` }
      : { holds: false, words: 'The check of identity has lapsed: ask again before you speak of orders' };
  }
  if (legs.some((leg) => leg.verified_until)) {
    return { holds: false, words: 'Checked elsewhere, not on this line: ask again before you speak of orders' };
  }
  if (identity?.verified) return { holds: true, words: `Verified${by(identity.how)}` };
  return { holds: false, words: 'Not verified: say nothing about orders yet' };
}

/** @param {Order} order @param {(() => void) | null} act */
function orderRow(order, act) {
  const number = spaced(order.number);
  const facts = [
    order.placed_at && `placed ${dayOf(order.placed_at)}`,
    order.expected_on && `expected ${dayOf(order.expected_on)}`,
    order.total_cents !== undefined && money(order.total_cents, order.currency),
  ].filter(Boolean).join(' · ');
  return h('li', { class: 'order' },
    h('p', { class: 'order-head' }, h('strong', {}, number),
      h('span', { class: 'state', 'data-trouble': TROUBLE.has(order.state) }, plain(order.state))),
    h('p', {}, (order.lines ?? []).map((line) => (line.quantity > 1 ? `${line.quantity} × ${line.name}` : line.name)).join('; ')),
    facts && h('p', { class: 'quiet' }, facts),
    h('p', { class: 'quiet' }, (order.shipments ?? []).map((one) => `${one.carrier} ${one.tracking_number}`).join('; ')),
    act && h('button', { type: 'button', class: 'act', 'aria-label': `Act on order ${number}`, onclick: act }, 'Act…'));
}

/** @param {string} title @param {Node} content */
const section = (title, content) => h('section', {}, h('h3', {}, title), content);
/** @param {string} text */
const quiet = (text) => h('p', { class: 'quiet' }, text);
/** A phone's device is its carrier. @param {{channel: string, device?: string | null}} leg */
const deviceInWords = ({ channel, device }) => (!device ? '' : channel === 'phone' ? ` by ${device[0]?.toUpperCase()}${device.slice(1)}` : ` on a ${device}`);
