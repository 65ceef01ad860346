/**
 * The demo shop front: shows an order one can ask about, and signs in as one of its customers.
 *
 * @typedef {{
 *   number: string, status: string, postcode: string, customer: string, customer_id: number,
 * }} DemoOrder
 */

/** How many of the shop's customers the sign-in list offers. */
const OFFERED = 8;
const WHO = 'juniper:who';

/** @template {HTMLElement} T @param {string} id @returns {T} */
const get = (id) => /** @type {T} */ (document.getElementById(id));

for (const button of document.querySelectorAll('[data-chat]')) {
  button.addEventListener('click', () => window.Warmline?.open());
}

/** Until the assistant's script has arrived. @returns {Promise<import('./types.js').Widget>} */
const widget = new Promise((resolve) => {
  const there = () => window.Warmline && resolve(window.Warmline);
  addEventListener('warmline:ready', there);
  there();
});

/** @param {DemoOrder[]} orders */
function showOrders(orders) {
  let next = Math.floor(Math.random() * orders.length);
  const show = () => {
    const order = orders[next % orders.length];
    next += 1;
    if (!order) return;
    get('number').textContent = order.number.replace(/^(\d{3})(\d{3})$/u, '$1 $2');
    get('postcode').textContent = order.postcode;
    get('name').textContent = order.customer;
  };
  const another = /** @type {HTMLButtonElement} */ (get('another'));
  another.disabled = orders.length < 2;
  another.addEventListener('click', show);
  show();
}

/** @param {DemoOrder[]} orders */
function offerSignIn(orders) {
  const select = /** @type {HTMLSelectElement} */ (get('who'));
  const names = new Map(orders.map((order) => [order.customer_id, order.customer]));
  for (const [id, name] of [...names].slice(0, OFFERED)) select.append(new Option(name, String(id)));
  if (select.options.length < 2) return;
  const label = select.closest('label');
  if (label) label.hidden = false;
  select.value = sessionStorage.getItem(WHO) ?? '';
  select.addEventListener('change', () => {
    sessionStorage.setItem(WHO, select.value);
    void signIn(select.value);
  });
  if (select.value) void signIn(select.value);
}

/**
 * A shop's server makes this token for whom it knows; the page only carries it to the widget.
 * @param {string} customer  an id, or nothing for signed out
 */
async function signIn(customer) {
  const chat = await widget;
  if (!customer) return chat.identify(null);
  const answer = await fetch('/demo/identity', {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ customer_id: Number(customer) }),
  });
  if (answer.ok) chat.identify((await answer.json()).token);
}

try {
  const answer = await fetch('/demo/orders');
  if (!answer.ok) throw new Error(`the server answered ${answer.status}`);
  /** @type {{orders: DemoOrder[]}} */
  const { orders } = await answer.json();
  showOrders(orders);
  offerSignIn(orders);
} catch (error) {
  get('name').textContent = 'The demo orders could not be loaded.';
  console.error(error);
}
