-- What the borrower wants of a payment ahead, kept from the wish until the bank confirms it.

create table servicing.early_choice (
    cell smallint not null,
    payment int8 not null,
    is_shortened boolean not null,
    primary key (cell, payment)
);
create trigger early_choice_stays before update or delete on servicing.early_choice
    for each row execute function servicing.refuse_change();
