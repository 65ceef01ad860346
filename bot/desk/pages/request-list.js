/** @import {Desk} from './desk.js' */
/** @import {ActionRequest} from './protocol.js' */
import { ElapsedTime } from './clock.js';
import { h, icon, showList } from './dom.js';
import { readable } from './http.js';
import { actionInWords, money, spaced } from './words.js';

/** What colleagues may not decide by themselves, while their customers wait: grant, grant less, refuse. */
export class RequestList extends HTMLElement {
  #list = h('ul', { class: 'taken requests', id: 'requests' });
  #count = h('span', { class: 'count' });
  #desk;

  /** @param {Desk} desk of somebody who decides */
  constructor(desk) {
    super();
    this.#desk = desk;
    this.append(h('details', { class: 'fold', open: true }, h('summary', {}, h('h2', {}, 'Waiting for a decision '), this.#count), this.#list));
    desk.todo.on('requests', () => this.#show());
    this.#show();
  }

  #show() {
    const { requests } = this.#desk.todo;
    this.hidden = requests.length === 0;
    this.#count.textContent = String(requests.length);
    showList(this.#list, requests, (one) => one.id, (one) => this.#make(one), () => {});
  }

  /** @param {ActionRequest} request */
  #make(request) {
    const { id, kind, currency = 'USD', address } = request;
    const isMoney = kind === 'refund';
    const asked = isMoney ? request.amount_cents : kind === 'discount' ? request.percent : null;
    const full = isMoney ? (request.amount_cents ?? 0) / 100 : request.percent ?? 0;
    const problem = h('p', { class: 'form-problem', role: 'alert' });
    const amount = h('input', { id: `amount-${id}`, type: 'number', min: isMoney ? '0.01' : '1', max: full, step: isMoney ? '0.01' : '1', value: isMoney ? full.toFixed(2) : full, required: true });
    const answer = h('input', { id: `answer-${id}`, maxlength: '300', autocomplete: 'off' });
    const grant = h('button', { type: 'submit', class: 'primary' });
    const refuse = h('button', { type: 'button', onclick: () => decide(false) }, 'Refuse');
    const inWords = (/** @type {number} */ number) => (isMoney ? money(Math.round(number * 100), currency) : `${number} %`);
    const label = () => {
      const less = asked !== null && Number(amount.value) < full;
      grant.replaceChildren(icon('check'), asked === null ? 'Grant' : `Grant ${less ? 'only ' : ''}${inWords(Number(amount.value))}`);
    };
    amount.addEventListener('input', label);
    label();

    /** @param {boolean} granted */
    const decide = async (granted) => {
      const words = answer.value.trim();
      if (!granted && !words) {
        problem.replaceChildren(icon('warning'), `Tell ${request.agent.name} why not: they tell the customer.`);
        return answer.focus();
      }
      const given = asked === null ? {} : isMoney ? { amount_cents: Math.round(Number(amount.value) * 100) } : { percent: Number(amount.value) };
      grant.disabled = refuse.disabled = true;
      problem.replaceChildren();
      try {
        await this.#desk.todo.decide(request, granted ? { granted, answer: words, ...given } : { granted, answer: words });
        this.#desk.tell(granted ? `Granted. ${request.agent.name} reads it now.` : `Refused. ${request.agent.name} reads why.`, 'good');
      } catch (error) {
        this.#desk.tell(readable(error), 'problem');
      }
      grant.disabled = refuse.disabled = false;
    };
    return h('li', { class: 'request' },
      h('p', { class: 'taken-who' }, h('strong', {}, `${request.agent.name}: ${actionInWords(kind)}${asked === null ? '' : ` ${inWords(full)}`}`), new ElapsedTime(request.asked_at)),
      h('p', { class: 'quiet' }, `${request.customer ?? 'Visitor'}, order ${spaced(request.order)}`),
      address && h('p', {}, `To ${address.street}, ${address.city}, ${address.state} ${address.postcode}`),
      h('p', { class: 'request-why' }, `“${request.why}”`),
      h('form', { class: 'decide', onsubmit: (/** @type {SubmitEvent} */ event) => { event.preventDefault(); void decide(true); } },
        asked !== null && h('div', { class: 'field' }, h('label', { for: amount.id }, isMoney ? `Amount (${currency})` : 'Percent'), amount),
        h('div', { class: 'field' }, h('label', { for: answer.id }, 'Answer'), answer), problem,
        h('div', { class: 'taken-do' }, h('button', { type: 'button', onclick: () => this.#desk.show(request.conversation) }, 'Read'), refuse, grant)));
  }
}
customElements.define('request-list', RequestList);
