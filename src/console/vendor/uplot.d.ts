// For the type checker alone.
export { default } from "uplot";
