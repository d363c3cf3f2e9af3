import { initAll } from "/assets/govuk-frontend.min.js";

initAll();

/* Work that goes on: its part of the page is fetched again, less and less often and only while somebody looks,
   until it is done; then the whole page. */
const PAUSE = 2000;
const LONGEST_PAUSE = 30000;

async function fetchAgain(part, pause) {
  try {
    const answer = await fetch(part.dataset.reload, { credentials: "same-origin" });
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const next = page.querySelector("[data-reload]");
    if (answer.ok && !next) {
      window.location.reload();
      return;
    }
    // Forms have a new token each time; nobody need hear of the same words again.
    if (next && next.textContent !== part.textContent) {
      const focused = part.contains(document.activeElement);
      part.replaceChildren(...next.childNodes);
      if (focused) part.querySelector("a")?.focus();
    }
  } catch {
    // Without a network the link on the page still works.
  }
  later(part, Math.min(pause * 1.5, LONGEST_PAUSE));
}

function later(part, pause) {
  setTimeout(async () => {
    if (document.hidden)
      await new Promise((resolve) => document.addEventListener("visibilitychange", resolve, { once: true }));
    fetchAgain(part, pause);
  }, pause);
}

for (const part of document.querySelectorAll("[data-reload]")) later(part, PAUSE);

/* On a narrow screen the filters of a list are folded away behind a button; without scripts they stand there. */
const filters = document.querySelector("[data-rvss-filter]");

if (filters) {
  const narrow = window.matchMedia("(max-width: 48em)");
  const button = document.createElement("button");
  button.type = "button";
  button.className = "govuk-button govuk-button--secondary";
  filters.id = "filters";
  button.setAttribute("aria-controls", "filters");

  const show = (open) => {
    filters.hidden = !open;
    button.setAttribute("aria-expanded", String(open));
    button.textContent = open ? "Hide the filters" : "Show the filters";
  };
  const fit = () => {
    button.hidden = !narrow.matches;
    show(!narrow.matches);
  };
  button.addEventListener("click", () => show(filters.hidden));
  narrow.addEventListener("change", fit);
  filters.before(button);
  fit();
}

/* The link that selects all rows of a page does so at once, and then takes them back. */
const picker = document.querySelector("[data-rvss-pick]");

if (picker) {
  picker.setAttribute("role", "button");
  const boxes = document.querySelectorAll('input[name="pick"]');
  const pick = (event) => {
    event.preventDefault();
    const all = picker.dataset.rvssPick === "all";
    boxes.forEach((box) => (box.checked = all));
    picker.dataset.rvssPick = all ? "none" : "all";
    picker.textContent = all ? "Select none" : "Select all on this page";
  };
  picker.addEventListener("click", pick);
  picker.addEventListener("keydown", (event) => event.key === " " && pick(event));
}

/* An answer is saved while somebody writes it. Without scripts, or when that fails, the button does it. */
const SETTLED = 3000; // milliseconds without a key
const clock = new Intl.DateTimeFormat("en-GB", {
  hour: "numeric",
  minute: "2-digit",
  hour12: true,
  timeZone: "Europe/London",
});

function autosave(form) {
  const line = form.querySelector("[data-rvss-saved]");
  let timer = 0;
  let going = null;
  let isSent = false;
  let isStale = false;
  const say = (words) => {
    if (line.textContent !== words) line.textContent = words;
  };

  const send = async () => {
    try {
      const answer = await fetch(form.action, {
        method: "POST",
        body: new FormData(form),
        headers: { Accept: "application/json" },
        credentials: "same-origin",
      });
      const told = await answer.json();
      if (answer.ok) {
        form.elements.revision.value = told.revision;
        say(`Saved at ${clock.format(new Date(told.saved_at)).replace(/\s/g, "")}`);
      } else if (answer.status === 409) {
        isStale = true;
        say(`Not saved: ${told.problem}. Your words are still here. Select Save to see both answers.`);
      } else {
        say(`Not saved yet: ${told.problem}`);
      }
    } catch {
      say("Not saved: the service could not be reached. Your words are still here. Select Save to try again.");
    }
  };
  const save = async () => {
    if (isSent || isStale) return;
    if (going) await going;
    going = send();
    await going;
    going = null;
  };

  form.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(save, SETTLED);
  });
  // The button waits for a save that is on its way, or the answer would seem to be somebody else's.
  form.addEventListener("submit", async (event) => {
    clearTimeout(timer);
    isSent = true;
    if (!going) return;
    event.preventDefault();
    await going;
    form.submit();
  });
}

for (const form of document.querySelectorAll("[data-rvss-autosave]")) autosave(form);

/* Files are sent one by one, each with how far it is. Without scripts they go in one request. */
function uploads(form) {
  const input = form.querySelector('input[type="file"]');
  const list = form.querySelector("[data-rvss-progress]");
  const told = form.querySelector("[data-rvss-told]");
  const button = form.querySelector("button[type=submit], button:not([type])");
  const say = (words) => (told.textContent = words);

  const line = (file) => {
    const item = document.createElement("li");
    const name = document.createElement("span");
    const bar = document.createElement("progress");
    const state = document.createElement("span");
    const stop = document.createElement("button");
    item.className = "rvss-upload";
    name.className = "rvss-break";
    name.textContent = file.name;
    bar.className = "rvss-progress";
    bar.max = file.size || 1;
    bar.value = 0;
    bar.setAttribute("aria-label", `How much of ${file.name} is sent`);
    stop.type = "button";
    stop.className = "rvss-link-button govuk-link";
    stop.textContent = "Stop";
    stop.setAttribute("aria-label", `Stop sending ${file.name}`);
    item.append(name, bar, state, stop);
    list.append(item);
    return { item, bar, state, stop };
  };

  const send = (file, shown) =>
    new Promise((resolve) => {
      const data = new FormData(form);
      data.delete(input.name);
      data.append(input.name, file);
      const request = new XMLHttpRequest();
      request.upload.addEventListener("progress", (event) => (shown.bar.value = Math.min(event.loaded, file.size)));
      request.addEventListener("load", () => resolve(request));
      request.addEventListener("error", () => resolve(null));
      request.addEventListener("abort", () => resolve("stopped"));
      shown.stop.onclick = () => request.abort();
      request.open("POST", form.action);
      request.setRequestHeader("Accept", "application/json");
      request.send(data);
    });

  const settle = (shown, words) => {
    shown.state.textContent = words;
    shown.stop.remove();
  };

  const wordsFor = (answer) => {
    if (answer === "stopped") return "Stopped";
    if (answer === null) return "Not added: the service could not be reached";
    if (answer.status === 413) return "Not added: the file is too large";
    try {
      return `Not added: ${JSON.parse(answer.responseText).problem}`;
    } catch {
      return "Not added: something went wrong";
    }
  };

  const sendAll = async (files) => {
    const left = new DataTransfer();
    let added = 0;
    list.replaceChildren();
    for (const file of files) {
      say(`Sending ${file.name}`);
      const shown = line(file);
      const answer = await send(file, shown);
      if (answer?.status === 422 && !JSON.parse(answer.responseText).problem) return false;
      if (answer?.status === 201) {
        added += 1;
        shown.bar.value = shown.bar.max;
        settle(shown, "Added");
      } else {
        left.items.add(file);
        settle(shown, wordsFor(answer));
      }
    }
    input.files = left.files;
    say(`${added} of ${files.length} files added.${left.files.length ? " The others are still chosen: try again, or choose others." : ""}`);
    if (!left.files.length) window.location.assign(form.dataset.rvssUploads);
    return true;
  };

  form.addEventListener("submit", async (event) => {
    const files = [...input.files];
    if (files.length < 2) return; // one file, or none: the page does as well
    event.preventDefault();
    button.disabled = true;
    // Something else on the page is wrong: it says so at its field.
    if (!(await sendAll(files))) form.submit();
    button.disabled = false;
  });
}

for (const form of document.querySelectorAll("[data-rvss-uploads]")) uploads(form);
