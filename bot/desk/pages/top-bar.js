/** @import {Alerts} from './alerts.js' */
/** @import {Desk} from './desk.js' */
import { ElapsedTime } from './clock.js';
import { h, icon } from './dom.js';
import { StatusControl } from './status-control.js';

/** What must always be in sight: who waits, whether the line holds, whether I am available. */
export class TopBar extends HTMLElement {
  #queue = h('p', { class: 'queue' });
  #connection = h('p', { class: 'connection', role: 'status' });
  #notify;
  #desk;

  /** @param {Desk} desk @param {Alerts} alerts @param {() => void} help @param {() => void} signOut */
  constructor(desk, alerts, help, signOut) {
    super();
    this.#desk = desk;
    this.status = new StatusControl(desk);
    const sound = h('button', { type: 'button', class: 'bare', onclick: () => { alerts.switchSound(!alerts.soundOn); showSound(); } });
    const showSound = () => {
      sound.replaceChildren(icon(alerts.soundOn ? 'sound' : 'silent'));
      sound.setAttribute('aria-pressed', String(alerts.soundOn));
      sound.setAttribute('aria-label', 'Sound for offers');
      sound.title = alerts.soundOn ? 'Sound is on' : 'Sound is off';
    };
    showSound();
    this.#notify = h('button', {
      type: 'button', class: 'bare', 'aria-label': 'Allow notifications', title: 'Allow notifications of offers',
      onclick: async () => {
        const allowed = await alerts.askToNotify();
        this.#notify.hidden = !alerts.canAskToNotify;
        desk.tell(allowed ? 'Offers will be shown outside this page, too.' : 'No notifications, then. Sound and title still tell you.');
      },
    }, icon('bell'));
    this.#notify.hidden = !alerts.canAskToNotify;
    this.append(
      h('header', { class: 'top' },
        h('h1', { class: 'brand' }, h('img', { src: '/desk/icon.svg', alt: '', width: '26', height: '26' }), h('span', {}, 'Warmline')),
        this.status,
        this.#queue,
        this.#connection,
        h('div', { class: 'tools' }, sound, this.#notify,
          h('button', { type: 'button', class: 'bare', 'aria-label': 'Keyboard shortcuts', title: 'Keyboard shortcuts (?)', onclick: help }, h('span', { 'aria-hidden': 'true', class: 'question' }, '?'))),
        h('div', { class: 'me' },
          h('span', { class: 'my-name', title: desk.agent.role }, desk.agent.name),
          h('button', { type: 'button', class: 'sign-out', onclick: signOut }, 'Sign out'))),
    );
    desk.on('handoffs', () => this.#showQueue());
    desk.connection.on('state', () => this.#showConnection());
    this.#showQueue();
    this.#showConnection();
  }

  #showQueue() {
    const [longest] = this.#desk.waiting.toSorted((one, other) => one.asked_at.localeCompare(other.asked_at));
    const count = this.#desk.waiting.length;
    this.#queue.dataset.waiting = String(count);
    if (!longest) return this.#queue.replaceChildren(this.#desk.ready ? 'Nobody is waiting' : '');
    this.#queue.replaceChildren(
      h('strong', {}, String(count)), ' waiting ', h('span', { class: 'longest' }, 'longest '),
      new ElapsedTime(longest.asked_at, { dueBy: longest.payload.time?.due_by }));
  }

  #showConnection() {
    const { state, nextTryAt } = this.#desk.connection;
    const seconds = Math.max(1, Math.ceil((nextTryAt - Date.now()) / 1000));
    const before = this.#connection.dataset.state;
    // "connecting" between two tries is not worth reading out each time.
    const now = state === 'connecting' && before === 'waiting' ? 'waiting' : state;
    this.#connection.dataset.state = now;
    const words = { connected: 'Connected', connecting: 'Connecting…', waiting: 'Reconnecting…', refused: 'Not allowed from here' }[now];
    if (before !== now) this.#connection.replaceChildren(h('span', { class: 'dot' }), words);
    this.#connection.title = {
      connected: 'Everything is live.',
      connecting: 'The line to the server is being opened.',
      waiting: `The line to the server is lost. Next try in ${seconds} s. What you write is kept.`,
      refused: 'The server does not accept this address. Open the desk at its own address, or ask an administrator.',
    }[now];
  }
}
customElements.define('top-bar', TopBar);
