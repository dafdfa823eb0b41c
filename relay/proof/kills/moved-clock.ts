// Loaded before the relay (`--import`): its wall clock jumps once, as when somebody sets the machine's. Its monotonic clock
// goes on. KELPIE_MOVED_CLOCK = "<jump, ms>@<ms after the start>".
const [jumpMs = 0, afterMs = 0] = (process.env["KELPIE_MOVED_CLOCK"] ?? "").split("@").map(Number);
const now = Date.now.bind(Date);

Date.now = () => now() + (performance.now() >= afterMs ? jumpMs : 0);

export {};
