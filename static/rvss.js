import { initAll } from "/assets/govuk-frontend.min.js";

initAll();

/* Work that goes on: its part of the page is fetched again until it is done, then the whole page. */
const PAUSE = 2000;

async function fetchAgain(part) {
  try {
    const answer = await fetch(part.dataset.reload, { credentials: "same-origin" });
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const next = page.querySelector("[data-reload]");
    if (answer.ok && !next) {
      window.location.reload();
      return;
    }
    if (next) {
      const focused = part.contains(document.activeElement);
      part.replaceChildren(...next.childNodes);
      if (focused) part.querySelector("a")?.focus();
    }
  } catch {
    // Without a network the link on the page still works.
  }
  setTimeout(fetchAgain, PAUSE, part);
}

for (const part of document.querySelectorAll("[data-reload]")) setTimeout(fetchAgain, PAUSE, part);

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
