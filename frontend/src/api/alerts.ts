/** /api/v1/alerts: rules, what fired, a rule tried on stored history, and what waits to be delivered. */

import { getJson, sendJson } from "./client";
import type {
  Alert,
  DeliveriesAnswer,
  DestinationRow,
  FiredAnswer,
  TrialAnswer,
  TrialRow,
  AlertsAnswer as WholeAnswer,
  RuleRow as WholeRow,
  Rule as WholeRule,
} from "./openapi";

export type { Alert, DeliveriesAnswer, FiredAnswer, TrialAnswer, TrialRow };
export type Delivery = DestinationRow;
/** The server tells no field that is as it is by default, and makes up the id of a rule without one. */
export type Rule = Partial<WholeRule> & Pick<WholeRule, "kind">;
export type RuleRow = Partial<WholeRow> & Pick<WholeRow, "rule_id" | "kind">;
export type AlertKind = WholeRule["kind"];
export type AlertsAnswer = Omit<WholeAnswer, "rules"> & { readonly rules: readonly RuleRow[] };

export const fetchAlerts = (signal?: AbortSignal): Promise<AlertsAnswer> => getJson("/alerts", {}, signal);
/** Newest first. */
export const fetchFired = (limit: number, signal?: AbortSignal): Promise<FiredAnswer> =>
  getJson("/alerts/fired", { limit }, signal);
export const fetchDeliveries = (signal?: AbortSignal): Promise<DeliveriesAnswer> =>
  getJson("/alerts/deliveries", {}, signal);
/** One with an id that is there already takes its place. */
export const saveRule = (rule: Rule): Promise<RuleRow> => sendJson("POST", "/alerts", rule);
export const removeRule = (ruleId: string): Promise<RuleRow> =>
  sendJson("DELETE", `/alerts/${encodeURIComponent(ruleId)}`);
/** When it would have fired in what is stored, and what came after. */
export const tryRule = (rule: Rule): Promise<TrialAnswer> => sendJson("POST", "/alerts/try", { rule });
