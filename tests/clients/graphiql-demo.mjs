// Opens the demo's GraphiQL as a newcomer would, clicks once, then runs another example; prints what there was to see.
import { answerWith, editor, openedBrowser, run } from "./browser.mjs";

const { GATEWAY_URL, SCREENSHOT } = process.env;
const { browser, page, seen } = await openedBrowser(GATEWAY_URL);
const shown = {};

await page.goto(`${GATEWAY_URL}/graphiql/`);
await editor(page).locator(".view-line span").first().waitFor();
await page.getByLabel("The demo's tokens").getByRole("option", { selected: true }).waitFor({ state: "attached" });
shown.tokens = await page.getByLabel("The demo's tokens").getByRole("option").allInnerTexts();

await run(page);
shown.firstClick = await answerWith(page, "Trevethick");
if (SCREENSHOT) {
  await page.getByRole("button", { name: "Show Documentation Explorer" }).click();
  await page.locator(".graphiql-doc-explorer").getByRole("link", { name: "Query" }).click();
  await page.locator(".graphiql-doc-explorer").getByRole("link", { name: "prison", exact: true }).waitFor();
  await page.screenshot({ path: SCREENSHOT });
}

// The button runs the operation that the cursor stands in.
await editor(page).click();
await page.keyboard.press("Control+End");
await run(page);
await answerWith(page, "NOT_FOUND");

// Also one that was written just now, whether it is run by the button or by the keyboard.
await editor(page).click();
await page.keyboard.press("Control+End");
await page.keyboard.type("query Mine { __typename }");
await run(page);
await answerWith(page, "__typename");
await editor(page).click();
await page.keyboard.press("Control+Home");
await page.keyboard.type("query Yours { a: __typename }\n");
await page.keyboard.press("ArrowUp");
await page.keyboard.press("Control+Enter");
await answerWith(page, '"a"');

// Another token is taken at once.
await page.keyboard.press("ArrowDown");
await page.getByLabel("The demo's tokens").selectOption("prison role alone");
await page.keyboard.press("Escape");
await run(page);
shown.prisonRoleAlone = await answerWith(page, "FORBIDDEN");

shown.bytes = await page.evaluate(() =>
  performance.getEntriesByType("resource").reduce((sum, { encodedBodySize }) => sum + encodedBodySize, 0),
);
console.log(JSON.stringify({ ...seen, ...shown }));
await browser.close();
