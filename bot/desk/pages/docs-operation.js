/** @import {Answer, Description, Operation, Topic} from './openapi.js' */
import { curl, example } from './docs-example.js';
import { prose, words } from './docs-prose.js';
import { fields, limits, typeOf } from './docs-schema.js';
import { h, icon, present } from './dom.js';
import { jsonOf, nameOf, unwrapped } from './openapi.js';

/**
 * One operation: in words on one side, as it goes over the wire on the other.
 * @param {Description} api
 * @param {Operation} operation
 * @param {Set<string>} shared what goes wrong everywhere (`sharedErrors`)
 */
export function article(api, operation, shared) {
  const id = operation.operationId;
  return h('article', { id, class: 'docs-operation', 'aria-labelledby': `${id}-title` },
    h('div', { class: 'docs-words' },
      h('h3', { id: `${id}-title` }, h('a', { href: `#${id}` }, operation.summary)),
      h('p', { class: 'docs-path' }, method(operation), h('code', {}, ...broken(operation.path))),
      needs(operation),
      ...prose(operation.description ?? ''),
      ...present([parameters(operation), body(api, operation), answers(api, operation), ...errors(operation, shared)])),
    h('div', { class: 'docs-wire' }, ...wire(api, operation)));
}

/** @param {Operation} operation */
export const method = (operation) =>
  h('span', { class: 'docs-method', 'data-method': operation.method }, operation.method);

/** A path may be broken before each of its slashes. @param {string} path */
const broken = (path) => path.split(/(?=\/)/).flatMap((step) => [h('wbr'), step]);

/** @param {Operation} operation who may, and what a request carries */
function needs(operation) {
  const [wanted] = operation.security;
  if (!wanted) return h('p', { class: 'docs-needs' }, h('span', {}, 'Anybody may'));
  const roles = wanted.session?.join(' or ') ?? '';
  const forNew = !operation.responses['403']?.description.includes('`must_change_password`');
  return h('p', { class: 'docs-needs' }, ...present([
    h('span', {}, roles ? `Signed in as ${roles}` : 'Signed in'),
    forNew && h('span', {}, 'also before the password is chosen'),
    'csrf' in wanted && h('span', {}, h('code', {}, 'X-CSRF-Token')),
  ]));
}

/** @param {Operation} operation */
function parameters(operation) {
  if (!operation.parameters.length) return null;
  const rows = operation.parameters.map((one) => h('li', {},
    h('div', { class: 'docs-field' }, ...present([
      h('code', { class: 'docs-key' }, one.name),
      h('span', { class: 'docs-type' }, [
        `in the ${one.in}`, one.schema.$ref ? nameOf(one.schema).toLowerCase() : typeOf(one.schema), limits(one.schema),
      ].filter(Boolean).join(' · ')),
      !one.required && h('span', { class: 'docs-optional' }, 'may be missing'),
    ])),
    h('p', { class: 'docs-about' }, ...words(one.description ?? ''))));
  return part('Parameters', h('ul', { class: 'docs-fields' }, ...rows));
}

/** @param {Description} api @param {Operation} operation */
function body(api, operation) {
  const schema = jsonOf(operation.requestBody);
  return schema && part('You send', fields(api, schema));
}

/** @param {Description} api @param {Operation} operation */
function answers(api, operation) {
  return part('You get', ...Object.entries(operation.responses).filter(([, answer]) => !codes(answer).length)
    .map(([status, answer]) => {
      const schema = jsonOf(answer);
      const kind = Object.keys(answer.content ?? {})[0];
      const headers = Object.entries(answer.headers ?? {});
      return h('div', { class: 'docs-answer' },
        h('p', {}, h('span', { class: 'docs-status', 'data-class': status[0] }, status), ' ', ...words(answer.description),
          ...kind && !schema ? [' ', h('code', {}, kind)] : []),
        ...present([
          headers.length && h('ul', { class: 'docs-fields' }, ...headers.map(([name, header]) => h('li', {},
            h('div', { class: 'docs-field' }, h('code', { class: 'docs-key' }, name), h('span', { class: 'docs-type' }, 'header')),
            h('p', { class: 'docs-about' }, ...words(header.description ?? ''))))),
          schema && unwrapped(api, schema).schema.properties && fields(api, schema),
        ].map((one) => one || null)));
    }));
}

/**
 * What can go wrong in three topics or more is not worth reading about at each operation.
 * @param {Topic[]} all
 * @returns {Set<string>} as `errorsOf` has them, as JSON
 */
export function sharedErrors(all) {
  const said = all.flatMap((topic) => [...new Set(topic.operations.flatMap(errorsOf).map((one) => JSON.stringify(one)))]);
  return new Set(said.filter((one) => said.filter((other) => other === one).length >= 3));
}

/** @param {Operation} operation @param {Set<string>} shared */
function errors(operation, shared) {
  const all = errorsOf(operation);
  const own = all.filter((one) => !shared.has(JSON.stringify(one)));
  const others = all.filter((one) => shared.has(JSON.stringify(one)));
  return [
    own.length && part('What can go wrong', table(own)),
    others.length && h('details', { class: 'docs-shared' },
      h('summary', {}, own.length ? 'And what can go wrong everywhere' : 'What can go wrong everywhere'), table(others)),
  ].map((one) => one || null);
}

/** @param {string[][]} rows status, code, when */
const table = (rows) => h('table', { class: 'docs-errors' },
  h('thead', { class: 'sr' }, h('tr', {}, ...['Status', 'Code', 'When'].map((title) => h('th', { scope: 'col' }, title)))),
  h('tbody', {}, ...rows.map(([status = '', code = '', why = '']) => h('tr', {},
    h('td', {}, h('span', { class: 'docs-status', 'data-class': status[0] }, status)),
    h('td', {}, h('code', {}, code)), h('td', {}, ...words(why))))));

/** @param {Operation} operation */
const errorsOf = (operation) =>
  Object.entries(operation.responses).flatMap(([status, answer]) => codes(answer).map(([code, why]) => [status, code, why]));

/** @param {Answer} answer @returns {[string, string][]} an error's codes, each with when it comes */
const codes = (answer) =>
  [...answer.description.matchAll(/^- `(\w+)`: (.*)$/gm)].map(([, code = '', why = '']) => [code, why]);

/** @param {string} title @param {...Node} content */
const part = (title, ...content) => h('section', { class: 'docs-part' }, h('h4', {}, title), ...content);

/** @param {Description} api @param {Operation} operation */
function wire(api, operation) {
  const shown = [code('Request', curl(api, operation, location.origin), `${operation.summary}: request`)];
  for (const [status, answer] of Object.entries(operation.responses)) {
    const schema = jsonOf(answer);
    if (!schema || !status.startsWith('2')) continue;
    const value = JSON.stringify(example(api, schema), null, 2);
    if (value !== '{}') shown.push(code(`Answer ${status}`, value, `${operation.summary}: answer`));
  }
  return shown;
}

/** @param {string} title @param {string} text @param {string} label */
function code(title, text, label) {
  const copy = h('button', { type: 'button', class: 'docs-copy', 'aria-label': `Copy: ${label}`, onclick: () => void take() }, icon('note'), 'Copy');
  const place = h('pre', { tabindex: 0, role: 'region', 'aria-label': label }, text);
  const take = async () => {
    try {
      await navigator.clipboard.writeText(text);
      say('Copied');
    } catch {
      getSelection()?.selectAllChildren(place);
      say('Selected');
    }
  };
  /** @param {string} done */
  const say = (done) => {
    copy.lastChild?.replaceWith(done);
    setTimeout(() => copy.lastChild?.replaceWith('Copy'), 2000);
  };
  return h('figure', { class: 'docs-code' }, h('figcaption', {}, title, copy), place);
}
