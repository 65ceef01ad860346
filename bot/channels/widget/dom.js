/** Elements without innerHTML: what comes in becomes text, lists and links only. */

/**
 * @typedef {Node | string | null | undefined | false} Child
 * @param {string} tag
 * @param {Record<string, unknown>} [props]
 *   `on…` adds a listener, a boolean sets or leaves out the attribute, anything else is an attribute.
 * @param {...Child} children
 */
export function h(tag, props = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (value === false || value === null || value === undefined) continue;
    if (name.startsWith('on')) {
      element.addEventListener(name.slice(2), /** @type {EventListener} */ (value));
    } else element.setAttribute(name, value === true ? '' : String(value));
  }
  for (const child of children) if (child || child === '') element.append(child);
  return element;
}

const PATHS = {
  chat: 'M4 12a8 7 0 1 1 4 6l-4 2 1-4a7 7 0 0 1-1-4ZM8.5 12h.01M12 12h.01M15.5 12h.01',
  down: 'm6 9 6 6 6-6',
  close: 'm6 6 12 12M18 6 6 18',
  send: 'M12 19V5M5.5 11.5 12 5l6.5 6.5',
  mic: 'M12 3a3 3 0 0 0-3 3v5a3 3 0 0 0 6 0V6a3 3 0 0 0-3-3ZM5.5 11a6.5 6.5 0 0 0 13 0M12 17.5V21',
  hangup: 'M3.5 15c5-5.6 12-5.6 17 0l-2.7 2.8-3.3-2v-2.6a9 9 0 0 0-5 0v2.6l-3.3 2z',
  page: 'M6 3.5h8l4 4V20.5H6ZM14 3.5v4h4M9 12h6M9 15.5h6',
  more: 'M5 12h.01M12 12h.01M19 12h.01',
  one: 'm5 12.5 4.5 4.5L19 7.5',
  clock: 'M12 4a8 8 0 1 0 0 16 8 8 0 0 0 0-16ZM12 8v4.5l2.5 1.5',
  alert: 'M12 4a8 8 0 1 0 0 16 8 8 0 0 0 0-16ZM12 8v5M12 16h.01',
  star: 'm12 3.6 2.6 5.3 5.8.8-4.2 4.1 1 5.8-5.2-2.7-5.2 2.7 1-5.8-4.2-4.1 5.8-.8Z',
};

/** @param {keyof typeof PATHS} name */
export function icon(name) {
  const space = 'http://www.w3.org/2000/svg';
  const svg = document.createElementNS(space, 'svg');
  svg.setAttribute('viewBox', '0 0 24 24');
  svg.setAttribute('class', `icon i-${name}`);
  svg.setAttribute('aria-hidden', 'true');
  const path = document.createElementNS(space, 'path');
  path.setAttribute('d', PATHS[name]);
  svg.append(path);
  return svg;
}

const LINK = /\bhttps?:\/\/[^\s<>"'`]+/giu;
const ITEM = /^\s*(?:[-*•]|(\d{1,3})[.)])\s+(.*)$/u;

/**
 * @param {unknown} address
 * @param {string | URL} [base]
 * @returns {string | null} the address, if it is one that a click may safely open
 */
export function safeAddress(address, base) {
  try {
    const url = new URL(String(address), base);
    return url.protocol === 'https:' || url.protocol === 'http:' ? url.href : null;
  } catch {
    return null;
  }
}

/** @param {string} text @returns {DocumentFragment} */
export function rich(text) {
  const out = document.createDocumentFragment();
  /** @type {HTMLElement | null} */
  let block = null;
  for (const line of text.replace(/\r\n?/gu, '\n').trim().split('\n')) {
    const item = ITEM.exec(line);
    if (!line.trim()) block = null;
    else if (item) {
      const tag = item[1] ? 'ol' : 'ul';
      if (block?.localName !== tag) {
        block = h(tag, { start: item[1] && item[1] !== '1' ? item[1] : null });
        out.append(block);
      }
      block.append(h('li', {}, linked(item[2] ?? '')));
    } else if (block?.localName === 'p') block.append(h('br'), linked(line));
    else {
      block = h('p', { dir: 'auto' }, linked(line));
      out.append(block);
    }
  }
  return out;
}

/** @param {string} text */
function linked(text) {
  const out = document.createDocumentFragment();
  let from = 0;
  for (const match of text.matchAll(LINK)) {
    const found = trimmed(match[0]);
    const href = safeAddress(found);
    if (!href) continue;
    out.append(text.slice(from, match.index), link(href, found.replace(/^https?:\/\//iu, '')));
    from = match.index + found.length;
  }
  out.append(text.slice(from));
  return out;
}

/** @param {string} href @param {...(string | Node)} children */
export function link(href, ...children) {
  return h('a', { href, target: '_blank', rel: 'noopener noreferrer nofollow' }, ...children);
}

/** A full stop after an address, or the bracket around it, is the sentence's. @param {string} url */
function trimmed(url) {
  let end = url.replace(/[.,;:!?…]+$/u, '');
  if (end.endsWith(')') && !end.includes('(')) end = end.slice(0, -1);
  return end;
}
