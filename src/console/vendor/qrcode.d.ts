// For the type checker alone.
export { default } from "qrcode-generator";
