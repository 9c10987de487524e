-- A running loan book is taken over against an account that is 0 again with each loan.
INSERT INTO ledger.account_kind VALUES
    (17, 'opening_balance', 'platform', '存量接入过渡', 'Opening balances of loans taken over', false);
-- The flows forbidden to all kinds so far are forbidden to this one, too.
INSERT INTO ledger.forbidden_flow
SELECT f.code, f.credit_kind, 17, f.rule FROM ledger.forbidden_flow f WHERE f.debit_kind = 3
UNION
SELECT f.code, 17, f.debit_kind, f.rule FROM ledger.forbidden_flow f WHERE f.credit_kind = 3
UNION
SELECT f.code, 17, 17, f.rule FROM ledger.forbidden_flow f
WHERE f.credit_kind = 3 AND f.debit_kind = 3;
-- Nothing but opening balances (85) and their reversal (86) runs over it, between a lender's contra
-- (2) and its controls (3, 4, 5).
INSERT INTO ledger.forbidden_flow
SELECT code, c.kind, d.kind, 'opening balances net to zero'
FROM unnest(ARRAY[85, 86]) AS code
CROSS JOIN ledger.account_kind c CROSS JOIN ledger.account_kind d
WHERE NOT ((d.kind = 17 AND c.kind IN (2, 3, 4, 5)) OR (c.kind = 17 AND d.kind IN (2, 3, 4, 5)));
