import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

export default defineConfig({
  root: import.meta.dirname,
  base: "/",
  plugins: [react()],
  build: {
    outDir: "../.out/web",
    emptyOutDir: true,
    target: "es2024",
    sourcemap: false,
    // The content security policy allows no data: addresses.
    assetsInlineLimit: 0,
  },
});
