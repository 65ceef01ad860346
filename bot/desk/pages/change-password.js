/** @import {Api} from './api.js' */
/** @import {Agent} from './protocol.js' */
import { readable } from './http.js';
import { h, icon } from './dom.js';

/** A one-time password is for one time: its owner chooses their own before anything else. */
export class ChangePassword extends HTMLElement {
  /**
   * @param {Api} api
   * @param {Agent} agent
   * @param {string} current the password they just signed in with; empty asks for it
   * @param {() => void} done
   */
  constructor(api, agent, current, done) {
    super();
    const problem = h('p', { class: 'form-problem', role: 'alert', id: 'password-problem' });
    /** @param {string} id @param {string} autocomplete */
    const field = (id, autocomplete) =>
      h('input', { id, type: 'password', autocomplete, required: true, 'aria-describedby': 'password-problem' });
    const now = field('current-password', 'current-password');
    const chosen = field('new-password', 'new-password');
    const again = field('new-password-again', 'new-password');
    const button = h('button', { class: 'primary', type: 'submit' }, 'Keep this password');
    now.value = current;

    /** @param {string} text @param {HTMLInputElement} where */
    const refuse = (text, where) => {
      problem.replaceChildren(icon('warning'), text);
      where.focus();
    };
    /** @param {SubmitEvent} event */
    const submit = async (event) => {
      event.preventDefault();
      problem.replaceChildren();
      if (chosen.value !== again.value) return refuse('The two are not the same. Please type it again.', again);
      button.disabled = true;
      try {
        await api.changePassword(now.value, chosen.value);
        await api.me();
        done();
      } catch (error) {
        refuse(readable(error), chosen);
      } finally {
        button.disabled = false;
      }
    };

    this.append(
      h('main', { class: 'gate' },
        h('h1', {}, 'Choose your password'),
        h('p', {}, `Welcome, ${agent.name}. The password you were given works once. `
          + 'Choose one that only you know: a few words in a row are easy to remember and hard to guess.'),
        h('form', { onsubmit: submit },
          h('input', { type: 'text', value: agent.username, autocomplete: 'username', hidden: true }),
          !current && h('label', { for: 'current-password' }, 'The password you were given'),
          !current && now,
          h('label', { for: 'new-password' }, 'New password'), chosen,
          h('label', { for: 'new-password-again' }, 'New password, once more'), again,
          problem, button)),
    );
    this.focusFirst = () => (current ? chosen : now).focus();
  }

  connectedCallback() {
    this.focusFirst();
  }
}
customElements.define('change-password', ChangePassword);
