// The script of the settings page: links of the kind web+feed: can be opened here, and
// the bookmarklet leads to the address that the browser sees, whatever the server knows.

const here = location.origin;
for (const link of document.querySelectorAll("[data-bookmarklet]")) {
  link.href = `javascript:location.href='${here}/subscribe?url='+encodeURIComponent(location.href)`;
  link.addEventListener("click", (event) => event.preventDefault()); // it is for other pages
}
for (const text of document.querySelectorAll("[data-origin]")) text.textContent = `${here}/subscribe?url=`;

const handler = document.getElementById("web-feed");
if (handler && navigator.registerProtocolHandler) {
  handler.hidden = false;
  handler.addEventListener("click", () => navigator.registerProtocolHandler("web+feed", `${here}/subscribe?url=%s`));
}
