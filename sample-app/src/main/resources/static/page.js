// Asks the application each second what it does, and hands on what the buttons ask for.
import { byId, number } from './dom.js';
import { getJson, post } from './http.js';
import { Lanes } from './lanes.js';
import { Log } from './log.js';

const lanes = new Lanes();
const log = new Log();

async function poll() {
	try {
		const [overview, disk, lines] = await Promise.all([getJson('actuator/loglane'), getJson('log/disk'), log.fetch()]);
		await lanes.show(overview);
		log.add(lines);
		showDisk(disk);
		setStatus('live', 'live');
	}
	catch (error) {
		// what it counts after another start is no continuation
		lanes.forget();
		log.forget();
		setStatus('lost', error.message);
	}
	setTimeout(poll, 1000);
}

function setStatus(state, text) {
	const status = byId('status');
	if (status.textContent !== text) {
		status.dataset.state = state;
		status.textContent = text;
	}
}

function showDisk({ speed }) {
	for (const radio of byId('disk').querySelectorAll('input')) {
		radio.checked = Number(radio.value) === speed;
	}
	byId('disk-note').textContent = speed === 0 ? 'It takes nothing.' : `It takes ${number(speed)} records a second.`;
}

/** Does what a button asks for, and says so if it fails. */
async function act(work) {
	const problem = byId('problem');
	try {
		await work();
		problem.hidden = true;
	}
	catch (error) {
		problem.textContent = error.message;
		problem.hidden = false;
	}
}

byId('disk').addEventListener('change', ({ target }) => act(async () => {
	showDisk(await post(`log/disk?speed=${target.value}`));
}));

byId('order').addEventListener('submit', (event) => {
	event.preventDefault();
	act(async () => {
		const order = await post(`orders?item=tea&quantity=${event.target.elements.quantity.value}`);
		byId('order-note').textContent = `Order ${order.id} taken: ${order.quantity} × ${order.item}.`;
	});
});

lanes.onFlood = (lane) => act(() => post(`floods/${encodeURIComponent(lane)}`));
lanes.onLevel = (lane, level) => act(() => post(`actuator/loglane/${encodeURIComponent(lane)}`, level ? { level } : {}));

poll();
