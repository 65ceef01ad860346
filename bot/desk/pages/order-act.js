/** @import {Desk} from './desk.js' */
/** @import {ActionKind, Authority, Order, OrderAction} from './protocol.js' */
import { h, icon } from './dom.js';
import { readable } from './http.js';
import { uuid } from './outbox.js';
import { money, spaced } from './words.js';

/** @type {[ActionKind, string][]} */
const KINDS = [['refund', 'Refund'], ['reship', 'Send again'], ['discount', 'Discount'], ['address', 'Address']];

/** @param {Authority} may "refunds up to $50.00, …" */
export function authorityInWords(may) {
  return [
    may.refund_cents > 0 && `refunds up to ${money(may.refund_cents, may.currency)}`,
    may.reship_cents > 0 && `sending again up to ${money(may.reship_cents, may.currency)}`,
    may.discount_percent > 0 && `discounts up to ${may.discount_percent} %`,
    may.address && 'addresses',
  ].filter(Boolean).join(', ');
}

/**
 * Asks what to do about an order, how much and why. What is above my authority says so before it is
 * sent: a senior decides it while the customer waits.
 * @param {Desk} desk
 * @param {string} conversation
 * @param {Order} order
 * @param {Authority} may
 */
export function askToAct(desk, conversation, order, may) {
  const currency = order.currency ?? may.currency;
  const total = order.total_cents ?? 0;
  const goods = total - (order.delivery_cents ?? 0);
  // One id until the server has answered: after a lost answer it is done once all the same.
  const id = uuid();
  const problem = h('p', { class: 'form-problem', role: 'alert' });
  const amount = h('input', { id: 'act-amount', type: 'number', min: '0.01', step: '0.01', max: total ? (total / 100).toFixed(2) : null, value: (total / 100).toFixed(2), required: true });
  const percent = h('input', { id: 'act-percent', type: 'number', min: '1', max: '100', step: '1', value: Math.max(1, Math.min(10, may.discount_percent)), required: true });
  const why = h('input', { id: 'act-why', required: true, maxlength: '300', autocomplete: 'off', placeholder: 'Read by whoever looks at it later' });
  const address = Object.entries({ street: 'Street and number', city: 'City', state: 'State', postcode: 'Postcode' }).map(([name, word]) => h('div', { class: 'field' },
    h('label', { for: `act-${name}` }, word), h('input', { id: `act-${name}`, name, required: true, autocomplete: 'off', maxlength: name === 'state' ? '2' : '120' })));
  const fields = {
    refund: [field('act-amount', `Amount (${currency})`, amount)],
    reship: [h('p', { class: 'quiet' }, `Everything in it is sent once more${goods ? `, worth ${money(goods, currency)}` : ''}.`)],
    discount: [field('act-percent', 'Percent', percent)],
    address: [h('div', { class: 'address' }, ...address)],
  };
  const place = h('div', {});
  const send = h('button', { type: 'submit', class: 'primary' });
  const above = h('p', { class: 'above', role: 'status' });

  const kind = () => /** @type {ActionKind} */ (new FormData(form).get('kind') ?? 'refund');
  const cents = () => Math.round(Number(amount.value) * 100);
  const isAbove = () => ({
    refund: cents() > may.refund_cents,
    reship: goods > may.reship_cents,
    discount: Number(percent.value) > may.discount_percent,
    address: !may.address,
  })[kind()];
  const label = () => {
    const doIt = { refund: `Refund ${money(cents(), currency)}`, reship: 'Send it again', discount: `Give ${percent.value} %`, address: 'Change the address' }[kind()];
    send.replaceChildren(isAbove() ? 'Ask a senior' : doIt);
    const words = isAbove() ? 'Above what you decide: a senior is asked, and you read the answer in the conversation.' : '';
    if (above.textContent !== words) above.textContent = words;
  };
  const showKind = () => {
    place.replaceChildren(...fields[kind()]);
    label();
  };

  /** @returns {OrderAction} */
  const action = () => {
    const told = { id, kind: kind(), order: order.number, why: why.value.trim() };
    const data = new FormData(form);
    const line = (/** @type {string} */ name) => String(data.get(name) ?? '').trim();
    if (told.kind === 'refund') return { ...told, amount_cents: cents() };
    if (told.kind === 'discount') return { ...told, percent: Number(percent.value) };
    if (told.kind === 'address') return { ...told, address: { street: line('street'), city: line('city'), state: line('state'), postcode: line('postcode') } };
    return told;
  };
  const submit = async () => {
    send.disabled = true;
    problem.replaceChildren();
    try {
      const answer = await desk.api.orderAction(conversation, action());
      desk.tell(answer.text, answer.state === 'done' ? 'good' : 'info');
      void desk.refreshCard(conversation);
      dialog.close();
    } catch (error) {
      problem.replaceChildren(icon('warning'), readable(error));
    }
    send.disabled = false;
  };
  const form = h('form', { onsubmit: (/** @type {SubmitEvent} */ event) => { event.preventDefault(); void submit(); } },
    h('h2', { id: 'act-title' }, `Order ${spaced(order.number)}`),
    h('p', { class: 'quiet' }, authorityInWords(may) ? `You decide: ${authorityInWords(may)}.` : 'A senior decides for you.'),
    h('fieldset', { class: 'pills' }, h('legend', { class: 'sr' }, 'What to do'), ...KINDS.map(([code, word], index) => h('label', { class: 'pill' },
      h('input', { type: 'radio', name: 'kind', value: code, checked: index === 0, autofocus: index === 0 }), h('span', {}, word)))),
    place, field('act-why', 'Why', why), above, problem,
    h('div', { class: 'dialog-buttons' }, h('button', { type: 'button', onclick: () => dialog.close() }, 'Not yet'), send));
  form.addEventListener('change', (event) => event.target instanceof HTMLInputElement && event.target.name === 'kind' && showKind());
  form.addEventListener('input', label);
  const dialog = h('dialog', { class: 'act-dialog', 'aria-labelledby': 'act-title', onclose: () => dialog.remove() }, form);
  document.body.append(dialog);
  showKind();
  dialog.showModal();
}

/** @param {string} id @param {string} label @param {HTMLElement} input */
const field = (id, label, input) => h('div', { class: 'field' }, h('label', { for: id }, label), input);
