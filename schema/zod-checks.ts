// zod as we use it, mended where bytes from outside could end or hold up the process (found by the fuzz, zod 4.6.7):
// - its length checks look at whatever has a `length`, also at an object that came instead of a text: one that no number can
//   be made of, {"length":{"toString":1}}, ends the parser with a TypeError;
// - its lists and records make an error for every wrong entry and hand all of them on as arguments: a MiB of wrong entries
//   takes a third of a second, and more than some 100,000 end the parser with a RangeError. Ours stop at the first.
import { core, maxLength as zodMaxLength, minLength as zodMinLength, ZodMiniArray, ZodMiniRecord } from "zod/mini";

export * from "zod/mini";

export const maxLength: typeof zodMaxLength = (maximum, params) => ofTexts(zodMaxLength(maximum, params));
export const minLength: typeof zodMinLength = (minimum, params) => ofTexts(zodMinLength(minimum, params));

type Check = ReturnType<typeof zodMaxLength> | ReturnType<typeof zodMinLength>;

function ofTexts<T extends Check>(check: T): T {
  check._zod.def.when = ({ value }) => typeof value === "string" || Array.isArray(value);
  return check;
}

const ListType = core.$constructor<ZodMiniArray>("KelpieList", (inst, def) => {
  ZodMiniArray.init(inst, def);
  const parse = inst._zod.parse.bind(inst._zod);
  inst._zod.parse = (payload, ctx) => {
    const { value } = payload;
    if (!Array.isArray(value)) return parse(payload, ctx);
    const { element } = def;
    const read: unknown[] = [];
    for (let index = 0; index < value.length; index++) {
      const result = atOnce(element._zod.run({ value: value[index], issues: [] }, ctx));
      if (result.issues.length > 0) return stopped(payload, index, result);
      read.push(result.value);
    }
    payload.value = read;
    return payload;
  };
});

/** As zod's, but it stops at the first wrong entry. */
export function array<T extends core.SomeType>(element: T): ZodMiniArray<T>;
/** … whatever its entries are. */
export function array(element: core.$ZodType): ZodMiniArray {
  return new ListType({ type: "array", element });
}

const RecordType = core.$constructor<ZodMiniRecord>("KelpieRecord", (inst, def) => {
  ZodMiniRecord.init(inst, def);
  const parse = inst._zod.parse.bind(inst._zod);
  inst._zod.parse = (payload, ctx) => {
    const { value } = payload;
    if (typeof value !== "object" || value === null) return parse(payload, ctx);
    for (const [key, entry] of Object.entries(value)) {
      const result = atOnce(def.valueType._zod.run({ value: entry, issues: [] }, ctx));
      if (result.issues.length > 0) return stopped(payload, key, result);
    }
    return parse(payload, ctx);
  };
});

/** As zod's, but it stops at the first wrong value. */
export function record<Key extends core.$ZodRecordKey, Value extends core.SomeType>(
  keyType: Key,
  valueType: Value,
): ZodMiniRecord<Key, Value>;
/** … whatever its keys and values are. */
export function record(keyType: core.$ZodRecordKey, valueType: core.$ZodType): ZodMiniRecord {
  return new RecordType({ type: "record", keyType, valueType });
}

function atOnce(result: core.util.MaybeAsync<core.ParsePayload>): core.ParsePayload {
  if (result instanceof Promise) throw new TypeError("nothing here is validated later");
  return result;
}

function stopped(payload: core.ParsePayload, at: PropertyKey, { issues }: core.ParsePayload): core.ParsePayload {
  payload.issues.push(...core.util.prefixIssues(at, issues));
  return payload;
}
