// News of the desk while a page is open: by a stream, or by asking now and then where there is none to be had.
"use strict";
{
  const { live, poll } = document.body.dataset, POLL_MS = 10000, ANEW_MS = 60000;
  // From what the page shows on: what came between its making and now is news.
  let last = Number(document.body.dataset.last), source, polling;

  const fresh = (part) => part && htmx.trigger(part, "fresh");
  const list = () => document.querySelector("[data-list]");
  // A list in which somebody has marked rows stays as it is until he wants the new one.
  const renew = () => {
    if (!list()) return;
    if (list().querySelector("input[name=ticket]:checked")) document.getElementById("hay-novedades").hidden = false; else fresh(list());
  };
  const told = ({ last: newest, tickets }) => {
    last = newest;
    if (!tickets.length) return;
    renew();
    if (tickets.includes(document.querySelector("[data-ticket]")?.dataset.ticket)) fresh(document.querySelector("[data-thread]"));
  };
  const ask = async () => {
    if (document.hidden) return;
    try {
      const answer = await fetch(`${poll}?desde=${last}`, { redirect: "error" });
      if (answer.ok) told(await answer.json());
    } catch { /* the next time */ }
  };
  const open = () => {
    source = new EventSource(`${live}?desde=${last}`);
    source.addEventListener("news", (event) => told(JSON.parse(event.data)));
    source.addEventListener("error", () => {
      // A lost connection is opened again by the browser itself; a refused one is not.
      if (source.readyState !== EventSource.CLOSED || polling) return;
      ask();
      polling = setInterval(ask, POLL_MS);
    });
  };
  const close = () => { source?.close(); clearInterval(polling); polling = undefined; };

  if (live && (list() || document.querySelector("[data-thread]"))) {
    open();
    // A page that nobody looks at holds no stream; what it missed is told when it is looked at again.
    document.addEventListener("visibilitychange", () => { if (document.hidden) close(); else { close(); open(); } });
    addEventListener("pagehide", close);
    setInterval(() => { if (!document.hidden) renew(); }, ANEW_MS);
    document.addEventListener("click", (event) => {
      if (!event.target.closest("[data-fresh]")) return;
      document.getElementById("hay-novedades").hidden = true;
      fresh(list());
    });
  }
}
