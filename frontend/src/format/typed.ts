/** A number as it was typed, without what groups its digits: “1,234 567.8” is “1234567.8”. */
export const ungrouped = (text: string): string => text.replaceAll(",", "").replaceAll(" ", "");
