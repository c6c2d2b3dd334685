/** Accounts that are followed: their levels, entries and a level through time, beneath the candles. */

export { WALLET_COLOURS, walletColour } from "./colours";
export { type WalletPicture, WalletsPrimitive } from "./primitive";
