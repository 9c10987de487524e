-- Loans that hold money beyond their debt: it goes back by itself once nothing is owed. The list is
-- a to-do list over the fold, which has the figure; a loan that stands on it for nothing is taken off.

create table servicing.credit_balance (
    cell smallint not null,
    loan int8 not null,
    primary key (cell, loan),
    foreign key (cell, loan) references servicing.loan (cell, id)
);
insert into servicing.credit_balance (cell, loan)
select distinct e.cell, e.loan
  from servicing.loan_event e
 where e.parts @> '[["surplus"]]' or e.kind in ('undone', 'charge_waived', 'merchant_refunded');
