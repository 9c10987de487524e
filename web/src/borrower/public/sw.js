// Keeps the pages' own files so that they open without a network. Nothing personal is ever kept:
// only the start page and names that carry the hash of their content.
const SHELL = "tongtu-shell-1";
const isKept = (url) => url.origin === location.origin && (url.pathname === "/" || url.pathname.startsWith("/assets/"));

self.addEventListener("install", (event) => {
  event.waitUntil(self.skipWaiting());
});

self.addEventListener("activate", (event) => {
  event.waitUntil(self.clients.claim());
});

self.addEventListener("fetch", (event) => {
  const url = new URL(event.request.url);
  if (event.request.method !== "GET" || !isKept(url)) return;
  event.respondWith(url.pathname === "/" ? newestFirst(event.request) : keptFirst(event.request));
});

async function newestFirst(request) {
  const shell = await caches.open(SHELL);
  try {
    const answer = await fetch(request);
    if (answer.ok) await shell.put("/", answer.clone());
    return answer;
  } catch {
    return (await shell.match("/")) ?? Response.error();
  }
}

async function keptFirst(request) {
  const shell = await caches.open(SHELL);
  const kept = await shell.match(request);
  if (kept) return kept;
  const answer = await fetch(request);
  if (answer.ok) await shell.put(request, answer.clone());
  return answer;
}
