// A row for each lane: its level, its flood, and three lines of the last minute.
import { byId, element, inOrder, number, paint } from './dom.js';
import { getJson } from './http.js';

const SECONDS = 60;

/** A rate is taken over so many seconds: the counters move with each batch that is written. */
const RATE_SECONDS = 3;

const LEVELS = ['off', 'error', 'warn', 'info', 'debug', 'trace'];

export class Lanes {

	appender = 'FILE';

	onFlood = () => {};

	onLevel = () => {};

	#rows = new Map();

	#list = byId('lanes');

	/** Shows what the endpoint tells. */
	async show({ queues, lanes }) {
		const queue = queues.find(({ appender }) => appender === this.appender) ?? queues[0];
		if (!queue) {
			throw new Error('no appender is queued');
		}
		this.appender = queue.appender;
		const names = inOrder(Object.keys(lanes));
		for (const name of names) {
			if (!this.#rows.has(name)) {
				const row = new Row(name, this);
				this.#rows.set(name, row);
				this.#list.append(row.node);
			}
			this.#rows.get(name).show(lanes[name], this.appender, queue.capacity);
		}
		this.#showQueues(queues);
		await this.#showQueue(queue, names);
	}

	/** Begins anew. */
	forget() {
		this.#rows.forEach((row) => row.remove());
		this.#rows.clear();
	}

	#showQueues(queues) {
		const choices = byId('queues');
		const names = queues.map(({ appender }) => appender);
		if (choices.dataset.names !== names.join()) {
			choices.dataset.names = names.join();
			choices.replaceChildren(...names.map((name) => element('label', {},
				element('input', { type: 'radio', name: 'queue', value: name, checked: name === this.appender,
					onchange: () => this.#choose(name) }),
				element('span', {}, name))));
		}
	}

	#choose(appender) {
		this.appender = appender;
		this.forget();
	}

	async #showQueue({ appender, depth, capacity, held }, lanes) {
		const metric = await getJson(`actuator/metrics/loglane.queue.age?tag=appender:${encodeURIComponent(appender)}`);
		const age = metric.measurements[0].value;
		const fill = byId('fill');
		fill.replaceChildren(...lanes.filter((lane) => held[lane] > 0).map((lane) => {
			const part = paint(element('span', { title: `${lane}: ${number(held[lane])}` }), lane);
			part.style.width = `${Math.min(100, 100 * held[lane] / capacity)}%`;
			return part;
		}));
		const text = `${number(depth)} of ${number(capacity)} waiting${depth > 0 ? `, the oldest for ${age.toFixed(1)} s` : ''}`;
		fill.setAttribute('aria-label', text);
		byId('queue-note').textContent = `${text}.`;
	}

}

class Row {

	#samples = [];

	#level;

	#rate = new Plot('rate');

	#depth = new Plot('depth');

	#dropped = new Plot('dropped');

	constructor(name, { onFlood, onLevel }) {
		this.#level = element('select', { 'aria-label': `Level of ${name}`, onchange: ({ target }) => onLevel(name, target.value) },
			element('option', { value: '' }, 'loggers’ own'),
			...LEVELS.map((level) => element('option', { value: level }, level)));
		this.node = paint(element('article', { class: 'lane', 'data-lane': name, 'aria-label': `Lane ${name}` },
			element('div', { class: 'lane-head' },
				element('h3', {}, name, name === 'none' ? element('span', { class: 'note' }, 'threads of no executor') : ''),
				element('div', { class: 'row' },
					element('label', {}, 'Level ', this.#level),
					name === 'none' ? '' : element('button', { type: 'button', 'aria-label': `Flood ${name}`, onclick: () => onFlood(name) }, 'Flood'))),
			this.#rate.node, this.#depth.node, this.#dropped.node), name);
	}

	show({ level, appenders }, appender, capacity) {
		const { written, depth, dropped } = appenders[appender];
		const now = { time: Date.now() / 1000, written, depth, dropped };
		const before = this.#samples.find(({ time }) => time >= now.time - RATE_SECONDS - 0.5) ?? now;
		const seconds = now.time - before.time || 1;
		now.rate = (written - before.written) / seconds;
		now.dropRate = (dropped - before.dropped) / seconds;
		this.#samples.push(now);
		this.#samples = this.#samples.filter(({ time }) => time >= now.time - SECONDS);

		const line = (key) => [this.#samples.map(({ time }) => time), this.#samples.map((sample) => sample[key])];
		this.#rate.show(now.rate, `${number(written)} written`, line('rate'));
		this.#depth.show(depth, `of ${number(capacity)}`, line('depth'));
		this.#dropped.show(dropped, now.dropRate > 0 ? `${number(now.dropRate)} a second` : 'none now', line('dropRate'));
		this.#dropped.node.classList.toggle('lossy', dropped > 0);
		if (document.activeElement !== this.#level) {
			this.#level.value = level?.toLowerCase() ?? '';
		}
	}

	remove() {
		this.node.remove();
		[this.#rate, this.#depth, this.#dropped].forEach((plot) => plot.remove());
	}

}

/** A number, what to say of it, and its line. */
class Plot {

	#value = element('strong', {}, '0');

	#caption = element('span', { class: 'note' });

	#chart = element('div', { class: 'chart', 'aria-hidden': 'true' });

	#plot;

	#resizes = new ResizeObserver(() => this.#plot.setSize(this.#size()));

	#text = '';

	constructor(name) {
		this.node = element('div', { class: 'plot', 'data-plot': name }, element('p', {}, this.#value, ' ', this.#caption), this.#chart);
	}

	show(value, caption, line) {
		this.#value.textContent = number(value);
		this.#text = caption;
		this.#plot ??= this.#draw();
		this.#plot.setData(line);
		this.#caption.textContent = this.#pointedAt(this.#plot) ?? caption;
	}

	/** The plots know each other: one that is not destroyed would stay with the others. */
	remove() {
		this.#resizes.disconnect();
		this.#plot?.destroy();
	}

	#size() {
		return { width: this.#chart.clientWidth, height: this.#chart.clientHeight };
	}

	/** What the line says where the mouse is, on whichever of the plots. */
	#pointedAt({ cursor: { idx }, data: [times, values] }) {
		return idx == null ? undefined : `${number(values[idx])} at ${new Date(times[idx] * 1000).toLocaleTimeString('en-GB')}`;
	}

	#draw() {
		const style = getComputedStyle(this.#chart);
		const plot = new uPlot({
			...this.#size(),
			padding: [6, 0, 4, 0],
			legend: { show: false },
			cursor: { y: false, drag: { x: false }, points: { size: 6 }, sync: { key: 'lanes' } },
			hooks: { setCursor: [(u) => {
				this.#caption.textContent = this.#pointedAt(u) ?? this.#text;
			}] },
			scales: {
				x: { range: (u, min, max) => [max - SECONDS, max] },
				y: { range: (u, min, max) => [0, Math.max(10, max)] },
			},
			axes: [{ show: false }, {
				size: 34,
				gap: 4,
				font: `10px ${style.fontFamily}`,
				stroke: () => style.getPropertyValue('--muted'),
				splits: (u, axis, min, max) => [0, max],
				values: (u, splits) => splits.map((split) => (split >= 1000 ? `${+(split / 1000).toPrecision(2)}k` : Math.round(split))),
				grid: { stroke: () => style.getPropertyValue('--line'), width: 1 },
				ticks: { show: false },
			}],
			series: [{}, {
				stroke: () => style.getPropertyValue('--lane'),
				fill: () => style.getPropertyValue('--lane-fill'),
				width: 1.5,
				points: { show: false },
			}],
		}, [[], []], this.#chart);
		this.#resizes.observe(this.#chart);
		return plot;
	}

}
