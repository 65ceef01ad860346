/** @import {Description, Operation, Schema} from './openapi.js' */
import { jsonOf, unwrapped } from './openapi.js';

/**
 * A value as the schema describes it, made of its examples.
 * @param {Description} api
 * @param {Schema} given
 * @param {string[]} [around] the named schemas it is made inside of
 * @returns {unknown}
 */
export function example(api, given, around = []) {
  const { schema, name, orNull } = unwrapped(api, given);
  if (schema.const !== undefined) return schema.const;
  if (schema.examples) return schema.examples[0];
  if (schema.default !== undefined) return schema.default;
  if (schema.enum) return schema.enum[0];
  if (name && around.includes(name)) return orNull ? null : {};
  const inside = name ? [...around, name] : around;
  if (schema.allOf) return Object.assign({}, ...schema.allOf.map((one) => example(api, one, inside)));
  if (schema.properties) {
    const wanted = Object.entries(schema.properties).filter(([key]) => schema.required?.includes(key));
    return Object.fromEntries(wanted.map(([key, of]) => [key, example(api, of, inside)]));
  }
  if (schema.items) return [example(api, schema.items, inside)];
  return { string: '…', integer: 1, number: 1, boolean: true }[String(schema.type)] ?? {};
}

/**
 * How to ask for it in a shell. Signing in keeps the cookie in a file; the token is in $CSRF.
 * @param {Description} api
 * @param {Operation} operation
 * @param {string} origin
 */
export function curl(api, operation, origin) {
  /** @param {string} where */
  const known = (where) => operation.parameters.filter((one) => one.in === where && one.example !== undefined);
  const path = operation.path.replace(/{(\w+)}/g, (_, name) => `$${name.toUpperCase()}`);
  const query = known('query').map((one) => `${one.name}=${one.example}`).join('&');
  const method = operation.method === 'GET' ? '' : `-X ${operation.method} `;
  const parts = [`curl ${method}"${origin}${path}${query && `?${query}`}"`];
  const [needs] = operation.security;
  if (needs) parts.push('-b cookies.txt');
  if (operation.operationId === 'signIn') parts.push('-c cookies.txt');
  if (needs && 'csrf' in needs) parts.push('-H "X-CSRF-Token: $CSRF"');
  for (const one of known('header')) parts.push(`-H "${one.name}: ${one.example}"`);
  const body = jsonOf(operation.requestBody);
  if (body) {
    const json = JSON.stringify(example(api, body), null, 2).replaceAll('\n', '\n  ');
    parts.push("-H 'Content-Type: application/json'", `-d ${quoted(json)}`);
  }
  return parts.join(' \\\n  ');
}

/** @param {string} text @returns {string} as one word of a shell's */
const quoted = (text) => `'${text.replaceAll("'", "'\\''")}'`;
