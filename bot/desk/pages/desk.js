/** @import {Agent, Authority, ConversationCard, Floor, Handoff, Lists, LogEvent, Offer, ServerFrame, Status, WrapUp} from './protocol.js' */
/** @import {Api} from './api.js' */
/** @import {Mode} from './kept.js' */
import { Calls } from './calls.js';
import { now } from './clock.js';
import { Connection } from './connection.js';
import { Emitter } from './emitter.js';
import { EventLog } from './event-log.js';
import { ApiError, readable } from './http.js';
import { Invitations } from './invitations.js';
import { Kept } from './kept.js';
import { Live } from './live.js';
import { MyStatus } from './my-status.js';
import { Outbox } from './outbox.js';
import { answeredInWords } from './team-event.js';
import { Todo } from './todo.js';
import { customerName, isAnswer, isCustomers } from './words.js';

/** A customer is told of our typing this often, in milliseconds. */
const TYPING_EVERY_MS = 3000;

/** @typedef {{text: string, tone: 'info' | 'problem' | 'good'}} Notice */

/**
 * What the signed-in agent's page knows, and what it can do. Elements listen to its topics and call
 * its methods; they don't open lines to the server themselves.
 * @extends {Emitter<{
 *   handoffs: null,
 *   offered: Offer[],
 *   opened: string | null,
 *   events: {conversation: string, events: LogEvent[]},
 *   card: string,
 *   notice: Notice,
 * }>} `offered`: what came on my desk just now; `opened`: another conversation is in the middle
 */
export class Desk extends Emitter {
  /** @type {Offer[]} the first to pass first */
  offers = [];
  /** @type {Handoff[]} in the order they are to be taken */
  waiting = [];
  /** @type {Handoff[]} those I wrap up, too */
  mine = [];
  /** @type {Handoff[]} colleagues' contacts I was asked about */
  advising = [];
  /** @type {string | null} */
  open = null;
  /** Whether the server has said who waits. */
  ready = false;
  /** @type {Map<string, ConversationCard>} */
  cards = new Map();
  /** @type {Map<string, Authority>} what I may do to a customer's orders by myself */
  authorities = new Map();
  live = new Live();
  calls = new Calls(this);
  invitations = new Invitations(this);

  /** @type {Map<string, Handoff>} every handoff heard of, for conversations that left the lists */
  #heardOf = new Map();
  /** @type {Map<string, number>} */
  #seen = new Map();
  /** @type {Set<string>} */
  #seenOffers = new Set();
  /** @type {Set<string>} handoffs I closed myself */
  #closed = new Set();
  #typingToldAt = 0;
  #since = now();

  /** @param {Agent} agent @param {Api} api */
  constructor(agent, api) {
    super();
    this.agent = agent;
    this.api = api;
    this.kept = new Kept(agent.id);
    this.connection = new Connection(async (conversation, since) => (await api.events(conversation, since)).events);
    this.outbox = new Outbox(this.kept, (message) => api.send(message.conversation, message.mode, message));
    this.status = new MyStatus((frame) => this.connection.send(frame));
    this.todo = new Todo(api, agent, this.decides);
    this.connection.on('frame', (frame) => this.#heard(frame));
    this.connection.on('events', (happened) => this.#happened(happened));
    this.connection.on('unsure', () => void api.me().catch(() => null));
  }

  /** Whether I decide what is above an agent's authority. */
  get decides() {
    return this.agent.role === 'senior' || this.agent.role === 'administrator';
  }

  start() {
    this.connection.start();
    this.todo.refresh();
  }

  stop() {
    this.calls.headset?.hangUp();
    this.connection.stop();
    this.outbox.stop();
  }

  /** @param {Status} status @param {string} [reason] of a break */
  choose(status, reason) {
    if (!this.status.choose(status, reason)) this.tell('Your status will change as soon as the connection is back.');
  }

  /** @param {string | null} conversation */
  show(conversation) {
    const before = this.open;
    if (before === conversation) return;
    this.open = conversation;
    if (conversation) {
      this.connection.watch(conversation);
      void this.refreshCard(conversation);
    }
    this.#unwatchUnneeded();
    this.#markSeen();
    this.emit('opened', conversation);
  }

  /** @param {string} conversation @returns {Handoff | null} its latest handoff */
  handoffOf(conversation) {
    const listed = [...this.mine, ...this.advising, ...this.waiting].find((one) => one.conversation === conversation);
    return listed ?? this.#heardOf.get(conversation) ?? this.cards.get(conversation)?.handoff
      ?? this.todo.taken.find((one) => one.conversation === conversation) ?? null;
  }

  /** @param {string} conversation @returns {string} the customer's name, as well as it is known */
  nameOf(conversation) {
    const card = this.cards.get(conversation);
    const identity = this.handoffOf(conversation)?.payload.identity;
    const number = card?.legs.findLast(({ caller }) => caller)?.caller ?? identity?.caller;
    return card?.customer?.name ?? identity?.name ?? card?.conversation.customer_name ?? number ?? 'Visitor';
  }

  /** @param {string} conversation @returns {boolean} whether I am the one who talks with them */
  holds(conversation) {
    return this.mine.some((one) => one.conversation === conversation && one.state !== 'wrap_up');
  }

  /** @param {string} conversation @returns {boolean} whether I may be on its line: it is mine, or I was asked about it */
  mayTalk(conversation) {
    return this.holds(conversation) || this.advising.some((one) => one.conversation === conversation);
  }

  /** @param {string} conversation @returns {Offer | null} */
  offerOf(conversation) {
    return this.offers.find((one) => one.handoff.conversation === conversation) ?? null;
  }

  /** @param {string} conversation @returns {EventLog} empty where nothing is known yet */
  log(conversation) {
    return this.connection.logs.get(conversation) ?? new EventLog();
  }

  /** @param {string} conversation @returns {string | null} the channel of its live call */
  lineOf(conversation) {
    const { events } = this.log(conversation);
    const begun = events.findLast(({ kind, data }) => kind === 'leg_started' && (data?.channel === 'phone' || data?.channel === 'voice'));
    if (!begun || events.some(({ kind, leg }) => kind === 'leg_ended' && leg === begun.leg)) return null;
    return begun.data?.channel ?? null;
  }

  /** @param {string} conversation what the customer said since the agent last looked or answered */
  unread(conversation) {
    const { events } = this.log(conversation);
    const answered = events.findLast((event) => event.from === 'agent')?.seq ?? 0;
    const seen = Math.max(answered, this.#seen.get(conversation) ?? 0);
    return events.filter((event) => event.seq > seen && isCustomers(event)).length;
  }

  /** @param {string} conversation what happened since somebody of ours took it */
  #sinceTaken(conversation) {
    const { events } = this.log(conversation);
    return events.slice(Math.max(0, events.findLastIndex(({ kind }) => kind === 'handoff_accepted')));
  }

  /** @param {string} conversation whether the customer heard from a person in this contact */
  answered(conversation) {
    return this.#sinceTaken(conversation).some(isAnswer);
  }

  /** @param {string} conversation @returns {string | null} since when the customer waits for our answer; the first one, too */
  unansweredSince(conversation) {
    const events = this.#sinceTaken(conversation);
    const last = events.findLastIndex(isAnswer);
    return (last < 0 ? events[0] : events.slice(last + 1).find(isCustomers))?.at ?? null;
  }

  /** @param {Handoff} handoff offered to me, or picked out of the queue @returns {Promise<boolean>} whether it is mine now */
  accept(handoff) {
    const offer = this.offers.find((one) => one.handoff.id === handoff.id);
    return this.attempt(async () => {
      const answer = offer ? await this.api.acceptOffer(offer.id) : await this.api.accept(handoff.id);
      const isAdvice = offer?.kind === 'consult';
      /** @param {Handoff[]} list */
      const withIt = (list) => [...list.filter((one) => one.id !== handoff.id), answer.handoff];
      this.#setLists({
        offers: this.offers.filter((one) => one.handoff.id !== handoff.id),
        waiting: this.waiting.filter((one) => one.id !== handoff.id),
        mine: isAdvice ? this.mine : withIt(this.mine),
        advising: isAdvice ? withIt(this.advising) : this.advising,
      });
      this.show(handoff.conversation);
      void this.refreshCard(handoff.conversation);
    });
  }

  /** @param {Offer} offer */
  decline(offer) {
    return this.attempt(async () => {
      await this.api.decline(offer.id);
      this.#setLists({ ...this.#lists, offers: this.offers.filter((one) => one.id !== offer.id) });
    });
  }

  /** @param {Handoff} handoff the talking is over: the assistant has the customer again, and I write down what came of it */
  end(handoff) {
    if (this.calls.headset?.conversation === handoff.conversation) this.calls.headset.hangUp();
    return this.attempt(() => this.change(() => this.api.end(handoff.id)));
  }

  /** @param {Handoff} handoff a colleague's, about which I was asked */
  leave(handoff) {
    if (this.calls.headset?.conversation === handoff.conversation) this.calls.headset.hangUp();
    return this.attempt(async () => {
      await this.api.leave(handoff.id);
      this.#setLists({ ...this.#lists, advising: this.advising.filter((one) => one.id !== handoff.id) });
    });
  }

  /** @param {Handoff} handoff @param {WrapUp} wrapUp throws ApiError */
  async close(handoff, wrapUp) {
    this.#closed.add(handoff.id);
    try {
      const answer = await this.api.close(handoff.id, wrapUp);
      if (answer?.handoff) this.#heardOf.set(handoff.conversation, answer.handoff);
    } catch (error) {
      this.#closed.delete(handoff.id);
      throw error;
    }
    this.kept.forget(handoff.conversation);
    this.#setLists({ ...this.#lists, mine: this.mine.filter((one) => one.id !== handoff.id) });
    this.tell(`Closed: ${customerName(handoff.payload)}.`, 'good');
  }

  /**
   * Something done with a contact of mine, whose new shape is shown. Throws ApiError.
   * @param {() => Promise<{handoff: Handoff}>} request
   */
  async change(request) {
    const { handoff } = await request();
    const isMine = (handoff.state === 'accepted' || handoff.state === 'wrap_up') && handoff.agent?.id === this.agent.id;
    const others = this.mine.filter((one) => one.id !== handoff.id);
    const at = this.mine.findIndex((one) => one.id === handoff.id);
    this.#heardOf.set(handoff.conversation, handoff);
    this.#setLists({ ...this.#lists, mine: isMine ? others.toSpliced(at < 0 ? others.length : at, 0, handoff) : others });
  }

  /** @param {string} conversation @param {Mode} mode @param {string} text */
  write(conversation, mode, text) {
    this.kept.setDraft(conversation, mode, '');
    this.outbox.add(conversation, mode, text);
  }

  /** @param {string} conversation tells the customer that somebody types, now and then */
  typing(conversation) {
    if (Date.now() - this.#typingToldAt < TYPING_EVERY_MS) return;
    this.#typingToldAt = Date.now();
    this.connection.send({ type: 'typing', conversation });
  }

  /** @param {string} conversation */
  async refreshCard(conversation) {
    const card = await this.api.conversation(conversation).catch(() => null);
    if (!card) return;
    this.cards.set(conversation, card);
    this.emit('card', conversation);
    if (!this.holds(conversation)) return;
    const authority = await this.api.authority(conversation).catch(() => null);
    if (!authority) return;
    this.authorities.set(conversation, authority);
    this.emit('card', conversation);
  }

  /** @param {string} text @param {Notice['tone']} [tone] */
  tell(text, tone = 'info') {
    this.emit('notice', { text, tone });
  }

  /** @param {() => Promise<unknown>} act @returns {Promise<boolean>} whether it went well; else it was said why not */
  async attempt(act) {
    try {
      await act();
      return true;
    } catch (error) {
      this.tell(readable(error), 'problem');
      if (error instanceof ApiError && error.status === 409) {
        const lists = await this.api.handoffs().catch(() => null);
        if (lists) this.#setLists(lists);
      }
      return false;
    }
  }

  /** @param {ServerFrame} frame */
  #heard(frame) {
    if (frame.type === 'hello') {
      this.status.greeted(frame.status);
      void this.outbox.flush();
      this.todo.refresh();
    } else if (frame.type === 'handoffs') {
      if (frame.me) this.status.heard(frame.me);
      this.#setLists(frame);
      this.todo.heard(frame);
    } else if (frame.type === 'typing' && frame.from === 'customer') this.live.set(frame.conversation, { typing: true });
    else if (frame.type === 'partial') this.live.set(frame.conversation, { partial: frame.text });
    else if (frame.type === 'floor') this.#floorChanged(frame.conversation, frame.floor);
    else if (frame.type === 'error') this.tell(frame.message, 'problem');
  }

  /** @param {{conversation: string, events: LogEvent[]}} happened */
  #happened({ conversation, events }) {
    this.outbox.arrived(conversation, events);
    if (events.some(isCustomers)) this.live.set(conversation, { typing: false, partial: '' });
    const changesCard = events.some(({ kind }) => kind === 'identity' || kind === 'order_action' || kind.startsWith('leg_'));
    if (changesCard && conversation === this.open) void this.refreshCard(conversation);
    for (const event of events) if (event.kind === 'order_request_answered') this.#tellAnswer(conversation, event);
    if (conversation === this.open) this.#markSeen();
    this.emit('events', { conversation, events });
  }

  /** @param {string} conversation @param {LogEvent} event a senior's decision, unless it was there before this page */
  #tellAnswer(conversation, event) {
    if (!this.holds(conversation) || Date.parse(event.at) < this.#since) return;
    const answer = event.data?.answer ? `: “${event.data.answer}”` : '.';
    this.tell(`${this.nameOf(conversation)}: ${answeredInWords(event)}${answer}`, event.data?.granted ? 'good' : 'problem');
  }

  /** @param {string} conversation @param {Floor} floor */
  #floorChanged(conversation, floor) {
    const card = this.cards.get(conversation);
    if (card) card.conversation.floor = floor;
    this.emit('card', conversation);
  }

  get #lists() {
    return { offers: this.offers, waiting: this.waiting, mine: this.mine, advising: this.advising };
  }

  /** @param {Pick<Lists, 'offers' | 'waiting' | 'mine' | 'advising'>} lists */
  #setLists({ offers = [], waiting, mine, advising = this.advising }) {
    const arrived = offers.filter((one) => !this.#seenOffers.has(one.id));
    this.#seenOffers = new Set(offers.map((one) => one.id));
    this.offers = offers.toSorted((one, other) => one.expires_at.localeCompare(other.expires_at));
    this.waiting = waiting.toSorted((one, other) =>
      one.ranks_at.localeCompare(other.ranks_at) || one.asked_at.localeCompare(other.asked_at));
    const left = this.mine.filter((one) => !this.#closed.has(one.id) && !mine.some(({ id }) => id === one.id));
    this.mine = mine;
    this.advising = advising;
    for (const handoff of [...waiting, ...offers.map((one) => one.handoff), ...advising, ...mine]) this.#heardOf.set(handoff.conversation, handoff);
    for (const handoff of [...mine, ...advising]) this.connection.watch(handoff.conversation);
    this.#unwatchUnneeded();
    this.ready = true;
    this.emit('handoffs', null);
    if (arrived.length) this.emit('offered', arrived);
    for (const handoff of left) this.#leftMe(handoff);
  }

  /** @param {Handoff} handoff no longer mine, and it was not I who closed it */
  #leftMe({ conversation, state, payload }) {
    if (this.#heardOf.get(conversation)?.state === state) this.#heardOf.delete(conversation);
    if (conversation === this.open) void this.refreshCard(conversation);
    if (state !== 'wrap_up') return;
    this.kept.forget(conversation);
    this.tell(`The time to wrap up ${customerName(payload)} ran out: the summary the system proposed was kept.`);
  }

  #unwatchUnneeded() {
    const needed = new Set([...this.mine, ...this.advising].map((one) => one.conversation));
    for (const conversation of this.connection.logs.keys()) {
      if (conversation !== this.open && !needed.has(conversation)) this.connection.unwatch(conversation);
    }
  }

  /** To be called when the page comes to the front, too. */
  #markSeen() {
    if (this.open && document.visibilityState === 'visible') {
      this.#seen.set(this.open, this.log(this.open).last);
    }
  }

  looked() {
    this.#markSeen();
    this.emit('handoffs', null);
  }
}

