// The engine loads a pack by require(), under a TypeScript compiler of its own that knows neither our settings nor our
// imports. From here on Node loads it, and strips the types as it does for the program.
import "./pack.ts";
