-- What a merchant pays back (38: a refund of goods) or pays for (39: interest it bears, its own fee)
-- goes to a lender, or the custodian's clearing on the way: never to the platform.
INSERT INTO ledger.forbidden_flow
SELECT code, c.kind, d.kind, 'FUND-01'
FROM unnest(ARRAY[38, 39]) AS code
CROSS JOIN ledger.account_kind c CROSS JOIN ledger.account_kind d
WHERE NOT (d.kind = 13 AND c.kind IN (1, 8));
-- What a lender gives a merchant back of it (42) goes straight from one to the other.
INSERT INTO ledger.forbidden_flow
SELECT 42, c.kind, d.kind, 'FUND-01'
FROM ledger.account_kind c CROSS JOIN ledger.account_kind d
WHERE NOT (d.kind = 1 AND c.kind = 13);
