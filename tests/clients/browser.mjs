// A browser that watches: whom a page asks, and what it or its policy complains of.
import { chromium } from "playwright-core";

// Without these a browser looks for its maker's hosts at every start.
const QUIET = "disable-background-networking disable-component-update disable-sync disable-quic no-first-run";
const args = ["--no-sandbox", "--disable-gpu", ...QUIET.split(" ").map((one) => `--${one}`)];

export async function openedBrowser(origin) {
  const browser = await chromium.launch({ executablePath: process.env.CHROMIUM, args });
  const context = await browser.newContext({ viewport: { width: 1440, height: 860 } });
  const seen = { outside: [], complaints: [], violations: [], asked: [] };

  await context.route("**", (route) => {
    const request = route.request();
    if (new URL(request.url()).origin !== origin) {
      seen.outside.push(request.url());
      return route.abort();
    }
    if (request.url().endsWith("/graphql")) seen.asked.push(request.postDataJSON().operationName);
    return route.continue();
  });
  await context.exposeFunction("violated", (violation) => seen.violations.push(violation));
  await context.addInitScript(() =>
    addEventListener("securitypolicyviolation", ({ effectiveDirective, blockedURI }) =>
      window.violated(`${effectiveDirective}: ${blockedURI}`),
    ),
  );
  const page = await context.newPage();
  page.on("console", (message) => {
    if (["error", "warning"].includes(message.type())) seen.complaints.push(message.text());
  });
  page.on("pageerror", (error) => seen.complaints.push(String(error)));
  page.on("requestfailed", (request) => seen.complaints.push(`failed: ${request.url()}`));
  page.setDefaultTimeout(20_000);
  return { browser, page, seen };
}

export const editor = (page) => page.locator(".graphiql-query-editor");

export const run = (page) => page.getByRole("button", { name: /^Execute query/ }).click();

/** What a place shows, with the editors' own spaces as everybody's. */
export async function textOf(place) {
  return (await place.innerText()).replaceAll("\u00a0", " ");
}

/** Wait until the answer shows these words, and return all that it shows. */
export async function answerWith(page, words) {
  const answer = page.locator(".graphiql-response");
  await answer.getByText(words).first().waitFor();
  return textOf(answer);
}
