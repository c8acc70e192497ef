// Takes the carriers' webhooks as a plain Express service would: parses, answers, stores nothing. With `verify` it checks each signature
// first, with Node.js's own cryptography and nothing around it.
//
//   node hooks.js PORT plain|verify '{"public_url", "twilio", "vonage", "sipgate"}'
import { createHash, createHmac, createPublicKey, timingSafeEqual, verify } from "node:crypto";
import express from "express";

const [port, mode, secrets] = process.argv.slice(2);
const { public_url, twilio, vonage, sipgate } = JSON.parse(secrets);
const verifies = mode === "verify";
const sipgateKey = createPublicKey(sipgate);

const keepRaw = verifies ? { verify: (request, _, bytes) => (request.raw = bytes) } : {};
const form = express.urlencoded({ extended: false, ...keepRaw });
const json = express.json(keepRaw);

const equal = (a, b) => a.length === b.length && timingSafeEqual(a, b);

// HMAC-SHA1 over the URL and the sorted form.
function signedByTwilio(request) {
  const mac = createHmac("sha1", twilio).update(public_url + request.originalUrl);
  for (const name of Object.keys(request.body).sort()) mac.update(name + request.body[name]);
  return equal(mac.digest(), Buffer.from(request.get("x-twilio-signature") ?? "", "base64"));
}

// A JWT signed with HS256 that names the body's hash.
function signedByVonage(request) {
  const [header, claims, signature] = (request.get("authorization") ?? "").replace("Bearer ", "").split(".");
  const mac = createHmac("sha256", vonage).update(`${header}.${claims}`).digest();
  if (!signature || !equal(mac, Buffer.from(signature, "base64url"))) return false;
  const { payload_hash, iat } = JSON.parse(Buffer.from(claims, "base64url"));
  const isFresh = Math.abs(Date.now() / 1000 - iat) < 300;
  return isFresh && payload_hash === createHash("sha256").update(request.raw).digest("hex");
}

// RSA with SHA-256 over the body.
function signedBySipgate(request) {
  return verify("RSA-SHA256", request.raw, sipgateKey, Buffer.from(request.get("x-sipgate-signature") ?? "", "base64"));
}

const only = (isSigned) => (request, response, next) => (isSigned(request) ? next() : response.status(403).end());
const taken = (request, response) => response.status(request.body ? 200 : 400).end();
const steps = (parse, isSigned) => (verifies ? [parse, only(isSigned), taken] : [parse, taken]);

const app = express();
app.post("/hooks/twilio/{*rest}", ...steps(form, signedByTwilio));
app.post("/hooks/vonage/{*rest}", ...steps(json, signedByVonage));
app.post("/hooks/sipgate/{*rest}", ...steps(form, signedBySipgate));
app.listen(Number(port), "127.0.0.1", 4096, () => console.log("ready"));
