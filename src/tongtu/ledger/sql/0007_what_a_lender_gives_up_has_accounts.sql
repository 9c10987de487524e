-- What is owed on loans charged off or written off is kept off the controls, per lender and product.

INSERT INTO ledger.account_kind VALUES
    (15, 'loan_charged_off', 'lender', '已核销待追偿', 'Owed on loans charged off', false),
    (16, 'loan_written_off', 'lender', '已核销损失', 'Written off and not recovered', false);

-- The flows forbidden to all kinds so far are forbidden to these, too.
INSERT INTO ledger.forbidden_flow
SELECT f.code, f.credit_kind, k.kind, f.rule
FROM ledger.forbidden_flow f CROSS JOIN (VALUES (15::smallint), (16::smallint)) AS k (kind)
WHERE f.debit_kind = 3
UNION
SELECT f.code, k.kind, f.debit_kind, f.rule
FROM ledger.forbidden_flow f CROSS JOIN (VALUES (15::smallint), (16::smallint)) AS k (kind)
WHERE f.credit_kind = 3
UNION
SELECT f.code, k.kind, j.kind, f.rule
FROM ledger.forbidden_flow f CROSS JOIN (VALUES (15::smallint), (16::smallint)) AS k (kind)
    CROSS JOIN (VALUES (15::smallint), (16::smallint)) AS j (kind)
WHERE f.credit_kind = 3 AND f.debit_kind = 3;
