import { h } from './dom.js';

/**
 * The little Markdown that descriptions have: paragraphs, lists of lines that begin with "- ",
 * `code` and **strong**. Everything else is text.
 * @param {string} text
 * @returns {HTMLElement[]}
 */
export function prose(text) {
  return text.trim().split(/\n\s*\n/).filter(Boolean).map((block) => {
    if (!block.startsWith('- ')) return h('p', {}, ...words(block));
    const lines = block.slice(2).split(/\n- /);
    return h('ul', { class: 'docs-list' }, ...lines.map((line) => h('li', {}, ...words(line))));
  });
}

/**
 * @param {string} text of one line
 * @returns {(Node | string)[]}
 */
export function words(text) {
  return text.split(/(`[^`]+`|\*\*[^*]+\*\*)/).filter(Boolean).map((piece) => {
    if (piece.startsWith('`')) return h('code', {}, piece.slice(1, -1));
    if (piece.startsWith('**')) return h('strong', {}, piece.slice(2, -2));
    return piece;
  });
}
