export const byId = (id) => document.getElementById(id);

/** An element with its attributes; those that start with "on" are listeners. */
export function element(tag, attributes = {}, ...children) {
	const made = document.createElement(tag);
	for (const [name, value] of Object.entries(attributes)) {
		if (name.startsWith('on')) {
			made.addEventListener(name.slice(2), value);
		}
		else if (value !== undefined && value !== false) {
			made.setAttribute(name, value === true ? '' : value);
		}
	}
	made.append(...children);
	return made;
}

const slots = new Map();

/** Gives a lane its colour, one of eight, for as long as the page is open. */
export function paint(node, lane) {
	if (lane !== 'none' && !slots.has(lane)) {
		slots.set(lane, slots.size % 8);
	}
	node.dataset.color = slots.get(lane) ?? 'none';
	return node;
}

/** Lanes by their names; last, what no executor owns. */
export const inOrder = (lanes) => [...lanes].sort((a, b) => (a === 'none') - (b === 'none') || a.localeCompare(b));

export const number = (value) => Math.round(value).toLocaleString('en');
