-- The highest overdue rate any loan of a lender and product was ever agreed at, in basis points: the
-- day end asks the law about it once for each, and not once a loan. It never falls.
alter table servicing.control
    add column overdue_rate_max_bps int4 not null default 0
        constraint overdue_rate_is_not_below_zero check (overdue_rate_max_bps >= 0);
update servicing.control c set overdue_rate_max_bps = l.rate
  from (select cell, lender, product, max((terms::jsonb ->> 'overdue_rate_bps')::int4) as rate
          from servicing.loan group by cell, lender, product) l
 where l.cell = c.cell and l.lender = c.lender and l.product = c.product;
