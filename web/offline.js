// The script of pages that are kept (sw.js): shown without a network, they say so, show
// the marks that wait, and mark plainly what needs a network.

const { kept, fetched, banner, marks, counts, waiting, offline } = document.body.dataset;
const note = document.getElementById("offline");

// Dates as the server writes them: English ones with the day first, figures as in Europe.
const { lang } = document.documentElement;
const dates = { en: "en-GB", ar: "ar-u-nu-latn" }[lang] ?? lang;
const clock = (then) => new Intl.DateTimeFormat(dates, new Date().toDateString() === then.toDateString()
  ? { timeStyle: "short", hourCycle: "h23" } : { dateStyle: "medium", timeStyle: "short", hourCycle: "h23" }).format(then);

// reachable reports whether a link leads to what is kept.
const ids = new Set(kept?.split(" "));
function reachable({ origin, pathname, search, hash, href }) {
  if (origin !== location.origin) return !/^https?:/.test(href);
  if (pathname === location.pathname && hash && !search) return true;
  if (pathname === "/") return ids.size > 0 && /^(\?view=unread)?$/.test(search);
  const story = /^\/story\/(\d+)$/.exec(pathname)?.[1];
  return story ? ids.has(story) && !new URLSearchParams(search).has("copy") : false;
}

const queued = /^\/(mark|mark-all|undo|logout|story\/\d+\/read)$/;

function plain() {
  for (const link of document.querySelectorAll("a[href]")) {
    const away = !reachable(link);
    link.classList.toggle("away", away);
    if (away) link.title ||= t("Needs the network");
  }
  for (const button of document.querySelectorAll("form[method=post] :is(button, input, select, textarea), button[form]")) {
    const action = button.getAttribute("formaction") ?? button.form?.getAttribute("action") ?? "";
    if (!queued.test(action.replace(/\?.*/, ""))) button.disabled = true;
  }
}

// back tells that the network is there again; the page stays as it is until it is left.
async function back() {
  try {
    const answer = await fetch("/healthz", { cache: "no-store" });
    if (!answer.ok) return;
  } catch { return; }
  clearInterval(asking);
  navigator.serviceWorker.controller?.postMessage("flush");
  document.getElementById("online").hidden = false;
  document.getElementById("waits").hidden = true;
}

let asking;
if (offline !== undefined) {
  note.hidden = false;
  document.getElementById("kept").textContent = fetched
    ? banner.replace("{time}", clock(new Date(Number(fetched)))) : note.dataset.none;
  document.getElementById("waits").hidden = waiting === "0";
  for (const part of document.querySelectorAll("[data-if-kept]")) part.hidden = (part.dataset.ifKept === "yes") !== (fetched !== "");
  const detail = { marks: marks.split(" ").filter(Boolean).map((m) => m.split(":")), counts: counts && JSON.parse(counts) };
  document.dispatchEvent(new CustomEvent("marks", { detail }));
  document.querySelector(".dateline time").textContent = new Intl.DateTimeFormat(dates, { dateStyle: "full" }).format();
  plain();
  new MutationObserver(plain).observe(document.body, { childList: true, subtree: true });
  asking = setInterval(() => document.hidden || back(), 20000);
  addEventListener("online", back);
}
