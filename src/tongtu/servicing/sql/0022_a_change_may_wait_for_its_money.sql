-- A refund or chargeback that two persons allowed: it happens to the loan once the bank has paid it.

create table servicing.money_back (
    cell smallint not null,
    payment int8 not null,         -- the instruction that carries it
    loan int8 not null,
    change text not null,          -- as it was proposed
    at timestamptz not null,
    primary key (cell, payment),
    foreign key (cell, loan) references servicing.loan (cell, id)
);
create trigger money_back_stays before update or delete on servicing.money_back
    for each row execute function servicing.refuse_change();
