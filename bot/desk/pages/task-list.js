/** @import {Desk} from './desk.js' */
/** @import {Task} from './protocol.js' */
import { everySecond, noLonger, now } from './clock.js';
import { h, icon, once, showList } from './dom.js';
import { whenOf } from './words.js';

/** What was promised to customers and is still to be done, the soonest due first. */
export class TaskList extends HTMLElement {
  #list = h('ul', { class: 'taken tasks', id: 'tasks' });
  #count = h('span', { class: 'count' });
  #late = h('span', { class: 'badge urgent' });
  #desk;

  /** @param {Desk} desk */
  constructor(desk) {
    super();
    this.#desk = desk;
    this.append(h('details', { class: 'fold' }, h('summary', {}, h('h2', {}, 'Tasks '), this.#count, ' ', this.#late), this.#list));
    this.show = this.show.bind(this);
    desk.todo.on('tasks', this.show);
    this.show();
  }

  connectedCallback() {
    everySecond(this.show);
  }

  disconnectedCallback() {
    noLonger(this.show);
  }

  show() {
    const { tasks } = this.#desk.todo;
    const late = tasks.filter(isOverdue).length;
    this.hidden = tasks.length === 0;
    this.#count.textContent = String(tasks.length);
    this.#late.hidden = late === 0;
    this.#late.textContent = `${late} overdue`;
    showList(this.#list, tasks, (one) => one.id, (one) => this.#make(one), (row, one) => row.classList.toggle('overdue', isOverdue(one)));
  }

  /** @param {Task} task */
  #make(task) {
    const whose = task.agent && task.agent.id !== this.#desk.agent.id ? task.agent.name : '';
    return h('li', {},
      h('p', { class: 'task-text' }, task.text),
      h('p', { class: 'task-due' }, h('span', { class: 'overdue-word' }, 'Overdue: '), 'due ', h('time', { datetime: task.due_at }, whenOf(task.due_at)), whose ? ` · ${whose}` : ''),
      h('div', { class: 'taken-do' },
        h('button', { type: 'button', onclick: () => this.#desk.show(task.conversation) }, 'Read the conversation'),
        h('button', {
          type: 'button', 'aria-label': `Done: ${task.text}`, onclick: once(() => this.#desk.attempt(() => this.#desk.todo.taskDone(task))),
        }, icon('check'), 'Done')));
  }
}
customElements.define('task-list', TaskList);

/** @param {Task} task */
const isOverdue = (task) => Date.parse(task.due_at) < now();
