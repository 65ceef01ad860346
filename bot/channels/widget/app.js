/**
 * `<warmline-chat>`: launcher and panel. widget.js calls `start`, at the end.
 *
 * @import {Happening, Options, View, Widget} from './types.js'
 */
import { Composer, ending } from './composer.js';
import { h, icon } from './dom.js';
import { Memory } from './memory.js';
import { Messages } from './messages.js';
import { Session, isAnswer } from './session.js';
import { look } from './styles.js';
import { say, words } from './words.js';

/** A panel left open opens again on the next page, but not days later. */
const STAYS_OPEN_MS = 30 * 60 * 1000;
const RTL = /^(ar|arc|ckb|dv|fa|he|ks|ps|sd|ug|ur|yi)\b/u;

/**
 * @typedef {{
 *   session: Session, memory: Memory, server: URL, options: Options, locale: string,
 *   tell(event: Happening, detail?: unknown): void,
 * }} Parts
 */

class ChatElement extends HTMLElement {
  #parts;
  #messages;
  #composer;
  /** @type {import('./call.js').CallBar | null} */
  #call = null;
  /** @type {HTMLElement | null} */
  #ending = null;
  #panel = h('section', { class: 'panel', role: 'dialog', tabindex: -1, hidden: true });
  #badge = h('span', { class: 'badge', hidden: true, 'aria-hidden': true });
  #launcher = h('button', { type: 'button', class: 'launcher', 'aria-expanded': 'false' });
  #avatar = h('span', { class: 'avatar', 'aria-hidden': true });
  #name = h('h2', {});
  #answers = h('p', { class: 'answers' });
  #end = h('button', { type: 'button', class: 'bar', hidden: true });
  #state = h('div', { class: 'state', role: 'status' });
  #foot = h('div', { class: 'foot' });
  #phone = matchMedia('(max-width: 480px), (max-height: 480px)');

  /** @param {Parts} parts */
  constructor(parts) {
    super();
    this.#parts = parts;
    const { session, memory, options, server, locale } = parts;
    this.lang = locale;
    this.dir = RTL.test(locale) ? 'rtl' : 'ltr';
    const left = options.position === 'left' || options.position === 'start';
    this.classList.toggle('at-start', left);
    const root = this.attachShadow({ mode: 'open' });
    root.adoptedStyleSheets = look(options.colour ?? options.color);
    this.#messages = new Messages(
      { say: (text) => this.#say(text), retry: (id) => session.retry(id) },
      server,
      { greeting: options.greeting, suggestions: options.suggestions, locale },
    );
    this.#composer = new Composer(
      {
        send: (text) => this.#say(text),
        typing: () => session.typing(),
        draft: (text) => (memory.draft = text),
        call: () => void this.#startCall(),
      },
      memory.draft,
    );
    this.#foot.append(this.#composer.element);
    this.#launcher.append(icon('chat'), icon('down'), this.#badge);
    this.#launcher.addEventListener('click', () => (this.opened ? this.hide() : this.show()));
    root.append(this.#panel, this.#launcher);
    this.#fillPanel();
    session.listen((change) => {
      if (change === 'reset') this.#messages.reset();
      if (change === 'view' || change === 'seen') this.#update();
    });
    this.#watchKeyboard();
    this.#update();
    const recent = Date.now() - memory.openedAt < STAYS_OPEN_MS;
    if ((recent && !this.#phone.matches) || options.open === 'true') this.show(false);
  }

  get opened() {
    return !this.#panel.hidden;
  }

  /** @param {boolean} [focus]  false: the page keeps it */
  show(focus = true) {
    const { session, memory, tell } = this.#parts;
    if (this.opened) return;
    this.#panel.hidden = false;
    memory.openedAt = Date.now();
    session.connect();
    this.#update();
    this.#messages.toEnd();
    this.#composer.fill(this.#composer.text);
    // Touch screens would bring up the keyboard.
    if (focus && matchMedia('(pointer: coarse)').matches) this.#panel.focus();
    else if (focus) this.#composer.focus();
    tell('open');
  }

  hide() {
    if (!this.opened) return;
    const inside = this.shadowRoot?.activeElement;
    this.#panel.hidden = true;
    this.#parts.memory.openedAt = 0;
    this.#update();
    if (inside) this.#launcher.focus();
    this.#parts.tell('close');
  }

  #fillPanel() {
    const close = h(
      'button',
      { type: 'button', class: 'bar', 'aria-label': words.close,
        onclick: () => this.hide() },
      icon('close'),
    );
    this.#end.addEventListener('click', () => {
      if (!this.#end.classList.contains('sure')) return this.#askEnd(true);
      this.#askEnd(false);
      this.#parts.session.end();
      this.#messages.element.focus({ preventScroll: true });
    });
    this.#end.addEventListener('blur', () => this.#askEnd(false));
    this.#askEnd(false);
    this.#panel.setAttribute('aria-label', this.#parts.options.title || words.launcher);
    this.#panel.append(
      h('header', {}, this.#avatar, h('div', { class: 'title' }, this.#name, this.#answers),
        this.#end, close),
      this.#state, this.#messages.element, this.#foot,
    );
    this.#panel.addEventListener('keydown', (event) => {
      if (event.key !== 'Escape' || event.isComposing) return;
      event.stopPropagation();
      this.hide();
    });
  }

  /** The button asks once more. @param {boolean} sure */
  #askEnd(sure) {
    this.#end.classList.toggle('sure', sure);
    this.#end.textContent = sure ? words.end_sure : words.end;
  }

  #update() {
    const { session, options } = this.#parts;
    const view = session.view;
    const visible = this.opened && document.visibilityState === 'visible';
    if (visible && session.unread) return session.seen();
    const human = view.floor === 'human';
    const assistant = view.assistant || options.title || words.assistant;
    const name = (human && view.agent) || assistant;
    this.#panel.dataset.floor = view.floor;
    this.#name.textContent = name;
    this.#avatar.textContent = [...name][0]?.toUpperCase() ?? '';
    const shop = view.shop && view.floor === 'bot' ? ` · ${view.shop}` : '';
    this.#answers.textContent = words[`answers_${view.floor}`] + shop;
    this.#end.hidden = view.ended || !view.events.some((event) => event.from === 'customer');
    const state =
      view.link === 'offline' ? words.offline
      : view.link === 'connecting' ? words.connecting
      : view.notice;
    if (this.#state.textContent !== (state ?? '')) this.#state.textContent = state ?? '';
    this.#state.classList.toggle('busy', view.link !== 'online' && view.link !== 'idle');
    this.#messages.update(view);
    this.#composer.update(view);
    this.#updateEnding(view);
    this.#updateLauncher(session.unread);
  }

  /** @param {number} unread */
  #updateLauncher(unread) {
    this.#launcher.classList.toggle('open', this.opened);
    this.#launcher.setAttribute('aria-expanded', String(this.opened));
    const label = this.opened ? words.close : words.launcher;
    const news = unread > 0 && !this.opened;
    this.#launcher.setAttribute('aria-label', news ? `${label}, ${say('unread', unread)}` : label);
    this.#badge.hidden = !news;
    this.#badge.textContent = unread > 9 ? '9+' : String(unread);
    this.#launcher.classList.toggle('live', Boolean(this.#call));
  }

  /** @param {View} view */
  #updateEnding(view) {
    if (view.ended === Boolean(this.#ending)) return;
    const focused = this.#foot.contains(this.shadowRoot?.activeElement ?? null);
    this.#ending?.remove();
    this.#ending = null;
    this.#composer.element.hidden = view.ended || Boolean(this.#call);
    if (view.ended) {
      this.#call?.hangUp();
      const rated = view.events.some((event) => event.kind === 'rating');
      this.#ending = ending(
        {
          rate: (stars, comment) => this.#parts.session.rate(stars, comment),
          again: () => this.#again(),
        },
        rated,
      );
      this.#foot.append(this.#ending);
      const first = /** @type {HTMLElement | null} */ (this.#ending.querySelector('input, button'));
      if (focused) first?.focus();
    }
    this.#messages.toEnd();
  }

  #again() {
    const { session, memory } = this.#parts;
    const left = [memory.draft, session.begin()].filter(Boolean).join('\n');
    memory.draft = left;
    session.connect();
    this.#composer.fill(left);
    this.#composer.focus();
  }

  /** @param {string} text */
  #say(text) {
    this.#parts.session.say(text);
    // The button that was pressed is gone: the focus must not be lost with it.
    if (!matchMedia('(pointer: coarse)').matches) this.#composer.focus();
  }

  async #startCall() {
    if (this.#call) return;
    // Within the click, or it stays mute.
    const speakers = globalThis.AudioContext ? new AudioContext() : null;
    void speakers?.resume();
    const { CallBar } = await import('./call.js');
    const call = new CallBar(this.#parts, speakers, (problem) => {
      this.#call = null;
      call.element.remove();
      this.#composer.element.hidden = this.#parts.session.view.ended;
      this.#parts.session.view.notice = problem;
      this.#update();
      if (!this.#composer.element.hidden) this.#composer.focus();
    });
    this.#call = call;
    this.#composer.element.hidden = true;
    this.#foot.append(call.element);
    this.#update();
    call.focus();
    await call.start();
  }

  /** On a phone the panel is as tall as what the on-screen keyboard leaves. */
  #watchKeyboard() {
    const view = window.visualViewport;
    const fit = () => {
      if (!view || !this.opened) return;
      this.#panel.style.setProperty('--height', `${view.height}px`);
      this.#panel.style.setProperty('--top', `${view.offsetTop}px`);
      if (this.#phone.matches) this.#messages.toEnd();
    };
    view?.addEventListener('resize', fit);
    view?.addEventListener('scroll', fit);
    document.addEventListener('visibilitychange', () => this.#update());
  }
}

const NAME = 'warmline-chat';

/**
 * @param {URL} server  Where widget.js came from.
 * @param {Options} options
 * @returns {Widget}
 */
export function start(server, options) {
  const locale = readableLocale(options.language);
  const memory = new Memory(server.host);
  const session = new Session(server, memory, { locale, identity: options.identity || null });
  if (!customElements.get(NAME)) customElements.define(NAME, ChatElement);

  const bus = new EventTarget();
  /** @param {Happening} event @param {unknown} [detail] */
  const tell = (event, detail) => void bus.dispatchEvent(new CustomEvent(event, { detail }));

  // Later: a page may set words first.
  const element = Promise.resolve().then(() => {
    const chat = new ChatElement({ session, memory, server, options, locale, tell });
    document.body.append(chat);
    return chat;
  });

  let unread = -1;
  session.listen((change, detail) => {
    if (change === 'event' && isAnswer(/** @type {any} */ (detail))) tell('message', detail);
    if (change === 'floor' || change === 'identity' || change === 'ended') tell(change, detail);
    if (change === 'view' || change === 'seen') {
      if (unread !== session.unread) tell('unread', (unread = session.unread));
    }
  });

  return {
    open: () => void element.then((chat) => chat.show()),
    close: () => void element.then((chat) => chat.hide()),
    identify: (token) => session.identify(token),
    forget() {
      session.identify(null);
      session.begin();
      memory.draft = '';
      void element.then((chat) => chat.hide());
    },
    words: (changed) => void Object.assign(words, changed),
    on(event, listener) {
      const heard = (/** @type {any} */ { detail }) => listener(detail);
      bus.addEventListener(event, heard);
      return () => bus.removeEventListener(event, heard);
    },
  };
}

/** @param {string | undefined} wanted  @returns {string} one that Intl understands */
function readableLocale(wanted) {
  try {
    const tag = wanted || document.documentElement.lang || navigator.language;
    return Intl.getCanonicalLocales(tag)[0] ?? 'en';
  } catch {
    return 'en';
  }
}
