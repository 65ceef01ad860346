/**
 * The server's time on this computer: waits are counted from moments the server wrote down, and the
 * clocks of desks are wrong more often than one thinks.
 */

/** Milliseconds to add to this computer's clock. */
let offset = 0;
/** The Date header is cut to whole seconds; differences below this are taken for none. */
const TOLERANCE_MS = 2000;

/** @param {string | null} header a response's Date header */
export function learnFromServer(header) {
  const told = header ? Date.parse(header) : NaN;
  if (Number.isNaN(told)) return;
  const difference = told + 500 - Date.now();
  offset = Math.abs(difference) < TOLERANCE_MS ? 0 : difference;
}

/** The server's now, in milliseconds since 1970. */
export const now = () => Date.now() + offset;

/** @type {Set<() => void>} */
const listeners = new Set();
setInterval(() => listeners.forEach((listener) => listener()), 1000);

/** @param {() => void} listener called each second */
export const everySecond = (listener) => void listeners.add(listener);
/** @param {() => void} listener */
export const noLonger = (listener) => void listeners.delete(listener);

/** Below this many seconds a wait is short; from the second on it is too long. */
const LONG_AFTER = 60;
const TOO_LONG_AFTER = 180;

/**
 * @typedef {object} Waiting
 * @property {string | null} [dueBy] when it is late for certain
 * @property {boolean} [calm] only counts: nobody waits, so no colour and no words
 */

/** How long a customer has waited, ticking: "1:42". Its level shows as colour and is said in words. */
export class ElapsedTime extends HTMLElement {
  /** @param {string} since ISO 8601 @param {Waiting} [waiting] */
  constructor(since, { dueBy = null, calm = false } = {}) {
    super();
    this.className = 'elapsed';
    this.since = Date.parse(since);
    this.dueBy = dueBy ? Date.parse(dueBy) : Infinity;
    this.calm = calm;
    this.show = this.show.bind(this);
  }

  connectedCallback() {
    everySecond(this.show);
    this.show();
  }

  disconnectedCallback() {
    noLonger(this.show);
  }

  show() {
    const seconds = Math.max(0, Math.floor((now() - this.since) / 1000));
    this.textContent = timer(seconds);
    const late = seconds >= TOO_LONG_AFTER || now() > this.dueBy;
    const level = this.calm ? 'calm' : late ? 'late' : seconds >= LONG_AFTER ? 'long' : 'short';
    if (this.dataset.level === level) return;
    this.dataset.level = level;
    this.title = { calm: '', short: 'Waiting', long: 'Waiting for a while', late: 'Waiting too long' }[level];
  }
}
customElements.define('elapsed-time', ElapsedTime);

/** Below this many seconds a countdown asks for haste. */
const HASTE_BELOW_S = 6;

/** The seconds that are left, ticking down: in figures, and as a bar that empties. */
export class CountDown extends HTMLElement {
  #figures = document.createElement('span');
  #bar = document.createElement('span');

  /** @param {string} from when it began @param {string} until ISO 8601, both by the server's clock */
  constructor(from, until) {
    super();
    this.from = Date.parse(from);
    this.until = Date.parse(until);
    this.className = 'count-down';
    this.setAttribute('role', 'timer');
    this.#bar.className = 'count-down-bar';
    this.#bar.setAttribute('aria-hidden', 'true');
    this.#figures.className = 'count-down-figures';
    this.append(this.#bar, this.#figures);
    this.show = this.show.bind(this);
  }

  /** Seconds; 0 when it is over. */
  get left() {
    return Math.max(0, (this.until - now()) / 1000);
  }

  connectedCallback() {
    everySecond(this.show);
    this.show();
  }

  disconnectedCallback() {
    noLonger(this.show);
  }

  show() {
    const seconds = Math.ceil(this.left);
    const part = this.left / Math.max(1, (this.until - this.from) / 1000);
    this.#figures.textContent = seconds < 100 ? `${seconds} s` : timer(seconds);
    this.#bar.style.setProperty('--left', Math.min(1, part).toFixed(3));
    this.toggleAttribute('data-haste', seconds < HASTE_BELOW_S);
  }
}
customElements.define('count-down', CountDown);

/** @param {number} seconds @returns {string} "0:07", "12:40", "1:02:03" */
export function timer(seconds) {
  const whole = Math.max(0, Math.floor(seconds));
  const [hours, minutes] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60];
  const tail = String(whole % 60).padStart(2, '0');
  return hours ? `${hours}:${String(minutes).padStart(2, '0')}:${tail}` : `${minutes}:${tail}`;
}
