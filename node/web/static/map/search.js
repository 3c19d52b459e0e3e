// The search field answers as one types: a list below it, to be walked through with the arrow keys (the combobox pattern
// of the ARIA Authoring Practices).  Enter without a choice searches as the page does without scripts.

import { Asking, afterQuiet, speak } from "./asking.js";
import { element, icon, named } from "./elements.js";

const QUIET_MS = 180;
const LENGTH_MAX = 200;

export function startSearch(setup, address) {
  const field = document.getElementById("q");
  if (!field) return;
  const asking = new Asking();
  const list = element("ul", { id: "found", role: "listbox", class: "found", "aria-label": setup.words.results });
  const told = element("p", { class: "unseen", role: "status" });
  list.hidden = true;
  field.closest("form").append(list, told);
  for (const [name, value] of Object.entries({
    role: "combobox",
    "aria-autocomplete": "list",
    "aria-expanded": "false",
    "aria-controls": "found",
    "aria-haspopup": "listbox",
  }))
    field.setAttribute(name, value);

  // On a phone the label stands in the field, for want of room.
  if (!matchMedia("(min-width: 60rem)").matches) field.placeholder = field.labels[0]?.textContent || "";

  let rows = [];
  let at = -1;

  const close = () => {
    list.hidden = true;
    at = -1;
    field.setAttribute("aria-expanded", "false");
    field.removeAttribute("aria-activedescendant");
  };

  const mark = (next) => {
    const options = list.querySelectorAll("[role=option]");
    options[at]?.setAttribute("aria-selected", "false");
    at = next;
    if (at < 0) {
      field.removeAttribute("aria-activedescendant");
      return;
    }
    options[at].setAttribute("aria-selected", "true");
    options[at].scrollIntoView({ block: "nearest" });
    field.setAttribute("aria-activedescendant", options[at].id);
  };

  const take = (row) => {
    close();
    if (!row.mapped) {
      location.assign(row.href);
      return;
    }
    field.blur();
    address.choose({ thing: row.id, goTo: row.box });
  };

  const show = (answer) => {
    rows = answer.rows;
    at = -1;
    list.replaceChildren(...rows.map((row, n) => option(row, n)));
    if (!rows.length) list.append(element("li", { class: "none", role: "presentation" }, setup.words.nothing));
    told.textContent = rows.length ? answer.told : setup.words.nothing;
    list.hidden = false;
    field.setAttribute("aria-expanded", "true");
  };

  const option = (row, n) => {
    const made = element(
      "li",
      { id: `found-${n}`, role: "option", "aria-selected": "false", class: row.told },
      icon(row.icon),
      element("span", {}, named(row.name, row.lang), element("small", {}, row.about)),
    );
    made.addEventListener("mousedown", (event) => event.preventDefault()); // the field keeps the focus
    made.addEventListener("click", () => take(row));
    return made;
  };

  const ask = afterQuiet(QUIET_MS, async (words) => {
    if (words !== field.value.trim() || !words) return;
    const query = speak(new URLSearchParams({ q: words }), setup);
    try {
      const answer = await asking.ask("/map/found.json", query);
      if (answer && words === field.value.trim() && document.activeElement === field) show(answer);
    } catch {
      close(); // the form itself still searches
    }
  });

  field.addEventListener("input", () => {
    const words = field.value.trim().slice(0, LENGTH_MAX);
    if (words) ask(words);
    else {
      asking.drop();
      close();
    }
  });
  field.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && !list.hidden) {
      event.preventDefault();
      close();
    } else if (["ArrowDown", "ArrowUp"].includes(event.key) && rows.length) {
      event.preventDefault();
      if (list.hidden) {
        list.hidden = false;
        field.setAttribute("aria-expanded", "true");
      }
      const step = event.key === "ArrowDown" ? 1 : -1;
      mark(at < 0 && step < 0 ? rows.length - 1 : (at + step + rows.length + 1) % (rows.length + 1) === rows.length ? -1 : at + step);
    } else if (event.key === "Enter" && at >= 0 && !list.hidden) {
      event.preventDefault();
      take(rows[at]);
    }
  });
  field.addEventListener("blur", close);
  field.addEventListener("focus", () => {
    if (rows.length && field.value.trim()) ask(field.value.trim());
  });
}
