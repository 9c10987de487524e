-- The chart of accounts, limits on both sides, transfers that wait, and the ways money never goes.

-- What an account may stand for. The program's AccountKind says the same (a test compares them).
CREATE TABLE ledger.account_kind (
    kind smallint PRIMARY KEY CHECK (kind BETWEEN 1 AND 62), -- post_batch keeps sets as bits
    name text NOT NULL UNIQUE,
    holder text NOT NULL, -- whose money or claim it shows
    name_zh text NOT NULL,
    name_en text NOT NULL,
    is_platform_owned boolean NOT NULL -- a bank account of the platform's own: no client money
);

INSERT INTO ledger.account_kind VALUES
    (1, 'lender_funds', 'lender', '资金方存管资金', 'Lender''s money with its custodian', false),
    (2, 'lender_claims', 'lender', '资金方债权备抵', 'Contra of a lender''s claims', false),
    (3, 'loan_principal', 'lender', '贷款本金', 'Principal owed', false),
    (4, 'loan_interest', 'lender', '应收利息', 'Interest accrued and not paid', false),
    (5, 'loan_fee', 'lender', '应收费用', 'Fees accrued and not paid', false),
    (6, 'borrower_cash', 'borrower', '借款人资金往来', 'Paid out to and collected from a borrower',
        false),
    (7, 'clearing_payout', 'clearing', '放款待清算', 'With the custodian, on its way out', false),
    (8, 'clearing_collect', 'clearing', '还款待清算', 'With the custodian, on its way in', false),
    (9, 'capital', 'clearing', '外部资金', 'The world outside', false),
    (10, 'suspense', 'suspense', '挂账待查', 'Not understood yet', false),
    (11, 'platform_fee', 'platform', '平台服务费收入', 'Fees that lenders paid the platform', true),
    (12, 'guarantor_funds', 'guarantor', '担保方存管资金',
        'Guarantor''s money with its custodian', false),
    (13, 'merchant_cash', 'merchant', '商户资金往来', 'Paid to and returned by a merchant', false),
    (14, 'platform_own', 'platform', '平台自有资金', 'The platform''s own bank account', true);

-- Ways money never goes: a transfer from a debit kind to a credit kind, under one code or, with
-- code 0, under any. post_batch refuses them with 7.
CREATE TABLE ledger.forbidden_flow (
    code smallint NOT NULL,
    credit_kind smallint NOT NULL,
    debit_kind smallint NOT NULL,
    rule text NOT NULL, -- the rule of the law's pack or of this house that says so
    PRIMARY KEY (code, credit_kind, debit_kind)
);

-- Only lenders (1) pay the platform; only what they paid (11) becomes the platform's own (14).
INSERT INTO ledger.forbidden_flow
SELECT 0, c.kind, d.kind, CASE d.kind WHEN 6 THEN 'no fee from a borrower' ELSE 'FUND-01' END
FROM ledger.account_kind c CROSS JOIN ledger.account_kind d
WHERE c.is_platform_owned AND d.kind <> CASE c.kind WHEN 11 THEN 1 ELSE 11 END;
-- The platform's own money pays out no loan.
INSERT INTO ledger.forbidden_flow
SELECT 0, c.kind, d.kind, 'FUND-01'
FROM ledger.account_kind c CROSS JOIN ledger.account_kind d
WHERE d.is_platform_owned AND c.kind IN (6, 7, 13);
-- A disbursement (12) goes from a lender or its clearing to a borrower or a merchant.
INSERT INTO ledger.forbidden_flow
SELECT 12, c.kind, d.kind, 'FUND-01'
FROM ledger.account_kind c CROSS JOIN ledger.account_kind d
WHERE (d.kind IN (1, 7)) <> (c.kind IN (6, 13));
-- A collected repayment (30) goes from a borrower to the custodian's clearing or to a lender.
INSERT INTO ledger.forbidden_flow
SELECT 30, c.kind, 6, 'FUND-01'
FROM ledger.account_kind c WHERE c.kind NOT IN (1, 8);

-- What is held is promised away (debit) or on its way in (credit): available = balance - held.
ALTER TABLE ledger.account
    ADD COLUMN held_debit_minor bigint NOT NULL DEFAULT 0,
    ADD COLUMN held_credit_minor bigint NOT NULL DEFAULT 0,
    ADD COLUMN ceiling_minor bigint;

ALTER TABLE ledger.account ADD CONSTRAINT available_is_within_its_bounds CHECK (
    held_debit_minor >= 0 AND held_credit_minor >= 0
    AND balance_minor - held_debit_minor
        >= greatest(floor_minor, -4000000000000000000)
    AND balance_minor + held_credit_minor
        <= least(ceiling_minor, 4000000000000000000)
) NOT VALID;
ALTER TABLE ledger.account VALIDATE CONSTRAINT available_is_within_its_bounds;
ALTER TABLE ledger.account DROP CONSTRAINT balance_is_within_its_bounds;

-- An ordinary transfer has none of the four. act: 1 pending (holds until expires_at, moves
-- nothing), 2 post (moves all or a part of the pending transfer `original`, frees the rest),
-- 3 void and 4 expire (free it), 5 reversal (moves `original` back). adjusts: the last day of the
-- closed period that the transfer corrects.
ALTER TABLE ledger.transfer
    ADD COLUMN act smallint,
    ADD COLUMN original bigint,
    ADD COLUMN expires_at timestamptz,
    ADD COLUMN adjusts date;

ALTER TABLE ledger.transfer ADD CONSTRAINT an_act_has_what_it_needs CHECK (
    act IS NULL AND original IS NULL AND expires_at IS NULL
    OR act = 1 AND original IS NULL AND expires_at IS NOT NULL
    OR act BETWEEN 2 AND 5 AND original IS NOT NULL AND expires_at IS NULL
) NOT VALID;
ALTER TABLE ledger.transfer VALIDATE CONSTRAINT an_act_has_what_it_needs;

-- Once only: a pending transfer ends once, a movement is reversed once.
CREATE UNIQUE INDEX transfer_original ON ledger.transfer (cell, original)
    WHERE original IS NOT NULL;
CREATE INDEX transfer_adjusts ON ledger.transfer (cell, adjusts) WHERE adjusts IS NOT NULL;

-- The pending transfers that have not ended: what the held columns of the accounts sum up.
CREATE TABLE ledger.pending (
    cell smallint NOT NULL,
    id bigint NOT NULL,
    debit bigint NOT NULL,
    credit bigint NOT NULL,
    amount_minor bigint NOT NULL,
    expires_at timestamptz NOT NULL,
    PRIMARY KEY (cell, id)
);
CREATE INDEX pending_expires ON ledger.pending (cell, expires_at, id);
