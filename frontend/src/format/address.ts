/** 0x1234…abcd: an address short enough for a row, its ends kept. */
export const shortAddress = (address: string): string => `${address.slice(0, 6)}…${address.slice(-4)}`;
