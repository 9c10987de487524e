-- Balances as of any day without reading history: a day that is over is rolled up once, off the
-- way of posting. Periods close for good; what was wrong in them is adjusted in the open one.

-- How far a cell's books are rolled up and closed.
CREATE TABLE ledger.book (
    cell smallint PRIMARY KEY,
    rolled_through date,
    closed_through date
);

CREATE TABLE ledger.period (
    cell smallint NOT NULL,
    closed_on date NOT NULL, -- its last day
    opened_on date NOT NULL,
    closed_by bigint NOT NULL,
    closed_at timestamptz NOT NULL,
    PRIMARY KEY (cell, closed_on)
);

-- One row for each account and rolled day on which it moved. `transfers` are that day's movements
-- of the account; NULL for a crowded account, whose movements are read from the day's blocks.
CREATE TABLE ledger.day_balance (
    cell smallint NOT NULL,
    account bigint NOT NULL,
    business_date date NOT NULL,
    debit_minor numeric NOT NULL,
    credit_minor numeric NOT NULL,
    closing_minor bigint NOT NULL,
    transfers bigint[],
    PRIMARY KEY (cell, account, business_date)
);

-- The trial balance of each rolled day.
CREATE TABLE ledger.day_total (
    cell smallint NOT NULL,
    business_date date NOT NULL,
    kind smallint NOT NULL,
    currency char(3) NOT NULL,
    debit_minor numeric NOT NULL,
    credit_minor numeric NOT NULL,
    closing_minor numeric NOT NULL,
    PRIMARY KEY (cell, business_date, kind, currency)
);

-- When the movements of a rolled day were entered: finds the day before a moment.
CREATE TABLE ledger.rolled_day (
    cell smallint NOT NULL,
    business_date date NOT NULL,
    transfers bigint NOT NULL,
    first_at timestamptz,
    last_at timestamptz,
    PRIMARY KEY (cell, business_date)
);

-- Postings of one business date share this lock; who rolls or closes the day holds it alone.
-- So a day is closed without a lock on any account, and postings of other days never wait.
CREATE FUNCTION ledger.day_key(p_day date) RETURNS integer
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN p_day - date '2000-01-01';

CREATE FUNCTION ledger.cell_key(p_cell smallint) RETURNS integer
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN 710400000 + p_cell;

-- The most movements of an account and day that are listed in its roll-up: 8 kB of ids.
CREATE FUNCTION ledger.day_lines_max() RETURNS integer
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN 1000;

-- The legs of movements: what is pending, voided or expired moves nothing.
CREATE VIEW ledger.leg AS
    SELECT cell, business_date, at, id, debit AS account, amount_minor AS debit_minor,
        0::bigint AS credit_minor
    FROM ledger.transfer WHERE act IS NULL OR act IN (2, 5)
    UNION ALL
    SELECT cell, business_date, at, id, credit, 0, amount_minor
    FROM ledger.transfer WHERE act IS NULL OR act IN (2, 5);

-- Rolls up one day that is over; the days go in order. Returns whether it did: false when it was
-- rolled before.
CREATE FUNCTION ledger.roll_day(p_cell smallint, p_day date)
RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
    rolled date;
BEGIN
    PERFORM pg_advisory_xact_lock(ledger.cell_key(p_cell), ledger.day_key(p_day));
    INSERT INTO ledger.book (cell) VALUES (p_cell) ON CONFLICT (cell) DO NOTHING;
    SELECT rolled_through INTO rolled FROM ledger.book WHERE cell = p_cell FOR UPDATE;
    IF rolled >= p_day THEN
        RETURN false;
    ELSIF rolled <> p_day - 1 OR rolled IS NULL AND EXISTS (
        SELECT FROM ledger.transfer WHERE cell = p_cell AND business_date < p_day
    ) THEN
        RAISE data_exception USING MESSAGE = 'days are rolled up in order';
    END IF;

    INSERT INTO ledger.day_balance
        (cell, account, business_date, debit_minor, credit_minor, closing_minor, transfers)
    SELECT p_cell, m.account, p_day, m.debits, m.credits,
        coalesce(b.closing_minor, 0) + m.credits - m.debits,
        CASE WHEN m.lines <= ledger.day_lines_max() THEN m.transfers END
    FROM (
        SELECT l.account, sum(l.debit_minor) AS debits, sum(l.credit_minor) AS credits,
            count(*) AS lines, array_agg(l.id) AS transfers
        FROM ledger.leg l WHERE l.cell = p_cell AND l.business_date = p_day GROUP BY l.account
    ) m
    LEFT JOIN LATERAL (
        SELECT d.closing_minor FROM ledger.day_balance d
        WHERE d.cell = p_cell AND d.account = m.account AND d.business_date < p_day
        ORDER BY d.business_date DESC LIMIT 1
    ) b ON true;

    INSERT INTO ledger.day_total
        (cell, business_date, kind, currency, debit_minor, credit_minor, closing_minor)
    SELECT p_cell, p_day, s.kind, s.currency, sum(s.debits), sum(s.credits), sum(s.moved)
    FROM (
        SELECT kind, currency, 0 AS debits, 0 AS credits, closing_minor AS moved
        FROM ledger.day_total WHERE cell = p_cell AND business_date = p_day - 1
        UNION ALL
        SELECT a.kind, a.currency, d.debit_minor, d.credit_minor, d.credit_minor - d.debit_minor
        FROM ledger.day_balance d
        JOIN ledger.account a ON a.cell = d.cell AND a.id = d.account
        WHERE d.cell = p_cell AND d.business_date = p_day
    ) s GROUP BY s.kind, s.currency;

    INSERT INTO ledger.rolled_day (cell, business_date, transfers, first_at, last_at)
    SELECT p_cell, p_day, count(*), min(at), max(at)
    FROM ledger.transfer WHERE cell = p_cell AND business_date = p_day;

    UPDATE ledger.book SET rolled_through = p_day WHERE cell = p_cell;
    RETURN true;
END
$$;

-- Brings the roll-ups up to date with postings dated into a rolled day whose period is open.
-- Needs: the caller holds the book's row.
CREATE FUNCTION ledger.carry_late(
    p_cell smallint, p_ids bigint[], p_business_date date, p_at timestamptz
) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO ledger.day_balance
        (cell, account, business_date, debit_minor, credit_minor, closing_minor, transfers)
    SELECT p_cell, l.account, p_business_date, 0, 0, coalesce((
        SELECT b.closing_minor FROM ledger.day_balance b
        WHERE b.cell = p_cell AND b.account = l.account AND b.business_date < p_business_date
        ORDER BY b.business_date DESC LIMIT 1), 0), '{}'
    FROM ledger.leg l WHERE l.cell = p_cell AND l.id = ANY (p_ids)
    GROUP BY l.account
    ON CONFLICT (cell, account, business_date) DO NOTHING;

    UPDATE ledger.day_balance d
    SET closing_minor = d.closing_minor + m.credits - m.debits,
        debit_minor = d.debit_minor + CASE WHEN d.business_date = p_business_date
            THEN m.debits ELSE 0 END,
        credit_minor = d.credit_minor + CASE WHEN d.business_date = p_business_date
            THEN m.credits ELSE 0 END,
        transfers = CASE WHEN d.business_date > p_business_date THEN d.transfers
            -- A crowded day stays crowded: NULL || list would be the list.
            WHEN d.transfers IS NOT NULL
                AND cardinality(d.transfers || m.transfers) <= ledger.day_lines_max()
            THEN d.transfers || m.transfers END
    FROM (
        SELECT l.account, sum(l.debit_minor) AS debits, sum(l.credit_minor) AS credits,
            array_agg(l.id) AS transfers
        FROM ledger.leg l WHERE l.cell = p_cell AND l.id = ANY (p_ids) GROUP BY l.account
    ) m
    WHERE d.cell = p_cell AND d.account = m.account AND d.business_date >= p_business_date;

    INSERT INTO ledger.day_total AS t
        (cell, business_date, kind, currency, debit_minor, credit_minor, closing_minor)
    SELECT p_cell, r.business_date, m.kind, m.currency,
        CASE WHEN r.business_date = p_business_date THEN m.debits ELSE 0 END,
        CASE WHEN r.business_date = p_business_date THEN m.credits ELSE 0 END,
        m.credits - m.debits
    FROM (
        SELECT a.kind, a.currency, sum(l.debit_minor) AS debits, sum(l.credit_minor) AS credits
        FROM ledger.leg l JOIN ledger.account a ON a.cell = l.cell AND a.id = l.account
        WHERE l.cell = p_cell AND l.id = ANY (p_ids) GROUP BY a.kind, a.currency
    ) m
    JOIN ledger.rolled_day r ON r.cell = p_cell AND r.business_date >= p_business_date
    ON CONFLICT (cell, business_date, kind, currency) DO UPDATE SET
        debit_minor = t.debit_minor + excluded.debit_minor,
        credit_minor = t.credit_minor + excluded.credit_minor,
        closing_minor = t.closing_minor + excluded.closing_minor;

    UPDATE ledger.rolled_day
    SET transfers = transfers + cardinality(p_ids), last_at = greatest(last_at, p_at),
        first_at = least(first_at, p_at)
    WHERE cell = p_cell AND business_date = p_business_date;
END
$$;

-- Closes a period through a rolled day; nothing is dated into it any more. Returns whether it did:
-- false when a period was closed through this day before.
CREATE FUNCTION ledger.close_period(
    p_cell smallint, p_through date, p_by bigint, p_at timestamptz
) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
    rolled date; closed date;
BEGIN
    SELECT rolled_through, closed_through INTO rolled, closed
    FROM ledger.book WHERE cell = p_cell FOR UPDATE;
    IF closed >= p_through THEN
        RETURN false;
    ELSIF (p_through <= rolled) IS NOT TRUE THEN
        RAISE data_exception USING MESSAGE = 'a period closes through a day that is rolled up';
    END IF;
    INSERT INTO ledger.period (cell, closed_on, opened_on, closed_by, closed_at)
    VALUES (p_cell, p_through, coalesce(closed + 1, least(p_through, (
        SELECT min(business_date) FROM ledger.rolled_day WHERE cell = p_cell))), p_by, p_at);
    UPDATE ledger.book SET closed_through = p_through WHERE cell = p_cell;
    RETURN true;
END
$$;
