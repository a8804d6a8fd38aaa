// The tail of the log, and the story of one task or request out of it.
import { byId, element, inOrder, number, paint } from './dom.js';
import { getJson } from './http.js';

/** As many as the application keeps. */
const LINES_OF_A_LANE = 1000;

/** As many as are shown. */
const ROWS = 300;

const clock = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit', second: '2-digit', fractionalSecondDigits: 3 });

/** Who is spoken of: what a notice of drops says belongs to the lane that lost them. */
function laneOf({ lane, logger, message }) {
	const lost = logger === 'io.loglane.drops' && /executor '(.+?)'/.exec(message);
	return lost ? lost[1] : lane;
}

const shortLogger = ({ logger }) => logger.split('.').pop();

export class Log {

	/** The lines of each lane, the newest last. */
	#lanes = new Map();

	#last = 0;

	#hidden = new Set();

	#task = '';

	/** What the story is of: a task, as "reports#42", or a request, as "request 1f…". */
	#subject = decodeURIComponent(location.hash.slice(1));

	#waiting = 0;

	#pointed = false;

	#rows = byId('lines');

	constructor() {
		byId('task-filter').addEventListener('input', ({ target }) => {
			this.#task = target.value.trim();
			this.#redraw();
		});
		byId('pause').addEventListener('change', () => this.#catchUp());
		this.#rows.addEventListener('pointerenter', ({ pointerType }) => {
			this.#pointed = pointerType === 'mouse';
		});
		this.#rows.addEventListener('pointerleave', () => {
			this.#pointed = false;
			this.#catchUp();
		});
		document.addEventListener('click', ({ target }) => {
			const subject = target.closest('[data-subject]')?.dataset.subject;
			if (subject !== undefined) {
				this.#tell(subject);
			}
		});
		this.#tell(this.#subject);
	}

	/** The lines that have come since. */
	fetch() {
		return getJson(`log?after=${this.#last}`);
	}

	add(lines) {
		if (lines.length === 0) {
			return;
		}
		this.#last = lines.at(-1).number;
		for (const line of lines) {
			line.of = laneOf(line);
			line.taskKey = line.task ? `${line.lane}#${line.task}` : undefined;
			line.requestKey = line.request ? `request ${line.request}` : undefined;
			this.#keep(line);
		}
		if (this.#isHeld()) {
			this.#showWaiting(this.#waiting + lines.filter((line) => this.#isShown(line)).length);
		}
		else {
			this.#append(lines);
		}
		if (lines.some((line) => this.#isTold(line) || line.parent === this.#subject)) {
			this.#drawStory();
		}
	}

	/** Begins anew. */
	forget() {
		this.#last = 0;
		this.#lanes.clear();
		this.#redraw();
		this.#drawStory();
	}

	#keep(line) {
		if (!this.#lanes.has(line.of)) {
			this.#lanes.set(line.of, []);
			this.#drawLaneFilter();
		}
		const kept = this.#lanes.get(line.of);
		kept.push(line);
		if (kept.length > LINES_OF_A_LANE) {
			kept.shift();
		}
	}

	#all(predicate) {
		return [...this.#lanes.values()].flat().filter(predicate).sort((a, b) => a.number - b.number);
	}

	#drawLaneFilter() {
		byId('lane-filter').replaceChildren(...inOrder(this.#lanes.keys()).map((lane) => paint(element('button', {
			class: 'chip', type: 'button', 'aria-pressed': String(!this.#hidden.has(lane)), 'data-lane': lane,
			onclick: ({ currentTarget }) => {
				if (!this.#hidden.delete(lane)) {
					this.#hidden.add(lane);
				}
				currentTarget.setAttribute('aria-pressed', String(!this.#hidden.has(lane)));
				this.#redraw();
			},
		}, lane), lane)));
	}

	#isShown(line) {
		return !this.#hidden.has(line.of) && (!this.#task || line.taskKey === this.#task);
	}

	#isHeld() {
		return this.#pointed || byId('pause').checked;
	}

	#catchUp() {
		if (!this.#isHeld()) {
			this.#redraw();
		}
	}

	#showWaiting(count) {
		this.#waiting = count;
		byId('held').textContent = count > 0 ? `${number(count)} new ${count === 1 ? 'line' : 'lines'}, not shown yet` : '';
	}

	#redraw() {
		this.#showWaiting(0);
		this.#rows.replaceChildren();
		this.#append(this.#all(() => true));
		this.#rows.scrollTop = this.#rows.scrollHeight;
	}

	#append(lines) {
		const rows = this.#rows;
		const atEnd = rows.scrollHeight - rows.scrollTop - rows.clientHeight < 40;
		rows.append(...lines.filter((line) => this.#isShown(line)).slice(-ROWS).map((line) => this.#row(line)));
		while (rows.childElementCount > ROWS) {
			rows.firstElementChild.remove();
		}
		if (atEnd) {
			rows.scrollTop = rows.scrollHeight;
		}
	}

	#row(line) {
		return this.#mark(paint(element('li', { class: 'line', 'data-lane': line.of, 'data-task': line.taskKey, 'data-request': line.requestKey },
			element('time', { datetime: line.time }, clock.format(new Date(line.time))),
			element('span', { class: 'level', 'data-level': line.level }, line.level),
			tag(line),
			element('span', { class: 'message', title: `${line.logger} on ${line.thread}` },
				element('span', { class: 'logger' }, shortLogger(line)), ' ', line.message)), line.of));
	}

	#isTold({ taskKey, requestKey }) {
		return this.#subject !== '' && [taskKey, requestKey].includes(this.#subject);
	}

	#tell(subject) {
		this.#subject = subject;
		history.replaceState(null, '', subject ? `#${encodeURIComponent(subject)}` : location.pathname);
		for (const row of this.#rows.children) {
			this.#mark(row);
		}
		this.#drawStory();
	}

	#mark(row) {
		const { task: taskKey, request: requestKey } = row.dataset;
		row.toggleAttribute('data-told', this.#isTold({ taskKey, requestKey }));
		return row;
	}

	#drawStory() {
		const subject = this.#subject;
		const title = byId('story-title');
		const body = byId('story-body');
		title.textContent = subject ? `Story of ${shortSubject(subject)}` : 'Story of a task';
		paint(byId('story'), laneOfSubject(subject));
		if (!subject) {
			body.replaceChildren(element('p', { class: 'note' },
				'Click a task in the log, and read here what it did, line by line, and who asked for it.'));
			return;
		}
		const told = this.#all((line) => this.#isTold(line));
		if (told.length === 0) {
			body.replaceChildren(element('p', { class: 'note' }, `None of its lines is among the last ${number(LINES_OF_A_LANE)} of its lane.`));
			return;
		}
		const [first] = told;
		const began = Date.parse(first.time);
		const led = [...new Set(this.#all((line) => line.parent === subject).map((line) => line.taskKey))];
		body.replaceChildren(
			element('dl', {},
				...fact('Began', clock.format(began)),
				...fact('Took', `${number(Date.parse(told.at(-1).time) - began)} ms, ${told.length} ${told.length === 1 ? 'line' : 'lines'}`),
				...fact('Asked for by', [first.parent, first.requestKey].filter((from) => from && from !== subject)),
				...fact('Led to', led)),
			element('ol', { class: 'story-lines', tabindex: 0, 'aria-label': 'Lines of the story' },
				...told.map((line) => element('li', {},
					element('span', { class: 'offset' }, `+${number(Date.parse(line.time) - began)}`),
					line.taskKey === subject ? '' : tag(line),
					element('span', {}, line.message)))));
	}

}

const shortSubject = (subject) => (subject.startsWith('request ') ? subject.slice(0, 16) : subject);

const laneOfSubject = (subject) => (subject.includes('#') ? subject.slice(0, subject.lastIndexOf('#')) : 'none');

function tag({ taskKey, requestKey, of, thread }) {
	const subject = taskKey ?? requestKey;
	return subject ? link(subject) : element('span', { class: 'tag plain' }, of === 'none' ? thread : of);
}

function link(subject) {
	return paint(element('button', { class: 'tag', type: 'button', 'data-subject': subject, title: `Story of ${subject}` },
		shortSubject(subject)), laneOfSubject(subject));
}

/** A text, or the subjects of other stories. */
function fact(name, value) {
	if (value.length === 0) {
		return [];
	}
	return [element('dt', {}, name), element('dd', {}, ...(typeof value === 'string' ? [value] : value.map(link)))];
}
