/** Where the visitor writes, and rates in the end. @import {View} from './types.js' */
import { h, icon } from './dom.js';
import { say, words } from './words.js';

/** Code points, as the server counts. */
const LONGEST = 4000;
const NEAR_LIMIT = 400;

export class Composer {
  #box = /** @type {HTMLTextAreaElement} */ (
    h('textarea', {
      rows: 1, 'aria-label': words.write, placeholder: words.placeholder, enterkeyhint: 'send',
      dir: 'auto', 'aria-describedby': 'counter', autocomplete: 'off',
    })
  );
  #counter = h('div', { id: 'counter', class: 'counter', role: 'status', hidden: true });
  #mic;
  #send;

  /**
   * @param {{send(text: string): void, typing(): void, draft(text: string): void,
   *   call(): void}} asks
   * @param {string} draft
   */
  constructor(asks, draft) {
    this.#mic = h(
      'button',
      { type: 'button', class: 'round mic', 'aria-label': words.call,
        hidden: true, onclick: () => asks.call() },
      icon('mic'),
    );
    this.#send = h(
      'button',
      { class: 'round send', 'aria-label': words.send },
      icon('send'),
    );
    const submit = () => {
      const text = this.#box.value.trim();
      if (!text || length(text) > LONGEST) return;
      asks.send(text);
      this.fill('');
      asks.draft('');
    };
    this.#box.addEventListener('input', () => {
      asks.draft(this.#box.value);
      if (this.#box.value.trim()) asks.typing();
      this.#fit();
    });
    this.#box.addEventListener('keydown', (event) => {
      // An input method's Enter chooses a word (229: Safari's).
      if (event.key !== 'Enter' || event.shiftKey || event.isComposing || event.keyCode === 229) {
        return;
      }
      event.preventDefault();
      submit();
    });
    this.element = h(
      'form',
      { class: 'composer', onsubmit: (/** @type {Event} */ e) => (e.preventDefault(), submit()) },
      this.#counter, h('div', { class: 'field' }, this.#box, this.#mic, this.#send),
    );
    this.fill(draft);
  }

  /** @param {View} view */
  update(view) {
    this.#mic.hidden = !view.voice;
  }

  focus() {
    this.#box.focus({ preventScroll: true });
  }

  get text() {
    return this.#box.value;
  }

  /** @param {string} text */
  fill(text) {
    this.#box.value = text;
    this.#fit();
  }

  #fit() {
    const left = LONGEST - length(this.#box.value.trim());
    this.#counter.hidden = left > NEAR_LIMIT;
    if (left <= NEAR_LIMIT) {
      this.#counter.textContent = say(left < 0 ? 'over' : 'left', Math.abs(left));
    }
    this.#counter.classList.toggle('over', left < 0);
    this.#box.setAttribute('aria-invalid', String(left < 0));
    this.#send.toggleAttribute('disabled', left < 0 || left === LONGEST);
    this.#box.style.height = 'auto';
    if (this.#box.scrollHeight) this.#box.style.height = `${this.#box.scrollHeight}px`;
  }
}

/** @param {string} text */
function length(text) {
  return [...text].length;
}

/**
 * In the composer's place after the end: stars, a comment, a new beginning.
 *
 * @param {{rate(stars: number, comment: string): void, again(): void}} asks
 * @param {boolean} rated  already, before this page was loaded
 */
export function ending(asks, rated) {
  const again = h(
    'button', { type: 'button', class: 'wide', onclick: () => asks.again() }, words.again,
  );
  const box = h('div', { class: 'ending' });
  const thanks = h('p', { class: 'thanks', role: 'status' });
  if (rated) {
    box.append(again);
    return box;
  }
  const stars = h('div', { class: 'stars' });
  for (let n = 1; n <= 5; n += 1) {
    const input = h('input', {
      type: 'radio', name: 'stars', value: n, required: true, 'aria-label': say('star', n),
    });
    stars.append(h('label', {}, input, icon('star')));
  }
  const comment = h('textarea', {
    name: 'comment', rows: 2, maxlength: 1000, 'aria-label': words.comment,
    placeholder: words.comment, dir: 'auto',
  });
  const more = h('div', { class: 'more', hidden: true }, comment,
    h('button', { class: 'wide primary' }, words.rate_send));
  const form = /** @type {HTMLFormElement} */ (
    h('form', {}, h('fieldset', {}, h('legend', {}, words.rate), stars), more)
  );
  form.addEventListener('change', () => {
    const chosen = Number(new FormData(form).get('stars'));
    more.hidden = !chosen;
    [...stars.children].forEach((label, index) => label.classList.toggle('on', index < chosen));
  });
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    const given = new FormData(form);
    asks.rate(Number(given.get('stars')), String(given.get('comment') ?? '').trim());
    form.replaceWith(thanks);
    thanks.textContent = words.thanks;
    again.focus();
  });
  box.append(form, again);
  return box;
}
