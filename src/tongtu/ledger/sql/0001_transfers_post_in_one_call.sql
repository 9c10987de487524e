-- The books: accounts with their balances, and the transfers that made them.
-- Every statement names one cell, so that the same text runs on one server and, as a function
-- distributed by its first argument, on the server that owns the cell.

CREATE SCHEMA IF NOT EXISTS ledger;

CREATE TABLE ledger.account (
    cell smallint NOT NULL,
    kind smallint NOT NULL,
    id bigint NOT NULL,
    owner bigint NOT NULL,
    balance_minor bigint NOT NULL DEFAULT 0,
    floor_minor bigint,
    version bigint NOT NULL DEFAULT 0,
    currency char(3) NOT NULL,
    product text,
    PRIMARY KEY (cell, id),
    CONSTRAINT balance_is_within_its_bounds CHECK (
        balance_minor BETWEEN -4000000000000000000 AND 4000000000000000000
        AND balance_minor >= coalesce(floor_minor, balance_minor)
    )
) WITH (fillfactor = 50);

-- Both legs stand in one row; the id is the idempotency key. Rows are only ever inserted.
-- The narrow columns come first: together they fill one 8-byte word.
CREATE TABLE ledger.transfer (
    cell smallint NOT NULL,
    code smallint NOT NULL,
    business_date date NOT NULL,
    id bigint NOT NULL,
    debit bigint NOT NULL,
    credit bigint NOT NULL,
    amount_minor bigint NOT NULL,
    link bigint NOT NULL,
    subject bigint NOT NULL,
    at timestamptz NOT NULL,
    PRIMARY KEY (cell, id),
    CONSTRAINT amount_is_positive CHECK (amount_minor > 0),
    CONSTRAINT legs_differ CHECK (debit <> credit)
);

-- A statement reads the block ranges of its period: the table grows in date order.
CREATE INDEX transfer_by_date ON ledger.transfer USING brin (business_date);

-- Which pairs of account kinds never meet. The fee account of the platform (11) is paid by
-- lenders (1) only: no way leads from a borrower to it, not even through suspense.
CREATE FUNCTION ledger.is_forbidden(p_debit_kind smallint, p_credit_kind smallint)
RETURNS boolean LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN p_credit_kind = 11 AND p_debit_kind <> 1;

-- Opens what is not open yet. Returns how many accounts of the list stand open with exactly
-- these properties afterwards: fewer than asked means an id is taken by another account.
CREATE FUNCTION ledger.open_batch(
    p_cell smallint, p_ids bigint[], p_kinds smallint[], p_owners bigint[], p_products text[],
    p_currencies text[], p_floors bigint[]
) RETURNS integer LANGUAGE plpgsql AS $$
DECLARE
    opened integer;
BEGIN
    INSERT INTO ledger.account
        (cell, kind, id, owner, floor_minor, currency, product)
    SELECT p_cell, r.kind, r.id, r.owner, r.floor_minor, r.currency, r.product
    FROM unnest(p_ids, p_kinds, p_owners, p_products, p_currencies, p_floors)
        AS r (id, kind, owner, product, currency, floor_minor)
    ORDER BY r.id
    ON CONFLICT (cell, id) DO NOTHING;

    SELECT count(*) INTO opened
    FROM unnest(p_ids, p_kinds, p_owners, p_products, p_currencies, p_floors)
        AS r (id, kind, owner, product, currency, floor_minor)
    JOIN ledger.account a ON a.cell = p_cell AND a.id = r.id
    WHERE a.kind = r.kind AND a.owner = r.owner AND a.currency = r.currency
        AND a.product IS NOT DISTINCT FROM r.product
        AND a.floor_minor IS NOT DISTINCT FROM r.floor_minor;
    RETURN opened;
END
$$;

-- Posts a batch exactly as if its transfers came one by one, in order; a linked group is tried
-- at the place of its first member. Balances are walked in memory, then written once.
-- Needs: the accounts of the batch are locked by the caller. May raise unique_violation when
-- another transaction is just writing one of the ids; post_batch then asks again.
CREATE FUNCTION ledger.post_in_order(
    p_cell smallint, p_ids bigint[], p_debits bigint[], p_credits bigint[], p_amounts bigint[],
    p_codes smallint[], p_links bigint[], p_subjects bigint[],
    p_business_date date, p_at timestamptz
) RETURNS smallint[] LANGUAGE plpgsql
    SET plan_cache_mode = force_generic_plan SET enable_seqscan = off
    SET enable_hashjoin = off SET enable_mergejoin = off
AS $$
DECLARE
    n CONSTANT integer := cardinality(p_ids);
    amount_max CONSTANT bigint := 1000000000000000;
    balance_max CONSTANT bigint := 4000000000000000000;
    results smallint[] := array_fill(0::smallint, ARRAY[n]);
    accounts bigint[]; balances bigint[]; floors bigint[]; kinds smallint[]; currencies text[];
    steps integer[];   -- positions in the order they are tried
    firsts integer[];  -- position of the first transfer of the batch with the same id
    stored smallint[]; -- what a posted transfer with the same id says: 0 none, 1 same, 3 other
    winners integer[] := array_fill(0, ARRAY[n]); -- by first: the position posted in this batch
    k integer := 1; last integer; guilty integer; i integer; w integer; d integer; c integer;
    amount bigint; result smallint;
BEGIN
    SELECT coalesce(array_agg(a.id), '{}'), array_agg(a.balance_minor),
        array_agg(a.floor_minor), array_agg(a.kind), array_agg(a.currency)
    INTO accounts, balances, floors, kinds, currencies
    FROM (
        SELECT id, balance_minor, floor_minor, kind, currency FROM ledger.account
        WHERE cell = p_cell AND id = ANY (p_debits || p_credits) ORDER BY id
    ) a;

    SELECT array_agg(r.n ORDER BY r.turn, r.n), array_agg(r.first ORDER BY r.n),
        array_agg(CASE
            WHEN t.id IS NULL THEN 0
            WHEN (t.debit, t.credit, t.amount_minor, t.code, t.link, t.subject)
                = (r.debit, r.credit, r.amount, r.code, r.link, r.subject) THEN 1
            ELSE 3 END::smallint ORDER BY r.n)
    INTO steps, firsts, stored
    FROM (
        SELECT q.*, min(q.n) OVER (PARTITION BY q.id) AS first,
            min(q.n) OVER (PARTITION BY q.link, CASE WHEN q.link = 0 THEN q.n END) AS turn
        FROM (
            SELECT u.id, u.debit, u.credit, u.amount, u.code, u.link, u.subject, u.n::integer AS n
            FROM unnest(p_ids, p_debits, p_credits, p_amounts, p_codes, p_links, p_subjects)
                WITH ORDINALITY AS u (id, debit, credit, amount, code, link, subject, n)
        ) q
    ) r
    LEFT JOIN ledger.transfer t ON t.cell = p_cell AND t.id = r.id;

    WHILE k <= n LOOP
        last := k;
        IF p_links[steps[k]] <> 0 THEN
            WHILE p_links[steps[last + 1]] = p_links[steps[k]] LOOP last := last + 1; END LOOP;
        END IF;

        guilty := 0;
        FOR j IN k..last LOOP
            i := steps[j];
            w := winners[firsts[i]];
            amount := p_amounts[i];
            d := width_bucket(p_debits[i], accounts);   -- binary search: ids are sorted
            c := width_bucket(p_credits[i], accounts);
            result := CASE
                WHEN stored[i] > 0 THEN stored[i]
                WHEN w > 0 THEN CASE
                    WHEN (p_debits[w], p_credits[w], amount, p_codes[w], p_links[w], p_subjects[w])
                        = (p_debits[i], p_credits[i], p_amounts[w], p_codes[i], p_links[i],
                            p_subjects[i]) THEN 1 ELSE 3 END
                WHEN (amount BETWEEN 1 AND amount_max AND p_debits[i] <> p_credits[i])
                    IS NOT TRUE THEN 6
                WHEN d = 0 OR c = 0 OR accounts[d] <> p_debits[i] OR accounts[c] <> p_credits[i]
                    THEN 4
                WHEN currencies[d] <> currencies[c] THEN 6
                WHEN ledger.is_forbidden(kinds[d], kinds[c]) THEN 7
                WHEN balances[d] - amount < floors[d] THEN 2
                WHEN balances[d] - amount < -balance_max OR balances[c] + amount > balance_max
                    THEN 6
                ELSE 0 END;
            results[i] := result;
            IF result > 1 THEN
                guilty := j;
                EXIT;
            ELSIF result = 0 THEN
                balances[d] := balances[d] - amount;
                balances[c] := balances[c] + amount;
                winners[firsts[i]] := i;
            END IF;
        END LOOP;

        IF guilty > 0 AND last > k THEN
            FOR j IN k..guilty - 1 LOOP
                i := steps[j];
                IF results[i] = 0 THEN
                    d := width_bucket(p_debits[i], accounts);
                    c := width_bucket(p_credits[i], accounts);
                    balances[d] := balances[d] + p_amounts[i];
                    balances[c] := balances[c] - p_amounts[i];
                    winners[firsts[i]] := 0;
                END IF;
            END LOOP;
            -- What was posted before the group came stays posted, and is told so.
            FOR j IN k..last LOOP
                IF j <> guilty THEN
                    results[steps[j]] := CASE WHEN stored[steps[j]] = 1 THEN 1 ELSE 5 END;
                END IF;
            END LOOP;
        END IF;
        k := last + 1;
    END LOOP;

    INSERT INTO ledger.transfer
        (cell, code, business_date, id, debit, credit, amount_minor, link, subject, at)
    SELECT p_cell, r.code, p_business_date, r.id, r.debit, r.credit, r.amount, r.link,
        r.subject, p_at
    FROM unnest(p_ids, p_debits, p_credits, p_amounts, p_codes, p_links, p_subjects, results)
        AS r (id, debit, credit, amount, code, link, subject, result)
    WHERE r.result = 0 ORDER BY r.id;

    UPDATE ledger.account a SET balance_minor = r.balance, version = a.version + 1
    FROM unnest(accounts, balances) AS r (id, balance)
    WHERE a.cell = p_cell AND a.id = r.id AND a.balance_minor <> r.balance;

    RETURN results;
END
$$;

-- Posts a batch of transfers of one cell; answers per transfer, in the order of the request:
--   0 posted, 1 already posted (same body), 2 insufficient, 3 same id with another body,
--   4 no such account, 5 its linked group failed, 6 bad amount, 7 forbidden pair of kinds.
-- The fast way is taken only when every transfer would post in any order: all ids new and
-- distinct, all legs known, and every balance stays within its bounds when the debits of the
-- whole batch (for the lower bound) or its credits (for the upper) are counted alone. Then each
-- prefix of each ordering keeps the bounds too, so the one-by-one answer is 0 for all.
-- Locks: accounts by id, then transfer ids in order. So two batches never wait in a circle.
-- The settings pin the plan to index probes: a plan made while the tables were small would be
-- kept, and read all of a grown table for each batch, until the next ANALYZE.
CREATE FUNCTION ledger.post_batch(
    p_cell smallint, p_ids bigint[], p_debits bigint[], p_credits bigint[], p_amounts bigint[],
    p_codes smallint[], p_links bigint[], p_subjects bigint[],
    p_business_date date, p_at timestamptz
) RETURNS smallint[] LANGUAGE plpgsql
    SET plan_cache_mode = force_generic_plan SET enable_seqscan = off
    SET enable_hashjoin = off SET enable_mergejoin = off
AS $$
DECLARE
    n CONSTANT integer := cardinality(p_ids);
    batch_max CONSTANT integer := 4096; -- times amount_max: the sums of a batch fit a bigint
    amount_max CONSTANT bigint := 1000000000000000;
    balance_max CONSTANT bigint := 4000000000000000000;
    is_valid boolean; is_safe boolean; accounts bigint[]; moves bigint[];
BEGIN
    IF n > batch_max OR (n = cardinality(p_debits) AND n = cardinality(p_credits)
        AND n = cardinality(p_amounts) AND n = cardinality(p_codes)
        AND n = cardinality(p_links) AND n = cardinality(p_subjects)) IS NOT TRUE THEN
        RAISE data_exception USING MESSAGE = 'a batch has at most 4096 transfers, all columns full';
    ELSIF n = 0 THEN
        RETURN '{}';
    END IF;

    SELECT bool_and((r.amount BETWEEN 1 AND amount_max AND r.debit <> r.credit) IS TRUE)
    INTO is_valid
    FROM unnest(p_debits, p_credits, p_amounts) AS r (debit, credit, amount);

    IF is_valid THEN
        SELECT array_agg(l.id), array_agg(l.credits - l.debits),
            sum(l.legs) = 2 * n AND min(l.currency) = max(l.currency) AND bool_and(
                l.balance_minor - l.debits >= greatest(l.floor_minor, -balance_max)
                AND l.balance_minor + l.credits <= balance_max
                -- No kind has the number 0: an account not everyone may pay needs a closer look.
                AND NOT (l.credits > 0 AND ledger.is_forbidden(0::smallint, l.kind)))
        INTO accounts, moves, is_safe
        FROM (
            SELECT a.id, a.balance_minor, a.floor_minor, a.kind, a.currency,
                m.debits, m.credits, m.legs
            FROM (
                SELECT s.id, sum(s.debit)::bigint AS debits, sum(s.credit)::bigint AS credits,
                    count(*)::integer AS legs
                FROM (
                    SELECT r.id, r.amount AS debit, 0 AS credit
                    FROM unnest(p_debits, p_amounts) AS r (id, amount)
                    UNION ALL
                    SELECT r.id, 0, r.amount FROM unnest(p_credits, p_amounts) AS r (id, amount)
                ) s
                GROUP BY s.id
            ) m
            JOIN ledger.account a ON a.cell = p_cell AND a.id = m.id
            ORDER BY a.id FOR UPDATE OF a
        ) l;
    ELSE
        PERFORM FROM ledger.account a
        WHERE a.cell = p_cell AND a.id = ANY (p_debits || p_credits) ORDER BY a.id FOR UPDATE;
    END IF;

    IF is_safe THEN
        BEGIN
            INSERT INTO ledger.transfer
                (cell, code, business_date, id, debit, credit, amount_minor, link, subject, at)
            SELECT p_cell, r.code, p_business_date, r.id, r.debit, r.credit, r.amount, r.link,
                r.subject, p_at
            FROM unnest(p_ids, p_debits, p_credits, p_amounts, p_codes, p_links, p_subjects)
                AS r (id, debit, credit, amount, code, link, subject)
            ORDER BY r.id;

            UPDATE ledger.account a
            SET balance_minor = a.balance_minor + m.move, version = a.version + 1
            FROM unnest(accounts, moves) AS m (id, move)
            WHERE a.cell = p_cell AND a.id = m.id;
            RETURN array_fill(0::smallint, ARRAY[n]);
        EXCEPTION WHEN unique_violation THEN
            NULL; -- an id is posted already, or twice in the batch: the exact way tells which
        END;
    END IF;

    FOR attempt IN 1..8 LOOP
        BEGIN
            RETURN ledger.post_in_order(p_cell, p_ids, p_debits, p_credits, p_amounts, p_codes,
                p_links, p_subjects, p_business_date, p_at);
        EXCEPTION WHEN unique_violation THEN
            NULL; -- the other writer of the id has committed: now its row can be read
        END;
    END LOOP;
    RAISE serialization_failure USING MESSAGE = 'ids of the batch are being written elsewhere';
END
$$;
