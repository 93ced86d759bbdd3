// A list that others work on is fetched anew when the server says that it changed; but not under
// the hands of somebody who ticks, types or has a menu open. The next change, or minute, tries again.
const BUSY = "input:checked, details.menu[open]";
const TYPED = "input, select, textarea";

export function sparesTheBusy() {
  document.addEventListener("htmx:beforeRequest", (event) => {
    if (!event.detail.elt.matches("[data-live]")) return;
    const shown = event.detail.target;
    const held = document.activeElement;
    if (shown.querySelector(BUSY) || (shown.contains(held) && held.matches(TYPED))) {
      event.preventDefault();
    }
  });
}
