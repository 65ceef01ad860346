/** @import {Description, Topic} from './openapi.js' */
import { article, method, sharedErrors } from './docs-operation.js';
import { prose, words } from './docs-prose.js';
import { h } from './dom.js';
import { topics } from './openapi.js';

const place = /** @type {HTMLElement} */ (document.getElementById('docs'));

/** @param {Description} api */
function show(api) {
  const all = topics(api);
  const shared = sharedErrors(all);
  document.title = api.info.title;
  const found = h('p', { class: 'docs-found', role: 'status' });
  const search = h('input', {
    type: 'search', id: 'docs-search', placeholder: 'Path, word or error code', autocomplete: 'off',
    oninput: () => { found.textContent = filter(search.value); },
  });
  const contents = h('nav', { class: 'docs-contents', 'aria-label': 'Operations' },
    ...all.map((topic) => h('section', {}, h('h2', {}, h('a', { href: `#${anchor(topic)}` }, topic.name)),
      h('ul', {}, ...topic.operations.map((one) => h('li', {},
        h('a', { href: `#${one.operationId}` }, h('span', {}, one.summary), method(one))))))));
  place.replaceChildren(
    h('a', { class: 'docs-skip', href: '#docs-main' }, 'Skip to the description'),
    h('header', { class: 'docs-side' },
      h('p', { class: 'docs-brand' }, h('img', { src: '/desk/icon.svg', alt: '', width: 28, height: 28 }), h('a', { href: '#docs-main' }, api.info.title)),
      h('label', { for: 'docs-search', class: 'sr' }, 'Find an operation'), search, found, contents),
    h('main', { id: 'docs-main', class: 'docs-main', tabindex: -1 },
      h('div', { class: 'docs-intro' },
        h('h1', {}, api.info.title), h('p', { class: 'docs-summary' }, api.info.summary), ...prose(api.info.description),
        h('p', {}, h('a', { class: 'docs-file', href: '/api/openapi.json', download: 'warmline-openapi.json' }, 'openapi.json'),
          ' OpenAPI 3.1, for programs that make clients and tests')),
      ...all.map((topic) => h('section', { id: anchor(topic), class: 'docs-topic', 'aria-labelledby': `${anchor(topic)}-title` },
        h('h2', { id: `${anchor(topic)}-title` }, topic.name),
        ...prose(topic.description ?? ''),
        ...topic.operations.map((one) => article(api, one, shared))))));
  followReading();
  goToHash();
}

/** @param {Topic} topic */
const anchor = (topic) => topic.name.toLowerCase().replace(/\W+/g, '-');

/**
 * Leaves what holds all the words, on both sides.
 * @param {string} wanted
 * @returns {string} how many are left, in words; nothing where nothing is looked for
 */
function filter(wanted) {
  const looked = wanted.toLowerCase().split(/\s+/).filter(Boolean);
  let left = 0;
  for (const one of document.querySelectorAll('article')) {
    const text = one.textContent.toLowerCase();
    const hidden = !looked.every((word) => text.includes(word));
    one.hidden = hidden;
    const link = linkTo(one.id)?.closest('li');
    if (link) link.hidden = hidden;
    left += hidden ? 0 : 1;
  }
  for (const section of document.querySelectorAll('.docs-topic, .docs-contents section')) {
    section.toggleAttribute('hidden', !section.querySelector('article:not([hidden]), li:not([hidden])'));
  }
  document.querySelector('.docs-intro')?.toggleAttribute('hidden', looked.length > 0);
  if (!looked.length) return '';
  return left ? `${left} ${left === 1 ? 'operation' : 'operations'}` : 'Nothing holds these words.';
}

/** @param {string} id */
const linkTo = (id) => document.querySelector(`.docs-contents a[href="#${id}"]`);

/** The contents' list marks what is being read. */
function followReading() {
  const seen = new IntersectionObserver((entries) => {
    for (const entry of entries.filter((one) => one.isIntersecting)) {
      document.querySelector('.docs-contents [aria-current]')?.removeAttribute('aria-current');
      const link = linkTo(entry.target.id);
      link?.setAttribute('aria-current', 'true');
      link?.scrollIntoView({ block: 'nearest' });
    }
  }, { rootMargin: '-10% 0px -80% 0px' });
  for (const one of document.querySelectorAll('article')) seen.observe(one);
}

/** The page is made after it was opened, so the browser couldn't find the place itself. */
function goToHash() {
  if (location.hash) document.getElementById(decodeURIComponent(location.hash.slice(1)))?.scrollIntoView({ behavior: 'instant' });
}

async function begin() {
  try {
    const answer = await fetch('/api/openapi.json');
    if (!answer.ok) throw new Error(`answered ${answer.status}`);
    show(await answer.json());
  } catch (error) {
    place.replaceChildren(h('div', { class: 'opening' },
      h('p', {}, ...words(`The description couldn't be opened: \`${error instanceof Error ? error.message : error}\``)),
      h('button', { type: 'button', class: 'primary', onclick: () => void begin() }, 'Try again')));
  }
}

void begin();
