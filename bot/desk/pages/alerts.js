/** @import {Desk} from './desk.js' */
import { now } from './clock.js';
import { headline } from './offer-list.js';
import { actionInWords, whyInWords } from './words.js';

const SWITCH = 'warmline.desk.sound';

/** While an offer is open it rings this often, in milliseconds. */
const RINGS_EVERY_MS = 5000;

/**
 * Tells the agent of an offer when they look elsewhere: two short notes, the browser's own notification
 * where they allowed it, and the tab's title. Who merely waits is counted there, and rings nowhere.
 */
export class Alerts {
  soundOn = read() !== 'off';
  /** @type {AudioContext | null} made at the first click or key: browsers keep pages silent before */
  #audio = null;
  /** @type {number | undefined} */
  #again;
  /** @type {Set<string>} */
  #seenRequests = new Set();
  #desk;

  /** @param {Desk} desk */
  constructor(desk) {
    this.#desk = desk;
    const wake = () => {
      this.#audio ??= new AudioContext();
      void this.#audio.resume();
    };
    addEventListener('pointerdown', wake, { once: true });
    addEventListener('keydown', wake, { once: true });
    desk.on('handoffs', () => this.#showCount());
    desk.on('events', () => this.#showCount());
    desk.on('offered', (offers) => {
      this.#ringWhileOffered();
      for (const offer of offers) this.#notify(headline(offer), whyInWords(offer), offer.handoff.conversation);
    });
    desk.todo.on('requests', () => this.#showRequests());
  }

  /** A colleague's customer waits for my decision. */
  #showRequests() {
    const { requests } = this.#desk.todo;
    const fresh = requests.filter((one) => !this.#seenRequests.has(one.id));
    this.#seenRequests = new Set(requests.map((one) => one.id));
    if (fresh.length) this.ring();
    for (const one of fresh) this.#notify(`${one.agent.name} needs your decision`, `${actionInWords(one.kind)}: ${one.why}`, one.conversation);
  }

  /** @param {boolean} on */
  switchSound(on) {
    this.soundOn = on;
    try {
      localStorage.setItem(SWITCH, on ? 'on' : 'off');
    } catch {
      // It holds for this page, then.
    }
    if (on) this.ring();
  }

  get canAskToNotify() {
    return 'Notification' in window && Notification.permission === 'default';
  }

  async askToNotify() {
    return (await Notification.requestPermission()) === 'granted';
  }

  #ringWhileOffered() {
    clearTimeout(this.#again);
    if (!this.#desk.offers.some((offer) => Date.parse(offer.expires_at) > now())) return;
    this.ring();
    this.#again = setTimeout(() => this.#ringWhileOffered(), RINGS_EVERY_MS);
  }

  /** E5 and A5, a rising fourth: heard through talk, and not an alarm. */
  ring() {
    const audio = this.#audio;
    if (!audio || !this.soundOn) return;
    [659.3, 880].forEach((hertz, index) => {
      const from = audio.currentTime + index * 0.14;
      const volume = audio.createGain();
      volume.gain.setValueAtTime(0.0001, from);
      volume.gain.exponentialRampToValueAtTime(0.18, from + 0.02);
      volume.gain.exponentialRampToValueAtTime(0.0001, from + 0.32);
      const tone = new OscillatorNode(audio, { frequency: hertz });
      tone.connect(volume).connect(audio.destination);
      tone.start(from);
      tone.stop(from + 0.34);
    });
  }

  /** @param {string} title @param {string} body @param {string} conversation */
  #notify(title, body, conversation) {
    if (!('Notification' in window) || Notification.permission !== 'granted') return;
    if (document.visibilityState === 'visible' && document.hasFocus()) return;
    try {
      const shown = new Notification(title, { body, tag: conversation, icon: '/desk/icon.svg' });
      shown.onclick = () => {
        window.focus();
        this.#desk.show(conversation);
        shown.close();
      };
    } catch {
      // Chrome on Android has the class but lets only service workers use it.
    }
  }

  #showCount() {
    const { offers, waiting, mine } = this.#desk;
    const unread = mine.reduce((sum, handoff) => sum + this.#desk.unread(handoff.conversation), 0);
    const parts = [offers.length && 'OFFER', waiting.length && `${waiting.length} waiting`, unread && `${unread} new`].filter(Boolean);
    document.title = parts.length ? `(${parts.join(', ')}) Warmline desk` : 'Warmline desk';
  }
}

function read() {
  try {
    return localStorage.getItem(SWITCH);
  } catch {
    return null;
  }
}
