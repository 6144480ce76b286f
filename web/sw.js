// tidings' service worker: what can be read without a network, and the marks made
// without one. The server sets "release" before this: what the program has now.
//
// Pages come from the network, and from what is kept only where that is gone. A mark
// is written down before it is sent, and crossed out when the server has it: none is
// lost, whenever the browser dies, and as a mark says how things shall be, one that is
// sent twice does no more than one that is sent once.

const shell = `shell-${release.version}`; // style, scripts, icons and the page for what isn't kept
const fresh = `kept-${release.version}`; // stories of this release; others serve until these are here
const pictures = "pictures";

const late = 5000; // ms after which a mark tells the server how old it is
const patience = 4000; // ms for the network, where something is kept
const rest = 5 * 60000; // ms from one look for stories to the next
const memory = 10 * 60000; // ms that the server can undo
const mostPictures = 150;
const atOnce = 40; // stories a request, pictures a visit

const sleep = (ms) => new Promise((wake) => setTimeout(wake, ms));

// ---- two tables and a drawer: marks to send, marks that were sent, what is kept

let opened;
function database() {
  opened ??= new Promise((resolve, reject) => {
    const asking = indexedDB.open("tidings", 1);
    asking.onupgradeneeded = () => {
      asking.result.createObjectStore("queue", { keyPath: "id", autoIncrement: true });
      asking.result.createObjectStore("sent", { keyPath: "id" });
      asking.result.createObjectStore("drawer");
    };
    asking.onsuccess = () => resolve(asking.result);
    asking.onerror = () => { opened = null; reject(asking.error); };
  });
  return opened;
}

// table does work on a table and gives its result once the disk has it.
async function table(name, work, mode = "readwrite") {
  const db = await database();
  return new Promise((resolve, reject) => {
    const tx = db.transaction(name, mode, { durability: "strict" });
    const asking = work(tx.objectStore(name));
    tx.oncomplete = () => resolve(asking?.result);
    tx.onabort = () => reject(tx.error);
  });
}

const waiting = () => table("queue", (t) => t.getAll(), "readonly");
const list = () => table("drawer", (t) => t.get("list"), "readonly");

// pass is what forms of our own pages carry: without a network, nobody else tells whether
// another site's page has sent one.
async function pass() {
  const known = await table("drawer", (t) => t.get("pass"), "readonly");
  const made = known ?? crypto.randomUUID();
  if (!known) await table("drawer", (t) => t.put(made, "pass"));
  return made;
}

// ---- what a form means for the stories that are kept

const contrary = { read: "unread", unread: "read", star: "unstar", unstar: "star" };
const kind = (name) => (name.endsWith("read") ? "read" : "star");

// meaning lists [story, name of the mark] that a form asks for, as far as that can be
// known here: what stands above or below is known of what is kept alone.
function meaning(path, form, stories) {
  const opens = /^\/story\/(\d+)\/read$/.exec(path)?.[1] ?? form.get("open");
  if (opens) return [[opens, "read"]];
  for (const name of Object.keys(contrary)) if (form.has(name)) return form.getAll(name).map((id) => [id, name]);
  const last = Number(form.get("until") || Infinity); // what came later was never seen
  const part = ["feed", "folder", "tag"].find((name) => form.get(name));
  const chosen = stories.filter(({ id, keys }) => Number(id) <= last && (!part || keys.includes(`${part}-${form.get(part)}`)));
  const ids = form.get("listed") ? form.get("listed").split(",") : chosen.map(({ id }) => id);
  return cut(ids, form.get("above"), form.get("below")).map((id) => [id, "read"]);
}

// cut leaves of a list what stands above a place, or below; a place is "time-story".
function cut(ids, above, below) {
  const story = (above || below)?.split(/\D/).at(-1);
  const at = ids.indexOf(story);
  if (!story) return ids;
  return at < 0 ? [] : above ? ids.slice(0, at + 1) : ids.slice(at);
}

// marksOf are the marks of all stories that are kept or wait: {id: {read, star}}.
function marksOf(stories, queue) {
  const marks = Object.fromEntries(stories.map(({ id, read, star }) => [id, { read, star }]));
  for (const { changes } of queue) apply(marks, changes);
  return marks;
}

function apply(marks, changes) {
  for (const [id, name] of changes) (marks[id] ??= {})[kind(name)] = !name.startsWith("un");
}

// count brings the numbers beside the filters to what the marks say.
function count(kept, marks) {
  const counts = { ...kept.counts };
  const add = (key, n) => { counts[key] = Math.max(0, (counts[key] ?? 0) + n); };
  for (const { id, read, star, keys } of kept.stories) {
    if (!!marks[id].read !== !!read) for (const key of keys) add(key, read ? 1 : -1);
    if (!!marks[id].star !== !!star) add("starred", star ? -1 : 1);
  }
  return counts;
}

let lately = []; // changes since a look for stories began

// remember keeps in the list of stories what the server has been told.
async function remember(changes) {
  lately.push(...changes);
  const kept = await list();
  if (!kept || !changes.length) return;
  const marks = marksOf(kept.stories, [{ changes }]);
  const counts = count(kept, marks);
  const stories = kept.stories.map((s) => ({ ...s, ...marks[s.id] }));
  await table("drawer", (t) => t.put({ ...kept, counts, stories }, "list"));
}

// ---- the queue

// note writes a form down; nothing where it changes nothing that isn't so already.
async function note(path, form, changes) {
  const [kept, queue] = await Promise.all([list(), waiting()]);
  changes ??= meaning(path, form, kept?.stories ?? []);
  const marks = marksOf(kept?.stories ?? [], queue);
  const one = changes.length === 1 && changes[0];
  if (one && queue.length && marks[one[0]]?.[kind(one[1])] === !one[1].startsWith("un")) return;
  const entry = { path, form: [...form], changes, at: Date.now() };
  entry.id = await table("queue", (t) => t.add(entry));
  return entry;
}

let sending = 0; // the entry that is on its way
const results = new Map(); // what the server said to entries that somebody waits for
let turn = Promise.resolve();

// flush sends what waits, in its order, one flush after another; it tells how many had
// waited for long. It stops at the first that can't be sent.
function flush() {
  turn = turn.then(drain, drain);
  return turn;
}

async function drain() {
  let n = 0;
  for (const entry of await waiting()) {
    sending = entry.id;
    const told = await deliver(entry);
    sending = 0;
    if (!told) return n;
    if (results.has(entry.id)) results.set(entry.id, told);
    if (told.undo) await table("sent", (t) => t.put({ ...entry, undo: told.undo, sent: Date.now() }));
    await table("queue", (t) => t.delete(entry.id));
    await remember(entry.changes);
    if (Date.now() - entry.at > late) n++;
  }
  return n;
}

// deliver gives the server's word for an entry, nothing where it has to wait: no
// network, nobody logged in, a server in trouble or another one under this address.
// A form that the server can't read (400) will never be read, and is dropped.
async function deliver({ path, form, at }) {
  const ago = Date.now() - at;
  const body = new URLSearchParams(form);
  body.delete("pass");
  if (ago > late) body.set("ago", ago);
  try {
    const answer = await fetch(path, {
      method: "POST", headers: { Accept: "application/json" }, body, redirect: "manual", signal: AbortSignal.timeout(2 * patience),
    });
    if (answer.type === "opaqueredirect" || answer.status === 400) return {};
    return answer.ok && (await answer.json());
  } catch { /* it waits */ }
}

// later asks the browser to wake this worker when there is a network, be all pages closed.
const later = () => self.registration.sync?.register("marks").catch(() => {});

// mark writes a mark down and sends it. The answer is the server's, or what it would
// be, if it can't be reached now.
async function mark(path, form, changes) {
  const entry = await note(path, form, changes);
  if (!entry) return { changed: 0, counts: await counts() };
  results.set(entry.id, null);
  await Promise.race([flush(), sleep(patience)]);
  const told = results.get(entry.id);
  results.delete(entry.id);
  if (told) return { changed: 0, counts: await counts(), ...told };
  later();
  return { ...named(entry.changes), text: release.words.queued, undo: `kept-${entry.id}`, counts: await counts() };
}

async function counts() {
  const kept = await list();
  return kept && count(kept, marksOf(kept.stories, await waiting()));
}

// named is how an answer tells changes.
const named = (changes) => ({ changed: changes.length, name: changes[0]?.[1], stories: changes.map(([id]) => id) });

// undo takes a stretch out of the queue. What was sent, the server takes back, if it can
// be asked; else the contrary waits, for the server forgets what it could undo, and
// nobody knows here whether a mark that failed had reached it.
async function undo(form) {
  await Promise.race([flush(), sleep(patience)]);
  const token = form.get("undo");
  const id = Number(/^kept-(\d+)$/.exec(token)?.[1]);
  const queue = await waiting();
  const entry = queue.find((e) => e.id === id);
  const sent = (await table("sent", (t) => t.getAll(), "readonly")).find((e) => e.undo === token || e.id === id);
  const back = (entry ?? sent)?.changes.map(([story, name]) => [story, contrary[name]]) ?? [];
  const body = new URLSearchParams({ undo: sent?.undo ?? token });
  const whole = entry && back.length !== 1 && id !== sending; // nobody has heard of it, or of all that it means
  if (whole) await table("queue", (t) => t.delete(id));
  else if (!queue.length) {
    const told = await deliver({ path: "/undo", form: body, at: Date.now() });
    if (told) return remember(back).then(() => told);
  }
  if (whole) return { ...named(back), text: release.words.undone, counts: await counts() };
  if (back.length) for (const [story, name] of back) await note("/mark", new URLSearchParams({ [name]: story }), [[story, name]]);
  else await note("/undo", body, []);
  later();
  return { ...named(back), text: release.words.undone, counts: await counts() };
}

// ---- pages

// keyOf names a page that may be kept: the unread river, or a story.
function keyOf(url) {
  const asked = [...url.searchParams].filter(([name, value]) => name !== "done" && `${name}=${value}` !== "view=unread");
  if (url.pathname === "/") return asked.length ? "" : "/";
  return /^\/story\/\d+$/.test(url.pathname) && !url.searchParams.has("copy") ? url.pathname : "";
}

// fill gives a page of ours what only the browser knows, as attributes of its body.
async function fill(page) {
  const [kept, queue] = await Promise.all([list(), waiting()]);
  const quote = (text) => String(text).replace(/&/g, "&amp;").replace(/"/g, "&quot;");
  const marks = kept ? marksOf(kept.stories, queue) : {};
  const changed = (kept?.stories ?? []).flatMap(({ id }) => [marks[id].read && `${id}:read`, marks[id].star && `${id}:star`]).filter(Boolean);
  const told = { pass: await pass(), waiting: queue.length, fetched: kept?.fetched ?? "", kept: (kept?.stories ?? []).map(({ id }) => id).join(" "), banner: kept?.banner ?? "", marks: changed.join(" "), counts: kept ? JSON.stringify(count(kept, marks)) : "" };
  const attributes = Object.entries(told).map(([name, value]) => `data-${name}="${quote(value)}"`).join(" ");
  const html = await page.text();
  return new Response(html.replace("<body ", () => `<body data-offline ${attributes} `), { headers: safe(page) });
}

async function keptPage(key) {
  const kept = key && (await list());
  const page = kept && (await (await caches.open(kept.cache)).match(key));
  return page && fill(page);
}

async function missing() {
  const page = await caches.match("/offline");
  return page ? fill(page) : Response.error();
}

// page asks the network, after it was told the marks that wait: what comes is never
// older than they are.
async function page(event) {
  const { request } = event;
  const key = keyOf(new URL(request.url));
  const given = new AbortController(); // who is given up mustn't hold up those who come later
  const live = (async () => {
    const queued = (await waiting()).length > 0;
    if (queued) await Promise.race([flush(), sleep(patience / 2)]);
    return (!queued && (await event.preloadResponse)) || fetch(request, { signal: given.signal });
  })();
  const answer = await Promise.race([live.catch(() => null), sleep(patience)]);
  if (answer && ![502, 503, 504].includes(answer.status)) return seen(event, answer);
  const kept = await keptPage(key);
  if (kept) given.abort();
  if (kept) return kept;
  try {
    return await live;
  } catch {
    return request.mode === "navigate" ? missing() : Response.error();
  }
}

// seen looks whether who comes to the login page has been logged out: then nothing stays.
function seen(event, answer) {
  if (answer.ok && new URL(event.request.url).pathname === "/login") event.waitUntil(refresh(true).catch(() => {}));
  return answer;
}

// press is a form that was sent without our script: a mark that can't be sent waits, and
// the page that it came from is shown again.
async function press(event, path) {
  const { request } = event;
  const form = new URLSearchParams(await request.clone().text());
  if (request.headers.get("Accept") === "application/json") {
    return Response.json(await (path === "/undo" ? undo(form) : mark(path, form)));
  }
  if ((await waiting()).length) await Promise.race([flush(), sleep(patience / 2)]);
  try {
    const answer = await fetch(request);
    const kept = await list();
    if (answer.status < 400) event.waitUntil(remember(meaning(path, form, kept?.stories ?? [])));
    return answer;
  } catch {
    if (form.get("pass") !== await pass()) return missing();
    await (path === "/undo" ? undo(form) : note(path, form));
    later();
    const opens = /^\/story\/\d+/.exec(path)?.[0] ?? (form.has("open") && `/story/${form.get("open")}`);
    const back = form.get("back") ?? "/";
    return Response.redirect(opens || (/^\/[^/\\]/.test(back) ? back : "/"), 303);
  }
}

// ---- what is kept

let era = 0; // moves when everything goes: who gathers then stops
let gathering = Promise.resolve();

// refresh looks for stories, one look after another.
function refresh(must) {
  gathering = gathering.then(() => gather(must), () => gather(must));
  return gathering;
}

async function gather(must) {
  const kept = await list();
  const same = kept?.cache === fresh;
  if (!must && same && Date.now() - kept.fetched < rest) return;
  const now = era;
  lately = [];
  const answer = await fetch("/offline/list", { headers: same ? { "If-None-Match": kept.tag } : {}, cache: "no-store" });
  if (answer.status === 401) return wipe();
  if (answer.status === 304) return table("drawer", (t) => t.put({ ...kept, fetched: Date.now() }, "list"));
  if (!answer.ok) return;
  const told = await answer.json();
  const cache = await caches.open(fresh);
  const have = new Map(same ? kept.stories.map(({ id, tag }) => [id, tag]) : []);
  const want = told.stories.filter(({ id, tag }) => have.get(id) !== tag).map(({ id }) => id);
  const lost = new Set();
  while (want.length) {
    const some = want.splice(0, atOnce);
    const { pages, headers } = await bring(some);
    if (now !== era) return caches.delete(fresh);
    for (const id of some) {
      if (pages[id]) await cache.put(`/story/${id}`, new Response(pages[id], { headers }));
      else lost.add(id);
    }
  }
  await cache.put("/", new Response(told.river, { headers: safe(answer) }));
  if (now !== era) return caches.delete(fresh);
  const stories = told.stories.filter(({ id }) => !lost.has(id));
  const entry = { cache: fresh, tag: answer.headers.get("ETag"), fetched: Date.now(), stories, counts: told.counts, banner: told.banner };
  await table("drawer", (t) => t.put(entry, "list"));
  await remember(lately.splice(0));
  await tidy(cache, stories);
  await illustrate(cache, now);
}

async function bring(ids) {
  const answer = await fetch(`/offline/stories?ids=${ids.join()}`, { cache: "no-store" });
  if (!answer.ok) throw new Error(`stories: ${answer.status}`);
  return { pages: await answer.json(), headers: safe(answer) };
}

// safe are the headers that a page of ours has wherever it comes from.
function safe(answer) {
  const headers = { "Content-Type": "text/html; charset=utf-8" };
  for (const name of ["Content-Security-Policy", "Referrer-Policy", "X-Content-Type-Options", "Cross-Origin-Opener-Policy", "Cross-Origin-Resource-Policy", "Permissions-Policy"]) {
    if (answer.headers.has(name)) headers[name] = answer.headers.get(name);
  }
  return headers;
}

// tidy lets go of stories that left the river, and of earlier releases.
async function tidy(cache, stories) {
  const stay = new Set(["/", ...stories.map(({ id }) => `/story/${id}`)]);
  for (const request of await cache.keys()) if (!stay.has(new URL(request.url).pathname)) await cache.delete(request);
  for (const name of await caches.keys()) if (![shell, fresh, pictures].includes(name)) await caches.delete(name);
  const old = Date.now() - memory;
  for (const { id, sent } of await table("sent", (t) => t.getAll(), "readonly")) if (sent < old) await table("sent", (t) => t.delete(id));
}

// illustrate keeps the pictures of the newest stories, as far as they come through our
// server, a few a visit; none where data is dear.
async function illustrate(cache, now) {
  if (navigator.connection?.saveData) return;
  const box = await caches.open(pictures);
  const kept = await list();
  const want = new Set();
  for (const key of ["/", ...kept.stories.map(({ id }) => `/story/${id}`)]) {
    const html = (await (await cache.match(key))?.text()) ?? "";
    for (const [, address] of html.matchAll(/\ssrc="(\/picture\/[^"]+)"/g)) want.add(address.replace(/&amp;/g, "&"));
    if (want.size >= mostPictures) break;
  }
  const some = new Set([...want].slice(0, mostPictures));
  const have = new Set();
  for (const request of await box.keys()) {
    const { pathname, search } = new URL(request.url);
    if (some.has(pathname + search)) have.add(pathname + search);
    else await box.delete(request);
  }
  for (const address of [...some].filter((a) => !have.has(a)).slice(0, atOnce)) {
    const answer = await fetch(address).catch(() => null);
    if (!answer || now !== era) return;
    if (answer.ok) await box.put(address, answer);
  }
}

// picture gives a picture that is kept, without a network in another size, too: the
// size is the last part of its address.
async function picture(request) {
  const box = await caches.open(pictures);
  const kept = await box.match(request, { ignoreVary: true });
  if (kept) return kept;
  try {
    return await fetch(request);
  } catch {
    const stem = (url) => url.replace(/\/[^/]*$/, "");
    const other = (await box.keys()).find(({ url }) => stem(url) === stem(request.url));
    return other ? box.match(other) : Response.error();
  }
}

// wipe lets go of everything that tells of stories. Marks that wait stay: they are no
// more than numbers, and nobody else has them.
async function wipe() {
  era++;
  await table("drawer", (t) => t.delete("list"));
  await table("sent", (t) => t.clear());
  for (const name of await caches.keys()) if (!name.startsWith("shell-")) await caches.delete(name);
}

// logout sends what waits while it still may. Without a network it waits its turn
// itself, and what is kept goes at once.
async function logout(request) {
  const form = new URLSearchParams(await request.clone().text());
  await Promise.race([flush(), sleep(patience)]);
  try {
    const answer = await fetch(request);
    if (answer.status !== 403) await wipe(); // another site's page can't log anybody out
    return answer;
  } catch {
    if (form.get("pass") !== await pass()) return missing();
    await wipe();
    await note("/logout", new URLSearchParams(), []);
    later();
    return Response.redirect("/offline", 303);
  }
}

// ---- events

const marking = /^\/(mark|mark-all|undo|story\/\d+\/read)$/;

self.addEventListener("install", (event) => event.waitUntil((async () => {
  const cache = await caches.open(shell);
  await cache.addAll(release.shell.map((path) => new Request(path, { cache: "no-cache" })));
  await self.skipWaiting();
})()));

self.addEventListener("activate", (event) => event.waitUntil((async () => {
  await self.registration.navigationPreload?.enable();
  await self.clients.claim();
})()));

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (url.origin !== location.origin) return;
  const { pathname } = url;
  if (request.method === "POST") {
    if (marking.test(pathname)) event.respondWith(press(event, pathname));
    else if (pathname === "/logout") event.respondWith(logout(request));
  } else if (request.method === "GET") {
    if (request.mode === "navigate" || keyOf(url)) event.respondWith(page(event));
    else if (pathname.startsWith("/assets/")) event.respondWith(caches.match(request, { ignoreVary: true }).then((kept) => kept ?? fetch(request)));
    else if (pathname.startsWith("/picture/")) event.respondWith(picture(request));
  }
});

self.addEventListener("sync", (event) => event.waitUntil((async () => {
  await tell(await flush());
  if ((await waiting()).length) throw new Error("marks wait"); // the browser tries again
})()));

// A page says "visit" when it has been opened, "news" when there are new stories, and
// "flush" when the network may be back.
self.addEventListener("message", (event) => event.waitUntil((async () => {
  if ((await waiting()).length) await tell(await flush());
  event.source?.postMessage({ pass: await pass() });
  if (event.data !== "flush") await refresh();
})().catch(() => {}).finally(() => event.ports[0]?.postMessage("done"))));

// tell lets open pages know that marks which waited were sent.
async function tell(sent) {
  if (!sent) return;
  const told = { text: release.words.sent, sent, counts: await counts() };
  for (const client of await self.clients.matchAll()) client.postMessage(told);
}
