// The console in a real browser, against the real server: scripts/test-services.sh run npm test --prefix tests/console
import { existsSync } from "node:fs";
import { defineConfig } from "@playwright/test";

/** The system's own, wherever it was installed. */
const browsers = [
  process.env.CHROMIUM,
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome",
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
  "/Applications/Chromium.app/Contents/MacOS/Chromium",
];

/** Pages and tests go by one clock, wherever the machine is: a day that a test counts is the day that its page shows. */
process.env.TZ = "Europe/London";

const TIMED = ["budgets.spec.mjs", "live-latency.spec.mjs", "live-thousand.spec.mjs"];

export default defineConfig({
  testDir: ".",
  globalSetup: "./harness/servers.mjs",
  fullyParallel: true,
  workers: 2,
  timeout: 60_000,
  // Several servers and browsers share two cores there: what holds the second time is told as flaky.
  retries: process.env.CI ? 1 : 0,
  expect: { timeout: 15_000 },
  reporter: [["list", { printSteps: false }]],
  outputDir: process.env.CONSOLE_TEST_OUTPUT ?? "../../target/console-tests",
  projects: [
    { name: "pages", testMatch: "*.spec.mjs", testIgnore: TIMED },
    // What is measured is measured last, with the machine to itself.
    { name: "budgets", testMatch: TIMED, dependencies: ["pages"], workers: 1 },
  ],
  use: {
    browserName: "chromium",
    viewport: { width: 1280, height: 800 },
    locale: "en-GB",
    timezoneId: process.env.TZ,
    actionTimeout: 15_000,
    navigationTimeout: 15_000,
    trace: "retain-on-failure",
    launchOptions: {
      executablePath: browsers.find((path) => path && existsSync(path)),
      // A container has no user namespaces to build the sandbox from; what is opened here is our own.
      args: ["--no-sandbox", "--disable-dev-shm-usage"],
    },
  },
});
