/** By which address each kind of proposal is allowed; one that is not here is allowed elsewhere. */
const OPERATIONS = "/v1/operations";

export const WAYS: Record<string, string> = {
  account_limits: `${OPERATIONS}/account-limits/{}/approval`,
  close_period: `${OPERATIONS}/ledger-periods/{}/approval`,
  loan_change: `${OPERATIONS}/loan-changes/{}/approval`,
  loan_import: `${OPERATIONS}/loan-import-proposals/{}/approval`,
  second_payout: `${OPERATIONS}/second-payouts/{}/approval`,
  overdue_pause: `${OPERATIONS}/overdue-pauses/{}/approval`,
  payment_verdict: `${OPERATIONS}/payment-verdicts/{}/approval`,
  merchant_payback: `${OPERATIONS}/merchant-paybacks/{}/approval`,
  lender_key: `${OPERATIONS}/lender-keys/{}/approval`,
  change_facility: `${OPERATIONS}/facility-changes/{}/approval`,
  "risk.model_move": `${OPERATIONS}/model-moves/{}/approval`,
  "risk.models_resume": `${OPERATIONS}/model-resumptions/{}/approval`,
  "risk.rules_publish": `${OPERATIONS}/rule-publications/{}/approval`,
  "risk.list_add": `${OPERATIONS}/list-entries/{}/approval`,
  "risk.list_remove": `${OPERATIONS}/list-removals/{}/approval`,
  "risk.ring_word": `${OPERATIONS}/ring-words/{}/approval`,
  "access.post": `${OPERATIONS}/staff-posts/{}/approval`,
  "access.delegation": `${OPERATIONS}/delegations/{}/approval`,
  "insight.price_experiment": `${OPERATIONS}/price-experiment-proposals/{}/approval`,
  "campaign.run": `${OPERATIONS}/campaign-proposals/{}/approval`,
  resume_router: `${OPERATIONS}/router-resumptions/{}/approval`,
  ruling: `${OPERATIONS}/rulings/{}/approval`,
};
