/** Resting orders of the order book: a layer of its own, with its own scale, colours and legend. */

export { type BookLayer, type BookScale, type BookSide, bookLayer } from "./data";
export { type BookLegend, type BookLegendAmounts, type BookLegendSide, bookLegend } from "./legend";
export { type BookLook, BookPrimitive } from "./primitive";
export { type BookReading, readingAt } from "./reading";
