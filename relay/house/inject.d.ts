import "vitest";

// What built.setup.ts provides; every config of tests names this file.
declare module "vitest" {
  interface ProvidedContext {
    /** Text of the Worker's one ES module. */
    workerScript: string;
    /** Folder of the built web app; certain to be current in project `e2e` only. */
    assetsDir: string;
  }
}
