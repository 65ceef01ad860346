/** @import {Description, Schema} from './openapi.js' */
import { h, present } from './dom.js';
import { words } from './docs-prose.js';
import { unwrapped } from './openapi.js';

/** What JSON calls it, and what people do. */
const TYPES = /** @type {Record<string, string>} */ ({
  string: 'text', integer: 'whole number', number: 'number', boolean: 'true or false', object: 'object',
});
const FORMATS = /** @type {Record<string, string>} */ ({
  'date-time': 'moment', date: 'day', 'uri-reference': 'address', password: 'password',
});

/**
 * A schema's fields, those inside them folded.
 * @param {Description} api
 * @param {Schema} given
 * @param {string[]} [around] the named schemas it is shown in
 * @returns {HTMLElement}
 */
export function fields(api, given, around = []) {
  const { schema, name } = unwrapped(api, given);
  const required = new Set(schema.required ?? []);
  const inside = name ? [...around, name] : around;
  return h('ul', { class: 'docs-fields' }, ...Object.entries(schema.properties ?? {}).map(([key, of]) =>
    field(api, key, of, required.has(key), inside)));
}

/**
 * @param {Description} api
 * @param {string} key
 * @param {Schema} of
 * @param {boolean} always whether it is always there
 * @param {string[]} around
 */
function field(api, key, of, always, around) {
  const { schema, name, orNull } = unwrapped(api, of);
  const item = schema.items ? unwrapped(api, schema.items) : null;
  const inner = item ?? { schema, name };
  const head = [
    h('code', { class: 'docs-key' }, key),
    h('span', { class: 'docs-type' }, [
      item ? `list of ${typeOf(item.schema, item.name)}` : typeOf(schema, name), limits(schema), orNull && 'or null',
    ].filter(Boolean).join(' · ')),
    !always && h('span', { class: 'docs-optional' }, 'may be missing'),
  ];
  const more = [
    schema.description && h('p', { class: 'docs-about' }, ...words(schema.description)),
    choices(inner.schema),
  ];
  if (!inner.schema.properties || around.includes(inner.name)) {
    return h('li', {}, h('div', { class: 'docs-field' }, ...present(head)), ...present(more));
  }
  const details = h('details', {}, h('summary', { class: 'docs-field' }, ...present(head)), ...present(more));
  // Filled when it is opened: schemas hold each other many levels deep.
  details.addEventListener('toggle', () => details.append(fields(api, item ? schema.items ?? {} : of, around)), { once: true });
  return h('li', {}, details);
}

/** @param {Schema} schema @param {string} name @returns {string} */
export function typeOf(schema, name = '') {
  if (schema.const !== undefined) return `always ${JSON.stringify(schema.const)}`;
  if (schema.enum) return 'one of these';
  if (name === 'Id') return 'id';
  if (schema.properties && name) return name;
  const type = [schema.type ?? 'object'].flat()[0] ?? '';
  return FORMATS[schema.format ?? ''] ?? TYPES[type] ?? type;
}

/** @param {Schema} schema @returns {string} such as "8 to 64 characters" */
export function limits(schema) {
  const { minimum, maximum, minLength, maxLength } = schema;
  if (maxLength !== undefined) {
    const most = maxLength.toLocaleString('en');
    return minLength ? `${minLength} to ${most} characters` : `up to ${most} characters`;
  }
  if (minimum !== undefined && maximum !== undefined) return `${minimum} to ${maximum.toLocaleString('en')}`;
  return minimum ? `from ${minimum}` : '';
}

/** @param {Schema} schema */
function choices(schema) {
  const values = schema.enum?.filter((value) => value !== null);
  return values && h('p', { class: 'docs-choices' }, ...values.map((value) => h('code', {}, String(value))));
}
