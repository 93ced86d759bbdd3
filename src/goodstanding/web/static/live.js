// A list that others work on is fetched anew when the server says that it changed; but not under
// the hands of somebody who ticks, types or has a menu open, be it while the answer is on its way.
// The next change, or minute, tries again.
const BUSY = "input:checked, details.menu[open]";
const TYPED = "input, select, textarea";

export function sparesTheBusy() {
  document.addEventListener("htmx:beforeRequest", (event) => {
    const { elt, target } = event.detail;
    if (elt.matches("[data-live]") && isBusy(target)) event.preventDefault();
  });
  document.addEventListener("htmx:beforeSwap", (event) => {
    const { requestConfig, target } = event.detail;
    if (requestConfig.elt.matches("[data-live]") && isBusy(target)) event.detail.shouldSwap = false;
  });
}

function isBusy(shown) {
  const held = document.activeElement;
  return shown.querySelector(BUSY) !== null || (shown.contains(held) && held.matches(TYPED));
}
