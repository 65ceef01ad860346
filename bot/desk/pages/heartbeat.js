/**
 * A worker that ticks once a second. Browsers slow the timers of a hidden page down to one a minute,
 * which is as long as the server waits before it believes an agent gone; a worker's timers keep time.
 */
setInterval(() => postMessage('tick'), 1000);
