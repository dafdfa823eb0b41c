// The validators' one door. Just-in-time compilation is off before any validator exists: it needs eval, which the web
// app's and the Worker's content policies forbid (zod would try, and report a violation, at every load).
import * as z from "./zod-checks.ts";

z.config({ jitless: true });

export { z };
