// The panel beside the map: the list of what is seen, and the card of what was chosen.

import { Asking, afterQuiet, speak } from "./asking.js";
import { button, element, icon, named } from "./elements.js";

const QUIET_MS = 250;

export function startPanel(setup, address) {
  const { words } = setup;
  const listed = document.getElementById("listed");
  const status = element("p", { class: "quiet seen-told", role: "status" });
  const seen = element("section", { id: "seen", "aria-busy": "false" }, status);
  const items = element("ol", { class: "things" });
  const more = button(words.more, () => load(true), { class: "plain more" });
  const card = element("section", { id: "card", class: "card", tabindex: "-1" });
  const askingList = new Asking();
  const askingCard = new Asking();
  let chart = null;
  let after = null;
  let shown = null;
  let opener = null;
  let listedFor = "";
  more.hidden = true;
  seen.append(items, more);
  seen.hidden = true;
  card.hidden = true;
  listed.before(card, seen);

  const load = async (further = false) => {
    if (!chart || address.isOfList) return;
    const query = address.choices;
    listedFor = query.toString();
    query.set("bbox", chart.box().join(","));
    speak(query, setup);
    if (further && after) query.set("after", after);
    seen.setAttribute("aria-busy", "true");
    try {
      const answer = await askingList.ask("/map/seen.json", query);
      if (!answer) return;
      const rows = answer.rows.map((row) => line(row));
      if (further) items.append(...rows);
      else items.replaceChildren(...rows);
      after = answer.after;
      more.hidden = after === null;
      if (!further) status.textContent = answer.told;
    } catch {
      status.textContent = words.failed;
    }
    seen.setAttribute("aria-busy", "false");
    // Where nothing is held yet, the page says how to begin.
    const begins = !items.children.length && listed.querySelector(".empty") && address.isEverything;
    seen.hidden = begins;
    listed.hidden = !begins;
  };

  const line = (row) => {
    const name = element("a", { href: row.href, class: "name" }, named(row.name, row.lang));
    const body = element("div", {}, name);
    if (row.about) body.append(element("p", { class: "about" }, row.about));
    body.append(element("p", { class: "says" }, row.says), ...tags(row));
    const made = element("li", { class: `thing ${row.told}`, "data-id": row.id }, icon(row.icon), body);
    name.addEventListener("click", (event) => {
      if (event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
      event.preventDefault();
      opener = row.id;
      address.choose({ thing: row.id, goTo: row.box });
    });
    for (const [event, id] of [["mouseenter", row.id], ["focusin", row.id], ["mouseleave", null], ["focusout", null]])
      made.addEventListener(event, () => chart?.point(id));
    return made;
  };

  const open = async () => {
    const id = address.thing;
    if (id === shown) return;
    shown = id;
    chart?.choose(id);
    if (!id) {
      card.hidden = true;
      if (opener) items.querySelector(`[data-id="${opener}"] a`)?.focus({ preventScroll: true });
      opener = null;
      return;
    }
    try {
      const told = await askingCard.ask(`/map/card/${id}.json`, speak(new URLSearchParams(), setup));
      if (!told || shown !== id) return;
      fill(told);
      if (!address.view) {
        address.goTo = told.box; // a link to a thing without a place on the map
        if (chart) follow();
      }
    } catch {
      card.hidden = true;
    }
  };

  const fill = (told) => {
    const close = button("×", () => address.choose({ thing: null }), { class: "close", "aria-label": words.close });
    const title = element("h2", {}, icon(told.icon), " ", element("a", { href: told.href }, named(told.name, told.lang)));
    const others = element("p", { class: "names" });
    told.names.forEach((name, n) => others.append(n ? " · " : "", named(name.text, name.lang)));
    const rows = element("dl", {});
    for (const row of told.rows)
      rows.append(element("div", {}, element("dt", {}, row.name), element("dd", {}, element("bdi", {}, row.text))));
    const whole = element("a", { href: told.href, class: "whole" }, told.open);
    card.className = `card ${told.told}`;
    card.replaceChildren(
      ...[
        close,
        title,
        told.names.length ? others : null,
        told.about ? element("p", { class: "about" }, told.about) : null,
        element("p", { class: "says" }, told.says),
        ...tags(told),
        rows,
        element("p", { class: "way" }, whole),
      ].filter(Boolean),
    );
    card.setAttribute("aria-label", told.name);
    unfold();
  };

  const unfold = () => {
    card.hidden = false;
    card.focus({ preventScroll: true });
    reveal(card);
  };

  // Several lie on one another where somebody pointed: let them choose.
  const choose = (features) => {
    const close = button("×", () => (card.hidden = true), { class: "close", "aria-label": words.close });
    const list = element("ul", { class: "several" });
    for (const feature of features)
      list.append(
        element("li", {}, icon(feature.resource || "other"), button(feature.name, () => address.choose({ thing: feature.id }), { class: "plain" })),
      );
    card.className = "card";
    card.replaceChildren(close, element("h2", {}, words.several), list);
    card.setAttribute("aria-label", words.several);
    shown = null;
    unfold();
  };

  const follow = () => {
    if (address.goTo) chart?.goTo(address.goTo);
    address.goTo = null;
  };
  address.addEventListener("change", ({ detail: why }) => {
    open();
    if (!chart) return;
    follow();
    if (why !== "chosen" || address.choices.toString() !== listedFor) load();
  });
  const leave = () => {
    if (address.thing) address.choose({ thing: null });
    else card.hidden = true;
  };
  card.addEventListener("keydown", (event) => {
    if (event.key === "Escape") leave();
  });
  const tell = (text) => {
    status.textContent = text;
    seen.hidden = false;
  };
  open();
  return {
    tell,
    follow(drawn) {
      chart = drawn;
      chart.onMove(afterQuiet(QUIET_MS, () => load()));
      chart.onPick((features) => {
        if (!features.length) leave();
        else if (features.length === 1) address.choose({ thing: features[0].id, goTo: null });
        else choose(features);
      });
      chart.choose(shown);
      if (shown && !address.view) follow();
      load();
    },
  };
}

function tags(row) {
  if (!row.marks.length) return [];
  return [element("p", { class: "tags" }, ...row.marks.map((mark) => element("span", { class: `tag ${mark.kind}` }, mark.text)))];
}

// On a phone the card is the first thing below the map, and both are to be seen.
function reveal(card) {
  if (!matchMedia("(min-width: 60rem)").matches) scrollTo({ top: 0 });
  else {
    const { top, bottom } = card.getBoundingClientRect();
    if (top < 64 || bottom > innerHeight) card.scrollIntoView({ block: "start" });
  }
}
