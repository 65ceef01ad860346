import { h } from './dom.js';

/** Every shortcut of the desk, as shown and as documented in docs/agents.md. */
const SHORTCUTS = /** @type {[string, string][]} */ ([
  ['Alt+A', 'Accept the offer shown first; without one, the open contact if it waits'],
  ['Alt+D', 'Decline the offer shown first: somebody else gets it'],
  ['Alt+↓  Alt+↑', 'Next, previous contact'],
  ['Alt+R', 'Write an answer'],
  ['Enter', 'Send; Shift+Enter begins a new line'],
  ['Alt+N', 'Internal note on and off (also Ctrl+Shift+N where the browser leaves it to us)'],
  ['/', 'In an empty answer: replies kept ready; arrows and Enter choose one'],
  ['Alt+T', 'Hand over, ask a colleague or bring one in'],
  ['Alt+V', 'Read the transcript'],
  ['Alt+C', 'End the contact; Enter then saves the wrap-up'],
  ['Alt+L', 'Answer the call with the microphone (accepts whoever is open and waits on the line)'],
  ['Alt+M', 'Microphone muted or not'],
  ['Alt+H', 'Leave the line; the contact stays yours'],
  ['Alt+S', 'My status: available, on break, after-call work'],
  ['Alt+P', 'Customer panel'],
  ['?', 'This list'],
]);

const SWITCH = 'warmline.desk.question-mark';

/** Whether the bare `?` opens this list; single-key shortcuts must be possible to switch off. */
export const questionMarkOn = () => {
  try {
    return localStorage.getItem(SWITCH) !== 'off';
  } catch {
    return true;
  }
};

export function showHelp() {
  if (document.querySelector('dialog[open]')) return;
  const box = h('input', {
    type: 'checkbox', checked: questionMarkOn(), onchange: () => {
      try {
        localStorage.setItem(SWITCH, box.checked ? 'on' : 'off');
      } catch {
        // Then it can't be switched off here.
      }
    },
  });
  const dialog = h('dialog', { class: 'help-dialog', 'aria-labelledby': 'help-title', onclose: () => dialog.remove() },
    h('h2', { id: 'help-title' }, 'Keyboard'),
    h('dl', { class: 'shortcuts' }, ...SHORTCUTS.flatMap(([keys, what]) => [
      h('dt', {}, ...keys.split('  ').map((combination) => h('kbd', {}, combination))), h('dd', {}, what)])),
    h('label', { class: 'choice' }, box, h('span', {}, 'Open this list with ? alone')),
    h('div', { class: 'dialog-buttons' }, h('button', { type: 'button', class: 'primary', autofocus: true, onclick: () => dialog.close() }, 'Close')));
  document.body.append(dialog);
  dialog.showModal();
}
