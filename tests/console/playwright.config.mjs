// The console in a real browser, against the real server: scripts/test-services.sh run npm test --prefix tests/console
import { defineConfig } from "@playwright/test";

export default defineConfig({
  testDir: ".",
  testMatch: "*.spec.mjs",
  globalSetup: "./harness/servers.mjs",
  fullyParallel: true,
  workers: 2,
  timeout: 60_000,
  expect: { timeout: 15_000 },
  reporter: [["list", { printSteps: false }]],
  outputDir: process.env.CONSOLE_TEST_OUTPUT ?? "../../target/console-tests",
  use: {
    browserName: "chromium",
    viewport: { width: 1280, height: 800 },
    locale: "en-GB",
    timezoneId: "Europe/London",
    actionTimeout: 15_000,
    navigationTimeout: 15_000,
    trace: "retain-on-failure",
    launchOptions: {
      executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
      // A container has no user namespaces to build the sandbox from; what is opened here is our own.
      args: ["--no-sandbox", "--disable-dev-shm-usage"],
    },
  },
});
