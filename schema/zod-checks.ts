// zod as we use it. Its length checks look at whatever has a `length`, also at an object that came instead of a text: one
// that no number can be made of, {"length":{"toString":1}}, ends the parser with a TypeError (found by the fuzz, zod 4.6.7).
import { maxLength as zodMaxLength, minLength as zodMinLength } from "zod/mini";

export * from "zod/mini";

export const maxLength: typeof zodMaxLength = (maximum, params) => ofTexts(zodMaxLength(maximum, params));
export const minLength: typeof zodMinLength = (minimum, params) => ofTexts(zodMinLength(minimum, params));

type Check = ReturnType<typeof zodMaxLength> | ReturnType<typeof zodMinLength>;

function ofTexts<T extends Check>(check: T): T {
  check._zod.def.when = ({ value }) => typeof value === "string" || Array.isArray(value);
  return check;
}
