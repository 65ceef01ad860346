/** @import {Desk} from './desk.js' */
/** @import {Status} from './protocol.js' */
import { ElapsedTime } from './clock.js';
import { h, icon } from './dom.js';
import { nextInWords, stateInWords, statusInWords } from './words.js';

/** @type {[Status, string | undefined, string, string][]} */
const CHOICES = [
  ['available', undefined, 'Available', 'Contacts are offered to you'],
  ['on_break', 'lunch', 'Lunch', ''],
  ['on_break', 'short break', 'Short break', ''],
  ['on_break', 'meeting', 'Meeting', ''],
  ['on_break', 'training', 'Training', ''],
  ['after_call', undefined, 'After-call work', 'You finish what is begun; nothing new comes'],
];

/** My status with how long it lasts, what the system does with me, and the menu that changes it. */
export class StatusControl extends HTMLElement {
  #button = h('button', { type: 'button', class: 'status-button', 'aria-expanded': 'false', 'aria-controls': 'status-menu', title: 'My status (Alt+S)', onclick: () => this.toggle() });
  #state = h('p', { class: 'my-state', role: 'status' });
  #other = h('input', { id: 'other-break', maxlength: '60', autocomplete: 'off', placeholder: 'e.g. doctor' });
  #menu;
  #desk;
  #drawn = '';

  /** @param {Desk} desk */
  constructor(desk) {
    super();
    this.#desk = desk;
    /** @param {Status} status @param {string | undefined} reason */
    const choose = (status, reason) => {
      this.toggle(false);
      desk.choose(status, reason);
    };
    const options = CHOICES.map(([status, reason, word, meaning]) => h('button', {
      type: 'button', class: 'status-choice', 'data-status': status, 'data-reason': reason ?? '', 'aria-pressed': 'false', onclick: () => choose(status, reason),
    }, h('span', { class: 'dot' }), h('span', {}, word, meaning ? h('span', { class: 'quiet' }, meaning) : '')));
    const other = h('form', {
      class: 'status-other', onsubmit: (/** @type {SubmitEvent} */ event) => {
        event.preventDefault();
        choose('on_break', this.#other.value.trim() || undefined);
        this.#other.value = '';
      },
    }, h('label', { for: 'other-break' }, 'Another break'), h('div', {}, this.#other, h('button', { type: 'submit' }, 'Start')));
    const [available, ...rest] = options;
    const after = rest.pop();
    this.#menu = h('div', { class: 'status-menu', id: 'status-menu', role: 'group', 'aria-label': 'My status', hidden: true },
      available ?? '', h('p', { class: 'menu-label', id: 'break-label' }, 'On break'), ...rest, other, after ?? '');
    this.#menu.addEventListener('keydown', (event) => this.#key(event));
    this.append(this.#button, this.#state, this.#menu);
    desk.status.on('change', () => this.#show());
    this.#show();
  }

  connectedCallback() {
    document.addEventListener('pointerdown', this.#outside);
  }

  disconnectedCallback() {
    document.removeEventListener('pointerdown', this.#outside);
  }

  /** @param {boolean} [open] */
  toggle(open = this.#menu.hidden) {
    const hadFocus = this.#menu.contains(document.activeElement);
    this.#menu.hidden = !open;
    this.#button.setAttribute('aria-expanded', String(open));
    const choices = this.#choices;
    if (open) (choices.find((one) => one.getAttribute('aria-pressed') === 'true') ?? choices[0])?.focus();
    else if (hadFocus) this.#button.focus();
  }

  /** @param {PointerEvent} event */
  #outside = (event) => {
    if (!this.#menu.hidden && event.target instanceof Node && !this.contains(event.target)) this.toggle(false);
  };

  get #choices() {
    return /** @type {HTMLElement[]} */ ([...this.#menu.querySelectorAll('.status-choice, input')]);
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    if (event.key === 'Escape') return this.toggle(false);
    const by = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0;
    if (!by || event.altKey) return;
    event.preventDefault();
    const choices = this.#choices;
    const at = choices.findIndex((one) => one === document.activeElement);
    choices[(at + by + choices.length) % choices.length]?.focus();
  }

  #show() {
    const { me } = this.#desk.status;
    for (const choice of this.#menu.querySelectorAll('.status-choice')) {
      const { status, reason } = /** @type {HTMLElement} */ (choice).dataset;
      const chosen = status === (me.next_status ?? me.status) && (status !== 'on_break' || reason === me.reason);
      choice.setAttribute('aria-pressed', String(chosen));
    }
    const next = nextInWords(me);
    const state = me.state === 'idle' ? '' : stateInWords(me.state);
    const words = [state, next].filter(Boolean).join(', ');
    if (this.#state.textContent !== words) this.#state.textContent = words;
    const drawn = `${me.status} ${me.since} ${next ? '' : me.reason}`;
    if (drawn === this.#drawn) return;
    this.#drawn = drawn;
    this.#button.dataset.status = me.status;
    this.#button.replaceChildren(h('span', { class: 'dot' }),
      h('span', { class: 'status-word' }, this.#desk.status.notResponding ? 'Not responding' : statusInWords(me.status, next || me.status !== 'on_break' ? null : me.reason)),
      me.since ? new ElapsedTime(me.since, { calm: true }) : '', icon('open'));
  }
}
customElements.define('status-control', StatusControl);

/** Shown while nothing is offered because offers went unanswered; one click ends it. */
export class NotResponding extends HTMLElement {
  /** @param {Desk} desk */
  constructor(desk) {
    super();
    this.setAttribute('role', 'alert');
    const back = h('button', { type: 'button', class: 'primary', onclick: () => desk.choose('available') }, 'I am back');
    const show = () => {
      if (this.hidden === !desk.status.notResponding && this.childElementCount) return;
      this.hidden = !desk.status.notResponding;
      // Made anew, so that it is read out when it comes.
      this.replaceChildren(icon('warning'), h('p', {}, 'You did not answer several offers, so no more come to you.'), back);
    };
    desk.status.on('change', show);
    show();
  }
}
customElements.define('not-responding', NotResponding);
