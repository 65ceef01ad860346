/** @import {Desk} from './desk.js' */
/** @import {Headset} from './headset.js' */
import { h, icon } from './dom.js';
import { channelInWords } from './words.js';

/**
 * Who is on the line, and the agent's part in it: answer, mute, hang up. It stays in sight whatever
 * conversation is read meanwhile.
 */
export class CallBar extends HTMLElement {
  #who = h('p', { class: 'call-who' });
  #state = h('p', { class: 'call-state', role: 'status' });
  #problem = h('p', { class: 'call-problem', role: 'alert', hidden: true });
  #time = h('span', { class: 'call-time', 'aria-hidden': 'true' });
  #mine = meter('You');
  #theirs = meter('Them');
  #buttons = h('div', { class: 'call-buttons' });
  #mute;
  #hangUp;
  #answer;
  #show;
  #desk;
  /** @type {number | undefined} */
  #timer;

  /** @param {Desk} desk */
  constructor(desk) {
    super();
    this.#desk = desk;
    this.#answer = h('button', { type: 'button', class: 'primary call-answer', title: 'Answer with the microphone (Alt+L)', onclick: () => this.answer() });
    this.#mute = h('button', { type: 'button', class: 'call-mute', 'aria-pressed': 'false', title: 'Mute (Alt+M)', onclick: () => this.mute() });
    this.#hangUp = h('button', { type: 'button', class: 'call-hangup', title: 'Leave the line (Alt+H): the caller hears music, the contact stays yours', onclick: () => this.hangUp() },
      icon('hangup'), 'Hang up');
    this.#show = h('button', { type: 'button', class: 'call-show', onclick: () => this.#desk.calls.headset && this.#desk.show(this.#desk.calls.headset.conversation) }, 'Show');
    this.setAttribute('role', 'group');
    this.setAttribute('aria-label', 'Call');
    this.append(icon('phone'),
      h('div', { class: 'call-words' }, this.#who, h('div', { class: 'call-line' }, this.#state, this.#time), this.#problem),
      h('div', { class: 'call-levels', 'aria-hidden': 'true' }, this.#mine, this.#theirs),
      this.#buttons);
    for (const topic of /** @type {const} */ (['opened', 'handoffs', 'card'])) desk.on(topic, () => this.#draw());
    desk.calls.on('change', () => this.#draw());
    desk.on('events', ({ events }) => events.some(({ kind }) => kind.startsWith('leg_')) && this.#draw());
    desk.calls.on('level', (level) => {
      if (level.mine !== undefined) this.#mine.style.setProperty('--level', level.mine.toFixed(2));
      if (level.theirs !== undefined) this.#theirs.style.setProperty('--level', level.theirs.toFixed(2));
    });
    this.#draw();
  }

  connectedCallback() {
    this.#timer = setInterval(() => this.#tick(), 1000);
  }

  disconnectedCallback() {
    clearInterval(this.#timer);
  }

  answer() {
    const open = this.#desk.open;
    if (open && this.#desk.lineOf(open) && this.#desk.mayTalk(open)) void this.#desk.calls.answer(open);
    else this.#desk.tell('Nobody is on the line in this conversation.');
  }

  mute() {
    const { headset } = this.#desk.calls;
    headset?.mute(!headset.muted);
  }

  hangUp() {
    this.#desk.calls.headset?.hangUp();
  }

  #draw() {
    const { open } = this.#desk;
    const { headset } = this.#desk.calls;
    const conversation = headset?.conversation ?? (open && this.#desk.mayTalk(open) && this.#desk.lineOf(open) ? open : null);
    this.hidden = !conversation;
    if (!conversation) return;
    const name = this.#desk.nameOf(conversation);
    const channel = this.#desk.lineOf(conversation);
    const problem = headset ? '' : this.#desk.calls.problem(conversation);
    this.dataset.call = headset?.state ?? 'music';
    this.#who.replaceChildren(h('strong', {}, name), channel ? ` on the line · ${channelInWords(channel)}` : '');
    const asker = this.#desk.holds(conversation) ? '' : this.#desk.handoffOf(conversation)?.agent?.name ?? 'Your colleague';
    put(this.#state, stateInWords(headset, name, asker));
    put(this.#problem, problem);
    this.#problem.hidden = !problem;
    this.#showButtons(headset, conversation, name, problem ? 'Answer again' : asker ? `Talk with ${asker}` : 'Answer with microphone');
    this.#tick();
  }

  /** @param {Headset | null} headset @param {string} conversation @param {string} name @param {string} answer */
  #showButtons(headset, conversation, name, answer) {
    const muted = headset?.muted ?? false;
    this.#mute.setAttribute('aria-pressed', String(muted));
    this.#mute.replaceChildren(icon(muted ? 'muted' : 'voice'), muted ? 'Muted' : 'Mute');
    this.#answer.replaceChildren(icon('voice'), answer);
    this.#show.textContent = `Show ${name}`;
    const elsewhere = conversation !== this.#desk.open;
    const wanted = headset ? [...(elsewhere ? [this.#show] : []), this.#mute, this.#hangUp] : [this.#answer];
    const shown = [...this.#buttons.children];
    if (wanted.length === shown.length && wanted.every((button, index) => button === shown[index])) return;
    const focused = this.#buttons.contains(document.activeElement);
    this.#buttons.replaceChildren(...wanted);
    if (focused) (headset ? this.#mute : this.#answer).focus();
  }

  #tick() {
    const since = this.#desk.calls.headset?.since;
    const seconds = since ? Math.floor((Date.now() - since) / 1000) : 0;
    this.#time.textContent = since ? `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}` : '';
  }
}

/** @param {Headset | null} headset @param {string} name of the customer @param {string} asker whose contact it is; empty: mine */
function stateInWords(headset, name, asker) {
  switch (headset?.state) {
    case undefined:
      if (asker) return `${asker} asked you. You two talk alone first; ${name} hears music meanwhile.`;
      return `${name} hears music. What you write is read out.`;
    case 'asking':
      return 'Your browser asks whether this page may use the microphone. Please allow it.';
    case 'connecting':
      return `Connecting you. ${name} still hears music.`;
    case 'again':
      return `The line to the server broke; trying again. ${name} hears music meanwhile.`;
    default:
      return talkInWords(/** @type {Headset} */ (headset), name, asker);
  }
}

/** @param {Headset} headset @param {string} name @param {string} asker */
function talkInWords({ muted, heard, aside, beside }, name, asker) {
  const others = beside.join(' and ');
  if (muted) return `You are muted: ${aside ? others || 'nobody' : name} can't hear you.`;
  if (aside) return others ? `You talk with ${others} alone. ${name} hears music.` : `${asker || 'Your colleague'} isn't on the line yet.`;
  if (heard) return `You are talking with ${[name, ...beside].join(' and ')}.`;
  return `${name} is hearing an announcement. They hear you right after it.`;
}

/** @param {string} label */
const meter = (label) => h('span', { class: 'call-level' }, h('span', { class: 'call-level-label' }, label), h('span', { class: 'call-level-bar' }));

/** Only what changed is written, so that it is read out once. @param {HTMLElement} element @param {string} text */
function put(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

customElements.define('call-bar', CallBar);
