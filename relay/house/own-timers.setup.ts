// Files that share a process share its clock: a timer that one leaves faked never fires for those that come after it. The
// runner undoes a file's spies behind its last hook, so that only the next file can see it.

const FIRST = Symbol.for("kelpie.tests.setTimeout");

const first: unknown = Reflect.get(globalThis, FIRST);
if (first === undefined) Reflect.set(globalThis, FIRST, globalThis.setTimeout);
else if (first !== globalThis.setTimeout) throw new Error("a test file before this one has left setTimeout faked");
