// What is chosen of the map stands in the page's address: it can be shared, and the way back leads through it.

const SEVERAL = ["resource", "voice", "mark"];
const VIEW = /^(\d{1,2}(?:\.\d+)?)\/(-?\d{1,2}(?:\.\d+)?)\/(-?\d{1,3}(?:\.\d+)?)$/;
const ID = /^[a-z2-7]{52}$/;

export class Address extends EventTarget {
  constructor() {
    super();
    this.read();
    addEventListener("popstate", () => {
      this.read();
      this.tell("back");
    });
  }

  read() {
    const query = new URLSearchParams(location.search);
    for (const name of SEVERAL) this[name] = new Set(query.getAll(name).join(",").split(",").filter(Boolean));
    this.at = query.get("at") || "";
    const view = VIEW.exec(query.get("map") || "");
    this.view = view && { zoom: Number(view[1]), lat: Number(view[2]), lon: Number(view[3]) };
    const thing = query.get("thing") || "";
    this.thing = ID.test(thing) ? thing : null;
  }

  // Whether the list is of something else: words, a kind, an author.
  get isOfList() {
    const query = new URLSearchParams(location.search);
    return ["q", "kind", "status", "author", "linked", "after"].some((name) => query.get(name));
  }

  // What is chosen, as the node is asked for it.
  get choices() {
    const query = new URLSearchParams();
    for (const name of SEVERAL) if (this[name].size) query.set(name, [...this[name]].join(","));
    if (this.at) query.set("at", this.at);
    return query;
  }

  get isEverything() {
    return ![...this.choices].length;
  }

  // Choose something, as a step that one can go back over.
  choose(changes) {
    Object.assign(this, changes);
    this.write(true);
    this.tell("chosen");
  }

  // The map was moved: not a step of its own.
  moved(view) {
    this.view = view;
    this.write(false);
  }

  write(asStep) {
    const query = new URLSearchParams(location.search);
    for (const name of [...SEVERAL, "at", "map", "thing"]) query.delete(name);
    for (const [name, value] of this.choices) query.set(name, value);
    if (this.view) {
      const { zoom, lat, lon } = this.view;
      query.set("map", `${zoom.toFixed(2)}/${lat.toFixed(4)}/${lon.toFixed(4)}`);
    }
    if (this.thing) query.set("thing", this.thing);
    const text = query.toString().replaceAll("%2F", "/").replaceAll("%2C", ",");
    const address = text ? `?${text}` : location.pathname;
    history[asStep ? "pushState" : "replaceState"](null, "", address);
    for (const link of document.querySelectorAll("a[hreflang]")) {
      const other = new URLSearchParams(text);
      other.set("lang", link.hreflang);
      link.href = `?${other}`;
    }
  }

  tell(why) {
    this.dispatchEvent(new CustomEvent("change", { detail: why }));
  }
}
