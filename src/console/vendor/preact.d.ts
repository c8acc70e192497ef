// For the type checker alone.
export * from "preact";
