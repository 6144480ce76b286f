// The report of an import fills in while one looks: whenever the page's event stream
// tells of a change, and every two seconds while the import itself goes on, the report
// is fetched anew. Without this script the page asks again by itself.

const place = () => document.getElementById("report");
let asking = false, again = false;

function refresh() {
  if (asking) { again = true; return; }
  asking = true;
  const request = new XMLHttpRequest();
  request.responseType = "document"; // parsed by the browser, and its scripts never run
  request.onloadend = () => {
    asking = false;
    const fresh = request.status === 200 && request.response?.getElementById("report");
    if (fresh) show(document.importNode(fresh, true));
    if (again) { again = false; setTimeout(refresh, 500); }
    else if ("running" in place().dataset) setTimeout(refresh, 2000);
  };
  request.open("GET", location.href);
  request.send();
}

// show puts what changed in the place of what was, row by row, so that focus and
// selection stay where they are.
function show(fresh) {
  const old = place(), rows = old.querySelectorAll("tbody > tr"), now = fresh.querySelectorAll("tbody > tr");
  old.toggleAttribute("data-running", fresh.hasAttribute("data-running"));
  if (!rows.length || now.length < rows.length || fresh.querySelector(".wrong")) return old.replaceChildren(...fresh.childNodes);
  const sum = old.querySelector(".sum"), total = fresh.querySelector(".sum").textContent;
  if (sum.textContent !== total) sum.textContent = total;
  const body = old.querySelector("tbody");
  now.forEach((row, i) => {
    if (!rows[i]) body.append(row);
    else if (rows[i].textContent !== row.textContent) rows[i].lastElementChild.replaceWith(row.lastElementChild);
  });
}

addEventListener("tidings", refresh);
if ("running" in place().dataset) setTimeout(refresh, 1000);
