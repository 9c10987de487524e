/** Try the API: get a sandbox key, apply, compare the offers. Run: node sandbox.js URL PARTNER_TOKEN */
import { type ApplicationAsked, Client, Problem } from "./tongtu-client.js";

declare const process: { argv: string[] };

const [url = "", token = ""] = process.argv.slice(2);
const { key } = await new Client(url, token).postSandboxKeys();
const sandbox = new Client(url, key);
const asked: ApplicationAsked = {
  product: "consumer_cash",
  amount_minor: 1_000_000,
  tenor_months: 12,
  purpose: "goods",
  device: "example",
  facts: {
    income_minor: 1_500_000,
    expenses_minor: 300_000,
    assets_minor: null,
    debt_minor: 0,
    price_minor: 1_200_000,
    seniority_years: 8,
    home: "owner",
    job: "fixed",
    records: false,
  },
};
const approved = await sandbox.postSandboxApplications(asked);
for (const offer of approved.offers) console.log(offer.lender.id, offer.total_minor, offer.irr12_percent);
const declined = await sandbox.postSandboxApplications({ ...asked, amount_minor: 1_000_100 });
console.log(declined.outcome, declined.reasons[0]?.code);
try {
  await sandbox.postSandboxApplications({ ...asked, amount_minor: 1_000_600 });
} catch (refused) {
  if (!(refused instanceof Problem)) throw refused;
  console.log(refused.status, refused.code, refused.retryAfterS);
}
