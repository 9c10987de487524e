-- What an account held on any day and at any moment, and what moved it: from the roll-ups, and
-- from transfers only of the days that are not rolled up yet. Each is one snapshot.

-- The balance at the end of a business date.
CREATE FUNCTION ledger.balance_on(p_cell smallint, p_account bigint, p_day date)
RETURNS bigint LANGUAGE plpgsql STABLE AS $$
DECLARE
    rolled date;
BEGIN
    SELECT rolled_through INTO rolled FROM ledger.book WHERE cell = p_cell;
    IF p_day <= rolled THEN
        RETURN coalesce((
            SELECT closing_minor FROM ledger.day_balance
            WHERE cell = p_cell AND account = p_account AND business_date <= p_day
            ORDER BY business_date DESC LIMIT 1), 0);
    END IF;
    RETURN (SELECT balance_minor FROM ledger.account WHERE cell = p_cell AND id = p_account)
        - coalesce((
            SELECT sum(l.credit_minor - l.debit_minor) FROM ledger.leg l
            WHERE l.cell = p_cell AND l.account = p_account AND l.business_date > p_day), 0);
END
$$;

-- The balance of all that was entered up to a moment, whatever its business date: the last rolled
-- day before which nothing was entered later, and what was entered since.
CREATE FUNCTION ledger.balance_at(p_cell smallint, p_account bigint, p_at timestamptz)
RETURNS bigint LANGUAGE plpgsql STABLE AS $$
DECLARE
    base date;
BEGIN
    SELECT max(business_date) INTO base FROM ledger.rolled_day
    WHERE cell = p_cell AND business_date < coalesce((
        SELECT min(business_date) FROM ledger.rolled_day WHERE cell = p_cell AND last_at > p_at
    ), 'infinity');
    RETURN coalesce((
            SELECT closing_minor FROM ledger.day_balance
            WHERE cell = p_cell AND account = p_account AND business_date <= base
            ORDER BY business_date DESC LIMIT 1), 0)
        + coalesce((
            SELECT sum(l.credit_minor - l.debit_minor) FROM ledger.leg l
            WHERE l.cell = p_cell AND l.account = p_account AND l.at <= p_at
                AND l.business_date > coalesce(base, '-infinity')
                -- Rolled days that began later have nothing to say.
                AND l.business_date <> ALL (ARRAY(
                    SELECT business_date FROM ledger.rolled_day
                    WHERE cell = p_cell AND first_at > p_at))), 0);
END
$$;

-- The movements of an account on the business dates p_from..p_to.
CREATE FUNCTION ledger.lines_of(p_cell smallint, p_account bigint, p_from date, p_to date)
RETURNS SETOF ledger.transfer LANGUAGE plpgsql STABLE AS $$
DECLARE
    rolled date; crowded date[];
BEGIN
    SELECT coalesce(rolled_through, '-infinity') INTO rolled
    FROM (SELECT) one LEFT JOIN ledger.book ON cell = p_cell;
    RETURN QUERY
        SELECT t.* FROM ledger.day_balance d
        CROSS JOIN LATERAL unnest(d.transfers) AS u (id)
        JOIN ledger.transfer t ON t.cell = p_cell AND t.id = u.id
        WHERE d.cell = p_cell AND d.account = p_account
            AND d.business_date BETWEEN p_from AND p_to;
    crowded := ARRAY(
        SELECT business_date FROM ledger.day_balance
        WHERE cell = p_cell AND account = p_account AND transfers IS NULL
            AND business_date BETWEEN p_from AND p_to);
    IF crowded <> '{}' THEN
        RETURN QUERY
            SELECT t.* FROM ledger.transfer t
            WHERE t.cell = p_cell AND t.business_date = ANY (crowded)
                AND p_account IN (t.debit, t.credit) AND (t.act IS NULL OR t.act IN (2, 5));
    END IF;
    IF p_to > rolled THEN
        RETURN QUERY
            SELECT t.* FROM ledger.transfer t
            WHERE t.cell = p_cell AND t.business_date > rolled
                AND t.business_date BETWEEN p_from AND p_to
                AND p_account IN (t.debit, t.credit) AND (t.act IS NULL OR t.act IN (2, 5));
    END IF;
END
$$;

-- The sum of balances per kind and currency at the end of a business date; all sum to 0.
CREATE FUNCTION ledger.trial_balance(p_cell smallint, p_day date)
RETURNS TABLE (kind smallint, currency text, closing numeric) LANGUAGE plpgsql STABLE AS $$
DECLARE
    rolled date;
BEGIN
    SELECT b.rolled_through INTO rolled FROM ledger.book b WHERE b.cell = p_cell;
    IF p_day <= rolled THEN
        RETURN QUERY SELECT t.kind, t.currency::text, t.closing_minor FROM ledger.day_total t
            WHERE t.cell = p_cell AND t.business_date = p_day;
    ELSE
        RETURN QUERY
            SELECT s.kind, s.currency::text, sum(s.moved) FROM (
                SELECT a.kind, a.currency, a.balance_minor AS moved
                FROM ledger.account a WHERE a.cell = p_cell
                UNION ALL
                SELECT a.kind, a.currency, l.debit_minor - l.credit_minor
                FROM ledger.leg l JOIN ledger.account a ON a.cell = l.cell AND a.id = l.account
                WHERE l.cell = p_cell AND l.business_date > p_day
            ) s GROUP BY s.kind, s.currency;
    END IF;
END
$$;
