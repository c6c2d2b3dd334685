/** 0x1234…abcd: an address short enough for a row, its ends kept. */
export const shortAddress = (address: string): string => `${address.slice(0, 6)}…${address.slice(-4)}`;

const ADDRESS = /^0x[0-9a-f]{40}$/;

/** As this page writes them: small letters. */
export const isAddress = (text: string): boolean => ADDRESS.test(text);
