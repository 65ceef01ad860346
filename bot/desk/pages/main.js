/** @import {Session} from './protocol.js' */
import { Api } from './api.js';
import { ApiError, readable } from './http.js';
import { ChangePassword } from './change-password.js';
import { DeskPage } from './desk-page.js';
import { Desk } from './desk.js';
import { h } from './dom.js';
import { SignIn } from './sign-in.js';

const place = /** @type {HTMLElement} */ (document.getElementById('desk'));
const api = new Api();
/** @type {Desk | null} */
let desk = null;

api.onSignedOut = () => {
  if (desk) leave('Your session has ended. Sign in again: what you were writing is kept.');
};

/** @param {string} why */
function leave(why) {
  desk?.stop();
  desk = null;
  document.title = 'Warmline desk';
  for (const dialog of document.querySelectorAll('dialog')) dialog.remove();
  place.replaceChildren(new SignIn(api, enter, why));
}

/** @param {Session} session @param {string} [password] what they signed in with just now */
function enter(session, password = '') {
  if (session.must_change_password) {
    const next = () => enter({ ...session, must_change_password: false });
    place.replaceChildren(new ChangePassword(api, session.agent, password, next));
    return;
  }
  const mine = new Desk(session.agent, api);
  desk = mine;
  place.replaceChildren(new DeskPage(mine, () => askToSignOut(mine)));
  mine.start();
  const conversation = decodeURIComponent(location.hash.slice(1));
  if (conversation) mine.show(conversation);
}

/** @param {Desk} leaving */
function askToSignOut(leaving) {
  const open = leaving.mine.length;
  const unsent = leaving.kept.unsent.length;
  if (!open && !unsent) return void signOut(leaving);
  const words = [
    open && `You still hold ${open === 1 ? 'a contact' : `${open} contacts`}: nobody else answers while you do.`,
    unsent && `${unsent === 1 ? 'A message' : `${unsent} messages`} of yours did not reach the server yet and would be lost.`,
  ].filter(Boolean).join(' ');
  const dialog = h('dialog', { 'aria-labelledby': 'leave-title', onclose: () => dialog.remove() },
    h('h2', { id: 'leave-title' }, 'Sign out all the same?'),
    h('p', {}, words),
    h('div', { class: 'dialog-buttons' },
      h('button', { type: 'button', class: 'primary', autofocus: true, onclick: () => dialog.close() }, 'Stay'),
      h('button', { type: 'button', onclick: () => { dialog.close(); void signOut(leaving); } }, 'Sign out')));
  document.body.append(dialog);
  dialog.showModal();
}

/** @param {Desk} leaving */
async function signOut(leaving) {
  try {
    await api.signOut();
  } catch (error) {
    if (!(error instanceof ApiError && error.status === 401)) return leaving.tell(`You are still signed in. ${readable(error)}`, 'problem');
  }
  leaving.kept.clear();
  history.replaceState(null, '', location.pathname);
  leave('You are signed out.');
}

async function begin() {
  try {
    enter(await api.me());
  } catch (error) {
    if (error instanceof ApiError && error.status === 401) return leave('');
    place.replaceChildren(h('div', { class: 'opening' }, h('p', {}, readable(error)),
      h('button', { type: 'button', class: 'primary', onclick: () => void begin() }, 'Try again')));
  }
}

void begin();
