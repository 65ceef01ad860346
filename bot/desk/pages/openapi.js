/**
 * The API's description as /api/openapi.json has it, and how to find one's way in it.
 *
 * @typedef {object} Schema
 * @property {string} [$ref]
 * @property {string | string[]} [type]
 * @property {string} [format]
 * @property {string} [description]
 * @property {unknown[]} [enum]
 * @property {unknown} [const]
 * @property {unknown} [default]
 * @property {unknown[]} [examples]
 * @property {Record<string, Schema>} [properties]
 * @property {string[]} [required]
 * @property {boolean} [additionalProperties]
 * @property {Schema} [items]
 * @property {Schema[]} [oneOf]
 * @property {Schema[]} [allOf]
 * @property {number} [minimum]
 * @property {number} [maximum]
 * @property {number} [minLength]
 * @property {number} [maxLength]
 *
 * @typedef {Record<string, {schema?: Schema}>} Content by media type
 *
 * @typedef {object} Parameter
 * @property {string} name
 * @property {'path' | 'query' | 'header'} in
 * @property {boolean} [required]
 * @property {string} [description]
 * @property {Schema} schema
 * @property {unknown} [example]
 *
 * @typedef {object} Answer
 * @property {string} description
 * @property {Record<string, {description?: string, schema: Schema}>} [headers]
 * @property {Content} [content]
 *
 * @typedef {object} Operation
 * @property {string} method in capitals
 * @property {string} path
 * @property {string} operationId
 * @property {string} summary
 * @property {string} [description]
 * @property {string[]} tags
 * @property {Parameter[]} parameters also those of its path
 * @property {Record<string, string[]>[]} security
 * @property {{content: Content}} [requestBody]
 * @property {Record<string, Answer>} responses by status
 *
 * @typedef {{name: string, description: string, operations: Operation[]}} Topic
 *
 * @typedef {object} Description
 * @property {{title: string, summary: string, description: string}} info
 * @property {{name: string, description: string}[]} tags
 * @property {Record<string, Record<string, any>>} paths
 * @property {Record<string, Record<string, any>>} components
 */

const METHODS = ['get', 'post', 'put', 'patch', 'delete'];

/** @param {Description} api @returns {Topic[]} in the description's order */
export function topics(api) {
  const all = operations(api);
  return api.tags.map((tag) => ({ ...tag, operations: all.filter((one) => one.tags.includes(tag.name)) }));
}

/** @param {Description} api @returns {Operation[]} */
function operations(api) {
  return Object.entries(api.paths).flatMap(([path, item]) =>
    METHODS.filter((method) => item[method]).map((method) => {
      const operation = item[method];
      const parameters = [...(item.parameters ?? []), ...(operation.parameters ?? [])];
      return {
        ...operation,
        method: method.toUpperCase(),
        path,
        parameters: parameters.map((one) => resolved(api, one)),
      };
    }));
}

/**
 * @template {{$ref?: string}} Thing
 * @param {Description} api
 * @param {Thing} thing
 * @returns {Thing} what it refers to, with what is said beside the reference
 */
export function resolved(api, thing) {
  if (!thing.$ref) return thing;
  const [, , kind = '', name = ''] = thing.$ref.split('/');
  const { $ref, ...beside } = thing;
  return { ...resolved(api, api.components[kind]?.[name] ?? {}), ...beside };
}

/** @param {Schema} schema @returns {string} the name of the schema it refers to, or "" */
export const nameOf = (schema) => schema.$ref?.split('/').at(-1) ?? '';

/**
 * @param {Description} api
 * @param {Schema} given
 * @returns {{schema: Schema, name: string, orNull: boolean}} what it is where it isn't null
 */
export function unwrapped(api, given) {
  const present = given.oneOf?.find((one) => one.type !== 'null');
  if (present && given.oneOf?.some((one) => one.type === 'null')) {
    const { oneOf, ...beside } = given;
    return { schema: { ...resolved(api, present), ...beside }, name: nameOf(present), orNull: true };
  }
  const schema = resolved(api, given);
  const types = [schema.type ?? []].flat();
  const kept = types.filter((type) => type !== 'null');
  const orNull = kept.length < types.length;
  return { schema: orNull ? { ...schema, type: kept[0] } : schema, name: nameOf(given), orNull };
}

/** @param {{content?: Content}} [carrier] @returns {Schema | undefined} of its JSON */
export const jsonOf = (carrier) => carrier?.content?.['application/json']?.schema;
