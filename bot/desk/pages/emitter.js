/**
 * Who says something and who listens, with the topics named in the type.
 * @template {object} Topics
 */
export class Emitter {
  /** @type {Map<keyof Topics, Set<(detail: any) => void>>} */
  #listeners = new Map();

  /**
   * @template {keyof Topics} Topic
   * @param {Topic} topic
   * @param {(detail: Topics[Topic]) => void} listener
   */
  on(topic, listener) {
    const listeners = this.#listeners.get(topic) ?? new Set();
    this.#listeners.set(topic, listeners.add(listener));
  }

  /**
   * @template {keyof Topics} Topic
   * @param {Topic} topic
   * @param {Topics[Topic]} detail
   */
  emit(topic, detail) {
    for (const listener of this.#listeners.get(topic) ?? []) listener(detail);
  }
}
