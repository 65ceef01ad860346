/** @import {Api} from './api.js' */
/** @import {Session} from './protocol.js' */
import { readable } from './http.js';
import { h, icon } from './dom.js';

/** Name and password; says plainly what went wrong, and keeps the name for the next try. */
export class SignIn extends HTMLElement {
  /**
   * @param {Api} api
   * @param {(session: Session, password: string) => void} done
   * @param {string} [why] why somebody who was signed in reads this
   */
  constructor(api, done, why = '') {
    super();
    const problem = h('p', { class: 'form-problem', role: 'alert', id: 'sign-in-problem' });
    const username = h('input', {
      id: 'username', name: 'username', autocomplete: 'username', autocapitalize: 'none',
      spellcheck: 'false', required: true, 'aria-describedby': 'sign-in-problem',
    });
    const password = h('input', {
      id: 'password', name: 'password', type: 'password', autocomplete: 'current-password',
      required: true, 'aria-describedby': 'sign-in-problem',
    });
    const button = h('button', { class: 'primary', type: 'submit' }, 'Sign in');

    /** @param {SubmitEvent} event */
    const submit = async (event) => {
      event.preventDefault();
      button.disabled = true;
      problem.replaceChildren();
      try {
        done(await api.signIn(username.value.trim(), password.value), password.value);
      } catch (error) {
        problem.replaceChildren(icon('warning'), readable(error));
        password.value = '';
        password.focus();
      } finally {
        button.disabled = false;
      }
    };

    this.append(
      h('main', { class: 'gate' },
        h('h1', {}, h('img', { src: '/desk/icon.svg', alt: '', width: '32', height: '32' }), 'Warmline desk'),
        why ? h('p', { class: 'gate-why', role: 'status' }, why) : h('p', {}, 'Sign in to answer customers.'),
        h('form', { onsubmit: submit },
          h('label', { for: 'username' }, 'User name'), username,
          h('label', { for: 'password' }, 'Password'), password,
          problem, button),
        h('p', { class: 'quiet' }, 'Forgotten it? An administrator can give you a new one.')),
    );
    this.focusFirst = () => (username.value ? password : username).focus();
  }

  connectedCallback() {
    this.focusFirst();
  }
}
customElements.define('sign-in', SignIn);
