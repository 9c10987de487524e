-- Entrusted payment: the other side of a payment may be a merchant's account instead of the
-- borrower's own, and a merchant pays back by a refund, or pays a charge it bears.

alter table payments.instruction drop constraint instruction_kind_check;
alter table payments.instruction add constraint instruction_kind_check
    check (kind in ('payout', 'collection', 'merchant_refund', 'merchant_charge'));
-- Null: the borrower's own account.
alter table payments.instruction add column account text
    check (length(account) between 1 and 34);
alter table payments.instruction add constraint a_merchants_payment_names_its_account
    check (kind not in ('merchant_refund', 'merchant_charge') or account is not null);

create function payments.guard_account() returns trigger language plpgsql as $$
begin
    raise exception 'a payment instruction is not rewritten' using errcode = 'TQ021';
end $$;
create trigger account_stays before update on payments.instruction for each row
    when (new.account is distinct from old.account) execute function payments.guard_account();
