/** @import {Agent, ConversationCard, Floor, Handoff, LogEvent, ServerFrame, Status, TakenMessage} from './protocol.js' */
/** @import {Api} from './api.js' */
/** @import {Mode} from './kept.js' */
import { ApiError, readable } from './api.js';
import { Connection } from './connection.js';
import { Emitter } from './emitter.js';
import { EventLog } from './event-log.js';
import { Headset } from './headset.js';
import { Kept } from './kept.js';
import { Outbox } from './outbox.js';
import { isCustomers } from './words.js';

/** A customer typing is shown this long after the last sign of it; they are told of us as often. */
const TYPING_SHOWN_MS = 5000;
const TYPING_EVERY_MS = 3000;

/** @typedef {{text: string, tone: 'info' | 'problem' | 'good'}} Notice */

/**
 * What the signed-in agent's page knows, and what it can do. Elements listen to its topics and call
 * its methods; they don't talk to the server themselves.
 * @extends {Emitter<{
 *   status: Status,
 *   handoffs: null,
 *   arrived: Handoff[],
 *   opened: string | null,
 *   events: {conversation: string, events: LogEvent[]},
 *   live: string,
 *   card: string,
 *   taken: null,
 *   call: null,
 *   level: {mine?: number, theirs?: number},
 *   notice: Notice,
 * }>} `arrived`: contacts that began to wait just now; `live`: typing or partial speech of that
 *   conversation changed; `opened`: another conversation is in the middle; `call`: of the headset or
 *   the line; `level`: how loud who is, 0 to 1
 */
export class Desk extends Emitter {
  /** @type {Status} */
  status = 'available';
  /** @type {Handoff[]} longest wait first */
  waiting = [];
  /** @type {Handoff[]} */
  mine = [];
  /** @type {TakenMessage[]} */
  taken = [];
  /** @type {string | null} */
  open = null;
  /** Whether the server has said who waits. */
  ready = false;
  /** @type {Map<string, ConversationCard>} */
  cards = new Map();
  /** @type {Headset | null} the call the agent is talking in */
  headset = null;

  /** @type {Map<string, Handoff>} every handoff heard of, for conversations that left the lists */
  #heardOf = new Map();
  /** @type {Map<string, {typing: boolean, partial: string, timer: number}>} */
  #live = new Map();
  /** @type {Map<string, number>} */
  #seen = new Map();
  /** @type {Set<string>} */
  #seenWaiting = new Set();
  #typingToldAt = 0;
  /** @type {Map<string, string>} conversation to why the headset left it */
  #headsetProblems = new Map();
  /** @type {Status | null} */
  #chosen = null;

  /** @param {Agent} agent @param {Api} api */
  constructor(agent, api) {
    super();
    this.agent = agent;
    this.api = api;
    this.kept = new Kept(agent.id);
    this.connection = new Connection(async (conversation, since) => (await api.events(conversation, since)).events);
    this.outbox = new Outbox(this.kept, (message) => api.send(message.conversation, message.mode, message));
    this.connection.on('frame', (frame) => this.#heard(frame));
    this.connection.on('events', (happened) => this.#happened(happened));
    this.connection.on('unsure', () => void api.me().catch(() => null));
  }

  start() {
    this.connection.start();
    void this.refreshTaken();
  }

  stop() {
    this.headset?.hangUp();
    this.connection.stop();
    this.outbox.stop();
  }

  /** @param {Status} status */
  choose(status) {
    this.#chosen = status;
    this.#setStatus(status);
    if (!this.connection.send({ type: 'status', status })) {
      this.tell('Your status will change as soon as the connection is back.');
    }
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
    const listed = [...this.mine, ...this.waiting].find((one) => one.conversation === conversation);
    return listed ?? this.#heardOf.get(conversation) ?? this.cards.get(conversation)?.handoff
      ?? this.taken.find((one) => one.conversation === conversation) ?? null;
  }

  /** @param {string} conversation @returns {string} the customer's name, as well as it is known */
  nameOf(conversation) {
    const card = this.cards.get(conversation);
    const told = this.handoffOf(conversation)?.payload.identity?.name;
    return card?.customer?.name ?? told ?? card?.conversation.customer_name ?? 'Visitor';
  }

  /** @param {string} conversation */
  holds(conversation) {
    return this.mine.some((handoff) => handoff.conversation === conversation);
  }

  /** @param {string} conversation @returns {EventLog} empty where nothing is known yet */
  log(conversation) {
    return this.connection.logs.get(conversation) ?? new EventLog();
  }

  /** @param {string} conversation */
  live(conversation) {
    return this.#live.get(conversation) ?? { typing: false, partial: '' };
  }

  /** @param {string} conversation @returns {string | null} the channel of its live call */
  lineOf(conversation) {
    const { events } = this.log(conversation);
    const begun = events.findLast(({ kind, data }) => kind === 'leg_started' && (data?.channel === 'phone' || data?.channel === 'voice'));
    if (!begun || events.some(({ kind, leg }) => kind === 'leg_ended' && leg === begun.leg)) return null;
    return begun.data?.channel ?? null;
  }

  /** @param {string} conversation why the headset isn't in its call; empty where the agent left */
  headsetProblem(conversation) {
    return this.#headsetProblems.get(conversation) ?? '';
  }

  /** @param {string} conversation joins its call @param {AudioContext | null} [speakers] made in a click or key */
  async answer(conversation, speakers = Headset.speakers()) {
    if (this.headset?.conversation === conversation) return void speakers?.close();
    this.headset?.hangUp();
    const headset = new Headset(conversation, speakers);
    this.headset = headset;
    this.#headsetProblems.delete(conversation);
    headset.on('level', (level) => this.emit('level', level));
    headset.on('change', () => {
      if (headset.state === 'ended') {
        if (headset.why && this.holds(conversation) && this.lineOf(conversation)) this.#headsetProblems.set(conversation, headset.why);
        if (this.headset === headset) this.headset = null;
      }
      this.emit('call', null);
    });
    this.emit('call', null);
    await headset.start();
  }

  /** @param {string} conversation what the customer said since the agent last looked or answered */
  unread(conversation) {
    const { events } = this.log(conversation);
    const answered = events.findLast((event) => event.from === 'agent')?.seq ?? 0;
    const seen = Math.max(answered, this.#seen.get(conversation) ?? 0);
    return events.filter((event) => event.seq > seen && isCustomers(event)).length;
  }

  /** @param {Handoff} handoff @returns {Promise<boolean>} whether it is mine now */
  async accept(handoff) {
    try {
      const answer = await this.api.accept(handoff.id);
      this.#setHandoffs(
        this.waiting.filter((one) => one.id !== handoff.id),
        [...this.mine.filter((one) => one.id !== handoff.id), answer.handoff],
      );
      this.show(handoff.conversation);
      void this.refreshCard(handoff.conversation);
      return true;
    } catch (error) {
      this.tell(readable(error), 'problem');
      if (error instanceof ApiError && error.status === 409) await this.#refreshHandoffs();
      return false;
    }
  }

  /** @param {Handoff} handoff @param {string} disposition @param {string} summary throws ApiError */
  async close(handoff, disposition, summary) {
    const answer = await this.api.close(handoff.id, disposition, summary);
    if (answer?.handoff) this.#heardOf.set(handoff.conversation, answer.handoff);
    this.kept.forget(handoff.conversation);
    this.#setHandoffs(this.waiting, this.mine.filter((one) => one.id !== handoff.id));
    this.tell(`Closed. The assistant answers ${handoff.payload.identity?.name ?? 'the visitor'} again.`, 'good');
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

  /** @param {TakenMessage} message */
  async done(message) {
    try {
      await this.api.messageDone(message.id);
      this.taken = this.taken.filter((one) => one.id !== message.id);
      this.emit('taken', null);
    } catch (error) {
      this.tell(readable(error), 'problem');
    }
  }

  async refreshTaken() {
    const answer = await this.api.messagesTaken().catch(() => null);
    if (!answer) return;
    this.taken = answer.messages;
    this.emit('taken', null);
  }

  /** @param {string} conversation */
  async refreshCard(conversation) {
    const card = await this.api.conversation(conversation).catch(() => null);
    if (!card) return;
    this.cards.set(conversation, card);
    this.emit('card', conversation);
  }

  /** @param {string} text @param {Notice['tone']} [tone] */
  tell(text, tone = 'info') {
    this.emit('notice', { text, tone });
  }

  /** @param {ServerFrame} frame */
  #heard(frame) {
    if (frame.type === 'hello') {
      // What the person chose outlives the line over which they said it.
      if (this.#chosen && this.#chosen !== frame.status) {
        this.connection.send({ type: 'status', status: this.#chosen });
      } else this.#setStatus(frame.status);
      void this.outbox.flush();
      void this.refreshTaken();
    } else if (frame.type === 'handoffs') {
      this.#setHandoffs(frame.waiting, frame.mine);
      if (frame.taken !== this.taken.length) void this.refreshTaken();
    }
    else if (frame.type === 'typing' && frame.from === 'customer') {
      this.#setLive(frame.conversation, { typing: true });
    } else if (frame.type === 'partial') this.#setLive(frame.conversation, { partial: frame.text });
    else if (frame.type === 'floor') this.#floorChanged(frame.conversation, frame.floor);
    else if (frame.type === 'error') this.tell(frame.message, 'problem');
  }

  /** @param {{conversation: string, events: LogEvent[]}} happened */
  #happened({ conversation, events }) {
    this.outbox.arrived(conversation, events);
    if (events.some(isCustomers)) this.#setLive(conversation, { typing: false, partial: '' });
    if (events.some((event) => event.kind === 'identity') && conversation === this.open) {
      void this.refreshCard(conversation);
    }
    if (conversation === this.open) this.#markSeen();
    this.emit('events', { conversation, events });
  }

  /** @param {string} conversation @param {Floor} floor */
  #floorChanged(conversation, floor) {
    const card = this.cards.get(conversation);
    if (card) card.conversation.floor = floor;
    this.emit('card', conversation);
  }

  /** @param {Status} status */
  #setStatus(status) {
    this.status = status;
    this.emit('status', status);
  }

  /** @param {Handoff[]} waiting @param {Handoff[]} mine */
  #setHandoffs(waiting, mine) {
    const arrived = waiting.filter((one) => !this.#seenWaiting.has(one.id));
    this.#seenWaiting = new Set(waiting.map((one) => one.id));
    this.waiting = waiting.toSorted((one, other) =>
      one.ranks_at.localeCompare(other.ranks_at) || one.asked_at.localeCompare(other.asked_at));
    this.mine = mine;
    for (const handoff of [...waiting, ...mine]) this.#heardOf.set(handoff.conversation, handoff);
    for (const handoff of mine) this.connection.watch(handoff.conversation);
    this.#unwatchUnneeded();
    this.ready = true;
    this.emit('handoffs', null);
    if (arrived.length) this.emit('arrived', arrived);
  }

  async #refreshHandoffs() {
    const answer = await this.api.handoffs().catch(() => null);
    if (answer) this.#setHandoffs(answer.waiting, answer.mine);
  }

  #unwatchUnneeded() {
    for (const conversation of this.connection.logs.keys()) {
      if (conversation !== this.open && !this.holds(conversation)) this.connection.unwatch(conversation);
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

  /** @param {string} conversation @param {{typing?: boolean, partial?: string}} change */
  #setLive(conversation, change) {
    const before = this.#live.get(conversation) ?? { typing: false, partial: '', timer: 0 };
    clearTimeout(before.timer);
    const timer = setTimeout(() => this.#setLive(conversation, { typing: false, partial: '' }), TYPING_SHOWN_MS);
    const after = { ...before, ...change, timer };
    if (!after.typing && !after.partial) {
      clearTimeout(timer);
      this.#live.delete(conversation);
    } else this.#live.set(conversation, after);
    this.emit('live', conversation);
  }
}
