// Monaco, framer-motion and radix add style elements while they run, and know no nonce: without one the page's policy
// refuses them. So every style element made here is born with the page's. Imported before anything that makes one.
const nonce = document.querySelector<HTMLMetaElement>('meta[property="csp-nonce"]')?.nonce ?? '';
const create = Document.prototype.createElement;

Document.prototype.createElement = function (this: Document, name: string, options?: ElementCreationOptions) {
  const element = create.call(this, name, options);
  if (element instanceof HTMLStyleElement) {
    element.nonce = nonce;
  }
  return element;
} as typeof create;
