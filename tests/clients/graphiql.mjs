// Walks through GraphiQL as a developer with a token of theirs would, and prints what there was to see.
import { answerWith, editor, openedBrowser, run, textOf } from "./browser.mjs";

const { GATEWAY_URL, TOKEN } = process.env;
const { browser, page, seen } = await openedBrowser(GATEWAY_URL);
const shown = {};

await page.goto(`${GATEWAY_URL}/graphiql`);
await editor(page).locator(".view-line span").first().waitFor();
shown.address = page.url();
shown.firstTab = await textOf(editor(page));

// Nothing is sent before there is a token.
await run(page);
await answerWith(page, "no token yet");
shown.askedWithoutToken = [...seen.asked];

// Then the schema is asked for, and documented.
await page.getByLabel("Token").fill(`Bearer ${TOKEN}`);
await page.getByRole("button", { name: "Show Documentation Explorer" }).click();
const documentation = page.locator(".graphiql-doc-explorer");
await documentation.getByRole("link", { name: "Query" }).click();
await documentation.getByRole("link", { name: "offender", exact: true }).click();
await documentation.getByRole("link", { name: "Offender", exact: true }).click();
await documentation.getByRole("link", { name: "caseHandler", exact: true }).waitFor();
shown.documentation = await textOf(documentation);

// A mistake is underlined, and explained to whoever points at it.
await page.getByRole("button", { name: "New tab" }).click();
await editor(page).click();
await page.keyboard.type('{ offender(nomsNumber: "G4273GI") { firstName shoeSize');
await page.locator(".squiggly-error").first().waitFor();
const explanation = page.locator(".monaco-hover").filter({ hasText: "shoeSize" }).first();
// A check of what was typed last takes it away again, so that it may take pointing there once more.
for (let left = 10; !(await explanation.isVisible()); left -= 1) {
  await page.mouse.move(0, 0);
  await editor(page).getByText("shoeSize").hover();
  await explanation.waitFor({ timeout: left ? 2000 : undefined }).catch((error) => left || Promise.reject(error));
}
shown.mistake = await textOf(explanation);
await page.keyboard.press("Control+Backspace");

// A field's name is completed, with its description beside it; the operation is run by the keyboard.
await page.keyboard.type("tie");
await page.locator(".suggest-widget").getByRole("option", { name: /^tier/ }).waitFor();
await page.keyboard.press("Control+Space");
const description = page.locator(".suggest-details");
await description.waitFor();
shown.completion = await textOf(description);
await page.keyboard.press("Enter");
await page.keyboard.type(" { code } caseHandler { organisation officer { surname } } } }");
await page.keyboard.press("Control+Enter");
shown.answer = await answerWith(page, "Trevethick");

await page.getByRole("button", { name: /^Prettify/ }).click();
await editor(page).getByText("officer {", { exact: true }).waitFor();
shown.prettified = await textOf(editor(page));

// What was asked is in the history, and can be clicked together in the explorer.
await page.getByRole("button", { name: "Show History" }).click();
shown.history = await textOf(page.locator(".graphiql-history"));
await page.getByRole("button", { name: "Show GraphiQL Explorer" }).click();
await page.locator(".graphiql-plugin").getByText("lastName", { exact: true }).click();
await editor(page).getByText("lastName", { exact: true }).waitFor();
await run(page);
shown.clickedTogether = await answerWith(page, "FENHALE");

// A reload forgets the token, and the browser never kept it.
shown.stored = await page.evaluate(() => JSON.stringify([{ ...localStorage }, { ...sessionStorage }, document.cookie]));
// What the reload breaks off is no failure of the page's.
const seenBefore = structuredClone(seen);
await page.reload();
await editor(page).getByText("lastName", { exact: true }).waitFor();
await run(page);
await answerWith(page, "no token yet");

console.log(JSON.stringify({ ...seenBefore, ...shown }));
await browser.close();
