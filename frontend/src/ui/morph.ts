/**
 * Change what stands in an element into what is wanted, touching only what differs. What is equal stays the same node:
 * it keeps the focus, the selection, the tooltip under the pointer and its listeners.
 */

export function morph(parent: Element, wanted: readonly (Node | string)[]): void {
  const nodes = wanted.map((each) => (typeof each === "string" ? document.createTextNode(each) : each));
  nodes.forEach((node, index) => {
    const old = parent.childNodes[index];
    if (old === undefined) parent.append(node);
    else morphNode(old, node);
  });
  while (parent.childNodes.length > nodes.length) parent.lastChild?.remove();
}

function morphNode(old: ChildNode, node: Node): void {
  if (old.isEqualNode(node)) return;
  if (old instanceof Text && node instanceof Text) {
    old.data = node.data;
    return;
  }
  if (!(old instanceof Element && node instanceof Element) || old.nodeName !== node.nodeName) {
    old.replaceWith(node);
    return;
  }
  for (const { name } of [...old.attributes]) if (!node.hasAttribute(name)) old.removeAttribute(name);
  for (const { name, value } of node.attributes) if (old.getAttribute(name) !== value) old.setAttribute(name, value);
  morph(old, [...node.childNodes]);
}
