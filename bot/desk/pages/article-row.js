/** @import {Desk} from './desk.js' */
/** @import {Article} from './protocol.js' */
import { h, icon } from './dom.js';
import { isCustomers } from './words.js';

/** Help that fits what the customer said last, in a quiet row: a click puts title and link into the answer. */
export class ArticleRow extends HTMLElement {
  #list = h('ul', { 'aria-label': 'Help articles that fit' });
  #desk;
  #conversation;
  #insert;
  /** What the articles were fetched for. */
  #askedFor = 0;

  /** @param {Desk} desk @param {string} conversation @param {(text: string) => void} insert */
  constructor(desk, conversation, insert) {
    super();
    this.#desk = desk;
    this.#conversation = conversation;
    this.#insert = insert;
    this.hidden = true;
    this.append(h('span', { class: 'quiet' }, 'Help that fits'), this.#list);
    void this.refresh();
  }

  /** Asks again where the customer has said something since. */
  async refresh() {
    const last = this.#desk.log(this.#conversation).events.findLast(isCustomers)?.seq ?? 0;
    if (last === this.#askedFor) return;
    this.#askedFor = last;
    const answer = await this.#desk.api.articles(this.#conversation).catch(() => null);
    if (this.#askedFor === last) this.#show(answer?.articles ?? []);
  }

  /** @param {Article[]} articles */
  #show(articles) {
    this.hidden = articles.length === 0;
    this.#list.replaceChildren(...articles.slice(0, 3).map(({ title, url, text }) => h('li', {},
      h('button', { type: 'button', title: text, 'aria-label': `Insert ${title}`, onclick: () => this.#insert(`${title}: ${url}`) }, icon('note'), title))));
  }
}
customElements.define('article-row', ArticleRow);
