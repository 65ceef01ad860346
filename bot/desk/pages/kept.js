/** @typedef {'reply' | 'note'} Mode */
/** @typedef {Mode | 'wrap-up'} Draft */
/** @typedef {{id: string, conversation: string, mode: Mode, text: string, at: string, problem: string | null}} Unsent */

/**
 * What an agent has written and nobody has received yet: drafts and messages on their way. It
 * survives a reload and a lost session in this tab, belongs to the agent who wrote it, and goes when
 * they sign out or close the tab (desks are shared, and these are customers' affairs).
 */
export class Kept {
  /** @type {{drafts: Record<string, string>, unsent: Unsent[]}} */
  #held = { drafts: {}, unsent: [] };
  #name;

  /** @param {number | string} agent id */
  constructor(agent) {
    this.#name = `warmline.desk.${agent}`;
    try {
      this.#held = { ...this.#held, ...JSON.parse(sessionStorage.getItem(this.#name) ?? '{}') };
    } catch {
      // Unreadable or forbidden storage: begin with nothing.
    }
  }

  /** @param {string} conversation @param {Draft} mode */
  draft(conversation, mode) {
    return this.#held.drafts[`${mode}/${conversation}`] ?? '';
  }

  /** @param {string} conversation @param {Draft} mode @param {string} text */
  setDraft(conversation, mode, text) {
    if (text) this.#held.drafts[`${mode}/${conversation}`] = text;
    else delete this.#held.drafts[`${mode}/${conversation}`];
    this.#store();
  }

  /** @param {string} conversation forgets its drafts, once it is closed */
  forget(conversation) {
    for (const mode of /** @type {Draft[]} */ (['reply', 'note', 'wrap-up'])) this.setDraft(conversation, mode, '');
  }

  /** @returns {readonly Unsent[]} oldest first */
  get unsent() {
    return this.#held.unsent;
  }

  /** @param {readonly Unsent[]} unsent */
  set unsent(unsent) {
    this.#held.unsent = [...unsent];
    this.#store();
  }

  clear() {
    this.#held = { drafts: {}, unsent: [] };
    try {
      sessionStorage.removeItem(this.#name);
    } catch {
      // Nothing was stored either.
    }
  }

  #store() {
    try {
      sessionStorage.setItem(this.#name, JSON.stringify(this.#held));
    } catch {
      // Full or forbidden: it lives on in memory until the page goes.
    }
  }
}
