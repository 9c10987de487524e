/** Every address the borrower's pages call, each once. */
import type * as A from "../shared/types.ts";
import { currentLang } from "../shared/lang.ts";
import { http } from "./session.ts";

/** A number nobody is given; its inbox is empty where there are inboxes at all. */
const NOBODY = "14400000000";
const lists: Record<string, Promise<unknown>> = {};

/** What hardly ever changes is asked for once a visit. */
function once<T>(path: string): Promise<T> {
  lists[path] ??= http.json<T>(path).catch((error: unknown) => {
    delete lists[path];
    throw error;
  });
  return lists[path] as Promise<T>;
}

const post = <T>(path: string, body: unknown, key?: string) =>
  http.json<T>(path, { method: "POST", body, ...(key ? { key } : {}) });

// A credit line has no pages of its own yet: it is reached over the API.
const isLoan = (one: A.Product) => !one.draw_tenors_months?.length;
export const products = () =>
  once<A.Page<A.Product>>("/v1/products").then((page) => page.items.filter(isLoan));
export const lenders = () => once<A.Page<A.Lender>>("/v1/lenders").then((page) => page.items);
export const outsideSources = () =>
  once<A.Page<A.OutsideSource>>("/v1/outside-sources").then((page) => page.items);
export const consentTexts = () => once<A.ConsentTexts>(`/v1/consent-texts?lang=${currentLang()}`);

export function quote(product: string, amount_minor: number, tenor_months: number, signal?: AbortSignal) {
  const body = { product, amount_minor, tenor_months };
  return http.json<A.Quote>("/v1/quotes", { method: "POST", body, signal });
}

export const sendCode = (phone: string) => post<{ challenge: string }>("/v1/sign-in/codes", { phone });
export const signIn = (challenge: string, code: string) => post<A.SignedIn>("/v1/sign-in", { challenge, code });
export const signOut = () => http.json<void>("/v1/sign-in", { method: "DELETE" });

export const me = () => http.json<A.Me>("/v1/me");
export const identify = (name: string, resident_id: string, key: string) =>
  http.json<A.Me>("/v1/me/identity", { method: "PUT", body: { name, resident_id }, key });
export const grant = (grants: { scope: string; recipient?: string }[], version: string, key: string) =>
  post<{ consents: A.Consent[] }>("/v1/me/consents", { grants, version, language: currentLang() }, key);
export const ledger = () => http.json<{ version: string; items: A.ConsentEntry[] }>("/v1/me/consents");
export const looks = () => http.json<A.Page<A.Look>>("/v1/me/access-log").then((page) => page.items);
export const held = () => http.json<{ held: A.Held[] }>("/v1/me/personal-data");
export const exported = (key: string) => http.bytes("/v1/me/personal-data/export", { method: "POST", key });
export const erase = (key: string) => post<{ items: A.Held[] }>("/v1/me/personal-data/erasure", {}, key);
export const correct = (value: string, why: string, key: string) =>
  post<{ answer_by: string }>("/v1/me/personal-data/corrections", { kind: "name", value, why }, key);
export const withdraw = (id: string, key: string) =>
  http.json<unknown>(`/v1/me/consents/${id}`, { method: "DELETE", key });

export const apply = (body: A.ApplyBody, key: string) => post<A.Decided>("/v1/applications", body, key);
export const basket = (session: string) => http.json<A.Basket>(`/v1/checkout/sessions/${session}`);
/** The answer is the decision as ever; what each plan costs the buyer is read with the application. */
export const buy = (session: string, body: { tenor_months: number; device: string; facts: A.Facts }, key: string) =>
  post<{ application: string }>(`/v1/checkout/sessions/${session}/application`, body, key);
export const applications = () => http.json<A.Page<A.ApplicationHead>>("/v1/applications?limit=20");
export const application = (id: string) => http.json<A.Application>(`/v1/applications/${id}`);
/** `decision` is the list the offer stands on: one that changed meanwhile is refused, and shown anew. */
export const accept = (id: string, offer: number, decision: string, key: string) =>
  post<{ offer: string }>(`/v1/applications/${id}/acceptance`, { offer, decision }, key);

export const advice = (id: string) => http.json<A.Advice>(`/v1/applications/${id}/advice`);
export const recommend = (body: { purpose: string; amount_minor: number }) =>
  post<A.Recommendation>("/v1/recommendations", body);
export const recommendForMe = (body: A.PersonalAsked) => post<A.Recommendation>("/v1/me/recommendations", body);
export const pushes = () => http.json<A.Pushes>("/v1/me/pushes");
export const choosePushes = (body: A.PushChoice, key: string) =>
  http.json<unknown>("/v1/me/pushes", { method: "PUT", body, key });
export const askPerson = (id: string, key: string) => post<unknown>(`/v1/applications/${id}/review`, {}, key);

export const documents = (id: string) => http.json<A.Documents>(`/v1/applications/${id}/documents`);
export const upload = (id: string, kind: string, body: Blob, key: string) =>
  post<A.Document>(`/v1/applications/${id}/documents/${kind}`, body, key);

export const costTable = (offer: string) => http.json<A.CostTable>(`/v1/offers/${offer}/cost-table`);
export const confirmCost = (offer: string, key: string) =>
  post<unknown>(`/v1/offers/${offer}/cost-table/confirmation`, {}, key);
export const acknowledge = (offer: string, clause: string, sha256: string, key: string) =>
  post<unknown>(`/v1/offers/${offer}/clauses/acknowledgement`, { clauses: [{ clause, sha256 }] }, key);
export const makeAgreement = (offer: string, key: string) =>
  post<A.Agreement>(`/v1/offers/${offer}/agreement`, {}, key);
export const agreement = (id: string) => http.json<A.Agreement>(`/v1/agreements/${id}`);
export const agreementFile = (id: string) => http.bytes(`/v1/agreements/${id}/document`);
export const signAgreement = (id: string, sha256: string, key: string) =>
  post<unknown>(`/v1/agreements/${id}/signature`, { sha256 }, key);
export const proof = (kind: string, id: string) =>
  http.json<Record<string, unknown>>(`/v1/evidence/proofs/${kind}/${id}`);

export const loans = () => http.json<A.Page<A.LoanHead>>("/v1/loans?limit=20");
export const loan = (id: string) => http.json<A.Loan>(`/v1/loans/${id}`);
export const statement = (id: string) => http.json<A.Statement>(`/v1/loans/${id}/statement`);
export const repay = (id: string, amount_minor: number, key: string) =>
  post<{ payment: string; state: string }>(`/v1/loans/${id}/repayments`, { amount_minor }, key);
export const withdrawalOf = (id: string) => http.json<A.Withdrawal>(`/v1/loans/${id}/withdrawal`);
export const withdrawFrom = (id: string, key: string) =>
  post<A.Withdrawal>(`/v1/loans/${id}/withdrawal`, {}, key);

export const payoff = (id: string) => http.json<A.Payoff>(`/v1/loans/${id}/payoff`);
export const previewRepayment = (id: string, amount_minor: number, ahead: string) =>
  post<A.LoanAfter>(`/v1/loans/${id}/repayments/preview`, { amount_minor, ahead });
export const repayAhead = (id: string, amount_minor: number, ahead: string, key: string) =>
  post<{ payment: string }>(`/v1/loans/${id}/repayments`, { amount_minor, ahead }, key);
export const previewRelief = (id: string, rest_instalments: number) =>
  post<A.LoanAfter>(`/v1/loans/${id}/relief/preview`, { rest_instalments });
export const askRelief = (id: string, rest_instalments: number, reason: string, key: string) =>
  post<{ relief: string; state: string }>(`/v1/loans/${id}/relief`, { rest_instalments, reason }, key);

export const facilities = () => http.json<{ items: A.Facility[] }>("/v1/facilities");
export const previewDraw = (id: string, amount_minor: number, tenor_months: number) =>
  http.json<A.DrawPreview>(`/v1/facilities/${id}/draw-preview?amount_minor=${amount_minor}&tenor_months=${tenor_months}`);
export const draw = (id: string, amount_minor: number, tenor_months: number, key: string) =>
  post<{ offer: string }>(`/v1/facilities/${id}/draws`, { amount_minor, tenor_months }, key);

export const beginVerification = (is_student: boolean, has_source_of_funds: boolean, key: string) =>
  post<A.Verification>("/v1/verifications", { channel: "phone", is_student, has_source_of_funds }, key);
export const verification = (id: string) => http.json<A.Verification>(`/v1/verifications/${id}`);
export const registerCheck = (id: string, card_number: string, key: string) =>
  post<A.Verification>(`/v1/verifications/${id}/register-checks`, { service: "four_elements", card_number }, key);
export const showCard = (id: string, side: string, picture: Blob, key: string) =>
  post<A.Verification>(`/v1/verifications/${id}/cards/${side}`, picture, key);
export const challenge = (id: string, key: string) => post<A.Challenge>(`/v1/verifications/${id}/challenge`, undefined, key);
export const showFace = (id: string, drawn: string, frames: string[], key: string) =>
  post<A.Verification>(`/v1/verifications/${id}/face`, { challenge: drawn, frames }, key);
export const concludeVerification = (id: string, key: string) =>
  post<A.Verification>(`/v1/verifications/${id}/conclusion`, undefined, key);
export const resumeCode = (id: string, channel: string, key: string) =>
  post<A.ResumeCode>(`/v1/verifications/${id}/resume-codes`, { channel }, key);
export const resumeVerification = (code: string, key: string) =>
  post<A.Verification>("/v1/verification-resumptions", { code }, key);

/** The demo's doors: a platform that is no demo answers 404 to the first, the others are never asked. */
export const hasDemo = () => demoInbox(NOBODY).then(() => true, () => false);
export const demoPerson = () =>
  post<{ phone: string; name: string; resident_id: string }>("/v1/demo/persons", {});
export const demoInbox = (phone: string) =>
  http.json<{ messages: { at: string; text: string; code: string | null }[] }>(
    `/v1/demo/inbox?phone=${encodeURIComponent(phone)}`,
  );
