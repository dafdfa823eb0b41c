// A form of elicitation/create shown as questions, and its answer put back into the form's content. Pure.
import { AppError, type QuestionRequest, type WaitAnswer, z } from "../../../schema/index.ts";

const absent = <T extends z.ZodMiniType>(type: T) => z.optional(z.nullable(type));
const titledValue = z.looseObject({ const: z.string(), title: z.string(), description: absent(z.string()) });
const property = z.looseObject({
  type: z.string(),
  title: absent(z.string()),
  description: absent(z.string()),
  oneOf: absent(z.array(titledValue)),
  enum: absent(z.array(z.string())),
  items: absent(z.looseObject({ anyOf: absent(z.array(titledValue)), enum: absent(z.array(z.string())) })),
});
type Property = z.infer<typeof property>;

export const elicitationParams = z.looseObject({
  mode: z.literal("form"),
  message: z.string(),
  requestedSchema: z.looseObject({ properties: z.optional(z.record(z.string(), property)) }),
});
export type ElicitationForm = z.infer<typeof elicitationParams>;
type Content = Record<string, string | number | boolean | string[]>;

/** A free text next to a choice is named after it (claude-agent-acp 0.100); it is no question of its own. */
const CUSTOM_SUFFIX = "_custom";

interface Field {
  readonly name: string;
  readonly property: Property;
  readonly customName: string | undefined;
}

/** One question per field with something to choose or fill in. */
export function questionsOf(form: ElicitationForm): QuestionRequest {
  const fields = fieldsOf(form);
  return {
    message: form.message,
    questions: fields.map(({ property }) => ({
      question: (fields.length === 1 ? form.message : property.description) || property.title || form.message,
      ...(property.title == null ? {} : { header: property.title }),
      multiSelect: property.type === "array",
      options: valuesOf(property).map(({ label, description }) => ({
        label,
        ...(description === undefined ? {} : { description }),
      })),
    })),
  };
}

/** Throws E_SCHEMA for choices that were not offered or an answer that answers nothing. */
export function contentOf(form: ElicitationForm, answer: WaitAnswer): Content {
  const fields = fieldsOf(form);
  const choices = answer.choices ?? [];
  if (choices.length > fields.length) throw new AppError("E_SCHEMA", { reason: "choices" });
  const content: Content = {};
  for (const [index, field] of fields.entries()) {
    const values = valuesOf(field.property);
    const chosen = (choices[index] ?? []).map((choice) => {
      const value = values[choice];
      if (value === undefined) throw new AppError("E_SCHEMA", { reason: "choices" });
      return value.value;
    });
    if (field.property.type === "array") content[field.name] = chosen.filter((value) => typeof value === "string");
    else if (chosen.length > 1) throw new AppError("E_SCHEMA", { reason: "choices" });
    else if (chosen[0] !== undefined) content[field.name] = chosen[0];
  }
  if (answer.text !== undefined && answer.text !== "") placeText(fields, content, answer.text);
  const isEmpty = Object.values(content).every((value) => Array.isArray(value) && value.length === 0);
  if (isEmpty && fields.length > 0) throw new AppError("E_SCHEMA", { reason: "empty" });
  return content;
}

/** The text belongs to the first question that takes one and has none yet. */
function placeText(fields: readonly Field[], content: Content, text: string): void {
  const open =
    fields.find((field) => valuesOf(field.property).length === 0) ?? fields.find((field) => field.customName);
  if (open === undefined) throw new AppError("E_SCHEMA", { reason: "text" });
  if (open.customName !== undefined) {
    content[open.customName] = text;
  } else if (open.property.type === "number" || open.property.type === "integer") {
    const value = Number(text);
    if (!Number.isFinite(value)) throw new AppError("E_SCHEMA", { reason: "number" });
    content[open.name] = value;
  } else {
    content[open.name] = text;
  }
}

function fieldsOf(form: ElicitationForm): Field[] {
  const properties = Object.entries(form.requestedSchema.properties ?? {});
  const names = new Set(properties.map(([name]) => name));
  const isCustom = (name: string): boolean =>
    name.endsWith(CUSTOM_SUFFIX) && names.has(name.slice(0, -CUSTOM_SUFFIX.length));
  return properties
    .filter(([name]) => !isCustom(name))
    .map(([name, found]) => ({
      name,
      property: found,
      customName: names.has(name + CUSTOM_SUFFIX) ? name + CUSTOM_SUFFIX : undefined,
    }));
}

interface Value {
  readonly value: string | boolean;
  readonly label: string;
  readonly description?: string;
}

function valuesOf(of: Property): Value[] {
  if (of.type === "boolean") {
    return [
      { value: true, label: "Yes" },
      { value: false, label: "No" },
    ];
  }
  const titled = of.oneOf ?? of.items?.anyOf;
  if (titled != null) {
    return titled.map((entry) => ({
      value: entry.const,
      label: entry.title,
      ...(entry.description == null ? {} : { description: entry.description }),
    }));
  }
  return (of.enum ?? of.items?.enum ?? []).map((value) => ({ value, label: value }));
}
