-- post_batch as before, and more: transfers that wait, their ends, reversals, limits on both
-- sides, forbidden flows by table, closed periods. What is ordinary goes the fast way as ever.

DROP FUNCTION ledger.post_batch(smallint, bigint[], bigint[], bigint[], bigint[], smallint[],
    bigint[], bigint[], date, timestamptz);
DROP FUNCTION ledger.post_in_order(smallint, bigint[], bigint[], bigint[], bigint[], smallint[],
    bigint[], bigint[], date, timestamptz);
DROP FUNCTION ledger.is_forbidden(smallint, smallint);

-- As before, but an account keeps its own limits when it is opened again.
CREATE OR REPLACE FUNCTION ledger.open_batch(
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
    FROM unnest(p_ids, p_kinds, p_owners, p_products, p_currencies)
        AS r (id, kind, owner, product, currency)
    JOIN ledger.account a ON a.cell = p_cell AND a.id = r.id
    WHERE a.kind = r.kind AND a.owner = r.owner AND a.currency = r.currency
        AND a.product IS NOT DISTINCT FROM r.product;
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
    p_business_date date, p_at timestamptz,
    p_acts smallint[], p_originals bigint[], p_expiries timestamptz[], p_adjusts date[],
    p_is_closed boolean
) RETURNS smallint[] LANGUAGE plpgsql
    SET plan_cache_mode = force_generic_plan SET enable_seqscan = off
    SET enable_hashjoin = off SET enable_mergejoin = off
AS $$
DECLARE
    n CONSTANT integer := cardinality(p_ids);
    amount_max CONSTANT bigint := 1000000000000000;
    balance_max CONSTANT bigint := 4000000000000000000;
    results smallint[] := array_fill(0::smallint, ARRAY[n]);
    accounts bigint[]; balances bigint[]; floors bigint[]; ceilings bigint[]; kinds smallint[];
    currencies text[];
    out_held bigint[]; in_held bigint[]; -- by account: what its pending transfers hold
    flows integer[];   -- forbidden: code, debit kind and credit kind in one number
    periods date[];    -- closed ones that the batch adjusts
    steps integer[];   -- positions in the order they are tried
    firsts integer[];  -- position of the first transfer of the batch with the same id
    stored smallint[]; -- what a posted transfer with the same id says: 0 none, 1 same, 3 other
    winners integer[] := array_fill(0, ARRAY[n]); -- by first: the position posted in this batch
    -- Of the transfer that an end or a reversal is about: its first position in the batch (0: not
    -- there), the first position that is about it too, and what is stored of it.
    sources integer[]; peers integer[]; o_acts smallint[]; o_debits bigint[]; o_credits bigint[];
    o_amounts bigint[]; o_expiries timestamptz[]; o_ended boolean[];
    is_ended boolean[] := array_fill(false, ARRAY[n]); -- by peer: ended in this batch
    moves bigint[] := array_fill(0::bigint, ARRAY[n]); -- what a step moved, and held or freed
    holds bigint[] := array_fill(0::bigint, ARRAY[n]);
    k integer := 1; last integer; guilty integer; i integer; w integer; d integer; c integer;
    s integer; amount bigint; result smallint; act smallint; flow integer;
    o_act smallint; o_debit bigint; o_credit bigint; o_amount bigint; o_expiry timestamptz;
BEGIN
    SELECT coalesce(array_agg(a.id), '{}'), array_agg(a.balance_minor),
        array_agg(a.floor_minor), array_agg(a.ceiling_minor), array_agg(a.kind),
        array_agg(a.currency), array_agg(a.held_debit_minor), array_agg(a.held_credit_minor)
    INTO accounts, balances, floors, ceilings, kinds, currencies, out_held, in_held
    FROM (
        SELECT id, balance_minor, floor_minor, ceiling_minor, kind, currency, held_debit_minor,
            held_credit_minor
        FROM ledger.account
        WHERE cell = p_cell AND id = ANY (p_debits || p_credits) ORDER BY id
    ) a;
    SELECT array_agg((code::integer << 16) + (debit_kind::integer << 8) + credit_kind) INTO flows
    FROM ledger.forbidden_flow WHERE code = 0 OR code = ANY (p_codes);
    IF p_adjusts IS NOT NULL THEN
        SELECT coalesce(array_agg(closed_on), '{}') INTO periods
        FROM ledger.period WHERE cell = p_cell AND closed_on = ANY (p_adjusts);
    END IF;

    SELECT array_agg(r.n ORDER BY r.turn, r.n), array_agg(r.first ORDER BY r.n),
        array_agg(CASE
            WHEN t.id IS NULL THEN 0
            WHEN (t.debit, t.credit, t.amount_minor, t.code, t.link, t.subject, t.act, t.original,
                    t.expires_at, t.adjusts)
                IS NOT DISTINCT FROM (r.debit, r.credit, r.amount, r.code, r.link, r.subject,
                    r.act, r.original, r.expires_at, r.adjusts) THEN 1
            ELSE 3 END::smallint ORDER BY r.n)
    INTO steps, firsts, stored
    FROM (
        SELECT q.*, min(q.n) OVER (PARTITION BY q.id) AS first,
            min(q.n) OVER (PARTITION BY q.link, CASE WHEN q.link = 0 THEN q.n END) AS turn
        FROM (
            SELECT u.id, u.debit, u.credit, u.amount, u.code, u.link, u.subject, u.act,
                u.original, u.expires_at, u.adjusts, u.n::integer AS n
            FROM unnest(p_ids, p_debits, p_credits, p_amounts, p_codes, p_links, p_subjects,
                    p_acts, p_originals, p_expiries, p_adjusts) WITH ORDINALITY
                AS u (id, debit, credit, amount, code, link, subject, act, original, expires_at,
                    adjusts, n)
        ) q
    ) r
    LEFT JOIN ledger.transfer t ON t.cell = p_cell AND t.id = r.id;

    IF p_acts IS NOT NULL THEN
        SELECT array_agg(coalesce(u.source, 0) ORDER BY u.n), array_agg(u.peer ORDER BY u.n),
            array_agg(t.act ORDER BY u.n), array_agg(t.debit ORDER BY u.n),
            array_agg(t.credit ORDER BY u.n), array_agg(t.amount_minor ORDER BY u.n),
            array_agg(t.expires_at ORDER BY u.n),
            array_agg(e.original IS NOT NULL ORDER BY u.n)
        INTO sources, peers, o_acts, o_debits, o_credits, o_amounts, o_expiries, o_ended
        FROM (
            SELECT x.id, x.n, x.is_about,
                min(x.n) FILTER (WHERE NOT x.is_about) OVER (PARTITION BY x.id) AS source,
                min(x.n) FILTER (WHERE x.is_about) OVER (PARTITION BY x.id) AS peer
            FROM (
                SELECT b.id, b.n::integer AS n, false AS is_about
                FROM unnest(p_ids) WITH ORDINALITY AS b (id, n)
                UNION ALL
                SELECT q.id, q.n::integer, true
                FROM unnest(p_originals) WITH ORDINALITY AS q (id, n)
            ) x
        ) u
        LEFT JOIN ledger.transfer t ON t.cell = p_cell AND t.id = u.id
        LEFT JOIN ledger.transfer e ON e.cell = p_cell AND e.original = u.id
        WHERE u.is_about;
    END IF;

    WHILE k <= n LOOP
        last := k;
        IF p_links[steps[k]] <> 0 THEN
            WHILE p_links[steps[last + 1]] = p_links[steps[k]] LOOP last := last + 1; END LOOP;
        END IF;

        guilty := 0;
        FOR j IN k..last LOOP
            i := steps[j];
            w := winners[firsts[i]];
            act := p_acts[i];
            amount := p_amounts[i];
            d := width_bucket(p_debits[i], accounts);   -- binary search: ids are sorted
            c := width_bucket(p_credits[i], accounts);
            flow := (kinds[d]::integer << 8) + kinds[c];
            IF act > 1 THEN
                s := CASE WHEN sources[i] > 0 THEN winners[sources[i]] ELSE 0 END;
                o_act := CASE WHEN s > 0 THEN p_acts[s] ELSE o_acts[i] END;
                o_debit := CASE WHEN s > 0 THEN p_debits[s] ELSE o_debits[i] END;
                o_credit := CASE WHEN s > 0 THEN p_credits[s] ELSE o_credits[i] END;
                o_amount := CASE WHEN s > 0 THEN p_amounts[s] ELSE o_amounts[i] END;
                o_expiry := CASE WHEN s > 0 THEN p_expiries[s] ELSE o_expiries[i] END;
            END IF;
            result := CASE
                WHEN stored[i] > 0 THEN stored[i]
                WHEN w > 0 THEN CASE
                    WHEN (p_debits[w], p_credits[w], amount, p_codes[w], p_links[w], p_subjects[w],
                            act, p_originals[w], p_expiries[w], p_adjusts[w])
                        IS NOT DISTINCT FROM (p_debits[i], p_credits[i], p_amounts[w], p_codes[i],
                            p_links[i], p_subjects[i], p_acts[w], p_originals[i], p_expiries[i],
                            p_adjusts[i]) THEN 1 ELSE 3 END
                WHEN p_is_closed OR p_adjusts[i] IS NOT NULL AND p_adjusts[i] <> ALL (periods)
                    THEN 11
                WHEN (amount BETWEEN 1 AND amount_max AND p_debits[i] <> p_credits[i])
                    IS NOT TRUE THEN 6
                WHEN d = 0 OR c = 0 OR accounts[d] <> p_debits[i] OR accounts[c] <> p_credits[i]
                    THEN 4
                WHEN currencies[d] <> currencies[c] THEN 6
                WHEN flow = ANY (flows) OR (p_codes[i]::integer << 16) + flow = ANY (flows) THEN 7
                WHEN coalesce(act, 1) = 1 AND p_originals[i] IS NOT NULL
                    OR coalesce(act, 2) > 1 AND p_expiries[i] IS NOT NULL
                    OR act NOT BETWEEN 1 AND 5 THEN 8
                WHEN act = 1 AND (p_expiries[i] > p_at) IS NOT TRUE THEN 10
                WHEN act = 5 AND ((o_act IS NULL OR o_act = 2)
                    AND (o_debit, o_credit, o_amount) = (p_credits[i], p_debits[i], amount))
                    IS NOT TRUE THEN 8
                WHEN act BETWEEN 2 AND 4 AND (o_act = 1
                    AND (o_debit, o_credit) = (p_debits[i], p_credits[i])
                    AND (amount = o_amount OR act = 2 AND amount < o_amount))
                    IS NOT TRUE THEN 8
                WHEN act > 1 AND (o_ended[i] OR is_ended[peers[i]]) THEN 9
                WHEN act = 2 AND o_expiry <= p_at OR act = 4 AND o_expiry > p_at THEN 10
                WHEN act BETWEEN 2 AND 4 THEN 0 -- what it moves was held
                WHEN balances[d] - out_held[d] - amount < floors[d] THEN 2
                WHEN balances[c] + in_held[c] + amount > ceilings[c] THEN 12
                WHEN balances[d] - out_held[d] - amount < -balance_max
                    OR balances[c] + in_held[c] + amount > balance_max THEN 6
                ELSE 0 END;
            results[i] := result;
            IF result > 1 THEN
                guilty := j;
                EXIT;
            ELSIF result = 0 THEN
                IF act IS NULL OR act IN (2, 5) THEN
                    moves[i] := amount;
                    balances[d] := balances[d] - amount;
                    balances[c] := balances[c] + amount;
                END IF;
                IF act BETWEEN 1 AND 4 THEN
                    holds[i] := CASE act WHEN 1 THEN amount ELSE -o_amount END;
                    out_held[d] := out_held[d] + holds[i];
                    in_held[c] := in_held[c] + holds[i];
                END IF;
                IF act > 1 THEN
                    is_ended[peers[i]] := true;
                END IF;
                winners[firsts[i]] := i;
            END IF;
        END LOOP;

        IF guilty > 0 AND last > k THEN
            FOR j IN k..guilty - 1 LOOP
                i := steps[j];
                IF results[i] = 0 THEN
                    d := width_bucket(p_debits[i], accounts);
                    c := width_bucket(p_credits[i], accounts);
                    balances[d] := balances[d] + moves[i];
                    balances[c] := balances[c] - moves[i];
                    out_held[d] := out_held[d] - holds[i];
                    in_held[c] := in_held[c] - holds[i];
                    winners[firsts[i]] := 0;
                    IF p_acts[i] > 1 THEN
                        is_ended[peers[i]] := false;
                    END IF;
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
        (cell, code, business_date, id, debit, credit, amount_minor, link, subject, at,
            act, original, expires_at, adjusts)
    SELECT p_cell, r.code, p_business_date, r.id, r.debit, r.credit, r.amount, r.link,
        r.subject, p_at, r.act, r.original, r.expires_at, r.adjusts
    FROM unnest(p_ids, p_debits, p_credits, p_amounts, p_codes, p_links, p_subjects, p_acts,
            p_originals, p_expiries, p_adjusts, results)
        AS r (id, debit, credit, amount, code, link, subject, act, original, expires_at, adjusts,
            result)
    WHERE r.result = 0 ORDER BY r.id;

    IF p_acts IS NOT NULL THEN
        INSERT INTO ledger.pending (cell, id, debit, credit, amount_minor, expires_at)
        SELECT p_cell, r.id, r.debit, r.credit, r.amount, r.expires_at
        FROM unnest(p_ids, p_debits, p_credits, p_amounts, p_acts, p_expiries, results)
            AS r (id, debit, credit, amount, act, expires_at, result)
        WHERE r.result = 0 AND r.act = 1 ORDER BY r.id;
        DELETE FROM ledger.pending p
        USING unnest(p_originals, p_acts, results) AS r (original, act, result)
        WHERE r.result = 0 AND r.act BETWEEN 2 AND 4 AND p.cell = p_cell AND p.id = r.original;
    END IF;

    UPDATE ledger.account a SET balance_minor = r.balance, held_debit_minor = r.out_held,
        held_credit_minor = r.in_held, version = a.version + 1
    FROM unnest(accounts, balances, out_held, in_held) AS r (id, balance, out_held, in_held)
    WHERE a.cell = p_cell AND a.id = r.id
        AND (a.balance_minor, a.held_debit_minor, a.held_credit_minor)
            <> (r.balance, r.out_held, r.in_held);

    RETURN results;
END
$$;

-- Posts a batch of transfers of one cell; answers per transfer, in the order of the request:
--   0 posted, 1 already posted (same body), 2 not enough available, 3 same id with another body,
--   4 no such account, 5 its linked group failed, 6 bad amount, 7 forbidden flow,
--   8 no such transfer to end or reverse (or it is another's), 9 it was ended or reversed before,
--   10 not the time: a pending posted after it expired, expired before, or over at birth,
--   11 the period is closed (or the adjusted one is not), 12 above the ceiling.
-- The last four columns are NULL for a batch of ordinary transfers: see ledger.transfer.
-- The fast way is taken only when every transfer would post in any order: all ordinary, all ids
-- new and distinct, all legs known, no flow forbidden, and every available balance stays within
-- its bounds when the debits of the whole batch (for the lower bound) or its credits (for the
-- upper) are counted alone. Then each prefix of each ordering keeps the bounds too, so the
-- one-by-one answer is 0 for all.
-- Locks: the day (shared), accounts by id, then transfer ids in order; so two batches never wait
-- in a circle. Only a batch dated into a rolled day takes the book's row too, before the accounts.
-- The settings pin the plan to index probes: a plan made while the tables were small would be
-- kept, and read all of a grown table for each batch, until the next ANALYZE.
CREATE FUNCTION ledger.post_batch(
    p_cell smallint, p_ids bigint[], p_debits bigint[], p_credits bigint[], p_amounts bigint[],
    p_codes smallint[], p_links bigint[], p_subjects bigint[],
    p_business_date date, p_at timestamptz,
    p_acts smallint[] DEFAULT NULL, p_originals bigint[] DEFAULT NULL,
    p_expiries timestamptz[] DEFAULT NULL, p_adjusts date[] DEFAULT NULL
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
    is_watched boolean; watched bigint; -- a bit for each kind that not everyone may pay
    rolled date; closed date; is_late boolean; is_closed boolean; results smallint[];
BEGIN
    IF n > batch_max OR (n = cardinality(p_debits) AND n = cardinality(p_credits)
        AND n = cardinality(p_amounts) AND n = cardinality(p_codes)
        AND n = cardinality(p_links) AND n = cardinality(p_subjects)
        AND (num_nulls(p_acts, p_originals, p_expiries, p_adjusts) = 4
            OR n = cardinality(p_acts) AND n = cardinality(p_originals)
                AND n = cardinality(p_expiries) AND n = cardinality(p_adjusts))) IS NOT TRUE THEN
        RAISE data_exception USING MESSAGE = 'a batch has at most 4096 transfers, all columns full';
    ELSIF n = 0 THEN
        RETURN '{}';
    END IF;

    PERFORM pg_advisory_xact_lock_shared(
        710400000 + p_cell, p_business_date - date '2000-01-01');
    SELECT b.rolled_through, b.closed_through,
        EXISTS (SELECT FROM ledger.forbidden_flow f WHERE f.code = ANY (p_codes)),
        (SELECT bit_or(1::bigint << f.credit_kind) FROM ledger.forbidden_flow f WHERE f.code = 0)
    INTO rolled, closed, is_watched, watched
    FROM (SELECT) one LEFT JOIN ledger.book b ON b.cell = p_cell;
    is_late := coalesce(p_business_date <= rolled, false);
    IF is_late THEN
        SELECT closed_through INTO closed FROM ledger.book WHERE cell = p_cell FOR UPDATE;
    END IF;
    is_closed := coalesce(p_business_date <= closed, false);

    SELECT bool_and((r.amount BETWEEN 1 AND amount_max AND r.debit <> r.credit) IS TRUE)
        AND p_acts IS NULL AND NOT is_closed
    INTO is_valid
    FROM unnest(p_debits, p_credits, p_amounts) AS r (debit, credit, amount);

    IF is_valid THEN
        SELECT array_agg(l.id), array_agg(l.credits - l.debits),
            is_watched OR bool_or(l.credits > 0 AND (watched >> l.kind) & 1 = 1),
            sum(l.legs) = 2 * n AND min(l.currency) = max(l.currency) AND bool_and(
                l.balance_minor - l.held_debit_minor - l.debits
                    >= greatest(l.floor_minor, -balance_max)
                AND l.balance_minor + l.held_credit_minor + l.credits
                    <= least(l.ceiling_minor, balance_max))
        INTO accounts, moves, is_watched, is_safe
        FROM (
            SELECT a.id, a.balance_minor, a.floor_minor, a.kind, a.currency, a.ceiling_minor,
                a.held_debit_minor, a.held_credit_minor, m.debits, m.credits, m.legs
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

    -- A code or a paid kind that some rule names needs a closer look; most batches have none.
    IF is_safe AND is_watched THEN
        is_safe := NOT EXISTS (
            SELECT FROM unnest(p_debits, p_credits, p_codes) AS r (debit, credit, code)
            JOIN ledger.account d ON d.cell = p_cell AND d.id = r.debit
            JOIN ledger.account c ON c.cell = p_cell AND c.id = r.credit
            JOIN ledger.forbidden_flow f ON f.code IN (0, r.code)
                AND f.credit_kind = c.kind AND f.debit_kind = d.kind);
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
            results := array_fill(0::smallint, ARRAY[n]);
        EXCEPTION WHEN unique_violation THEN
            NULL; -- an id is posted already, or twice in the batch: the exact way tells which
        END;
    END IF;

    FOR attempt IN 1..8 LOOP
        EXIT WHEN results IS NOT NULL;
        BEGIN
            results := ledger.post_in_order(p_cell, p_ids, p_debits, p_credits, p_amounts, p_codes,
                p_links, p_subjects, p_business_date, p_at, p_acts, p_originals, p_expiries,
                p_adjusts, is_closed);
        EXCEPTION WHEN unique_violation THEN
            NULL; -- the other writer of the id has committed: now its row can be read
        END;
    END LOOP;
    IF results IS NULL THEN
        RAISE serialization_failure USING MESSAGE = 'ids of the batch are being written elsewhere';
    END IF;

    IF is_late THEN
        PERFORM ledger.carry_late(p_cell, ARRAY(
            SELECT r.id FROM unnest(p_ids, results) AS r (id, result) WHERE r.result = 0
        ), p_business_date, p_at);
    END IF;
    RETURN results;
END
$$;
