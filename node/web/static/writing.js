// Helps with forms that work without it: keeps what is typed as a draft, shows only the questions that follow from
// the answers, and leads to what has to be put right.
(() => {
  "use strict";

  const faults = document.querySelector(".faults");
  if (faults) faults.focus();

  const form = document.querySelector("form.sheet");
  if (!form) return;

  // data-when="place=point" or "sensitivity=generalised,sealed": shown while that is the answer.
  const followed = [...form.querySelectorAll("[data-when]")];
  const follow = () => {
    for (const part of followed) {
      const [name, answers] = part.dataset.when.split("=");
      const chosen = form.querySelector(`[name="${name}"]:checked`);
      part.hidden = !(chosen && answers.split(",").includes(chosen.value));
    }
  };
  form.addEventListener("change", follow);
  follow();

  // A pause in typing of so many milliseconds, and what was typed is sent; a power cut takes no more than that.
  const PAUSE_MS = 2500;
  const kept = document.getElementById("kept");
  let timer = 0;
  let sending = null;

  const keep = async () => {
    timer = 0;
    const data = new FormData(form);
    data.delete("file");
    data.set("do", "keep");
    sending = new AbortController();
    try {
      const answer = await fetch(form.action, {
        method: "POST",
        body: data,
        redirect: "manual",
        signal: sending.signal,
      });
      const time = new Date().toLocaleTimeString(document.documentElement.lang, { timeStyle: "short" });
      kept.textContent = answer.status === 204 ? `${kept.dataset.kept} ${time}` : kept.dataset.lost;
    } catch (error) {
      if (error.name !== "AbortError") kept.textContent = kept.dataset.lost;
    }
    sending = null;
  };

  const soon = () => {
    if (timer) clearTimeout(timer);
    timer = setTimeout(keep, PAUSE_MS);
  };
  form.addEventListener("input", soon);
  form.addEventListener("submit", () => {
    if (timer) clearTimeout(timer);
    if (sending) sending.abort();
  });
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "hidden" && timer) {
      clearTimeout(timer);
      keep();
    }
  });
})();
