async function answer(path, options) {
	const response = await fetch(path, { cache: 'no-store', ...options });
	if (!response.ok) {
		throw new Error(`${path} answers ${response.status}`);
	}
	const text = await response.text();
	return text ? JSON.parse(text) : undefined;
}

export const getJson = (path) => answer(path);

export const post = (path, body) => answer(path, {
	method: 'POST',
	...(body && { headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) }),
});
