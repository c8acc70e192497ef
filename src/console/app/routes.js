// Every page: its path, how it is fetched, who may see it. The first segment of each stands in `console/mod.rs` as well.

/**
 * @typedef {object} Route
 * @property {string} path `:name` stands for anything
 * @property {() => Promise<{ default: any }>} load
 * @property {string[]} [styles] beside the page, fetched with it
 * @property {string} [section] of the navigation, where it belongs to one
 * @property {true} [open] for people who are not signed in
 */

/** @type {Route[]} */
export const routes = [
  { path: "", load: () => import("../pages/home/home.js") },
  { path: "/start", load: () => import("../pages/start/start.js"), styles: ["start/start.css"] },

  { path: "/live", section: "live", load: () => import("../pages/live/live.js"), styles: ["live/live.css"] },
  { path: "/calls", section: "calls", load: () => import("../pages/calls/calls.js"), styles: ["calls/calls.css"] },
  { path: "/calls/:id", section: "calls", load: () => import("../pages/calls/call.js"), styles: ["calls/calls.css", "calls/drawing.css"] },
  { path: "/dry-run", section: "try", load: () => import("../pages/dry-run/dry-run.js"), styles: ["dry-run/dry-run.css", "calls/drawing.css"] },
  { path: "/try-it", section: "try", load: () => import("../pages/try-it/try-it.js"), styles: ["try-it/try-it.css"] },
  { path: "/statistics", section: "statistics", load: () => import("../pages/statistics/statistics.js"), styles: ["statistics/statistics.css"] },
  { path: "/spam", section: "statistics", load: () => import("../pages/statistics/spam.js"), styles: ["statistics/statistics.css"] },

  { path: "/buildings", section: "buildings", load: () => import("../pages/buildings/buildings.js"), styles: ["buildings/buildings.css"] },
  { path: "/buildings/:id", section: "buildings", load: () => import("../pages/buildings/building.js"), styles: ["buildings/buildings.css"] },
  { path: "/buildings/:id/import", section: "buildings", load: () => import("../pages/import/import.js"), styles: ["import/import.css"] },
  { path: "/buildings/:id/passes", section: "buildings", load: () => import("../pages/passes/passes.js"), styles: ["passes/passes.css"] },
  { path: "/buildings/:id/allowlist", section: "buildings", load: () => import("../pages/buildings/allowlist.js"), styles: ["buildings/buildings.css"] },
  { path: "/buildings/:id/blocks", section: "buildings", load: () => import("../pages/buildings/blocks.js"), styles: ["buildings/buildings.css"] },
  { path: "/entrances/:id", section: "buildings", load: () => import("../pages/buildings/entrance.js"), styles: ["buildings/buildings.css"] },
  { path: "/units/:id", section: "buildings", load: () => import("../pages/buildings/unit.js"), styles: ["buildings/buildings.css", "flows/flows.css"] },
  { path: "/residents", section: "buildings", load: () => import("../pages/buildings/residents.js"), styles: ["buildings/buildings.css"] },
  { path: "/residents/:id", section: "buildings", load: () => import("../pages/buildings/resident.js"), styles: ["buildings/buildings.css"] },
  { path: "/passes/:id", section: "buildings", load: () => import("../pages/passes/pass.js"), styles: ["passes/passes.css"] },

  { path: "/flows", section: "flows", load: () => import("../pages/flows/flows.js"), styles: ["flows/flows.css"] },
  { path: "/flows/:id", section: "flows", load: () => import("../pages/flows/flow.js"), styles: ["flows/flows.css"] },
  { path: "/schedules", section: "flows", load: () => import("../pages/schedules/schedules.js"), styles: ["schedules/schedules.css"] },
  { path: "/schedules/:id", section: "flows", load: () => import("../pages/schedules/schedule.js"), styles: ["schedules/schedules.css"] },

  { path: "/lines", section: "lines", load: () => import("../pages/lines/lines.js"), styles: ["lines/lines.css"] },
  { path: "/lines/:id", section: "lines", load: () => import("../pages/lines/line.js"), styles: ["lines/lines.css"] },
  { path: "/connections", section: "lines", load: () => import("../pages/lines/connections.js"), styles: ["lines/lines.css"] },
  { path: "/connections/:id", section: "lines", load: () => import("../pages/lines/connection.js"), styles: ["lines/lines.css"] },

  { path: "/users", section: "firm", load: () => import("../pages/firm/users.js"), styles: ["firm/firm.css"] },
  { path: "/users/:id", section: "firm", load: () => import("../pages/firm/user.js"), styles: ["firm/firm.css"] },
  { path: "/api-keys", section: "firm", load: () => import("../pages/firm/api-keys.js"), styles: ["firm/firm.css"] },
  { path: "/webhooks", section: "firm", load: () => import("../pages/firm/webhooks.js"), styles: ["firm/firm.css"] },
  { path: "/webhooks/:id", section: "firm", load: () => import("../pages/firm/webhook.js"), styles: ["firm/firm.css"] },
  { path: "/audit", section: "firm", load: () => import("../pages/firm/audit.js"), styles: ["firm/firm.css"] },
  { path: "/firm", section: "firm", load: () => import("../pages/firm/firm.js"), styles: ["firm/firm.css"] },
  { path: "/account", load: () => import("../pages/account/account.js"), styles: ["account/account.css"] },

  { path: "/sign-in", open: true, load: () => import("../pages/sign-in/sign-in.js"), styles: ["sign-in/sign-in.css"] },
  { path: "/sign-up", open: true, load: () => import("../pages/sign-in/sign-up.js"), styles: ["sign-in/sign-in.css"] },
  { path: "/accept-invitation", open: true, load: () => import("../pages/sign-in/accept-invitation.js"), styles: ["sign-in/sign-in.css"] },
  { path: "/forgot-password", open: true, load: () => import("../pages/sign-in/forgot-password.js"), styles: ["sign-in/sign-in.css"] },
  { path: "/reset-password", open: true, load: () => import("../pages/sign-in/reset-password.js"), styles: ["sign-in/sign-in.css"] },
];
