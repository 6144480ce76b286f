// The script of pages that show addresses of feeds: a button copies one. Without leave
// to, the address is selected, and the keyboard can copy it.

for (const button of document.querySelectorAll("button[data-copy]")) {
  const field = document.getElementById(button.dataset.copy);
  const word = button.firstChild, label = word.data;
  button.addEventListener("click", async () => {
    field.select();
    try {
      await navigator.clipboard.writeText(field.value);
      word.data = t("Copied");
      setTimeout(() => { word.data = label; }, 2000);
    } catch { /* it stays selected */ }
  });
}
