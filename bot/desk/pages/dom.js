/**
 * Making elements. Whatever a customer wrote becomes text, never markup: nothing on these pages
 * assigns innerHTML.
 */

/** @typedef {string | number | boolean | null | undefined | ((event: any) => void)} Attribute */
/** @typedef {Node | string | null | undefined | false} Child */

/**
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {Record<string, Attribute>} [attributes] `onclick: listener` listens; false, null and
 *   undefined are left out; true sets an empty attribute
 * @param {...Child} children
 * @returns {HTMLElementTagNameMap[Tag]}
 */
export function h(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === 'function') element.addEventListener(name.slice(2), value);
    else if (value === true) element.setAttribute(name, '');
    else if (value !== false && value != null) element.setAttribute(name, String(value));
  }
  element.append(...present(children));
  return element;
}

/** @param {Child[]} children @returns {(Node | string)[]} */
export const present = (children) =>
  children.filter((child) => child !== null && child !== undefined && child !== false);

/**
 * A click's listener that can't be clicked twice: all buttons beside it are off until it is done.
 * @param {() => Promise<unknown>} act
 * @returns {(event: Event) => Promise<void>}
 */
export const once = (act) => async ({ currentTarget }) => {
  const place = /** @type {HTMLElement} */ (currentTarget).parentElement;
  const buttons = [...place?.children ?? []].filter((one) => one instanceof HTMLButtonElement);
  for (const button of buttons) button.disabled = true;
  await act();
  for (const button of buttons) button.disabled = false;
};

const LINK = /https?:\/\/[^\s<>"']+/gi;
/** A full stop after an address ends the sentence, and is no part of it. */
const TRAILING = /[.,;:!?)\]}…]+$/;

/**
 * Text with its http and https addresses as links; everything else, whatever it looks like, is text.
 * @param {string} text
 * @returns {Node[]}
 */
export function withLinks(text) {
  /** @type {Node[]} */
  const nodes = [];
  let from = 0;
  for (const match of text.matchAll(LINK)) {
    const address = match[0].replace(TRAILING, '');
    const link = safeLink(address, address);
    if (!link) continue;
    nodes.push(document.createTextNode(text.slice(from, match.index)), link);
    from = match.index + address.length;
  }
  nodes.push(document.createTextNode(text.slice(from)));
  return nodes;
}

/**
 * @param {string} address
 * @param {string} label
 * @returns {HTMLAnchorElement | null} null where the address is none, or not of the web
 */
export function safeLink(address, label) {
  const url = parse(address);
  if (!url || !/^https?:$/.test(url.protocol)) return null;
  return h('a', { href: url.href, target: '_blank', rel: 'noopener noreferrer' }, label);
}

/** @param {string} address */
function parse(address) {
  try {
    return new URL(address, location.href);
  } catch {
    return null;
  }
}

/**
 * Makes `list` show `items` in order, keeping the elements of those it showed before, so that the
 * keyboard's focus stays where it was.
 * @template Item
 * @param {HTMLElement} list
 * @param {Item[]} items
 * @param {(item: Item) => string} key
 * @param {(item: Item) => HTMLElement} make
 * @param {(element: HTMLElement, item: Item) => void} update
 */
export function showList(list, items, key, make, update) {
  const wanted = new Set(items.map(key));
  /** @type {Map<string, HTMLElement>} */
  const known = new Map();
  for (const child of [...list.children]) {
    const name = child.getAttribute('data-key') ?? '';
    if (child instanceof HTMLElement && wanted.has(name)) known.set(name, child);
    else child.remove();
  }
  items.forEach((item, index) => {
    let element = known.get(key(item));
    if (!element) {
      element = make(item);
      element.setAttribute('data-key', key(item));
    }
    if (list.children[index] !== element) list.insertBefore(element, list.children[index] ?? null);
    update(element, item);
  });
}

/** Drawn on a 24 by 24 grid, by strokes. */
const ICONS = {
  chat: 'M4 5h16v11H9l-5 4z',
  phone: 'M6 3h3l2 5-2.5 2a11 11 0 0 0 5.5 5.5l2-2.5 5 2v3a2 2 0 0 1-2 2A16 16 0 0 1 4 5a2 2 0 0 1 2-2z',
  voice: 'M12 3a3 3 0 0 1 3 3v5a3 3 0 0 1-6 0V6a3 3 0 0 1 3-3zM5 11a7 7 0 0 0 14 0M12 18v3',
  muted: 'M12 3a3 3 0 0 1 3 3v5a3 3 0 0 1-6 0V6a3 3 0 0 1 3-3zM5 11a7 7 0 0 0 14 0M12 18v3M3 3l18 18',
  hangup: 'M3 14.500c5-5.500 13-5.500 18 0l-2 3-4-1.500v-2.500c-2-.7-4-.7-6 0V16l-4 1.500z',
  sound: 'M4 9v6h4l5 4V5L8 9zM16.5 8.500a5 5 0 0 1 0 7M19 6a9 9 0 0 1 0 12',
  silent: 'M4 9v6h4l5 4V5L8 9zM16.5 9.5l5 5M21.5 9.5l-5 5',
  bell: 'M6 16V11a6 6 0 0 1 12 0v5l2 2H4zM10 21h4',
  person: 'M12 4a4 4 0 1 1 0 8 4 4 0 0 1 0-8zM4 21a8 8 0 0 1 16 0',
  people: 'M9 5a3.5 3.5 0 1 1 0 7 3.5 3.5 0 0 1 0-7zM2.5 20a6.5 6.5 0 0 1 13 0M16 5.5a3.5 3.5 0 0 1 0 6.500M18 14.500a6.5 6.5 0 0 1 3.5 5.5',
  check: 'M5 12.5l4.5 4.500L19 7',
  note: 'M5 4h14v10l-6 6H5zM19 14h-6v6',
  promise: 'M12 3l2.5 5.5 6 .7-4.5 4 1.3 6L12 16.200l-5.3 3 1.3-6-4.5-4 6-.700z',
  open: 'M6 9l6 6 6-6',
  list: 'M4 6h16M4 12h16M4 18h10',
  down: 'M12 5v14M6 13l6 6 6-6',
  warning: 'M12 4l9 16H3zM12 10v4M12 17v.5',
  close: 'M6 6l12 12M18 6L6 18',
  send: 'M4 12h15M13 6l6 6-6 6',
  spark: 'M12 3v5M12 16v5M3 12h5M16 12h5M6 6l3 3M15 15l3 3M18 6l-3 3M9 15l-3 3',
};

/** @param {keyof typeof ICONS} name a picture that says nothing to screen readers */
export function icon(name) {
  const space = 'http://www.w3.org/2000/svg';
  const svg = document.createElementNS(space, 'svg');
  const path = document.createElementNS(space, 'path');
  svg.setAttribute('viewBox', '0 0 24 24');
  svg.setAttribute('class', 'icon');
  svg.setAttribute('aria-hidden', 'true');
  path.setAttribute('d', ICONS[name]);
  svg.append(path);
  return svg;
}
