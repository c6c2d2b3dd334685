/** An address out of what somebody pasted: the address itself, or a link that holds it. */

export type AddressInput = { readonly address: string } | { readonly problem: string };

const DIGITS = 40;
/** Digits of the hash of a transaction, the other thing that explorers link to. */
const HASH_DIGITS = 64;
const HINT = `an address is 0x and ${DIGITS} digits 0–9, a–f`;

/** The one address in the text, in small letters; else one sentence on what is wrong. */
export function readAddress(text: string): AddressInput {
  const numbers = [...text.matchAll(/(?<![0-9a-z])0x([0-9a-z]*)/gi)].map((match) => (match[1] ?? "").toLowerCase());
  const addresses = new Set(numbers.filter((digits) => digits.length === DIGITS && isHex(digits)));
  if (addresses.size > 1) return { problem: `There are ${addresses.size} addresses in it: paste one.` };
  for (const digits of addresses) return { address: `0x${digits}` };
  if (text.trim() === "") return { problem: `Paste an address or an explorer link first: ${HINT}.` };
  const digits = numbers[0];
  if (digits === undefined) return { problem: `There is no address in it: ${HINT}.` };
  if (digits.length === HASH_DIGITS)
    return { problem: `That is a transaction, with ${HASH_DIGITS} digits after 0x: ${HINT}.` };
  if (digits.length !== DIGITS) return { problem: `It has ${digits.length} digits after 0x: ${HINT}.` };
  return { problem: `It has other letters than a to f: ${HINT}.` };
}

const isHex = (digits: string): boolean => /^[0-9a-f]+$/.test(digits);
