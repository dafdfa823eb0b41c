import { renderToStaticMarkup } from "react-dom/server";
import { expect, test } from "vitest";
import { later } from "./later.tsx";

const Name = ({ name }: { readonly name: string }) => <b>{name}</b>;

test("a part draws its fallback until its code is here, then itself at once", async () => {
  const Part = later(
    async () => Name,
    ({ name }) => <i>{name}</i>,
  );
  expect(renderToStaticMarkup(<Part name="one" />)).toBe("<i>one</i>");
  await Part.load();
  expect(renderToStaticMarkup(<Part name="two" />)).toBe("<b>two</b>");
});

test("what could not be loaded is loaded by the next that asks", async () => {
  let tries = 0;
  const Part = later(
    async () => {
      tries++;
      if (tries === 1) throw new TypeError("no network");
      return Name;
    },
    () => null,
  );
  await expect(Part.load()).rejects.toThrow("no network");
  await Part.load();
  expect(renderToStaticMarkup(<Part name="here" />)).toBe("<b>here</b>");
});
