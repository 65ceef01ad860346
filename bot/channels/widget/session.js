/**
 * One visitor's conversation (docs/widget.md, "How a message travels"): unsent, sent, in the log.
 *
 * @import {Memory} from './memory.js'
 * @import {ChatEvent, ServerFrame, Ticket, Unsent, View, Welcome} from './types.js'
 */
import { alone } from './memory.js';
import { Socket } from './socket.js';

const ACK_WITHIN_MS = 15_000;
const TYPING_SHOWN_MS = 5_000;
const TYPING_SENT_EVERY_MS = 3_000;
const TOO_FAST_PAUSE_MS = 2_000;
const TICKET_WITHIN_MS = 10_000;

/** @typedef {'view' | 'reset' | 'event' | 'floor' | 'identity' | 'ended' | 'seen'} Change */
/** @typedef {ReturnType<typeof setTimeout> | undefined} Timer */

export class Session {
  /** @type {Map<string, Unsent>} */
  #unsent = new Map();
  /** @type {Set<string>} ids of ours that the log already holds */
  #known = new Set();
  /** @type {string | null} */
  #conversation = null;
  #last = 0;
  /** @type {string | null} */
  #identity;
  #typingSentAt = 0;
  /** @type {Timer} */
  #typingTimer;
  /** @type {Timer} */
  #ackTimer;
  /** @type {Timer} */
  #pauseTimer;
  /** Ends the wait of this site's other tabs for our new conversation. */
  #helloDone = () => {};
  /** @type {{resolve(ticket: Ticket): void, reject(error: Error): void} | null} */
  #ticket = null;
  /** @type {((change: Change, detail?: unknown) => void)[]} */
  #listeners = [];
  #socket;
  #memory;
  #locale;

  /** @type {View} */
  view = {
    link: 'idle', floor: 'bot', agent: null, assistant: '', shop: '', voice: false,
    identified: null, ended: false, typing: false, notice: null, events: [], unsent: [],
    caughtUp: false,
  };

  /**
   * @param {URL} server @param {Memory} memory
   * @param {{locale: string, identity: string | null}} visitor
   */
  constructor(server, memory, visitor) {
    this.#memory = memory;
    this.#locale = visitor.locale;
    this.#identity = visitor.identity;
    const url = new URL('chat/ws', server);
    url.protocol = server.protocol === 'http:' ? 'ws:' : 'wss:';
    this.#socket = new Socket(url.href, {
      opened: () => void this.#hello(),
      frame: (frame) => this.#frame(frame),
      lost: (forbidden) => this.#lost(forbidden),
    });
    for (const item of memory.unsent()) this.#unsent.set(item.id, item);
    memory.watch((what) => this.#otherTab(what));
    if (memory.conversation || this.#unsent.size) this.connect();
  }

  /** @param {(change: Change, detail?: unknown) => void} listener */
  listen(listener) {
    this.#listeners.push(listener);
  }

  connect() {
    if (this.view.link !== 'idle') return;
    this.#show({ link: 'connecting' });
    this.#socket.connect();
  }

  /** @param {string} text */
  say(text) {
    this.#send({ id: newId(), at: Date.now(), text });
  }

  /** @param {number} stars @param {string} comment */
  rate(stars, comment) {
    this.#send({ id: newId(), at: Date.now(), text: comment, stars });
  }

  /** @param {string} id */
  retry(id) {
    const item = this.#unsent.get(id);
    if (!item) return;
    this.#send({ id, at: item.at, text: item.text, ...(item.stars && { stars: item.stars }) });
  }

  typing() {
    const now = Date.now();
    if (now - this.#typingSentAt < TYPING_SENT_EVERY_MS) return;
    if (this.#socket.send({ type: 'typing' })) this.#typingSentAt = now;
  }

  end() {
    this.#socket.send({ type: 'end' });
  }

  /** After the end, or when the page forgets its visitor. @returns {string} what was never sent */
  begin() {
    const left = [...this.#unsent.values()].filter((item) => !item.stars);
    for (const id of this.#unsent.keys()) this.#memory.drop(id);
    this.#unsent.clear();
    this.#memory.conversation = null;
    this.#switch();
    return left.map((item) => item.text).join('\n');
  }

  /** @param {string | null} token */
  identify(token) {
    if (token === this.#identity) return;
    this.#identity = token;
    this.#socket.send({ type: 'identity', token });
  }

  /** For one call. @returns {Promise<Ticket>} rejects with words for people */
  ticket() {
    this.#ticket?.reject(new Error('busy'));
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => this.#ticket?.reject(new Error('')), TICKET_WITHIN_MS);
      const done = () => {
        clearTimeout(timer);
        this.#ticket = null;
      };
      this.#ticket = {
        resolve: (ticket) => (done(), resolve(ticket)),
        reject: (error) => (done(), reject(error)),
      };
      if (!this.#socket.send({ type: 'voice' })) this.#ticket.reject(new Error(''));
    });
  }

  seen() {
    if (this.#last > this.#memory.seen) this.#memory.seen = this.#last;
    this.#tell('seen');
  }

  get unread() {
    const seen = this.#memory.seen;
    return this.view.events.filter((event) => event.seq > seen && isAnswer(event)).length;
  }

  async #hello() {
    this.#helloDone();
    if (!this.#memory.conversation) this.#helloDone = await alone();
    const key = this.#memory.conversation;
    if (key) this.#helloDone();
    const sent = this.#socket.send({
      type: 'hello',
      conversation: key?.id ?? null,
      token: key?.token ?? null,
      since: key && key.id === this.#conversation ? this.#last : 0,
      identity: this.#identity,
      page: location.href,
      locale: this.#locale,
      device: matchMedia('(pointer: coarse) and (max-width: 900px)').matches ? 'phone' : 'computer',
    });
    if (!sent) this.#helloDone();
  }

  /** @param {ServerFrame} frame */
  #frame(frame) {
    switch (frame.type) {
      case 'welcome':
        return this.#welcome(frame);
      case 'event':
        return this.#event(frame.event);
      case 'ack':
        return this.#stored(frame.id, false);
      case 'floor':
        this.#show({ floor: frame.floor, agent: frame.agent });
        return this.#tell('floor', { floor: frame.floor, agent: frame.agent });
      case 'typing':
        clearTimeout(this.#typingTimer);
        this.#typingTimer = setTimeout(() => this.#show({ typing: false }), TYPING_SHOWN_MS);
        return this.#show({ typing: true });
      case 'identity':
        this.#show({ identified: frame.identified });
        return this.#tell('identity', { identified: frame.identified, problem: frame.problem });
      case 'voice':
        return this.#ticket?.resolve(frame);
      case 'error':
        return this.#problem(frame);
    }
  }

  /** @param {Welcome} frame */
  #welcome(frame) {
    if (frame.conversation !== this.#conversation) {
      this.#forget();
      this.#conversation = frame.conversation;
    }
    if (frame.token) {
      this.#memory.conversation = { id: frame.conversation, token: frame.token };
      this.#memory.seen = 0;
    }
    this.#helloDone();
    this.#socket.settled();
    const { floor, agent, ended, shop, assistant, voice, identified } = frame;
    const caughtUp = this.#last >= frame.last;
    this.#show({
      link: 'online', notice: null, caughtUp,
      floor, agent, ended, shop, assistant, voice, identified,
    });
    // `last` may be an event that customers don't see: then only time tells.
    if (!caughtUp) setTimeout(() => this.#show({ caughtUp: true }), 1_500);
    this.#flush();
  }

  /** @param {ChatEvent} event */
  #event(event) {
    if (event.seq <= this.#last) return;
    this.#last = event.seq;
    if (event.from === 'customer') {
      if (event.id) {
        this.#known.add(event.id);
        this.#stored(event.id, true);
      }
      if (event.kind === 'rating') {
        for (const item of this.#unsent.values()) if (item.stars) this.#stored(item.id, true);
      }
    } else {
      clearTimeout(this.#typingTimer);
      this.view.typing = false;
    }
    const ended = this.view.ended || event.kind === 'conversation_ended';
    const news = ended && !this.view.ended;
    this.#show({ events: [...this.view.events, event], ended });
    this.#tell('event', event);
    if (news) this.#tell('ended');
  }

  /** @param {string} id @param {boolean} logged  its event is here, not only the ack */
  #stored(id, logged) {
    const item = this.#unsent.get(id);
    if (!item) return;
    this.#memory.drop(id);
    if (logged) this.#unsent.delete(id);
    else this.#unsent.set(id, { ...item, sent: true, failed: undefined });
    this.#expectAcks();
    this.#show({});
  }

  /** @param {import('./types.js').Problem} problem */
  #problem({ code, message, id }) {
    if (code === 'unknown_conversation') {
      this.#memory.conversation = null;
      this.#forget();
      return void this.#hello();
    }
    if (code === 'ended') this.#show({ ended: true });
    const item = id ? this.#unsent.get(id) : null;
    if (item && code === 'too_fast') {
      clearTimeout(this.#pauseTimer);
      this.#pauseTimer = setTimeout(() => this.#flush(), TOO_FAST_PAUSE_MS);
    } else if (item) {
      const failed = { ...item, failed: message || code };
      this.#unsent.set(item.id, failed);
      this.#memory.keep(failed);
      this.#expectAcks();
      this.#show({});
    } else if (this.#ticket) this.#ticket.reject(new Error(message));
    else if (code !== 'bad_frame') this.#show({ notice: message });
  }

  /** @param {Unsent} item */
  #send(item) {
    this.#unsent.set(item.id, item);
    this.#memory.keep(item);
    this.#show({ notice: null });
    if (this.view.link === 'online') this.#transmit(item);
    else this.connect();
  }

  #flush() {
    if (this.view.link !== 'online') return;
    for (const item of this.#unsent.values()) {
      if (!item.failed && !item.sent) this.#transmit(item);
    }
  }

  /** @param {Unsent} item */
  #transmit({ id, text, stars }) {
    this.#socket.send(
      stars ? { type: 'rate', id, stars, comment: text } : { type: 'say', id, text },
    );
    this.#expectAcks();
  }

  #expectAcks() {
    clearTimeout(this.#ackTimer);
    const open = [...this.#unsent.values()].some((item) => !item.failed && !item.sent);
    if (open && this.view.link === 'online') {
      this.#ackTimer = setTimeout(() => this.#socket.restart(), ACK_WITHIN_MS);
    }
  }

  /** @param {boolean} forbidden */
  #lost(forbidden) {
    clearTimeout(this.#ackTimer);
    this.#helloDone();
    this.#ticket?.reject(new Error(''));
    this.#show({
      link: 'offline', typing: false,
      notice: forbidden ? 'This site is not allowed to use the chat.' : this.view.notice,
    });
  }

  /** @param {string} what */
  #otherTab(what) {
    if (what === 'seen') return this.#tell('seen');
    if (what === 'unsent') {
      for (const item of this.#memory.unsent()) {
        const mine = this.#unsent.get(item.id);
        if (!this.#known.has(item.id) && !mine?.sent) this.#unsent.set(item.id, item);
      }
      return this.#show({});
    }
    if (what !== 'conversation' || this.view.link === 'connecting') return;
    if ((this.#memory.conversation?.id ?? null) !== this.#conversation) this.#switch();
  }

  #switch() {
    const wasOpen = this.view.link !== 'idle';
    this.#socket.close();
    this.#forget();
    this.#show({ link: 'idle' });
    if (wasOpen) this.connect();
  }

  #forget() {
    this.#conversation = null;
    this.#last = 0;
    this.#known.clear();
    this.#show({ events: [], ended: false, typing: false, floor: 'bot', agent: null });
    this.#tell('reset');
  }

  /** @param {Partial<View>} change */
  #show(change) {
    this.view = { ...this.view, ...change, unsent: [...this.#unsent.values()] };
    this.#tell('view');
  }

  /** @param {Change} change @param {unknown} [detail] */
  #tell(change, detail) {
    for (const listener of this.#listeners) listener(change, detail);
  }
}

/** @param {ChatEvent} event @returns {boolean} whether a closed panel should say that it came */
export function isAnswer(event) {
  return event.kind === 'message' && event.from !== 'customer' && !event.data?.filler;
}

/** `crypto.randomUUID` exists on https only; shops are tried out on http. @returns {string} */
export function newId() {
  if (crypto.randomUUID) return crypto.randomUUID();
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x40;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
}
