// Asking the node: the last question counts, earlier ones are dropped.

export class Asking {
  constructor() {
    this.controller = null;
  }

  // Return the answer as data; null where another question was asked meanwhile.  Throws where there is none.
  async ask(path, query) {
    this.controller?.abort();
    const controller = (this.controller = new AbortController());
    try {
      const answer = await fetch(`${path}?${query}`, { signal: controller.signal, headers: { Accept: "application/json" } });
      if (!answer.ok) throw new Error(`${path}: ${answer.status}`);
      return await answer.json();
    } catch (error) {
      if (controller.signal.aborted) return null;
      throw error;
    }
  }

  drop() {
    this.controller?.abort();
  }
}

// Ask in the language that the reader chose; without a choice the browser says it, as it does for the page.
export function speak(query, setup) {
  if (setup.chosen_language) query.set("lang", setup.chosen_language);
  return query;
}

// Return a function that is carried out once it has not been called for a while.
export function afterQuiet(wait_ms, act) {
  let timer = 0;
  return (...given) => {
    clearTimeout(timer);
    timer = setTimeout(() => act(...given), wait_ms);
  };
}
